"""A function file is called once for all attributes that are wanted of it, and nobody can tell.

What is said was recorded from nix-instantiate 2.26.3, which calls it for each.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.environment.settings import Settings
from lixeval.errors import ThrownError
from lixeval.evaluation.auto_call import Arguments, Whole
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.thunks import force

TEXT = """
{ n ? 1 }:
let
  x = builtins.trace "x" n;
  s = n + 1;
  y = builtins.trace "y" s;
  f = { m ? 2 }: builtins.trace "f" { k = m; l = m + s; };
in {
  a = s; b = [ s (s + 1) ]; c = x; d = x + 1; e = y; inherit f;
  g = builtins.trace "g" { h = { q ? 1 }: q; };
  t = builtins.tryEval (builtins.throw "no");
}
"""

SAID = [
    ("a b a", ["2", "[ 2 3 ]", "2"], ""),
    ("a c d a", ["2", "1", "2", "2"], "x x"),
    ("c e a b e c", ["1", "2", "2", "[ 2 3 ]", "2", "1"], "x y y x"),
    ("f.k a f.l f.k", ["2", "2", "4", "2"], "f f f"),
    ("g.h g.h a", ["<LAMBDA>", "<LAMBDA>", "2"], "g g"),
    ("t.value t.success t.value", ["false", "false", "false"], ""),
]
"""Attributes, their values, and what is traced."""


@pytest.mark.parametrize(("attributes", "values", "traces"), SAID, ids=[one[0] for one in SAID])
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("apart", [True, False])
def test_it_says_and_gives_what_nix_says_and_gives(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    attributes: str,
    values: list[str],
    traces: str,
    strict: bool,
    apart: bool,
) -> None:
    file = tmp_path / "set.nix"
    file.write_text(TEXT)
    if apart:
        words = [f"{file}#{attribute}" for attribute in attributes.split()]
    else:
        words = [str(file), *[word for attribute in attributes.split() for word in ("-A", attribute)]]
    assert main(["--eval", "--no-eval-cache", *(["--strict"] if strict else []), *words]) == 0
    told = capsys.readouterr()
    expected = values if strict else [value.replace("2 3", "<CODE> <CODE>") for value in values]
    assert told.out.splitlines() == expected
    assert told.err.splitlines() == [f"trace: {what}" for what in traces.split()]


def evaluator(*, faithful: bool = False) -> Evaluator:
    return Evaluator(Settings(system="x86_64-linux"), None, cache_directory=None, faithful=faithful)  # type: ignore[arg-type]  # no store


def whole_of(text: str, evaluator: Evaluator) -> Whole:
    return Whole(lambda: evaluator.text(text, "/"), Arguments(evaluator, []))


def test_it_is_called_once_while_nothing_is_said() -> None:
    whole = whole_of('{ }: { a = [ 1 ]; b = builtins.trace "b" 1; c = { }: { d = [ 2 ]; }; }', evaluator())
    first = whole.selected("a")
    assert whole.selected("a") is first
    assert force(whole.selected("c.d")) == (2,)
    assert whole.selected("a") is first
    force(whole.selected("b"))
    assert whole.selected("a") is not first
    assert whole.selected("a") is whole.selected("a")


def test_code_that_shows_what_was_evaluated_is_evaluated_each_time() -> None:
    whole = whole_of("{ }: { a = [ 1 ]; }", evaluator(faithful=True))
    assert whole.selected("a") is not whole.selected("a")


def test_what_failed_fails_again() -> None:
    whole = whole_of('{ }: throw "no"', evaluator())
    for _ in range(2):
        with pytest.raises(ThrownError):
            whole.selected("a")
