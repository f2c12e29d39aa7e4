"""Tokens that stand side by side as one: the nodes, names, warnings and errors are those of the tokens one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax import lexer, nodes
from lixeval.syntax.joined import JOINED
from lixeval.syntax.parser import MANY, MAX_STATES, parse
from lixeval.syntax.tables import grammar_tables

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
    '{ a = b; c = d.e."f"; "g" = h; i."j.k" = l; m = n.or; o = __curPos; p = __curPos.line; }',
    '{ a = ""; b = { }; c = [ ]; d = [7]; e = []; f = {}; g = 007; h = ./i; j = ~/k; l = m/n; o = p://q; r = s:t; }',
    '{ a = f b; c = f.g ./h { }; d = f "i" [ 1 j ] ; e = [ k l.m "n" { } ./o http://p 9 ]; q = f k:l; }',
    "{ a = with b; c; d = if e then f else g; h = rec { }; i = j or; k = l.m or n; o = [ p.q or r ]; s = t rec { }; }",
    "{ a = b: c; d = b:c; e = [ b:c ]; f = g: [ ]; h = i @ { }: j; k = { }: l; m = { } // n; o = [ ] ++ p; q = -r; }",
    "{ a = b/c d; e = [ f/g h/i ]; j = k . l; m = n /* o */; p = q # r\n; s = t 1.5; u = <v>; w = f <x> 2; y = 1 2; }",
    '{ a."b c".d = e; a."b c".f = "g"; h.i = { }; h.j = [ ]; "" = k; ${l}.m = n; o.${p} = q; u = v."w=;"; }',
    "rec { a = b; b = c; inherit d; e = d; } // (let a = b; b = f x; in a)",
    """''${a} $${b} ''${c} ${d.e} ${f "g"} ${h.i or j}'' + "${a}${b.c} $${d} \\${e} ${"${f}"} ${g."h"} ${i or j}" """,
    'f a b + f a (g b c) d + (f a) b + f "x" [ ] { }',
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
    "{ a = or; }",
    "{ a = b.if; }",
    "{ a = then; }",
    "{ a = f in; }",
    "{ a = [ b or ]; c = [ or ]; }",
    "{ a = b; a = c; }",
    "{ a.b = c; a.b = f d; }",
    "{ a = b; a.c = d; }",
    "{ inherit a; a = [ ]; }",
    "{ a = b..c; }",
    "{ a = ./b/; }",
    "{ a = b c d e; f = g h }",
    "f { a = b; } = c;",
    '"${if}"',
    '"${a.b.}"',
    "''${or} ${then.a}''",
    "{ a = 99999999999999999999; }",
    '{ "a" = b; "a" = c; }',
    '{ "a" = "b" }',
    "{ a.b = 'c'; }",
]


def read(text: str, *, together: bool) -> tuple[object, ...]:
    """All that is known of a text: the nodes with their places, names and warnings; or the error."""
    source = Source("/f.nix", text)
    grammar_tables().characters = MANY
    warnings: list[str] = []
    try:
        tree = parse(source, tables=grammar_tables(), together=together, warn=warnings.append)
    except NixSyntaxError as error:
        return str(error), *map(repr, (error.span, error.culprit, error.hint, error.code, error.is_unfinished))
    mentions = source.mentions and [node.start for node in (*source.mentions.variables, *source.mentions.calls)]
    return described(tree), source.names_met, warnings, mentions


def described(part: object) -> object:
    """Nodes as tuples."""
    if isinstance(part, nodes.Node):
        return nodes.kind_of(part).__name__, part.start, part.end, [described(member) for member in nodes.members(part)]
    if isinstance(part, tuple | list):
        return [described(item) for item in part]
    if isinstance(part, dict):
        return [(name, described(value)) for name, value in part.items()]
    return part


def same(text: str, known: int = 6) -> None:
    """The first `known` of the things known of a text are the same."""
    assert read(text, together=True)[:known] == read(text, together=False)[:known]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_mean_the_same(text: str) -> None:
    assert JOINED.intersection(token[0] for token in lexer.tokenize(text, joined=True))
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


WORDS = """
or if rec in let with inherit then else a a.b a."b" "" "a" 1 1.5 .5 ./x x/ /y ~/z http://a.b a:b __curPos [a] {} <x>
= ; . { } [ ] ( ) : @ ? , ... == // ++ - ! $ ${ ' '' " \\ /**/
"""
PIECES = [*WORDS.split(), "# c\n", "\0", "\r", "\n"]


@given(st.sampled_from([*TEXTS, *WRONG]), st.data())
@settings(max_examples=400, deadline=None)
def test_texts_in_which_tokens_are_other_ones(text: str, data: st.DataObject) -> None:
    """One token after the other is left out, or another piece stands before it or in its place."""
    for _ in range(data.draw(st.integers(1, 3))):
        places = [token[1:3] for token in lexer.tokenize(text)]
        start, end = data.draw(st.sampled_from(places))
        piece = data.draw(st.sampled_from(PIECES)) + data.draw(st.sampled_from(["", " "]))
        text = text[:start] + data.draw(st.sampled_from(["", piece, piece + text[start:end]])) + text[end:]
    same(text)


@pytest.mark.parametrize("element", ["a{} = {};", 'a{} = [ {} "b" ];', "a{} = f {};", "a{} = {{ }};"])
def test_what_repeats_itself_is_found(element: str) -> None:
    several = " ".join(element.format(index, index) for index in range(9000))
    text = f"{{ b = c; d.e = [ f g ]; {several} h = i; }}"
    tokens = lexer.tokenize(text, runs=True, joined=True)
    assert len(tokens) < 4000 and "BINDINGS_RUN" in {token[0] for token in tokens}
    same(text, known=2)
