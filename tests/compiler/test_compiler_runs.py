"""Very many elements of one shape have the values, and errors, that they have where they are compiled one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lixeval.compiler import attribute_sets
from lixeval.diagnostics import explained
from lixeval.diagnostics.presentation import report
from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.syntax import lexer, runs
from lixeval.system.deep_stack import run_deep

SIZE = 150


@pytest.fixture(autouse=True, scope="module")
def short() -> Iterator[None]:
    """A run may be short here, so that texts may."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexer, "LONG", 0)
        patch.setattr(lexer, "PAUSE", 40)
        patch.setattr(runs, "LONGEST", 40)
        patch.setattr(runs, "WINDOW", 80)
        patch.setattr(runs, "SHORTEST", 1)
        patch.setattr(attribute_sets, "MANY_INHERITED", 20)
        yield


def answer(text: str, *, faithful: bool, strict: bool) -> str:
    """What evaluating a text says: the value, or the error with its place and the way to it."""
    evaluator = Evaluator(Settings(system="x86_64-linux"), None, cache_directory=None, faithful=faithful)  # type: ignore[arg-type]  # no store

    def evaluate() -> str:
        try:
            value = evaluator.text(text, "/")
            return printed(value, force if strict else None)
        except Exception as error:
            told = explained(error)
            assert isinstance(told, LixevalError)
            return report(told, show_trace=True)

    return str(run_deep(evaluate))


def both(text: str, monkeypatch: pytest.MonkeyPatch, **how: bool) -> tuple[str, str]:
    """At once, and one by one."""
    assert runs.KINDS.intersection(token[0] for token in lexer.tokenize(text, runs=True)), text
    at_once = answer(text, **how)
    with monkeypatch.context() as patch:
        patch.setattr(lexer, "LONG", len(text))
        return at_once, answer(text, **how)


def many(shape: str, **strange: str) -> str:
    """Elements by a pattern in which {i} is a number and {j} the one before; some of them, by number, are others."""
    return " ".join(strange.get(f"_{i}", shape.format(i=i, j=i - 1, k=SIZE - i)) for i in range(1, SIZE))


PLACES = "s: builtins.mapAttrs (n: v: builtins.unsafeGetAttrPos n s) s"
ARGUMENTS = "{ " + " ".join(f"a{i} = {i};" for i in range(0, SIZE, 2)) + " }"

