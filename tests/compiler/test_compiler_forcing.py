"""What an expression forces before anything else, and what programs would show if that were wrong."""

from __future__ import annotations

import pytest

from lixeval.compiler.forcing import MAX_STEPS, Order, forced_names, is_certainly, order_of
from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.source import Source
from lixeval.syntax.nodes import Apply, Expression, Variable
from lixeval.syntax.parser import parse

KNOWN: dict[str, tuple[int, Order]] = {
    "length": (1, order_of("0")),
    "elemAt": (2, order_of("1int 0list")),
    "all": (2, order_of("0function 1list")),
    "less": (2, order_of("0 1")),
}


def _orders(function: Expression) -> tuple[int, Order] | None:
    return KNOWN.get(function.name) if isinstance(function, Variable) else None


def _parsed(text: str) -> Expression:
    return parse(Source("«string»", text, is_file=False))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x", "x"),
        ("1", ""),
        ("s.a or d", "s"),
        ("s.a.b", "s"),
        ("s ? a", "s"),
        ("if s ? a then x else y", "s"),
        ("if a < b then x else y", "a b"),
        ("if a > b then x else y", "b a"),
        ("a <= b", "b a"),
        ("a == b", "a b"),
        ("(a == b) == c", "a b"),
        ("a - b", "a b"),
        ("a + b", "a"),
        ("1 + b", "b"),
        ("''a'' + b", "b"),
        ("a && b", "a"),
        ("a // b", "a"),
        ("a ++ b", "a"),
        ("-x", "x"),
        ("!x", "x"),
        ("f x y", "f"),
        ("(f x) y", "f"),
        ("length x", "x"),
        ("length (elemAt x 0)", "x"),
        ("elemAt x i", "i"),
        ("elemAt x 0", "x"),
        ("all (y: y) x", "x"),
        ("all f x", "f"),
        ("less a b", "a b"),
        ("less (length a) b", "a"),
        ("less a", ""),
        ("assert c; x", "c"),
        ("''${x}a''", "x"),
        ("''a${x}''", "x"),
        ("''a''", ""),
        ("x: x", ""),
        ("{ a = b; }", ""),
        ("[ a ]", ""),
        ("with s; x", "x"),
        ("let a = b; in a", "b"),
        ("let a = length b; in less a c", "b"),
        ("let a = b; in less a c", "b c"),
        ("let inherit (s) a; in a", "s"),
        ("let inherit a; in a", "a"),
        ("let a = a; in a", ""),
        ("let length = f; in length x", "f"),
        ("let a = 1; in let b = a; in less b c", "c"),
        ("let ${x} = 1; in a", "a"),
    ],
)
def test_what_is_forced_first(text: str, names: str) -> None:
    try:
        node = _parsed(text)
    except LixevalError:
        pytest.skip("no dynamic names in a let")
    assert " ".join(forced_names(node, _orders)) == names


def test_a_hidden_name_is_no_function_of_the_scope() -> None:
    assert forced_names(_parsed("length x"), _orders, ("length",)) == ["length"]


def test_the_walk_has_an_end() -> None:
    node = _parsed("let " * 1 + "a = 1; in " + "let a = a; in " * 2000 + "a")
    assert forced_names(node, _orders) == []
    chain: Expression = Variable(0, 0, "f")
    for _ in range(MAX_STEPS * 3):
        chain = Apply(0, 0, chain, (Variable(0, 0, "x"),))
    assert forced_names(chain, _orders) == []


@pytest.mark.parametrize(
    ("kind", "yes", "no"),
    [
        ("", "f x", None),
        ("function", "x: x", "f"),
        ("list", "[ ]", "x"),
        ("set", "{ }", "x"),
        ("string", "''a''", "''${x}''"),
        ("int", "-1", "1.5"),
        ("natural", "1", "-1"),
        ("algorithm", "''md5''", "''md6''"),
    ],
)
def test_kinds(kind: str, yes: str, no: str | None) -> None:
    assert is_certainly(_parsed(yes), kind)
    assert no is None or not is_certainly(_parsed(no), kind)


# Nix 2.26.3 says what is thrown; the first of two that would throw, or none.


@pytest.mark.parametrize(
    ("text", "thrown"),
    [
        ("let f = a: b: if a < b then 1 else 2; in f (throw ''1'') (throw ''2'')", "1"),
        ("let f = a: b: if a > b then 1 else 2; in f (throw ''1'') (throw ''2'')", "2"),
        ("let f = a: b: a + b; in f (throw ''1'') (throw ''2'')", "1"),
        ("let f = a: b: a + b; in f { } (throw ''2'')", None),
        ("let f = a: b: b + a; in f (throw ''1'') (throw ''2'')", "2"),
        ("let f = a: b: let c = builtins.length b; in c - a; in f (throw ''1'') (throw ''2'')", "2"),
        ("let f = a: b: let c = throw ''3''; d = b; in d == c; in f (throw ''1'') (throw ''2'')", "2"),
        ("let f = a: b: let c = throw ''3''; in c == b; in f (throw ''1'') (throw ''2'')", "3"),
        ("let x = throw ''0''; f = a: x < a; in f (throw ''1'')", "0"),
        ("let f = length: builtins.length length; in f (throw ''1'')", "1"),
        ("let f = builtins: a: builtins.length a; in f { length = x: 1; } (throw ''1'')", ""),
        ("let f = a: a: a + 1; in f (throw ''1'') (throw ''2'')", "2"),
        ("let f = a: b: builtins.elemAt a b; in f (throw ''1'') (throw ''2'')", "2"),
        ("let f = a: b: builtins.elemAt a b; in f (throw ''1'') [ ]", None),
        ("let f = a: b: builtins.all a b; in f (throw ''1'') (throw ''2'')", "1"),
        ("let f = a: b: builtins.all (x: x) b; in f (throw ''1'') (throw ''2'')", "2"),
        ("let f = a: with throw ''3''; a; in f (throw ''1'')", "1"),
        ("let f = a: b: g b a; g = c: d: c < d; in f (throw ''1'') (throw ''2'')", "2"),
        ("let f = a: builtins.seq a 1; in f (throw ''1'')", "1"),
        ("let f = a: builtins.tryEval a; in (f (throw ''1'')).success", ""),
        ("let f = a: b: (a == 1) == b; in f (throw ''1'') (throw ''2'')", "1"),
        ("let f = a: b: [ a b ]; in builtins.length (f (throw ''1'') (throw ''2''))", ""),
    ],
)
def test_of_two_errors_the_same_shows(text: str, thrown: str | None) -> None:
    evaluator = Evaluator(Settings(system="x86_64-linux"), None)  # type: ignore[arg-type]  # nothing is stored
    if thrown == "":
        evaluator.text(text, "/")
        return
    with pytest.raises(LixevalError) as caught:
        evaluator.text(text, "/")
    assert thrown is None or caught.value.message == thrown
    assert thrown is not None or caught.value.message not in ("1", "2")
