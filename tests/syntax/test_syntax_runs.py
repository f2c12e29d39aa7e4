"""Very many elements of one shape are one token; what is in it is what the grammar's rules make of them one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax import lexer, nodes, runs
from lixeval.syntax.kept_tree import as_data, from_data
from lixeval.syntax.parser import parse


@pytest.fixture(autouse=True, scope="module")
def short() -> Iterator[None]:
    """A run may be short here, so that texts may."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexer, "LONG", 0)
        patch.setattr(lexer, "PAUSE", 40)
        patch.setattr(runs, "LONGEST", 20)
        patch.setattr(runs, "WINDOW", 40)
        patch.setattr(runs, "_FEW", 4)
        patch.setattr(runs, "SHORTEST", 1)
        yield


def described(node: object) -> list[object]:
    """All that a node consists of, in one row."""
    found: list[object] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, nodes.Node):
            found.append("Bindings" if isinstance(part, nodes.Bindings) else part.__class__.__name__)
            waiting += [value for _, value in nodes.members(part)]
        elif isinstance(part, dict):
            found.append(list(part))
            waiting += part.values()
        elif isinstance(part, tuple):
            found.append(len(part))
            waiting += part
        else:
            found.append(part)
    return found


def read(text: str, *, one_by_one: bool) -> object:
    """What a text is: its nodes and the names met, or its error."""
    source = Source("/f.nix", text)
    try:
        tree = parse(source, together=not one_by_one)
    except NixSyntaxError as error:
        return str(error), str(error.span), error.span and error.span.end_column, error.hint
    return described(tree), source.names_met


def kinds(text: str) -> set[str]:
    return {token[0] for token in lexer.tokenize(text, runs=True)}


AROUND = {
    "set": ("{ ", " }"),
    "rec set": ("rec { ", " }"),
    "let": ("let ", " in a1"),
    "list": ("[ ", " ]"),
    "formals": ("{ a", " }: 1"),
    "formals and more": ("{ a", ", ... }@all: all"),
    "names": ("{ inherit ", "; }"),
    "names of a set": ("let inherit (s) ", "; in 1"),
    "arguments": ("f ", ""),
    "nothing": ("", ""),
}

SHAPES = [
    *["a{i} = {i};", "a{i} = {v};", 'a{i} = "{i}";', '"a{i}" = a{j};', "a{i} = {{ inherit (a{j}) x; }};"],
    *[
        "a{i} = {{ x = {v}; y = [ 1 a{j} ]; }};",
        "a{i} = b{i};\n a = {i};",
        "a = {i};",
        "a{i} = f {i};",
        "inherit a{i};",
    ],
    *["a{i} = {{ a{i} = 1; b = 2; }};", "a{i} = {{ x = 1; a{j} = {{ }}; }};", "inherit (a{j}) b{i};", "{i} = 1;"],
    *[", a{i}", ", a{i} ? {v}", ", a{i} ? a{j}", ", a{i} ? {{ x = {i}; }}", ", a{i}, b{i} ? 1", ", a", ", a{i} ? f 1"],
    *[
        "a{i} = {i}.5; # {i}",
        '# a\n a{i} = "\\n{i}\\$";',
        "a{i} = {{ # b\n x = {v}; }};",
        "[ {i}.0 ] # c\n",
        "a{i} = /* */ 1;",
    ],
    *["a{i}", '"a{i}"', "{{ a = {i}; }}", "[ {v} a{i} ]", "(f {i})", 'a{i} "b{i}"', "{{ x = 1; }} {{ y = 2; }}", "{i}"],
    *['{{ inherit (s) a{i} "b"; }}', "{{ inherit a{i}; }}", "{{ a{i} = 1; a{j} = 2; }}", "assert a;", "x.y", '"{v}"'],
]

VALUES = [
    *[r'"\t\"\\"', '"$x"', "0.5", "1.25", "1e3", "1.5e3", ".5", "00.5", "1.", "''i''"],
    "1",
    "true",
    '"s"',
    "x",
    '""',
    "null",
    "007",
    "999999999999999999999",
    "if",
    "x.y",
    "1.5",
    "-1",
    "./p",
    "__curPos",
]

