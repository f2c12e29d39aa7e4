"""Nodes: their shape where the printed form does not show it, and their places in the text."""

from __future__ import annotations

from typing import Any

import pytest

from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.parser import parse


def parsed(text: str) -> Any:
    return parse(Source("«test»", text, is_file=False))


def piece(text: str, node: nodes.Node) -> str:
    """The text that a node says it stands for."""
    return text[node.start : node.end]


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1.5",
        '"a${b}"',
        "''\n a ''",
        "./a/${b}/c",
        "./a",
        "<a>",
        "a:b",
        "x",
        "__curPos",
        "a.b.c or d",
        "(a).b",
        "a ? b.c",
        "(a) ? b",
        "f a b",
        "(f) (a)",
        "x: (y)",
        "{ a, b ? 1 }: a",
        "a@{ b }: (b)",
        "{ b }@a: b",
        "[ 1 (2) ]",
        "{ a = 1; }",
        "rec { }",
        "let { body = 1; }",
        "let a = 1; in (a)",
        "with a; (b)",
        "assert a; (b)",
        "if a then b else (c)",
        "!a",
        "-(a)",
        "(a) + (b)",
        "a + -b * c",
        "!a && b",
        "f or",
    ],
)
def test_an_expression_reaches_from_its_first_sign_to_its_last(text: str) -> None:
    node = parsed(f" {text}  # comment")
    assert piece(f" {text}  ", node) == text


def test_numbers_have_their_values() -> None:
    assert parsed("9223372036854775807").value == 2**63 - 1
    assert parsed("0" * 10_000 + "17").value == 17
    assert parsed("1.5e3").value == 1500.0


def test_parentheses_belong_to_what_is_around_them() -> None:
    text = "(f (a) b) + (c)"
    node = parsed(text)
    assert piece(text, node) == text
    assert piece(text, node.left) == "f (a) b"
    assert piece(text, node.left.arguments[0]) == "a"
    assert node.operator_start == text.index("+")


def test_arguments_side_by_side_are_one_application() -> None:
    node = parsed("(f a) b c")
    assert node.function.name == "f"
    assert [argument.name for argument in node.arguments] == ["a", "b", "c"]
    node = parsed("f (g a)")
    assert len(node.arguments) == 1


def test_or_without_a_selection_is_an_argument() -> None:
    node = parsed("f or a")
    assert [argument.name for argument in node.arguments] == ["or", "a"]


def test_parts_of_a_selection_have_places() -> None:
    text = 'a.b."c".${d}.${"e"}.or'
    node = parsed(text)
    assert node.path[:2] == ("b", "c")
    assert isinstance(node.path[2], nodes.Variable)
    assert node.path[3:] == ("e", "or")
    assert node.path_starts == (2, 4, 8, 13, 20)
    assert node.default is None


def test_strings_have_the_parts_that_count() -> None:
    assert parsed('""').parts == ()
    assert parsed("''''").parts == ()
    assert parsed('"a"').parts == ("a",)
    assert parsed("''a''").parts == ("a",)
    assert parsed("x:y").parts == ("x:y",)
    assert [type(part) for part in parsed('"${a}b"').parts] == [nodes.Variable, str]
    assert parsed("''${''a''}''").parts == ("a",)


def test_paths_keep_their_text() -> None:
    assert parsed("./a/../b").parts == ("./a/../b",)
    assert parsed("~/a").parts == ("~/a",)
    first, inner, last = parsed("./${a}/b").parts
    assert (first, inner.name, last) == ("./", "a", "/b")
    assert parsed("<a/b>").name == "a/b"


def test_nested_attributes_take_the_place_of_their_path() -> None:
    text = "{ a.b.c = 1; a.d = 2; ${x}.e = 3; }"
    node = parsed(text)
    a = node.bindings.attributes["a"]
    assert piece(text, a) == "a.b.c"
    b = a.value.bindings.attributes["b"]
    assert piece(text, b) == "a.b.c"
    assert b.value.bindings.attributes["c"].value.value == 1
    assert piece(text, a.value.bindings.attributes["d"]) == "a.d"
    (dynamic,) = node.bindings.dynamic
    assert dynamic.name.name == "x"
    assert piece(text, dynamic.value.bindings.attributes["e"]) == "${x}.e"


def test_inherited_names_say_where_from() -> None:
    text = 'rec { inherit a "b"; inherit (x) c; inherit (y) d e; f = 1; }'
    node = parsed(text)
    found = {name: (a.kind, a.source) for name, a in node.bindings.attributes.items()}
    assert found == {
        "a": ("inherited", -1),
        "b": ("inherited", -1),
        "c": ("inherited-from", 0),
        "d": ("inherited-from", 1),
        "e": ("inherited-from", 1),
        "f": ("plain", -1),
    }
    assert [source.name for source in node.bindings.sources] == ["x", "y"]
    assert piece(text, node.bindings.attributes["e"]) == "e"
    assert node.bindings.attributes["b"].value.name == "b"
    assert node.bindings.attributes["e"].value is None


def test_merged_sets_keep_apart_what_they_inherit_from() -> None:
    """C++ Nix 2.26 mixes the sources up where a clause of the second set has two names; this is what it means."""
    node = parsed("{ a = { inherit (x) p; }; a = { inherit (y) q r; inherit (z) s; }; }")
    bindings = node.bindings.attributes["a"].value.bindings
    assert {name: bindings.sources[a.source].name for name, a in bindings.attributes.items()} == {
        "p": "x",
        "q": "y",
        "r": "y",
        "s": "z",
    }


def test_merging_keeps_the_first_rec() -> None:
    def recursive(text: str) -> bool:
        return bool(parsed(text).bindings.attributes["a"].value.recursive)

    assert recursive("{ a = rec { }; a.b = 1; }")
    assert recursive("{ a = rec { }; a = { }; }")
    assert not recursive("{ a.b = 1; a = rec { }; }")


def test_formals_stay_in_the_order_of_the_text() -> None:
    node = parsed("{ b, a ? 1, ... }@c: a")
    assert [formal.name for formal in node.formals.formals] == ["b", "a"]
    assert node.formals.formals[1].default.value == 1
    assert node.formals.ellipsis
    assert node.parameter == "c"
    assert parsed("{ }: 1").formals.formals == ()
    assert parsed("a: 1").formals is None


def test_let_with_a_body_is_a_selection_from_a_recursive_set() -> None:
    node = parsed("let { a = 1; body = a; }")
    assert node.path == ("body",)
    assert node.subject.recursive


def test_pipes_are_applications() -> None:
    node = parse(Source("«test»", "a |> f b |> g", is_file=False), pipe_operators=True)
    assert isinstance(node, nodes.Apply)
    assert node.function.name == "g"  # type: ignore[union-attr]  # the shape is what is tested
    (inner,) = node.arguments
    assert [argument.name for argument in inner.arguments] == ["b", "a"]  # type: ignore[union-attr]  # likewise


def test_undecodable_bytes_come_through() -> None:
    text = b'{ "\xff" = "\xfe${"\xfd"}"; }'.decode("utf-8", "surrogateescape")
    (attribute,) = parsed(text).bindings.attributes.values()
    assert attribute.name.encode("utf-8", "surrogateescape") == b"\xff"
    assert attribute.value.parts[0].encode("utf-8", "surrogateescape") == b"\xfe"
