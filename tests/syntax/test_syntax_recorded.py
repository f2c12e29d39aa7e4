"""Texts and what real Nix's parser makes of them: forms, messages, places (see record_syntax.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse

RECORDED = Path(__file__).parent / "recorded"


def cases(name: str) -> list[pytest.ParameterSet]:
    topics = json.loads((RECORDED / name).read_text())
    return [
        pytest.param(text, expected, id=f"{topic}-{number}")
        for topic, texts in topics.items()
        for number, (text, expected) in enumerate(texts.items())
    ]


def shown(text: str, *, pipes: bool = False) -> str:
    """Our answer in the form of the recorded one."""
    try:
        expression = parse(Source("/base/dir/case.nix", text), pipe_operators=pipes)
    except NixSyntaxError as error:
        assert error.span is not None
        return f"error: {error.message} @ {error.span.line}:{error.span.column}"
    return unparse(expression, "/base/dir", "/base/home")


@pytest.mark.parametrize(("text", "expected"), cases("okay.json"))
def test_what_nix_reads_is_read_alike(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(("text", "expected"), cases("fail.json"))
def test_what_nix_refuses_is_refused_with_its_words_at_its_place(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(("text", "expected"), cases("pipes.json"))
def test_pipes(text: str, expected: str) -> None:
    assert shown(text, pipes=True) == expected
