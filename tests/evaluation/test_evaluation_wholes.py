"""A function file, and a flake, is called once for all attributes that are wanted of it, and nobody can tell.

What is said was recorded from nix-instantiate 2.26.3, which calls it for each.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.cli import flakes, main
from lixeval.environment.services import Services
from lixeval.environment.settings import Settings
from lixeval.errors import ThrownError
from lixeval.evaluation.auto_call import Arguments, Whole
from lixeval.evaluation.evaluator import Evaluator
from lixeval.fetchers.flakes import LockedFlake, flake_value
from lixeval.runtime.thunks import force
from lixeval.runtime.values import Value
from lixeval.system.machines import current_system

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


FLAKE = """
{
  outputs = { self }: let
    mk = name: derivation { inherit name; system = "SYSTEM"; builder = "/bin/sh"; };
    traced = what: builtins.trace what;
  in TRACED {
    packages.SYSTEM = { a = traced "a" (mk "a"); b = mk "b"; c = mk "c"; };
  };
}
"""


@pytest.mark.parametrize(
    ("traced", "names", "traces"),
    [
        ("", "a b a", "a a"),
        ("", "b c b", ""),
        ("", "b a c a", "a a"),
        ('traced "outputs"', "a b a", "outputs a outputs outputs a"),
    ],
)
def test_a_flake_says_what_nix_says(
    traced: str, names: str, traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `nix build --no-eval-cache`, which calls `outputs` anew for each word."""
    (tmp_path / "flake.nix").write_text(FLAKE.replace("SYSTEM", current_system()).replace("TRACED", traced))
    words = [f"path:{tmp_path}#{name}" for name in names.split()]
    assert main(["--instantiate", "--no-eval-cache", *words]) == 0
    told = capsys.readouterr()
    assert [line.partition("-")[2].removesuffix(".drv") for line in told.out.splitlines()] == names.split()
    assert told.err.splitlines() == [f"trace: {what}" for what in traces.split()]


def test_the_outputs_of_a_flake_are_evaluated_once_while_it_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[LockedFlake] = []

    def counted(services: Services, flake: LockedFlake) -> Value:
        called.append(flake)
        return flake_value(services, flake)

    monkeypatch.setattr(flakes, "flake_value", counted)
    words = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        text = FLAKE.replace("SYSTEM", current_system()).replace("TRACED", "").replace("mk =", f"{folder} = 1; mk =")
        (tmp_path / folder / "flake.nix").write_text(text)
        words += [f"path:{tmp_path}/{folder}#{name}" for name in "bcb"]
    assert main(["--instantiate", "--no-eval-cache", *words]) == 0
    assert len(called) == 2
