"""Printed values taken apart, and the place where two part."""

from __future__ import annotations

import pytest

from lixeval.parity.printed_values import brief, first_difference, parse_printed


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1", "1"),
        ('"a ; b"', '"a ; b"'),
        ('"a\\"b"', '"a\\"b"'),
        ("{ }", {}),
        ("[ ]", []),
        ("[ 1 [ ] { } ]", ["1", [], {}]),
        ('{ a = 1; "b c" = [ <CODE> "x y" ]; }', {"a": "1", '"b c"': ["<CODE>", '"x y"']}),
        ("{ a = { b = «repeated»; }; c = /x/y; }", {"a": {"b": "«repeated»"}, "c": "/x/y"}),
        ("{ a = ", "{ a = "),
        ("two words", "two words"),
    ],
)
def test_a_printed_value_is_taken_apart(text: str, tree: object) -> None:
    assert parse_printed(text) == tree


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("1", "2", ("", "1", "2")),
        ("{ a = 1; b = [ 1 { c = 2; } ]; }", "{ a = 1; b = [ 1 { c = 3; } ]; }", ("b.1.c", "2", "3")),
        ("[ 1 ]", "[ 1 2 ]", ("", "[ 1 ]", "[ 1 2 ]")),
        ("{ a = { b = 1; }; }", "{ a = { c = 1; }; }", ("a", "{ b = 1; }", "{ c = 1; }")),
        ("{ a = 1; b = 1; }", "{ a = 2; b = 2; }", ("a", "1", "2")),
    ],
)
def test_the_smallest_attribute_that_differs_is_named(left: str, right: str, expected: tuple[str, str, str]) -> None:
    assert first_difference(left, right) == expected


def test_deep_values_need_no_python_stack() -> None:
    depth = 50_000
    left, right = ("[ " * depth + leaf + " ]" * depth for leaf in "12")
    path, one, other = first_difference(left, right)
    assert (path.count("0"), one, other) == (depth, "1", "2")


def test_long_values_are_cut() -> None:
    assert brief(["1"] * 1000, limit=10) == "[ 1 1 1 1 …"
