"""Texts that nest deeply or go on for long: parsed and printed without recursion, in a time that grows with them."""

from __future__ import annotations

import pytest

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse

N = 20_000


def printed(text: str) -> str:
    return unparse(parse(Source("«test»", text, is_file=False)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(" * N + "1" + ")" * N, "1"),
        ("[" * N + "]" * N, "[ (" * (N - 1) + "[ ]" + ") ]" * (N - 1)),
        ("let a = 1; in " * N + "a", "(let a = 1; in " * N + "a" + ")" * N),
        ("a" + " + a" * N, "(" * N + "a" + " + a)" * N),
        ("1" + "+1" * N, "(" * N + "1" + " + 1)" * N),
        ("a" + " -> a" * N, "(a -> " * N + "a" + ")" * N),
        ("a" + " ++ a" * N, "(a ++ " * N + "a" + ")" * N),
        ("if a then b else " * N + "c", "(if a then b else " * N + "c" + ")" * N),
        ("x: " * N + "x", "(x: " * N + "x" + ")" * N),
        ("with a; " * N + "b", "(with a; " * N + "b" + ")" * N),
        ("-" * N + "1", "(__sub 0 " * N + "1" + ")" * N),
        ("!" * N + "a", "(! " * N + "a" + ")" * N),
        ("{ a = " * N + "1" + "; }" * N, "{ a = " * N + "1" + "; }" * N),
        ("{ a" + ".a" * 2000 + " = 1; }", "{ a = " * 2001 + "1" + "; }" * 2001),
        ('"${' * N + "a" + '}"' * N, "(" * N + "a" + ")" * N),
        ("f" + " a" * N, "(f" + " a" * N + ")"),
        ("a" + ".b" * N, "(a).b" + ".b" * (N - 1)),
        ("a.b or " * N + "c", "(a).b or (" * N + "c" + ")" * N),
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
        ("(" * N, "syntax error, unexpected end of file"),
        ("{ a = " * N, "syntax error, unexpected end of file"),
        ('"${' * N, "syntax error, unexpected end of file"),
        ("/* " * N, "syntax error, unexpected '/'"),
        ('"' + "a" * N, "syntax error, unexpected end of file, expecting '\"'"),
        ("[" * N + ")", "syntax error, unexpected ')'"),
        ("a == " * N, "syntax error, unexpected EQ"),
        ("a." * N, "syntax error, unexpected end of file, expecting ID or OR_KW or DOLLAR_CURLY or '\"'"),
    ],
)
def test_deep_or_long_and_wrong(text: str, message: str) -> None:
    with pytest.raises(NixSyntaxError) as caught:
        parse(Source("«test»", text, is_file=False))
    assert caught.value.message == message


def test_sets_merge_however_deep() -> None:
    depth = 2000
    one = "a = { " * depth + "b = 1; " + "}; " * depth
    other = "a = { " * depth + "c = 2; " + "}; " * depth
    assert printed("{ " + one + other + "}") == "{ a = " * depth + "{ b = 1; c = 2; }" + "; }" * depth
