"""What a program says (`trace`): once, though what failed is looked at again for the error, and in Nix's order."""

from __future__ import annotations

import subprocess

import pytest

from lixeval.cli import main
from tests.support import real_nix

UNIQUE = "builtins.foldl' (l: e: if builtins.elem e l then l else l ++ [ e ]) [ ]"
REPLACEMENTS = '[ (builtins.trace "a" "1") (throw "b") (builtins.trace "c" "3") ]'
SAID = [
    ('[ (builtins.trace "a" (throw "x")) ]', "a"),
    ('[ 1 { x = builtins.trace "a" (throw "x"); } ]', "a"),
    ('let x = builtins.trace "x" (throw "x"); in [ { a = x; } { b = x; } ]', "x"),
    ('let x = builtins.trace "x" (throw "x"); in { a = { inherit x; b = 1; }; }', "x"),
    ('let s.x = builtins.trace "x" (throw "x"); in { a = { inherit (s) x; b = 1; }; }', "x"),
    ('let x = builtins.trace "x" (throw "x"); in builtins.deepSeq [ { inherit x; } ] 1', "x"),
    ('[ (builtins.tryEval (builtins.deepSeq [ (builtins.trace "e" (throw "x")) ] 1)) ]', "e"),
    ('builtins.concatLists (map (builtins.trace "f" (throw "x")) [ 1 ])', "f"),
    ('builtins.concatLists (map (builtins.trace "f" 1) [ 1 ])', "f"),
    ('builtins.concatLists (map (x: builtins.trace "e" 1) [ 1 ])', "e"),
    ('builtins.listToAttrs (map (x: { name = builtins.trace "n" (throw "q"); value = 1; }) [ 1 ])', "n"),
    ('builtins.listToAttrs (map (x: { name = builtins.trace "n" 1; value = 1; }) [ 1 ])', "n"),
    ('builtins.listToAttrs (builtins.genList (x: { name = builtins.trace "n" (throw "q"); value = 1; }) 2)', "n"),
    ('builtins.concatStringsSep "," (map (x: x) [ { outPath = builtins.trace "o" (throw "z"); } ])', "o"),
    ('builtins.concatStringsSep "," (map (x: x) [ { __toString = s: builtins.trace "o" (throw "z"); } ])', "o"),
    ('builtins.concatStringsSep "," (map (x: x) [ { __toString = s: builtins.trace "o" 1; } ])', "o"),
    ('1 // builtins.trace "r" { }', ""),
    ('(x: y: x // y) (builtins.trace "l" null) (builtins.trace "r" { })', "l"),
    ('(x: y: z: x // y // z) (builtins.trace "1" { }) (builtins.trace "2" 2) (builtins.trace "3" { })', "1 2"),
    ('(s: k: s.a.b.${k}.c) { a.b = builtins.trace "b" { }; } (builtins.trace "k" "x")', "k b"),
    ('(s: k: s ? a.b.${k}.c && throw "no") { a.b = builtins.trace "b" { x.c = 1; }; } (builtins.trace "k" "x")', "b k"),
    ('(s: k: s.a.b.${k} or (throw "no")) { a.b = builtins.trace "b" { }; } (builtins.trace "k" "x")', "k b"),
    ('(x: y: x ++ y) (builtins.trace "l" null) (builtins.trace "r" [ ])', "l r"),
    (f'{UNIQUE} [ {{ a = 1; }} {{ a = builtins.trace "e" (throw "x"); }} ]', "e"),
    (f'{UNIQUE} [ (builtins.trace "f" (throw "x")) (builtins.trace "e" 2) ]', "e f"),
    (f'{UNIQUE} [ 1 (builtins.trace "f" (x: x)) (builtins.trace "e" (throw "x")) ]', "f e"),
    (f'let y = builtins.trace "y" (builtins.head [ ]); in {UNIQUE} [ y y ]', "y"),
    (f'builtins.replaceStrings [ "a" "b" "c" ] {REPLACEMENTS} "cab"', "c a"),
    (f'(x: builtins.replaceStrings [ (x + "a") "b" "c" ] {REPLACEMENTS} "cab") ""', "c a"),
    (f'builtins.replaceStrings [ "a" "b" "c" ] {REPLACEMENTS} "cäab"', "c a"),
    (f'builtins.replaceStrings [ "aa" "bb" "c" ] {REPLACEMENTS} "caabb"', "c a"),
    (f'builtins.replaceStrings [ "aa" "ab" "c" ] {REPLACEMENTS} "caaab"', "c a"),
]
"""Expressions that fail, and what is traced."""


