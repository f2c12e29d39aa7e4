"""Lists of very many numbers and plain strings are one token; they hold what the grammar's rules make of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax import lexer, nodes
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse

NEVER = re.compile(r"(?!)")
MANY = [str(number) for number in range(498)]


def read(text: str) -> nodes.Expression:
    return parse(Source("/f.nix", text))


def read_one_by_one(text: str) -> nodes.Expression:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexer, "_MANY_PLAIN", NEVER)
        return read(text)


def described(node: nodes.Expression) -> list[tuple[object, ...]]:
    assert isinstance(node, nodes.List)
    items = [(item.__class__, item.start, item.end, getattr(item, "value", None)) for item in node.items]
    return [(node.start, node.end), *items, (unparse(node),)]


@given(
    st.lists(st.sampled_from(["0", "007", "9" * 18, '""', '"a b"', '"é\n]"', '"[ 1"', '"1"']), min_size=2),
    st.sampled_from([" ", "\n", "\t \r\n  "]),
    st.sampled_from(["", " ", "\n"]),
)
@settings(max_examples=40)
def test_of_plain_values(values: list[str], between: str, around: str) -> None:
    text = f" [{around}{between.join(MANY + values)}{around}]"
    node = read(text)
    assert isinstance(node, nodes.PlainList)
    assert described(node) == described(read_one_by_one(text))
    literals = [item.value if isinstance(item, nodes.Int) else "".join(map(str, item.parts)) for item in node.items]  # type: ignore[union-attr]  # numbers and strings
    assert list(node.values()) == literals


OTHERS = ["x", "1.5", "9" * 19, "(1)", "[ 1 ]", "-1", "a:b", "./a"]
OTHERS += ['"a${b}"', '"\\n"', "''a''", '"a".b', '"a" .b', "# c\n 1", '1"a"']


@pytest.mark.parametrize("last", OTHERS)
def test_of_other_values_is_no_such_token(last: str) -> None:
    text = f"let x = 1; b = {{ }}; in [ {' '.join(MANY)} 1 2 3 {last} ]"
    kinds = {token[0] for token in lexer.tokenize(text)}
    assert "PLAIN_LIST" not in kinds
    assert "OPEN_BRACKET" in kinds


@pytest.mark.parametrize(
    "text", ["{ a LIST }", "{ a = LIST }", "1 = LIST", "LIST LIST =", "inherit LIST;", "LIST.", "x LIST ]"]
)
def test_errors_beside_one(text: str) -> None:
    text = text.replace("LIST", f"[ {' '.join(MANY)} 1 2 ]")
    with pytest.raises(NixSyntaxError) as at_once:
        read(text)
    with pytest.raises(NixSyntaxError) as one_by_one:
        read_one_by_one(text)
    assert str(at_once.value) == str(one_by_one.value)
    assert at_once.value.span == one_by_one.value.span or (
        str(at_once.value.span) == str(one_by_one.value.span)
        and at_once.value.span.end_column == one_by_one.value.span.end_column  # type: ignore[union-attr]
    )


@pytest.mark.parametrize(
    "text", ["LIST ++ LIST", "f LIST LIST", "LIST.a or LIST", "{ a = LIST; }.a", "[ LIST (LIST) ]", "-LIST"]
)
def test_stands_where_a_list_stands(text: str) -> None:
    text = "f: " + text.replace("LIST", f"[ {' '.join(MANY)} 1 2 ]")
    assert unparse(read(text)) == unparse(read_one_by_one(text))
