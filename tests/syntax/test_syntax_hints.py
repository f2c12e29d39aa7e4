"""Hints: where the mistake probably is."""

from __future__ import annotations

import pytest

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax.parser import parse


def hint(text: str) -> str | None:
    with pytest.raises(NixSyntaxError) as caught:
        parse(Source("«test»", text, is_file=False))
    return caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ a = 1 }", "a ';' is missing at line 1, column 8"),
        ("{ a = 1;\n b = f x\n c.d = 2; }", "a ';' is missing at line 2, column 9"),
        ("{\n  a = [ 1 ]\n  b = 2;\n}", "a ';' is missing at line 2, column 12"),
        ("{ a = b = 2; }", "a ';' is missing at line 1, column 8"),
        ("{ a = 1, b = 2; }", "a ';' is missing at line 1, column 8"),
        ("with a 1", "a ';' is missing at line 1, column 9"),
        ("let a = 1; }", "the bindings of a 'let' end with 'in'"),
        ("let\n a = 1;\n b", "the 'let' at line 1, column 1 has no in"),
        ("(1", "the '(' at line 1, column 1 is not closed"),
        ("{\n  a = [\n    1\n  ;\n}", "the '[' at line 2, column 7 is not closed"),
        ("[ 1 ( 2 ]", "the '(' at line 1, column 5 is not closed"),
        ("{ a = { b = 1; };", "the '{' at line 1, column 1 is not closed"),
        ("let { a = 1; ", "the '{' at line 1, column 5 is not closed"),
        ('"a\nb', "the string that begins at line 1, column 1 is not closed"),
        ("{ a = ''\n b; }", "the string that begins at line 1, column 7 is not closed"),
        ('"a${b', "the '${' at line 1, column 3 is not closed"),
        ("/* abc", "this comment is not closed"),
        ("1 /* abc", "this comment is not closed"),
        ("1 }", "nothing is open here that '}' could close"),
        ("[ 1, 2 ]", "the elements of a list stand side by side, without commas"),
        ("[ 1 -1 ]", "in a list a negative number stands in parentheses: (-1)"),
        ("if a = b then 1 else 2", "'=' binds a name in a set or a 'let'; the comparison is '=='"),
        ("1 == 2 == 3", "comparisons do not follow one another: put one of them in parentheses"),
        ("[ (1 < 2 < 3) ]", "comparisons do not follow one another: put one of them in parentheses"),
        ("{ a = 1; b == 2; }", "'==' compares; a set's binding is 'name = value;'"),
        ("if == 1 then 2 else 3", "a value is missing before '=='"),
        ("x: x && != 1", "a value is missing before '!='"),
        ("< 1", "a value is missing before '<'"),
        ("[ 1 == 2 ]", "in a list an operation stands in parentheses"),
        ("[ a ++ b ]", "in a list an operation stands in parentheses"),
        ("[ a - b ]", "in a list an operation stands in parentheses"),
        ("[ { } // { } ]", "in a list an operation stands in parentheses"),
        ("{ = 1; }", "a name is missing before '='"),
        ("{ a = 1; = 2; }", "a name is missing before '='"),
        ("let = 1; in 2", "a name is missing before '='"),
        ("let a = 1; = 2; in a", "a name is missing before '='"),
        ("{ a.b. = 1; }", "a name is missing behind '.'"),
        ("{ a = = 1; }", "one '=' is too many"),
        ("{ a, , b }: 1", "a name is missing before ','"),
        ("{ , a }: 1", "a name is missing before ','"),
        ("{\n  a =\n    b = 1;\n  };\n}", "a value or a '{' is missing at line 2, column 6"),
        ("{\n  a = { b, ... }:\n    b.c = 1;\n  };\n}", "a value or a '{' is missing at line 2, column 18"),
        ("{\n  a = b //\n    c = 1;\n  };\n}", "a value or a '{' is missing at line 2, column 11"),
        ("{ a = x: b = 1; }; }", "a value or a '{' is missing at line 1, column 9"),
        ("x: ${x}", "'${' stands in strings, paths and attribute names only"),
        ("a & b", "the operator is '&&'"),
        ("x: 'a'", "strings stand between double quotes, or between two single quotes on each side"),
        ("./a/", "a path does not end in '/'"),
        ("\ufeff1", "the file begins with a byte order mark: remove it"),
        ("1 +", None),
        ("1 |> 2", None),
    ],
)
def test_hint(text: str, expected: str | None) -> None:
    assert hint(text) == expected


def test_the_error_points_at_what_was_not_expected() -> None:
    with pytest.raises(NixSyntaxError) as caught:
        parse(Source("/a.nix", "{\n  a = 1;\n  b == 2;\n}"))
    span = caught.value.span
    assert span is not None
    assert (str(span), span.end_line, span.end_column) == ("/a.nix:3:5", 3, 7)


@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        ("{\n  a = 1\n  b = 2;\n}", (2, 8, 2, 8)),
        ("{\n  a = [ 1\n  ;\n}", (2, 7, 2, 8)),
        ('x: "a\n\n', (1, 4, 1, 5)),
        ("[ 1 -1 ]", None),
    ],
)
def test_the_mistake_is_before_the_place_where_it_is_noticed(
    text: str, culprit: tuple[int, int, int, int] | None
) -> None:
    with pytest.raises(NixSyntaxError) as caught:
        parse(Source("/a.nix", text))
    span = caught.value.culprit
    assert (span and (span.line, span.column, span.end_line, span.end_column)) == culprit