B_A = '{ b = builtins.trace "b" 1; a = builtins.trace "a" 2; }'
B_FAILS = '{ b = builtins.trace "b" 1; a = throw "a"; }'
SAID += [
    (B_A, "b a"),
    (B_FAILS, "b"),
    (f"[ {B_A} {B_FAILS} {B_A} ]", "b a b"),
    (f'{{ z = builtins.trace "z" {B_FAILS}; y = builtins.trace "y" 1; }}', "z b"),
    (f'{{ y = builtins.warn "y" {B_A}; x = [ {B_A} ]; }}', "b a b a"),
    (f"builtins.deepSeq {B_A} 3", "b a"),
    (f'{{ z = builtins.deepSeq {B_A} 3; y = builtins.trace "y" 1; }}', "b a y"),
    (f'{{ z = builtins.tryEval (builtins.deepSeq {B_FAILS} 3); y = builtins.trace "y" 1; }}', "b y"),
    (f"{B_A} == {B_A}", "b b a a"),
    (f"{{ b = 2; a = 2; }} == {B_A}", "b"),
    (f"{B_A} == {B_FAILS}", "b b a"),
    (f"{B_FAILS} == {{ b = 2; a = 2; }}", "b"),
    (f"{{ z = {B_A} == {B_A}; y = {B_FAILS} == {B_A}; }}", "b b a a b b"),
    (f"builtins.elem {B_A} [ {{ b = 3; a = 2; }} {B_A} ]", "b b a a"),
    (f"let s = {B_A}; in [ (s == s) s ]", "b a"),
    (f"builtins.toJSON {B_A}", "a b"),
    (f"{{ z = builtins.toJSON {B_A}; y = [ {B_A} ]; }}", "a b b a"),
    (f'{{ z = builtins.addErrorContext (builtins.trace "m" "c") (throw "z"); y = {B_A}; }}', "m"),
]
"""What sets say that are gone through."""

SAID += [
    ('assert builtins.trace "l" 1 == builtins.trace "r" 2; 3', "l r l r"),
    ('(x: assert builtins.trace "l" x == builtins.trace "r" 2; 3) 1', "l r l r"),
    ('(x: y: assert x == y; 3) (builtins.trace "l" 1) (builtins.trace "r" 2)', "l r"),
    ('(x: assert x.a == builtins.trace "r" 3; 3) { a = builtins.trace "l" 2; }', "l r r"),
    (f"assert {B_A} == {{ b = 1; a = 3; }}; 3", "b a b a"),
    (f"(x: assert {B_A} == {{ b = x; a = 3; }}; 3) 1", "b a b a"),
    ('(x: assert (let z = builtins.trace "z" x; in z) == { a = builtins.trace "m" 2; }.a; 3) 1', "z m z m"),
    ('[ (builtins.tryEval (assert builtins.trace "l" null == 2; 3)) (assert builtins.trace "m" 2 == 2; 3) ]', "l l m"),
    ('null + (builtins.trace "r" 1)', ""),
    ('[ 1 ] ++ [ ] + (builtins.trace "r" [ ])', ""),
    ('{ outPath = builtins.trace "o" "q"; } + (builtins.trace "r" "p")', "o r"),
    ('{ __toString = s: builtins.trace "o" "q"; } + (throw "p")', "o"),
    ('(x: y: x + y 1) { outPath = builtins.trace "o" "q"; } (x: throw "p")', "o"),
    ('(x: y: (x ++ [ ]) + y 1) [ ] (x: throw "p")', ""),
    ('(if true then "a" else 1) + (builtins.trace "r" 1)', "r"),
]
"""What is evaluated again for an error; what makes strings of the operands of `+`."""

