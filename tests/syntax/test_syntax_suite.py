"""The parser tests of real Nix's own suite, where it is at hand.

LIXEVAL_NIX_TESTS names the folder with its `parse-okay-*.nix` and so on (tests/functional/lang of Nix 2.26).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse

SUITE = Path(os.environ.get("LIXEVAL_NIX_TESTS") or "~/.cache/nix-oracle/tests/lang").expanduser()
if not SUITE.is_dir():
    pytest.skip(
        "no test suite of Nix: set LIXEVAL_NIX_TESTS to its folder tests/functional/lang", allow_module_level=True
    )


def source(file: Path) -> Source:
    return Source("«stdin»", file.read_bytes().decode("utf-8", "surrogateescape"), is_file=False)


@pytest.mark.parametrize("file", sorted(SUITE.glob("parse-okay-*.nix")), ids=lambda file: file.stem)
def test_parse_okay(file: Path) -> None:
    assert unparse(parse(source(file)), str(SUITE)) + "\n" == file.with_suffix(".exp").read_text()


@pytest.mark.parametrize("file", sorted(SUITE.glob("parse-fail-*.nix")), ids=lambda file: file.stem)
def test_parse_fail(file: Path) -> None:
    expected = file.with_suffix(".err.exp").read_text()
    if "undefined variable" in expected:
        parse(source(file))
        return
    with pytest.raises(NixSyntaxError) as caught:
        parse(source(file))
    assert expected.startswith(f"error: {caught.value.message}\n       at {caught.value.span}:\n")


@pytest.mark.parametrize("file", sorted(SUITE.glob("eval-okay-*.nix")), ids=lambda file: file.stem)
def test_what_evaluates_is_parsed(file: Path) -> None:
    form = unparse(parse(source(file)), str(SUITE))
    assert form
