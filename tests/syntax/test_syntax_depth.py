"""Texts that nest deeply or go on for long: parsed and printed without recursion, in a time that grows with them.

What nests deeper than C++ Nix's parser has room for is refused at the same place.
"""

from __future__ import annotations

import pytest

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse

N = 20_000
D = 1_900
"""About as deep as every construct may nest."""
WAITING = 4_900
"""So many operators may wait for their right side."""


def printed(text: str) -> str:
    return unparse(parse(Source("«test»", text, is_file=False)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(" * D + "1" + ")" * D, "1"),
        ("[" * D + "]" * D, "[ (" * (D - 1) + "[ ]" + ") ]" * (D - 1)),
        ("let a = 1; in " * D + "a", "(let a = 1; in " * D + "a" + ")" * D),
        ("a" + " + a" * N, "(" * N + "a" + " + a)" * N),
        ("1" + "+1" * N, "(" * N + "1" + " + 1)" * N),
        ("a" + " -> a" * WAITING, "(a -> " * WAITING + "a" + ")" * WAITING),
        ("a" + " ++ a" * WAITING, "(a ++ " * WAITING + "a" + ")" * WAITING),
        ("if a then b else " * D + "c", "(if a then b else " * D + "c" + ")" * D),
        ("x: " * D + "x", "(x: " * D + "x" + ")" * D),
        ("with a; " * D + "b", "(with a; " * D + "b" + ")" * D),
        ("-" * D + "1", "(__sub 0 " * D + "1" + ")" * D),
        ("!" * D + "a", "(! " * D + "a" + ")" * D),
        ("{ a = " * D + "1" + "; }" * D, "{ a = " * D + "1" + "; }" * D),
        ("{ a" + ".a" * 2000 + " = 1; }", "{ a = " * 2001 + "1" + "; }" * 2001),
        ('"${' * D + "a" + '}"' * D, "(" * D + "a" + ")" * D),
        ("f" + " a" * N, "(f" + " a" * N + ")"),
        ("a" + ".b" * N, "(a).b" + ".b" * (N - 1)),
        ("a.b or " * D + "c", "(a).b or (" * D + "c" + ")" * D),
        ("a" + " ? b" * N, "((" * N + "a" + ") ? b)" * N),
        ("a-" * N + "b", "a-" * N + "b"),
        ("#\n" * N + "1", "1"),
    ],
)
def test_deep_or_long(text: str, expected: str) -> None:
    assert printed(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * D, "syntax error, unexpected end of file"),
        ("{ a = " * D, "syntax error, unexpected end of file"),
        ('"${' * D, "syntax error, unexpected end of file"),
        ("/* " * N, "syntax error, unexpected '/'"),
        ('"' + "a" * N, "syntax error, unexpected end of file, expecting '\"'"),
        ("[" * D + ")", "syntax error, unexpected ')'"),
        ("a == " * N, "syntax error, unexpected EQ"),
        ("a." * N, "syntax error, unexpected end of file, expecting ID or OR_KW or DOLLAR_CURLY or '\"'"),
    ],
)
def test_deep_or_long_and_wrong(text: str, message: str) -> None:
    with pytest.raises(NixSyntaxError) as caught:
        parse(Source("«test»", text, is_file=False))
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("(", 9999),
        ("[", 5000),
        ("let a = ", 26663),
        ("let a = 1; in ", 46655),
        ("if true then ", 43325),
        ("if false then 1 else ", 41994),
        ("if ", 29995),
        ("{ a = ", 19997),
        ("rec { a = ", 24997),
        ("(x: ", 13331),
        ("x: ", 14998),
        ("with {}; ", 29995),
        ("assert true; ", 43328),
        ('"${', 14998),
        ("''${", 13331),
        ("!", 9999),
        ("{}.a or ", 19996),
        ("(x: x) (", 39987),
    ],
)
def test_too_deep(text: str, column: int) -> None:
    """The columns are those that Nix 2.26 names."""
    with pytest.raises(NixSyntaxError) as caught:
        parse(Source("«test»", text * N, is_file=False))
    assert caught.value.message == "memory exhausted"
    assert caught.value.span is not None
    assert caught.value.span.column == column


def test_sets_merge_however_deep() -> None:
    depth = 2000
    one = "a = { " * depth + "b = 1; " + "}; " * depth
    other = "a = { " * depth + "c = 2; " + "}; " * depth
    assert printed("{ " + one + other + "}") == "{ a = " * depth + "{ b = 1; c = 2; }" + "; }" * depth


@pytest.mark.parametrize("link", ["// { }", "++ [ ]", "-> true"])
def test_operators_that_wait_for_their_right_side_take_room(link: str) -> None:
    """As in Nix 2.26.3, where 4,990 of each are read."""
    assert parse(Source("«string»", "x " + f" {link}" * 4990, is_file=False))
    with pytest.raises(NixSyntaxError, match="memory exhausted"):
        parse(Source("«string»", "x " + f" {link}" * 100_000, is_file=False))
