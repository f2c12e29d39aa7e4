"""Tokens that stand side by side as one: the nodes, names, warnings and errors are those of the tokens one by one."""

from __future__ import annotations

import pytest

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax import lexer, nodes
from lixeval.syntax.parser import MAX_STATES, parse

TEXTS = [
    '{ a = 1; b.c = 2; b."d e".f=3; g = "h"; "i" = "j"; k . l = 4; m # comment\n = 5; n = /* */ "o"; }',
    '{ a.b = "c"; a.${d}.e = "f"; ${g}.h.i = j; "k".l = "m"; a."n=o" = "p=q;" ; r = "" ; }',
    "{ a = { }; b = [ ]; c = rec { }; d = { }: { }; e = { } @ f: f; g = x@{}: [\n]; h = let { body = 1; }; }",
    "a.b.c or d.e or f.g",
    "a.b or (c.d or e)",
    "{ a = b.c; d = b.c .e; }",
    "{ f = b.c.${g}.h.i; j = (b).c.d; k = b.c.d-e; l = b.c-d/e; m = b.c/d; n = b.c+d; o = b.c:d; }",
    'a."b".c."d e" + a."${b}".c',
    "a ? b.c && a ? b.c.${d} && !a.b.c",
    "{ a ? b.c, d ? { }, ... }: a.b d.e",
    "__curPos.line + a.__curPos",
    "{ or = 1; a.or = 2; } + b.or",
    "let inherit (a.b) c; d.e = c; d.f = a.b; in d.e == d.f",
    "a.b==c.d",
    "{ a = b==c; d=e; f =\ng; }",
    "''a ${b.c} d = e; ${ { f = \"g\"; }.f }''",
    "<a.b> ./a.b/c ~/a.b http://a.b/c=d 1.5 a.b",
    "a.a1 - a.b_c' - a.b-1",
]

WRONG = [
    "{ a.if = 1; }",
    "{ then = 1; }",
    '{ in = "a"; }',
    "then.a",
    "a.then",
    "or.a",
    "a or.b",
    "let { } = a",
    "a.b or",
    "{ or.a = 3; } or.a",
    "{ a = 1 b.c = 2; }",
    '{ a = "b"; a = "c"; }',
    "{ a.b = 1; a.b = 2; }",
    '{ a.b = 1; a = "c"; }',
    "{ inherit a.b; }",
    "{ inherit { }; }",
    "{ a.b, c }: a",
    "{ a = }",
    "a.b.c.",
    "a.b..c",
    "[ a = 1 ]",
    "a.b = 1",
    "f { } = 1",
    '"${a = 1}"',
    "{ a.b: c }",
    "{ a.b = 'c'; }",
]


def read(text: str, *, together: bool) -> object:
    """All that is known of a text: the nodes with their places, names and warnings; or the error."""
    source = Source("/f.nix", text)
    warnings: list[str] = []
    try:
        tree = parse(source, together=together, warn=warnings.append)
    except NixSyntaxError as error:
        return str(error), *map(repr, (error.span, error.culprit, error.hint, error.code, error.is_unfinished))
    mentions = source.mentions and [node.start for node in (*source.mentions.variables, *source.mentions.calls)]
    return described(tree), source.names_met, warnings, mentions


def described(part: object) -> object:
    """Nodes as tuples."""
    if isinstance(part, nodes.Node):
        return type(part).__name__, part.start, part.end, [described(member) for member in nodes.members(part)]
    if isinstance(part, tuple | list):
        return [described(item) for item in part]
    if isinstance(part, dict):
        return [(name, described(value)) for name, value in part.items()]
    return part


def same(text: str) -> None:
    assert read(text, together=True) == read(text, together=False)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_mean_the_same(text: str) -> None:
    assert lexer.JOINED.intersection(token[0] for token in lexer.tokenize(text, joined=True))
    assert parse(Source("/f.nix", text)) is not None
    same(text)


@pytest.mark.parametrize("text", WRONG)
def test_errors_are_those_of_the_tokens_one_by_one(text: str) -> None:
    with pytest.raises(NixSyntaxError):
        parse(Source("/f.nix", text))
    same(text)


@pytest.mark.parametrize("text", TEXTS)
def test_each_beginning_of_a_text_is_read_the_same(text: str) -> None:
    for end in range(len(text)):
        same(text[:end])


@pytest.mark.parametrize("opening", ["{ a = ", "{ a.b = ", "a.b or (", "[ { } ("])
def test_nothing_deeper_is_read(opening: str) -> None:
    def is_too_deep(depth: int, *, together: bool) -> bool:
        return "memory exhausted" in str(read(opening * depth, together=together))

    low, high = 0, MAX_STATES
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if is_too_deep(middle, together=False) else (middle, high)
    assert not is_too_deep(low, together=True)
    assert is_too_deep(low + 1, together=True)
