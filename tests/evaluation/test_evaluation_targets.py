"""Which derivations a value stands for: recorded from nix-instantiate 2.26.3, by their names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.cli import main

TEXT = """
let
  mk = name: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; };
  d = mk "d"; e = mk "e"; f = mk "f"; no = mk "no";
in
"""
OTHERWISE = "error: the expression does not evaluate to a derivation (or a set or list of those)"

CASES = [
    ("[ [ d ] { a = e; } [ [ f ] ] ]", "d e f"),
    ("{ a = d; b = { recurseForDerivations = true; c = e; }; g = { h = f; }; }", "d e"),
    ("{ a = [ d ]; b = e; }", "e"),
    ("{ a = { recurseForDerivations = true; b = { c = d; recurseForDerivations = true; }; }; }", "d"),
    ("[ { recurseForDerivations = false; x = d; } e ]", "d e"),
    ('{ a = d; "b c" = e; _x = f; }', "f d"),
    ('{ a-b = d; "1" = e; "-" = e; "a+" = f; "é" = e; "a.b" = e; }', "f d"),
    ("[ (d // { a = 1; }) d ]", "d d"),
    ("[ d d (d // { }) ({ } // d) ]", "d"),
    ("{ a = d; b = d.out; c = d.all; }", "d"),
    ("{ a = d; b = { c = d; e = e; recurseForDerivations = true; }; }", "d e"),
    ("{ x = { a }: d; y = e; }", "e"),
    ("[ ({ a ? 1 }: d) e ]", "d e"),
    ("[ ({ a ? 1 }: { b = d; }) [ ] ]", "d"),
    ("{ a = d; b = 1; c = null; }", "d"),
]


@pytest.mark.parametrize(("expression", "names"), CASES, ids=[one[0] for one in CASES])
def test_derivations(expression: str, names: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--instantiate", "--no-eval-cache", "-E", TEXT + expression]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.partition("-")[2].removesuffix(".drv") for line in told] == names.split()


EMPTY = [
    "{ }",
    "[ ]",
    "[ [ ] { } ]",
    "{ a = 1; b.c = d; }",
    "{ x ? 1 }: { }",
    "{ a = { recurseForDerivations = true; }; }",
]


@pytest.mark.parametrize("expression", EMPTY)
def test_nothing_in_a_set_or_list_is_no_error(expression: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--instantiate", "--no-eval-cache", "-E", TEXT + expression]) == 0
    assert capsys.readouterr().out == ""


PATHS = [
    ("a.", "{ b = <CODE>; }"),
    ("a.b.", "1"),
    ('a.""', "{ b = <CODE>; }"),
    ('""', "{ a = <CODE>; }"),
    ('a."b".', "1"),
]


@pytest.mark.parametrize(("path", "value"), PATHS)
def test_an_empty_name_at_the_end_of_a_path_is_none(path: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--eval", "--no-eval-cache", "-E", "{ a.b = (x: x) 1; }", "-A", path]) == 0
    assert capsys.readouterr().out == value + "\n"


@pytest.mark.parametrize("expression", ["[ d (x: x) 1 e ]", "[ [ 1 ] d ]", '[ { a = d; } "x" ]'])
def test_something_else_in_a_list(expression: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--instantiate", "--no-eval-cache", "-E", TEXT + expression]) == 1
    assert OTHERWISE in capsys.readouterr().err


@pytest.mark.parametrize(
    "expression", ["let l = [ l ]; in l", "let s = { recurseForDerivations = true; a = s; }; in s"]
)
def test_what_has_no_end(expression: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--instantiate", "--no-eval-cache", "-E", expression]) == 1
    assert "stack overflow" in capsys.readouterr().err


def test_a_flag_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--instantiate", "--no-eval-cache", "-E", "{ a = { recurseForDerivations = 1; }; }"]) == 1
    assert "expected a Boolean but found an integer: 1" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[ [ 1 [ 2 ] ] { a = 3; } ]", "[ ]", '"text"', "{ a = [ 1 ]; }"])
def test_a_value_without_any_is_shown(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "value.nix").write_text(text)
    assert main(["--no-eval-cache", str(tmp_path / "value.nix")]) == 0
    assert capsys.readouterr().out == text + "\n"


ONE_FAILS = """{
  a = d; b = e; fails = throw "no"; other = mk (throw "no"); text = "t"; list = [ f (throw "no") ]; mixed = [ f 1 ];
  set = { x = f; y = throw "no"; }; none = { };
  several = derivation { name = "s"; system = "x"; builder = "y"; outputs = [ "dev" "out" ]; };
}"""
BEFORE = [
    ("a fails", "d.drv"),
    ("a b other a", "d.drv e.drv"),
    ("fails a", ""),
    ("a text b", "d.drv"),
    ("text fails", ""),
    ("a list b", "d.drv"),
    ("a mixed", "d.drv"),
    ("a set", "d.drv"),
    ("a b nowhere", "d.drv e.drv"),
    ("none a fails", "d.drv"),
    ("several a a fails", "s.drv!dev d.drv d.drv"),
]
"""Recorded from nix-instantiate 2.26.3."""


@pytest.mark.parametrize(("attributes", "names"), BEFORE)
def test_what_comes_before_a_failure_is_printed(
    attributes: str, names: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for name in attributes.split() for word in ("-A", name)]
    assert main(["--instantiate", "--no-eval-cache", "-E", TEXT + ONE_FAILS, *words]) == 1
    told = capsys.readouterr().out.split()
    assert [path.partition("-")[2] for path in told] == names.split()
    assert main(["store", "verify", *[path.partition("!")[0] for path in told]]) == 0


UNPATHED = 'no // { drvPath = throw "path"; }'
WHOLE = [
    ("[ d (UNPATHED) f ]", "d", "path"),
    ('{ a = d; b = mk "b" // { name = throw "no"; }; }', "", "no"),
    ('{ a = d; b = derivation { name = "b"; system = throw "system"; builder = "b"; }; c = f; }', "d", "system"),
    ('[ d (UNPATHED) (throw "behind") ]', "", "behind"),
    ("[ d (UNPATHED) 1 ]", "", "expression does not evaluate to a derivation"),
    ('[ d (d // { type = throw "type"; }) f ]', "", "type"),
    ('[ d (mk "d") (d // { outputName = 1; }) f ]', "d d", "expected a string but found an integer: 1"),
    ("[ d d (UNPATHED) ]", "d", "path"),
    ("{ a = d; b = { recurseForDerivations = true; x = e; y = UNPATHED; }; c = f; }", "d e", "path"),
    ('{ a = UNPATHED; b = { recurseForDerivations = throw "recurse"; }; }', "", "recurse"),
    ('[ d (d // { name = "${e}"; }) ]', "", "is not allowed to refer to a store path"),
    ('[ d (removeAttrs d [ "name" ]) ]', "", "derivation name missing"),
    ('[ d (removeAttrs e [ "outputName" ]) f ]', "d", "lacks an 'outputName' attribute"),
    ('[ d { x = e; y = f // { drvPath = "x"; }; } ]', "d e", "path 'x' is not in the Nix store"),
    ('[ d 1 (throw "behind") ]', "", "expression does not evaluate to a derivation"),
]
"""What is printed before a failure, and what its message has; recorded from nix-instantiate 2.26.3."""


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "divided"])
@pytest.mark.parametrize(("text", "names", "message"), WHOLE)
def test_what_comes_before_a_failure_in_a_value_is_printed(
    text: str, names: str, message: str, alone: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--instantiate", "--no-eval-cache", "-E", TEXT + text.replace("UNPATHED", UNPATHED)]
    if alone:
        assert main(words) == 1
    else:  # a command's own process is one that may have help
        command = [sys.executable, "-m", "lixeval", *words]
        assert subprocess.run(command, check=False, timeout=60).returncode == 1
    told = capfd.readouterr()
    assert [path.partition("-")[2].removesuffix(".drv") for path in told.out.split()] == names.split()
    assert message in told.err.splitlines()[0]


LINKED = """
let
  make = name: outputs: text: derivation {
    inherit name outputs;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" text ];
  };
  d = make "d" [ "out" "dev" "doc" ] "echo > $out; echo > $dev; echo > $doc";
  e = make "e" [ "out" ] "echo > $out";
