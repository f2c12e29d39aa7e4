"""Free names and what is forced first, on nodes built by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lixeval.compiler.analysis import FreeNames, NamesOutsideWith
from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression
from lixeval.syntax.parser import parse


def var(name: str) -> nodes.Variable:
    return nodes.Variable(0, 0, name)


def number(value: int = 1) -> nodes.Int:
    return nodes.Int(0, 0, value)


def text(*parts: str | Expression) -> nodes.String:
    return nodes.String(0, 0, parts)


def binary(operator: str, left: Expression, right: Expression) -> nodes.Binary:
    return nodes.Binary(0, 0, operator, left, right, 0)


def call(function: Expression, *arguments: Expression) -> nodes.Apply:
    return nodes.Apply(0, 0, function, arguments)


def select(subject: Expression, *path: str | Expression, default: Expression | None = None) -> nodes.Select:
    return nodes.Select(0, 0, subject, path, (0,) * len(path), default)


def has(subject: Expression, *path: str | Expression) -> nodes.HasAttribute:
    return nodes.HasAttribute(0, 0, subject, path)


def function(parameter: str | None, body: Expression, **formals: Expression | None) -> nodes.Lambda:
    given = tuple(nodes.Formal(0, 0, name, default) for name, default in formals.items())
    return nodes.Lambda(0, 0, parameter, nodes.Formals(0, 0, given, False) if formals else None, body)


def bindings(
    *,
    dynamic: tuple[tuple[Expression, Expression], ...] = (),
    inherited: tuple[str, ...] = (),
    sources: tuple[Expression, ...] = (),
    taken: tuple[str, ...] = (),
    **plain: Expression,
) -> nodes.Bindings:
    """`taken` names come from the first of the `sources`."""
    attributes = {name: nodes.Attribute(0, 0, name, "plain", value) for name, value in plain.items()}
    attributes |= {name: nodes.Attribute(0, 0, name, "inherited", var(name)) for name in inherited}
    attributes |= {name: nodes.Attribute(0, 0, name, "inherited-from", None, 0) for name in taken}
    computed = tuple(nodes.DynamicAttribute(0, 0, name, value) for name, value in dynamic)
    return nodes.Bindings(0, 0, attributes, computed, sources)


def attribute_set(bound: nodes.Bindings, *, recursive: bool = False) -> nodes.AttributeSet:
    return nodes.AttributeSet(0, 0, recursive, bound)


def let(bound: nodes.Bindings, body: Expression) -> nodes.Let:
    return nodes.Let(0, 0, bound, body)


def with_(scope: Expression, body: Expression) -> nodes.With:
    return nodes.With(0, 0, scope, body)


FREE: list[tuple[Expression, set[str]]] = [
    (number(), set()),
    (var("x"), {"x"}),
    (text("a", var("x"), "b"), {"x"}),
    (text("only text"), set()),
    (nodes.SearchPath(0, 0, "nixpkgs"), {"__findFile", "__nixPath"}),
    (select(var("s"), "a", var("n"), default=var("d")), {"s", "n", "d"}),
    (has(var("s"), "a", var("n")), {"s", "n"}),
    (call(var("f"), var("x"), number()), {"f", "x"}),
    (function("x", binary("+", var("x"), var("y"))), {"y"}),
    (function(None, call(var("a"), var("b")), a=None, b=var("c")), {"c"}),
    (function("all", var("all"), a=var("all"), b=var("a")), set()),
    (nodes.List(0, 0, (var("a"), number(), var("b"))), {"a", "b"}),
    (attribute_set(bindings(a=var("b"), b=number())), {"b"}),
    (attribute_set(bindings(a=var("b"), b=number()), recursive=True), set()),
    (attribute_set(bindings(inherited=("a",)), recursive=True), {"a"}),
    (attribute_set(bindings(sources=(var("s"),), taken=("a",))), {"s"}),
    (attribute_set(bindings(sources=(var("a"),), taken=("a",)), recursive=True), set()),
    (attribute_set(bindings(dynamic=((var("n"), var("v")),))), {"n", "v"}),
    (let(bindings(a=var("b")), call(var("a"), var("c"))), {"b", "c"}),
    (let(bindings(a=var("b"), b=var("a")), var("a")), set()),
    (let(bindings(inherited=("a",)), var("a")), {"a"}),
    (with_(var("s"), var("x")), {"s", "x"}),
    (nodes.Assert(0, 0, var("c"), var("x")), {"c", "x"}),
    (nodes.If(0, 0, var("c"), var("x"), var("y")), {"c", "x", "y"}),
    (nodes.Unary(0, 0, "!", var("x")), {"x"}),
    (binary("+", binary("+", var("a"), var("b")), var("c")), {"a", "b", "c"}),
]


@pytest.mark.parametrize(("node", "names"), FREE)
def test_free_names(node: Expression, names: set[str]) -> None:
    assert FreeNames()(node) == names


def test_free_names_are_found_once_and_shared() -> None:
    free = FreeNames()
    node = call(var("f"), var("x"))
    assert free(node) is free(node) is free(call(var("x"), var("f")))


def test_long_chains_of_operators_need_no_stack() -> None:
    chain: Expression = var("x0")
    for index in range(1, 50_000):
        chain = binary("+", chain, var(f"x{index % 7}"))
    assert FreeNames()(chain) == {f"x{index}" for index in range(7)}


def test_what_a_with_could_bring_is_not_asked_for_around_it() -> None:
    node = call(var("f"), with_(var("s"), var("x")))
    assert NamesOutsideWith()(node) == {"f", "s"}
    assert FreeNames()(node) == {"f", "s", "x"}


@pytest.mark.parametrize(
    ("program", "fewest"),
    [
        ("f 1 + f 1 2", {"f": 1}),
        ("f 1 2 f", {"f": 0}),
        ("map f [ ]", {"map": 2, "f": 0}),
        ("let f = x: f (x - 1); in f 2", {"f": 1, "x": 0}),
        ("let f = x: x; in { inherit f; a = f 1; }", {"f": 0, "x": 0}),
        ("let f = x: x; in [ (f 1) ]", {"f": 1, "x": 0}),
        ("{ g ? f }: f g 1", {"f": 0, "g": 0}),
        ("(f 1).a or (g 2)", {"f": 1, "g": 1}),
        ('"${f 1}${g}"', {"f": 1, "g": 0}),
        ("with f 1; if g 1 then h else g 1 2 3", {"f": 1, "g": 1, "h": 0}),
        ("[ " + "(f 1) " * 100 + "f ]", {"f": 0}),
        ("{ " + "".join(f"a{n} = f {n}; b{n} = g; " for n in range(100)) + "}", {"f": 1, "g": 0}),
    ],
)
def test_how_few_arguments_names_are_given(program: str, fewest: dict[str, int]) -> None:
    source = Source("test.nix", program)
    free = FreeNames()
    free(parse(source))
    assert free.fewest == fewest
    assert FreeNames(source.mentions).fewest == fewest


TEXTS = [
    "x: y: x y z",
    "(f a) b (f a)",
    "{ a, b ? a c, ... } @ whole: a b d whole",
    "let inherit x; y = x y z; in let x = y; in x",
    "let inherit (a) b; a = b; c.d = a; c.e = f; in c",
    "rec { inherit x y; inherit (y) z; a.b = x; a.c = q; ${z} = a; }",
    "let { body = x; x = y; inherit y; }",
    "x: { inherit x; y = x: x; z = rec { x = 1; y = x; }; } // x",
    "with a; let b = with b; c; in b c <d>",
    "let __nixPath = 1; in <d>",
    'a: "${a}${b}" + (let b = ./${b}; in b) + a.${c}.d or b + (a ? ${d}.e)',
    "let f = a: b: a (b c) f; in f (x: x) x __curPos",
    "((a: (a)) (a)).b",
    "f or",
    "[ " + "(a: a b c) " * 600 + "]",
    "(b: b " + ("a c " * 300 + "(b: b ") * 20 + ")" * 21,
]


@pytest.mark.parametrize("text", TEXTS)
def test_mentions_tell_the_free_names_of_each_part(text: str) -> None:
    source = Source("test.nix", text)
    expression = parse(source)
    assert source.mentions is not None
    walk, slices = FreeNames(), FreeNames(source.mentions)
    assert slices(expression) == walk(expression) == slices.unbound(expression) == walk.unbound(expression)
    assert slices.fewest == walk.fewest
    for node in every_node(expression):
        if isinstance(node, Expression):
            assert slices(node) == walk(node)


def every_node(root: nodes.Node) -> Iterator[Any]:
    """A node and all in it."""
    yield root
    for _, member in nodes.members(root):
        parts = member.values() if isinstance(member, dict) else member if isinstance(member, tuple) else (member,)
        for part in parts:
            if isinstance(part, nodes.Node):
                yield from every_node(part)


@pytest.mark.parametrize(
    "text",
    [
        "{ a = { }; a.b = x; }",
        "{ a = rec { x = 1; }; a.b = x; }",
        "{ a.b = { }; a.b.c = x; }",
        "{ a.b = 1; a = rec { x = 1; c = x; }; }",
        "{ a = { b = 1; }; a = { c = x; }; }",
    ],
)
def test_sets_that_are_written_in_pieces_are_walked_through(text: str) -> None:
    source = Source("test.nix", text)
    assert parse(source) is not None
    assert source.mentions is None