PROGRAMS = {
    "set of numbers": "{ " + many("a{i} = {i};") + " }",
    "set of mixed values": "let x = 1 + 1; in { " + many("a{i} = true;", _50='a50 = "é";', _51="a51 = x;") + " }",
    "places in a set": f"({PLACES}) {{\n " + many("a{i} = {i};\n  b{i} = x;").replace("x", '"é"') + " }",
    "quoted names": "{ " + many('"a {i}" = {i};') + " }",
    "a set with others around": "let f = x: x; in { b = f 1; " + many("a{i} = {i};") + " c = f 2; ${f ''d''} = 3; }",
    "set of sets": "let x = 1; in { " + many("a{i} = {{ b = {i}; c = [ x {i} ]; d = {{ }}; e = [ ]; f = x; }};") + " }",
    "places in its sets": f"let p = {PLACES}; in builtins.mapAttrs (n: p) {{ "
    + many("a{i} = {{ b = 1; c = 2; }};")
    + " }",
    "recursive set": "rec { a0 = 1; " + many("a{i} = a{j};") + " }",
    "recursive set of sets": "rec { b = a5; " + many("a{i} = {{ x = {i}; y = b; }};") + " }.a20.y.x",
    "places in a recursive set": f"({PLACES}) (rec {{\n " + many("a{i} = {i};\n  b{i} = 1;") + " })",
    "functions of a recursive set": "rec { f = x: x + a1; " + many("a{i} = {i};") + " b = f a20; }",
    "floats, escapes, comments": "{ " + many('a{i} = {i}.5; # {i}\n b{i} = "n{i}";', _99=r'z = "\n\"";') + " }",
    "set in a with": "with { x = 1; }; { " + many("a{i} = x;") + " }",
    "name that nothing binds": "{ " + many("a{i} = x;") + " }",
    "name of a set": "let s = { x = 1; }; in { " + many("a{i} = s;") + " }",
    "functions in a set": "let f = x: x + 1; g = x: y: x + y; in { " + many("a{i} = f;\n b{i} = g;") + " }.a5 3",
    "builtins in a set": "{ " + many("a{i} = builtins;") + " }.a5.add 1 2",
    "list of names": "let x = 1 + 1; y = [ x ]; in [ " + many("x") + " y ]",
    "list of sets": "[ " + many("{{ a = {i}; }}") + " ]",
    "list of lists": "[ " + many("[ {i} true ]") + " ]",
    "equal": "[ " + many("{{ a = {i}; }}") + " ] == [ " + many("{{ a = {i}; }}") + " ]",
    "sets that inherit": "let s = { a = 1; }; in [ " + many("{{ inherit (s) a; b = {i}; }}") + " ]",
    "sets that inherit nothing": "let s = { b = 1; }; in builtins.elemAt [ " + many("{{ inherit (s) a; }}") + " ] 20",
    "sets that inherit from no set": "let s = 1; in builtins.elemAt [ " + many("{{ inherit (s) a; }}") + " ] 20",
    "sets that inherit what is around": "let a = 1 + 1; in [ " + many("{{ inherit a; }}") + " ]",
    "sets that inherit from builtins": "map (s: s.add 1 2) [ " + many("{{ inherit (builtins) add; }}") + " ]",
    "inherited names": "{ inherit (" + ARGUMENTS + ") " + many("a{i}") + "; }",
    "places of inherited names": f"({PLACES}) {{ inherit (x)\n " + many("a{i}") + " ; }",
    "inherited builtins": "{ inherit (builtins) " + many("a{i}") + " add; }.add 1 2",
    "inherited from around": "a1: { inherit a1; " + many("b{i} = a1;") + " }",
    "chain": "let a0 = 1 + 1; " + many("a{i} = a{j};") + f" in a{SIZE - 1}",
    "chain from behind": "let b = 1; " + many("a{i} = a{k};", _40="a40 = b;") + f" in a{SIZE - 40}",
    "circle": "let a0 = a20; " + many("a{i} = a{j};") + " in a20",
    "circle of itself": "let " + many("a{i} = a{i};") + " in a20",
    "circle of sets": "let a0 = { x = 1; y = a20; }; " + many("a{i} = {{ x = {i}; y = a{j}; }};") + " in a20.y.x",
    "chain of inherited names": "let a0 = { x = 1; }; "
    + many("a{i} = {{ inherit (a{j}) x; }};")
    + f" in a{SIZE - 1}.x",
    "broken chain": "let a0 = { y = 1; }; " + many("a{i} = {{ inherit (a{j}) x; }};") + f" in a{SIZE - 1}.x",
    "backwards": "let " + many("a{k} = {{ inherit (a{i}) x; }};", _75="z = 1;") + " in builtins.attrNames a1",
    "functions of a let": "let f = x: x + 1; " + many("a{i} = f;") + " in a20 1",
    "what needs a run": "let x = 1; " + many("a{i} = [ x {i} ];") + " b = a20 ++ a21; c = y: a22 ++ y; in c b",
    "a run that needs what needs it": "let b = a3; a0 = 1; " + many("a{i} = [ b a0 ];", _3="a3 = 5;") + " in a20",
    "two runs": "let " + many("a{i} = {i};") + " c = 1; " + many("b{i} = {{ x = a{i}; }};") + " in [ a3 b4 b59 ]",
    "numbers in a let": "let " + many("a{i} = {i};") + " in [ a1 a20 (a30 + a40) (x: a50 + x) ]",
    "formals": "({ a0, " + many("a{i},") + " ... }: a0)",
    "told formals": "let f = { a0 " + many(", a{i} ? {i}") + f" }}: 1; p = {PLACES}; in p (builtins.functionArgs f)",
    "formals given": "({ a0" + many(", a{i} ? {i}") + " }: [ a0 a1 a2 a57 a58 ]) " + ARGUMENTS,
    "formals not given": "({ a0" + many(", a{i}") + " }: a0) " + ARGUMENTS,
    "formals needed": "({ a0" + many(", a{i}") + ", ... }: a1) { a0 = 1; }",
    "more than formals": "({ a1" + many(", b{i} ? 2") + " }: a1) { a1 = 1; c = 2; }",
    "no set for formals": "({ a1" + many(", b{i} ? 2") + " }: a1) 1",
    "defaults of defaults": "({ a0 ? 1" + many(", a{i} ? a{j}") + f", ... }}: [ a0 a1 a{SIZE - 1} ]) {{ a30 = 5; }}",
    "defaults of names behind": "({ a0" + many(", a{i} ? a{k}") + " }: a1) " + ARGUMENTS,
    "defaults of all": "(s@{ a0" + many(", a{i} ? s") + " }: a1 == s) " + ARGUMENTS,
    "defaults that are sets": "({ a0 ? 1" + many(", a{i} ? {{ x = a{j}; }}") + " }: a3.x.x) { a2 = { x = 7; }; }",
    "defaults and others": "({ b ? a1, a0 ? c, c"
    + many(", a{i} ? c")
    + ", d ? a3 }: [ a0 a3 b d ]) { c = 1; a3 = 4; }",
    "defaults in a circle": "({ a0 ? a9" + many(", a{i} ? a{j}") + " }: a5) { }",
    "formals and the body": "let y = 1; in ({ a0" + many(", a{i} ? y") + " }: let a1 = 3; in [ a1 a2 y ]) { a0 = 1; }",
    "calls": "let f = x: x + 1; in [ " + many("(f {i})") + " ]",
    "set of calls": "let f = x: x + 1; in { " + many("a{i} = f {i};") + " }",
    "in a function": "map (x: { " + many("a{i} = x;") + " }.a20) [ 1 2 ]",
    "overrides": "rec { __overrides = { a20 = 7; }; " + many("a{i} = {i};") + " b = a20; }.b",
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("faithful", [False, True], ids=["", "as it is"])
def test_say_the_same(name: str, faithful: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for strict in (True, False) if faithful else (True,):
        at_once, one_by_one = both(PROGRAMS[name], monkeypatch, faithful=faithful, strict=strict)
        assert at_once == one_by_one
