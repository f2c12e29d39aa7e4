"""Depth and size: whatever nests a hundred thousand deep or is a million long gives its value or a Nix error.

Each program is run by the command in a process of its own, so that a crash of Python would show.  What takes long or
much memory runs with LIXEVAL_SLOW_TESTS=1 only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEEP = 100_000


def recursive(last: str, again: str) -> str:
    """A function that calls itself in some way, DEEP times."""
    return f"let f = n: if n == 0 then {last} else {again}; in f {DEEP}"


def nested(around: str, last: str = "null") -> str:
    """Definitions of `deep` and `other`: values nested in `around`, which puts `a` into something."""
    made = f"builtins.foldl' (a: b: {around}) {last} (builtins.genList (x: x) {DEEP})"
    return f"let deep = {made}; other = {made}; in "


LISTS, SETS = nested("[ a ]"), nested("{ a = a; }")

QUICK = {
    "calls": (recursive("0", "1 + f (n - 1)"), str(DEEP)),
    "strings": ("builtins.stringLength (" + recursive('""', '"a${f (n - 1)}"') + ")", str(DEEP)),
    "map": (recursive("0", "builtins.head (map (x: f (n - 1)) [ 1 ])"), "0"),
    "fold": (recursive("0", "builtins.foldl' (a: x: f (n - 1)) 0 [ 1 ]"), "0"),
    "try": (recursive("0", "(builtins.tryEval (f (n - 1))).value"), "0"),
    "thrown and caught": (
        "(builtins.tryEval (" + recursive('throw "bottom"', "1 + f (n - 1)") + ")).success",
        "false",
    ),
    "equal": (LISTS + "deep == other", "true"),
    "less": (LISTS + "[ deep ] < [ other ]", "false"),
    "deepSeq": (SETS + "builtins.deepSeq deep 1", "1"),
    "json": (SETS + "builtins.stringLength (builtins.toJSON deep)", str(6 * DEEP + 4)),
    "toString": (nested("[ a ]", "1") + "toString deep", '"1"'),
    "printed": (LISTS + "deep", "[ " * DEEP + "null" + " ]" * DEEP),
    "a million elements": ("builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 1000000)", "499999500000"),
}

SLOW = {
    "outPath": (f'let f = n: if n == 0 then "x" else {{ outPath = f (n - 1); }}; in "${{f {DEEP}}}"', '"x"'),
    "__toString": (
        f'let f = n: {{ __toString = s: if n == 0 then "x" else toString (f (n - 1)); }}; in toString (f {DEEP})',
        '"x"',
    ),
    "functor": (f"let f = n: {{ __functor = s: x: if n == 0 then x else f (n - 1) x; }}; in f {DEEP} 1", "1"),
    "attributes": (f"let f = n: {{ a = if n == 0 then 1 else (f (n - 1)).a; }}; in (f {DEEP}).a", "1"),
    "with": (f"let f = n: with {{ x = n; }}; if x == 0 then 0 else f (x - 1); in f {DEEP}", "0"),
    "defaults": (f"let f = {{ n, m ? if n == 0 then 0 else f {{ n = n - 1; }} }}: m; in f {{ n = {DEEP}; }}", "0"),
    "inherit": (f"let f = n: {{ inherit (if n == 0 then {{ a = 1; }} else f (n - 1)) a; }}; in (f {DEEP}).a", "1"),
    "accumulated": (
        f"let f = n: s: if n == 0 then s else f (n - 1) {{ v = s.v + 1; }}; in (f {DEEP} {{ v = 0; }}).v",
        str(DEEP),
    ),
    "thunks": (
        "let l = builtins.genList (i: if i == 0 then 0 else builtins.elemAt l (i - 1) + 1) "
        f"{DEEP}; in builtins.elemAt l ({DEEP} - 1)",
        str(DEEP - 1),
    ),
    "sort": (recursive("true", "builtins.sort (a: b: f (n - 1)) [ 1 2 ] != [ ]"), "true"),
    "filter": (recursive("true", "builtins.filter (x: f (n - 1)) [ 1 ] != [ ]"), "true"),
    "concatMap": (recursive("[ 1 ]", "builtins.concatMap (x: f (n - 1)) [ 1 ]"), "[ 1 ]"),
    "genericClosure": (
        recursive(
            "1",
            "builtins.length (builtins.genericClosure "
            "{ startSet = [ { key = 1; } ]; operator = x: builtins.seq (f (n - 1)) [ ]; })",
        ),
        "1",
    ),
    "mapAttrs": (recursive("0", "(builtins.mapAttrs (k: v: f (n - 1)) { a = 1; }).a"), "0"),
    "addErrorContext": (recursive("0", 'builtins.addErrorContext "x" (f (n - 1))'), "0"),
    "computed names": (recursive('"x"', "builtins.head (builtins.attrNames { ${f (n - 1)} = 1; })"), '"x"'),
    "a million attributes": (
        "builtins.length (builtins.attrNames (builtins.listToAttrs "
        '(builtins.genList (x: { name = "a${toString x}"; value = x; }) 1000000)))',
        "1000000",
    ),
    "a million sorted": (
        "let l = builtins.genList (x: x) 1000000; in builtins.head (builtins.sort (a: b: a > b) l)",
        "999999",
    ),
    "a string of 100 MB": (
        'let f = s: n: if n == 0 then s else f (s + s) (n - 1); s = f "0123456789" 24; in '
        'builtins.stringLength (builtins.replaceStrings [ "0" ] [ "" ] s)',
        str(9 * 2**24),
    ),
    "a chain of operators": ("1" + " + 1" * DEEP, str(DEEP + 1)),
    "a chain of conditions": ("true" + " && true" * DEEP, "true"),
}

OVERFLOW = "stack overflow (possible infinite recursion)"

WRONG = {
    "thrown deep": (recursive('throw "bottom"', "1 + f (n - 1)"), "bottom"),
    "missing deep": (recursive("{ }.a", "1 + f (n - 1)"), "attribute 'a' missing"),
    "endless calls": ("let f = x: g x; g = x: f x; in f 1", "stack overflow; max-call-depth exceeded"),
    "endless strings": ('let s = { outPath = s; }; in "${s}"', OVERFLOW),
    "endless list as a string": ("let x = [ x ]; in toString x", OVERFLOW),
    "endless JSON": ("let x = { a = x; }; in builtins.toJSON x", OVERFLOW),
    "parentheses": ("(" * DEEP + "1" + ")" * DEEP, "memory exhausted"),
    "lists": ("[" * DEEP + "]" * DEEP, "memory exhausted"),
    "interpolations": ('"${' * DEEP + "1" + '}"' * DEEP, "memory exhausted"),
    "functions": ("x: " * DEEP + "1", "memory exhausted"),
}

SLOW_AND_WRONG = {
    "endless printing": ("let f = x: { a = f x; }; in f 1", OVERFLOW),
    "endless comparison": ("let x = { a = x; }; y = { a = y; }; in x == y", OVERFLOW),
    "endless order": ("let x = [ x ]; y = [ y ]; in x < y", OVERFLOW),
    "endless deepSeq": ("let f = x: [ (f x) ]; in builtins.deepSeq (f 1) 1", OVERFLOW),
    "endless XML": ("let x = { a = x; }; in builtins.toXML x", OVERFLOW),
    "endless functor": ("let s = { __functor = s: s; }; in s 1 2", "stack overflow; max-call-depth exceeded"),
}


def slow(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        not os.environ.get("LIXEVAL_SLOW_TESTS"), reason=f"{reason}; set LIXEVAL_SLOW_TESTS=1 to run it"
    )


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "program.nix").write_text(text)
    environment = os.environ | {
        "XDG_CACHE_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "LIXEVAL_STORE": str(folder),
    }
    command = [sys.executable, "-m", "lixeval", "--eval", "--strict", *options, str(folder / "program.nix")]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)


def gives(folder: Path, text: str, expected: str) -> None:
    done = run(folder, text)
    assert (done.returncode, done.stderr[:500]) == (0, "")
    assert done.stdout.strip() == expected


def fails(folder: Path, text: str, message: str) -> None:
    done = run(folder, text)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {message}")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", QUICK)
def test_deep_or_large(name: str, tmp_path: Path) -> None:
    gives(tmp_path, *QUICK[name])


@slow("takes a minute")
@pytest.mark.parametrize("name", SLOW)
def test_deeper_or_larger(name: str, tmp_path: Path) -> None:
    gives(tmp_path, *SLOW[name])


@pytest.mark.parametrize("name", WRONG)
def test_too_deep_is_an_error(name: str, tmp_path: Path) -> None:
    fails(tmp_path, *WRONG[name])


@slow("takes a minute")
@pytest.mark.parametrize("name", SLOW_AND_WRONG)
def test_endless_is_an_error(name: str, tmp_path: Path) -> None:
    fails(tmp_path, *SLOW_AND_WRONG[name])


def test_max_call_depth(tmp_path: Path) -> None:
    program = "let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 1000"
    assert run(tmp_path, program, "--max-call-depth", "1100").stdout == "1000\n"
    assert "max-call-depth exceeded" in run(tmp_path, program, "--max-call-depth", "100").stderr


@slow("compiles 30,000 lines")
def test_a_file_of_30000_lines(tmp_path: Path) -> None:
    lines = ["let fix = f: let x = f x; in x; in rec {"]
    for number in range(5000):
        lines += [
            f"  package{number} = {{",
            f'    name = "package-${{version{number}}}"; version = "1.{number}";',
            f"    inputs = [ (fix (self: {{ a = {number}; b = self.a + 1; }})).b {number} ];",
            f'    meta = {{ license = if {number} > 10 then "mit" else "gpl"; }};',
            "  };",
            f'  version{number} = "{number}.0";',
        ]
    done = run(tmp_path, "\n".join([*lines, "}"]), "--attr", "package4999.inputs")
    assert (done.stdout, done.stderr) == ("[ 5000 4999 ]\n", "")