C_FAILS = 'let c = { k = 1; b = builtins.trace "b" (throw "no"); }; in'
SAID += [
    (f"{C_FAILS} builtins.elem c [ c ]", ""),
    (f"{C_FAILS} (x: builtins.elem x [ 1 x ]) c", ""),
    (f"{C_FAILS} builtins.elem [ c ] [ [ c ] ]", ""),
    (f"{C_FAILS} builtins.elem c [ (c // {{ }}) ]", "b"),
    (f"{C_FAILS} builtins.length ({UNIQUE} [ 1 c c ])", ""),
    (f'{C_FAILS} builtins.length ({UNIQUE} [ c c (builtins.trace "x" c) ])', "x b"),
    (f'let c = {{ b = builtins.trace "b" (throw "no"); }}; in builtins.length ({UNIQUE} [ c 1 c ])', ""),
    (f'let c = [ (builtins.trace "b" (throw "no")) ]; in builtins.length ({UNIQUE} [ c c ])', ""),
    (f'let c = [ (builtins.trace "b" (throw "no")) ]; s.c = c; in builtins.length ({UNIQUE} [ s.c c s.c ])', "b"),
]
"""What is equal to itself unseen."""

GIVEN = {name: f'{name} = builtins.trace "{name}" (throw "{name}");' for name in ("url", "sha256", "rev", "name")}
SAID += [
    (f"builtins.fetchTarball {{ {GIVEN['url']} {GIVEN['sha256']} }}", "url"),
    (f"builtins.fetchTarball {{ {GIVEN['sha256']} {GIVEN['url']} }}", "sha256"),
    (f"builtins.fetchTarball {{ {GIVEN['sha256']} {GIVEN['url']} {GIVEN['name']} }}", "name"),
    (f"builtins.fetchTarball {{ aa = 1; {GIVEN['name']} }}", "name"),
    (f"builtins.fetchurl {{ {GIVEN['url']} aa = 2; {GIVEN['sha256']} }}", "url"),
    (f"builtins.fetchGit {{ {GIVEN['url']} {GIVEN['rev']} }}", "url"),
    (f'builtins.fetchGit {{ url = builtins.trace "u" "/x"; {GIVEN["rev"]} }}', "u rev"),
    ('builtins.path { filter = builtins.trace "f" 1; path = builtins.trace "p" /.; }', "p f"),
    ('builtins.path { recursive = builtins.trace "r" 1; filter = builtins.trace "f" (_: _: true); }', "f r"),
    (f"builtins.path {{ aa = 1; {GIVEN['name']} }}", "name"),
    ('builtins.appendContext "" { zz = builtins.trace "z" 1; aa = builtins.trace "a" 2; }', ""),
]
"""What builtins say that go through the attributes of a description."""


@pytest.mark.parametrize(("expression", "traces"), SAID)
def test_nothing_is_said_twice(expression: str, traces: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--eval", "--strict", "--no-eval-cache", "-E", expression])
    assert _traces(capsys.readouterr().err) == traces


def test_as_real_nix() -> None:
    nix = real_nix.chosen_prefix()
    words = [*nix, "nix-instantiate", "--eval", "--strict", "-E"]
    for expression, traces in SAID:
        done = subprocess.run([*words, expression], check=False, capture_output=True, text=True)
        assert _traces(done.stderr) == traces, expression


def _traces(stderr: str) -> str:
    start = "trace: "
    return " ".join([line.removeprefix(start) for line in stderr.splitlines() if line.startswith(start)])
