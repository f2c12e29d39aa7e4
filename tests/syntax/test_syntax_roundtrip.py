"""Properties of any well-formed expression: what is printed reads as the same, and blanks do not matter."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lixeval.formats.nix_text import quoted
from lixeval.source import Source
from lixeval.syntax.lexer import END, tokenize
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse

LEAVES = [
    "a",
    "x'",
    "a-b",
    "_",
    "iff",
    "__curPos",
    "0",
    "42",
    "9223372036854775807",
    "0.5",
    ".5",
    "12.25",
    "./a",
    "/a/b",
]
LEAVES += ["~/a", "../c.nix", "a/b", "<a>", "<a/b>", "x:y", "''''", "'' a ''", '""', '"a\\n"', "[ ]", "{ }", "rec { }"]

# In these, E is an expression, T one that needs no parentheses beside others, B bindings.
SIMPLE = ["(E)", "[ T T ]", "{ B }", "rec { B }", "let { B }", "T .a", 'T ."b c".a']
FORMS = [*SIMPLE, "T T", "T T T", "!T", "-T", "T ? a", 'T ? a."b c".d', "T .a or T"]
FORMS += [
    f"T {sign} T" for sign in ("+", "-", "*", "/", "++", "//", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "->")
]
FORMS += [
    "T + T * T == T && !T || T -> T",
    "- T ? a // T ++ T",
    "a: E",
    "{ }: E",
    "{ p, q ? E , ... }@r: E",  # with a blank: a comma is part of an URL
    "r@{ ... }: E",
]
FORMS += ["with E; E", "if E then E else E", "let B in E"]
BINDINGS = ["", "a = E; B", "b.c = E; b.d = E; B", '"f g" = E; B', "inherit i j; B", "inherit (E) k l; inherit m; B"]
INTERPOLATED = [
    '"a${E}b"',
    '"${E}"',
    "''\n    a\n  ${E} '''\n''",
    "./a/${E}.nix",
    '{ ${E} = 1; "a${E}" = E; }',
    "T + T",
    "T (E)",
]


@st.composite
def expressions(draw: st.DrawFn, forms: list[str], depth: int = 4) -> str:
    """A well-formed expression, grown from `forms`; names bound in one set differ."""

    def grow(template: str, depth: int) -> str:
        return "".join(grown(sign, depth) for sign in template)

    def grown(sign: str, depth: int) -> str:
        match sign:
            case "E":
                return grow(draw(st.sampled_from(forms)), depth - 1) if depth > 0 else draw(st.sampled_from(LEAVES))
            case "T":
                return grow(draw(st.sampled_from(SIMPLE)), depth - 1) if depth > 0 else draw(st.sampled_from(LEAVES))
            case "B":
                chosen = draw(st.lists(st.sampled_from(BINDINGS), unique=True, max_size=2)) if depth > 0 else []
                return grow(" ".join(chosen).replace("B", ""), depth - 1)
        return sign

    return grow("E", depth)


def form(text: str) -> str:
    return unparse(parse(Source("«test»", text, is_file=False)))


@settings(deadline=None)
@given(expressions(FORMS))
def test_the_printed_form_reads_as_the_same(text: str) -> None:
    assert form(form(text)) == form(text)


@settings(deadline=None, max_examples=50)
@given(expressions(FORMS + INTERPOLATED * 4))
def test_interpolations_are_printed_as_sums_which_settle(text: str) -> None:
    """A path before an interpolation may end in `/`, so that the sum is no Nix: then it is left at that."""
    once = form(text)
    if "/ + " in once:
        return
    sums = form(once)
    assert form(sums) == sums


@settings(deadline=None)
@given(expressions(FORMS), st.sampled_from([" ", "\n", "\t", "\r\n", " # c\n", " /**/ ", " /* a\n** b */ "]))
@example("a: ./a", " ")
def test_blanks_and_comments_do_not_matter(text: str, blank: str) -> None:
    tokens = tokenize(text)
    if any(kind == "QUOTE" for kind, _, _, _ in tokens):
        return  # blanks in strings do matter
    # The end has no word of its own: behind a path it is told at the path.
    words = [text[start:end] for kind, start, end, _ in tokens if kind != END]
    assert form(blank + blank.join(words)) == form(text)


@settings(deadline=None)
@given(expressions(FORMS))
def test_nodes_lie_within_the_text(text: str) -> None:
    padded = f"  {text}\n"
    node = parse(Source("«test»", padded, is_file=False))
    assert form(padded[node.start : node.end]) == form(text)


@given(st.text())
def test_a_quoted_string_reads_as_itself(text: str) -> None:
    if "\0" in text:
        return
    node = parse(Source("«test»", quoted(text), is_file=False))
    assert "".join(node.parts) == text  # type: ignore[union-attr, arg-type]  # a string of plain parts