STRANGE = [
    "",
    " ",
    "# c\n",
    "a = 1;",
    ", z",
    ", ...",
    "or",
    ".b",
    "? 1",
    "=",
    "]",
    "}",
    "''x''",
    '"${x}"',
    "@",
    ": 1",
    "+ 1",
]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_of_what_repeats_itself(data: st.DataObject) -> None:
    before, after = AROUND[data.draw(st.sampled_from(sorted(AROUND)))]
    shape = data.draw(st.sampled_from(SHAPES))
    values = data.draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=3)) if "{v}" in shape else [""]
    if data.draw(st.booleans()):
        values = values[:1]
    size = data.draw(st.integers(10, 120))
    between = data.draw(st.sampled_from([" ", "\n", " \t\r\n  ", "é" if shape[0] == "x" else " "]))
    parts = [shape.format(i=i, j=i - 1, v=values[i % len(values)]) for i in range(1, size)]
    for _ in range(data.draw(st.integers(0, 2))):
        parts.insert(data.draw(st.integers(0, len(parts))), data.draw(st.sampled_from(STRANGE)))
    text = before + between.join(parts) + after
    assert read(text, one_by_one=False) == read(text, one_by_one=True)


SOUND = {
    "BINDINGS_RUN": ["{{ {} }}", "let {} in a1", "rec {{ {} }}"],
    "FORMALS_RUN": ["{{ a {} }}: 1", "{{ a {}, ... }}@all: 1"],
    "ITEMS_RUN": ["[ {} ]", "{{ inherit {}; }}", "{{ inherit (s) {}; }}"],
}


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        *[("BINDINGS_RUN", shape) for shape in ("a{i} = {i};", 'a{i} = {{ inherit (a{j}) x; y = "é"; }};')],
        *[("FORMALS_RUN", shape) for shape in (", a{i}", ", a{i} ? a{j}", ', a{i} ? "b"')],
        *[("ITEMS_RUN", shape) for shape in ("a{i}", '"a{i}"')],
    ],
)
def test_one_token_of_very_many(kind: str, shape: str) -> None:
    inner = " ".join(shape.format(i=i, j=i - 1) for i in range(1, 200))
    for around in SOUND[kind]:
        text = around.format(inner)
        tokens = lexer.tokenize(text, runs=True)
        assert kind in {token[0] for token in tokens} and len(tokens) < 60
        tree = parse(Source("/f.nix", text))
        assert described(from_data(as_data(tree))) == described(tree)
        assert read(text, one_by_one=False) == read(text, one_by_one=True)


def test_names_bound_twice_are_refused_where_they_stand() -> None:
    parts = [f"a{i} = {i};" for i in range(200)]
    for first, second in ((0, 199), (0, 100), (50, 100), (100, 199)):
        parts[second] = f"a{first} = 0;"
        text = "{ " + " ".join(parts) + " }"
        assert "BINDINGS_RUN" in kinds(text)
        with pytest.raises(NixSyntaxError, match=f"attribute 'a{first}' already defined at /f.nix:1:") as refused:
            parse(Source("/f.nix", text))
        assert text[refused.value.span.column - 1 :].startswith(f"a{first} = 0;")  # type: ignore[union-attr]
        parts[second] = f"a{second} = {second};"


def test_only_where_somebody_asks() -> None:
    text = "[ " + " ".join(f"a{i}" for i in range(200)) + " ]"
    assert "ITEMS_RUN" not in {token[0] for token in lexer.tokenize(text)}


def test_patterns_repeat_no_group_possessively() -> None:
    """Python 3.11.2 forgets where it was when such a group fails half-way."""
    shape = runs.Shape(
        ["ID", "ASSIGN", "ID", "SEMICOLON", "INHERIT", "OPEN_PAREN", "ID", "CLOSE_PAREN", "STRING", "COMMA"]
    )
    assert not re.search(r"\)(\*|\+|\?|\{[0-9,]+\})\+", shape.pattern)
