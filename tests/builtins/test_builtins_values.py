"""Builtins that work on values alone, against what real Nix answered (see record_values.py)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lixeval.diagnostics import explained
from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from lixeval.system.deep_stack import run_deep

RECORDED = sorted((Path(__file__).parent / "recorded_values").glob("*.json"))


def _normal(text: str) -> str:
    """Blanks at line ends differ, which is not what is tested here."""
    return re.sub(r"\s+", " ", text)


def _told(evaluator: Evaluator, expression: str) -> str:
    try:
        return printed(evaluator.text(expression, "/"), force)
    except Exception as error:
        nix_error = explained(error)
        if nix_error is None:
            raise
        return f"error: {nix_error}"


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_answers_as_real_nix_does(file: Path, tmp_path: Path) -> None:
    evaluator = Evaluator(Settings(system="x86_64-linux", write_store=False), LocalStore(str(tmp_path / "store")))
    cases = json.loads(file.read_text())
    told = run_deep(lambda: [_told(evaluator, expression) for expression, _ in cases])
    wrong = [
        f"{expression}\n  Nix:     {expected}\n  lixeval: {ours}"
        for (expression, expected), ours in zip(cases, told, strict=True)
        if _normal(ours) != _normal(expected)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ('builtins.trace "a\nb" 1', "trace: a\nb"),
        ("builtins.trace { or = null; } 1", "trace: { or = null; }"),
        (
            "let x = { y = x; z = x.y; }; in builtins.deepSeq x (builtins.trace [ x x ] 1)",
            "trace: [ { y = «repeated»; z = «repeated»; } «repeated» ]",
        ),
        ("let f = x: x; in builtins.trace f 1", "trace: «lambda f @ «string»:1:9»"),
        ("builtins.trace (map 1) 1", "trace: «partially applied primop map»"),
        ("builtins.trace [ (builtins.length [ ]) ] 1", "trace: [ «thunk» ]"),
        (
            "let x = [ { } { } [ ] [ ] ]; in builtins.deepSeq x (builtins.trace x 1)",
            "trace: [ { } «repeated» [ ] [ ] ]",
        ),
        ('builtins.warn "a\nb" 1', "evaluation warning: a\n                    b"),
        ('builtins.traceVerbose "a" 1', ""),
    ],
)
def test_what_is_said(expression: str, said: str, tmp_path: Path) -> None:
    lines: list[str] = []
    evaluator = Evaluator(
        Settings(system="x86_64-linux", write_store=False), LocalStore(str(tmp_path)), say=lines.append
    )
    assert run_deep(lambda: evaluator.text(expression, "/")) == 1
    assert "\n".join(lines) == said


def test_verbose_traces_are_said_where_they_are_asked_for(tmp_path: Path) -> None:
    lines: list[str] = []
    settings = Settings(system="x86_64-linux", write_store=False, trace_verbose=True)
    evaluator = Evaluator(settings, LocalStore(str(tmp_path)), say=lines.append)
    assert run_deep(lambda: evaluator.text('builtins.traceVerbose "a" 1', "/")) == 1
    assert lines == ["trace: a"]


DEEP = "builtins.foldl' (a: b: [ a ]) 1 (builtins.genList (x: x) 100000)"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"builtins.deepSeq ({DEEP}) 1", 1),
        (f"builtins.stringLength (builtins.toJSON ({DEEP}))", 200001),
        (f"builtins.stringLength (builtins.toJSON (builtins.fromJSON (builtins.toJSON ({DEEP}))))", 200001),
        (f"({DEEP}) == ({DEEP})", True),
        (f"builtins.elem ({DEEP}) [ 1 ({DEEP}) ]", True),
        ("builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 100000)", 4999950000),
        ("builtins.length (builtins.sort (a: b: a > b) (builtins.genList (x: x) 20000))", 20000),
    ],
)
def test_depth(expression: str, expected: object, tmp_path: Path) -> None:
    evaluator = Evaluator(Settings(system="x86_64-linux", write_store=False), LocalStore(str(tmp_path)))
    assert run_deep(lambda: evaluator.text(expression, "/")) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "let x = { a = x; }; in builtins.toJSON x",
        "let x = [ x ]; in builtins.toJSON { y = x; }",
    ],
)
def test_endless_data_is_an_error(expression: str, tmp_path: Path) -> None:
    evaluator = Evaluator(Settings(system="x86_64-linux", write_store=False), LocalStore(str(tmp_path)))
    with pytest.raises(Exception, match="stack overflow"):
        run_deep(lambda: evaluator.text(expression, "/"))
