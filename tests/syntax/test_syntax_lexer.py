"""Tokens: which kinds, where, and in which mode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lixeval.syntax.lexer import END, ERROR, INVALID, tokenize


def kinds(text: str) -> list[str]:
    """The kinds of a text's tokens but the end."""
    tokens = tokenize(text)
    assert tokens[-1][0] == END
    return [kind for kind, _, _, _ in tokens[:-1]]


def texts(text: str) -> list[str]:
    return [word for _, _, _, word in tokenize(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a' a-b _ if' iff or", ["a'", "a-b", "_", "if'", "iff", "or"]),
        ("a-b -c", ["a-b", "-", "c"]),
        ("a->b", ["a-", ">", "b"]),
        ("1->b", ["1", "->", "b"]),
        ("1.5.5", ["1.5", ".5"]),
        ("1...", ["1.", ".", "."]),
        ("00.5", ["00", ".5"]),
        ("0.5e-3x", ["0.5e-3", "x"]),
        ("1.e", ["1.", "e"]),
        ("a.b.c", ["a", ".", "b", ".", "c"]),
        ("a.b/c", ["a.b/c"]),
        ("a'.b/c", ["a'", ".b/c"]),
        ("a'b/c", ["a'b", "/c"]),
        ("a'b.c/d", ["a'b", ".c/d"]),
        ("a//b/c", ["a", "//", "b/c"]),
        ("a+b/c", ["a+b/c"]),
        ("a++b", ["a", "++", "b"]),
        ("a/*b*/c", ["a", "c"]),
        ("1/2/3", ["1/2/3"]),
        ("{a:b:c}", ["{", "a:b:c", "}"]),
        ("a: b", ["a", ":", "b"]),
        ("1a:b", ["1", "a:b"]),
        ("_a:b", ["_a", ":", "b"]),
        ("a.b-c+d:e", ["a.b-c+d:e"]),
        ("<a/b>c", ["<a/b>", "c"]),
        ("<a/>", ["<", "a", "/", ">"]),
        ("a<=b<c>d", ["a", "<=", "b", "<c>", "d"]),
        ("!=!==", ["!=", "!=", "="]),
        ("===", ["==", "="]),
        ("....", ["...", "."]),
        ("$a", ["$", "a"]),
        ("a@{b?c,...}", ["a", "@", "{", "b", "?", "c", ",", "...", "}"]),
    ],
)
def test_the_longest_token_wins(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a"', ["STRING"]),
        ('"a$"', ["QUOTE", "STR", "QUOTE"]),
        ('"a\\"b"', ["QUOTE", "STR", "QUOTE"]),
        ('"a${b}c"', ["QUOTE", "STR", "DOLLAR_CURLY", "ID", "CLOSE_BRACE", "STR", "QUOTE"]),
        ('"${{}}"', ["QUOTE", "DOLLAR_CURLY", "OPEN_BRACE", "CLOSE_BRACE", "CLOSE_BRACE", "QUOTE"]),
        (
            '"${"${"a"}"}"',
            ["QUOTE", "DOLLAR_CURLY", "QUOTE", "DOLLAR_CURLY", "STRING"] + ["CLOSE_BRACE", "QUOTE"] * 2,
        ),
        ("''a''", ["IND_STRING"]),
        ("''a'b''", ["IND_STRING_OPEN", "IND_STR", "IND_STRING_CLOSE"]),
        ("''a'''b''", ["IND_STRING_OPEN", "IND_STR", "IND_STR", "IND_STR", "IND_STRING_CLOSE"]),
        ("''${a}''", ["IND_STRING_OPEN", "DOLLAR_CURLY", "ID", "CLOSE_BRACE", "IND_STRING_CLOSE"]),
        ("''$${a}''", ["IND_STRING_OPEN", "IND_STR", "IND_STRING_CLOSE"]),
        ("''''${a}''", ["IND_STRING_OPEN", "IND_STR", "IND_STR", "IND_STRING_CLOSE"]),
        ("./a", ["PATH_PLAIN"]),
        ("./a${b}", ["PATH", "DOLLAR_CURLY", "ID", "CLOSE_BRACE", "PATH_END"]),
        ("./${b}/c d", ["PATH", "DOLLAR_CURLY", "ID", "CLOSE_BRACE", "STR", "PATH_END", "ID"]),
        ("~/${b}", ["PATH", "DOLLAR_CURLY", "ID", "CLOSE_BRACE", "PATH_END"]),
        ("}a", ["CLOSE_BRACE", "ID"]),
        ('{}}"a', ["OPEN_BRACE", "CLOSE_BRACE", "CLOSE_BRACE", "QUOTE", "STR"]),
    ],
)
def test_modes_nest(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize("sign", ["'", "\\", "`", "%", "^", "&", "|", "~", "$", "é", "\x0b", "\u00a0", "\ud800"])
def test_signs_that_are_no_token(sign: str) -> None:
    assert kinds(f"a {sign}") == ["ID", INVALID]


def test_what_only_the_lexer_can_refuse_is_the_last_token() -> None:
    assert tokenize("1 9223372036854775808 2")[1:] == [(ERROR, 2, 3, "invalid integer '9223372036854775808'")]
    assert tokenize("9223372036854775807")[0] == ("INT_LIT", 0, 19, "9223372036854775807")
    assert tokenize("1" * 10_000)[-1][0] == ERROR
    assert tokenize("a |> b")[-1][0] == ERROR
    assert [token[0] for token in tokenize("a |> b", pipe_operators=True)] == ["ID", "PIPE_INTO", "ID", END]


@given(st.text(alphabet="ab1.+-*/<>='\"$\\{}[]();:,?!@~# \n\r_\0é|&", max_size=60))
def test_tokens_cover_the_text_in_order(text: str) -> None:
    """Between two tokens there are blanks and comments only, and each token is a piece of the text."""
    tokens = tokenize(text)
    assert tokens[-1][0] in (END, ERROR)
    position = 0
    for kind, start, end, word in tokens[:-1]:
        if kind == "PATH_END":
            assert word == ""
            continue
        assert position <= start <= end
        assert kind == "IND_STRING" or text[start:end] == word
        between = text[position:start]
        assert not between.strip(" \t\r\n") or between.lstrip(" \t\r\n").startswith(("#", "/*"))
        position = end