in { inherit d e; all = [ d d.dev e d.out d.doc e ]; }
"""
LINKS = [
    ("-A d", "result=d"),
    ("-A d.dev -A d -A e", "result=d result-2=e result-dev=d-dev"),
    ("-A e -A e -A d.doc", "result=e result-2-doc=d-doc"),
    ("-A all", "result=d result-2=e result-dev=d-dev result-doc=d-doc"),
    ("-A d.dev -A d.doc -o it", "it-dev=d-dev it-doc=d-doc"),
    ("path:.#d path:.#e", "result=d result-1=e"),
    ("path:.#d^dev,doc path:.#e", "result-1=e result-dev=d-dev result-doc=d-doc"),
    ("path:.#e path:.#d^*", "result=e result-1=d result-1-dev=d-dev result-1-doc=d-doc"),
]
"""Recorded from nix-build and nix build 2.26.3."""


@pytest.mark.parametrize(("words", "links"), LINKS)
def test_links_to_outputs(words: str, links: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = f"{os.uname().machine}-linux"
    (tmp_path / "default.nix").write_text(LINKED.replace("builtins.currentSystem", f'"{system}"'))
    (tmp_path / "flake.nix").write_text(f"{{ outputs = _: {{ packages.{system} = import ./.; }}; }}")
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # the second time it is known
        assert main(words.split()) == 0
        made = {one.name: os.readlink(one) for one in tmp_path.iterdir() if one.is_symlink()}
        assert {name: path.rpartition("/")[2].partition("-")[2] for name, path in made.items()} == dict(
            link.split("=") for link in links.split()
        )
        for name in made:
            os.unlink(tmp_path / name)
