"""The lexer beside one that is slow and plain, and beside real Nix's parser, on texts made of pieces that meet badly.

Both matter on the oldest Python most: some of its releases forget where they were in nested possessive repetitions.
"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lixeval.errors import NixSyntaxError
from lixeval.parity.real_nix import RealNix
from lixeval.parity.subjects import Subject
from lixeval.source import Source
from lixeval.syntax.lexer import ERROR, INVALID, KINDS, tokenize
from lixeval.syntax.parser import parse
from lixeval.syntax.unparse import unparse
from tests.support import real_nix
from tests.syntax.slow_lexer import slow_tokens

PIECES = (
    *("1.5e", "1.e", "3.e+", "3.5E-", ".5e+1", "0.", "00.5", "1.", "12", "e5", ".", "..", "...", "1.5.5", "-1.5e-x"),
    *("<nixpkgs/>", "<a/b>", "<a", "a>", "<", "/", "//", "/foo//bar", "/foo/", "./", "../", "~/", "~", "~/x/", "a/b/"),
    *("/${", "a/b${", "${", "}", "{", '"', "''", "'", "'''", "''$", "''\\", "\\", "$", "$$", '\\"', '"x"', '${"x"}'),
    *(
        "a",
        "if",
        "or",
        "in",
        "a'",
        "a-b",
        "x:x",
        "a:b/c?d",
        "http://a.b/c",
        "a+b:",
        "+",
        "++",
        "-",
        "->",
        "*",
        "|",
        "||",
    ),
    *(
        "/*",
        "*/",
        "/**",
        "**/",
        "/* a */",
        "/***/",
        "#",
        "# a\n",
        " ",
        "\n",
        "\r",
        "\t",
        "  \n",
        ";",
        "=",
        "==",
        "!",
        "&",
    ),
    *("é", "@", ",", "?", "(", ")", "[", "]"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)

_NAMES = {
    **{kind: sign for sign, kind in KINDS.items()},
    "INT_LIT": "INT",
    "FLOAT_LIT": "FLOAT",
    "IND_STRING_OPEN": "''",
    "IND_STRING_CLOSE": "''",
    "IND_STR": "STR",
    INVALID: "SIGN",
}


def flat(text: str) -> list[tuple[str, str]]:
    """lixeval's tokens as the rules name them: what it takes as one, taken apart."""
    found: list[tuple[str, str]] = []
    for kind, start, end, word in tokenize(text, pipe_operators=True):
        if kind == "STRING":
            found += [('"', '"'), ("STR", word[1:-1]), ('"', '"')] if len(word) > 2 else [('"', '"')] * 2
        elif kind == "IND_STRING":
            opening = text[start : end - 2 - len(word)]
            found += [("''", opening), *([("STR", word)] if word else []), ("''", "''")]
        elif kind == "PATH_PLAIN":
            found += [("PATH", word), ("PATH_END", "")]
        elif kind == "$END":
            found.append(("END", ""))
        else:
            found.append((_NAMES.get(kind, kind), word))
    return found


def expected(text: str) -> list[tuple[str, str]]:
    """The slow lexer's tokens; one-character signs by their own names, nothing behind a comment without an end."""
    found = [(word if kind == "SIGN" and word in KINDS else kind, word) for kind, word in slow_tokens(text)]
    for number in range(len(found) - 1):
        if found[number][0] == "/" and found[number + 1][0] == "*" and "/*" in text:
            return found[:number]
    return found


@given(texts)
def test_as_the_rules_say(text: str) -> None:
    tokens, wanted = flat(text), expected(text)
    if tokens[-1][0] == ERROR and tokens[-1][1] != wanted[-1][1]:
        assert tokens[-1][1].startswith("invalid "), tokens  # a number out of range, of which the rules know nothing
        return
    assert tokens[: len(wanted)] == wanted


def test_as_real_nix_parses() -> None:
    real_nix.command("nix-instantiate")
    nix = RealNix(real_nix.prefix())
    if not nix.about().version.startswith("2.26."):
        pytest.skip("lixeval is compared with Nix 2.26")
    chance = random.Random(3112)
    closed = [piece for piece in PIECES if piece not in ("#", "/*", "${", '"', "''", "{", "(", "[", "/${", "a/b${")]
    programs = list(dict.fromkeys(["1.5e", "1.e", "3.e+", "<nixpkgs/>", '/foo//bar${"x"}', "1.e5e"]))
    for shape in ("[{}]", "{}", '"a${{{}}}b"', "{{a={};}}", "/a/${{{}}}", "''{}''", "(x:{})", "let a={};in a{}"):
        for _ in range(20):
            inner = ["".join(chance.choices(closed, k=chance.randint(1, 4))) for _ in range(2)]
            programs.append(shape.format(*inner))
    # Names are of no concern, and no word of the command line may begin with a dash.
    programs = [f"with {{ }};{text}" for text in programs]
    told = nix.outcomes("parse", [Subject(text, text=text) for text in programs])
    differences = []
    for text, outcome in zip(programs, told, strict=True):
        own = parsed(text)
        if own != (outcome.text if outcome.succeeded else None):
            differences.append((text, own, outcome.text))
    assert differences == []


def parsed(text: str) -> str | None:
    try:
        return unparse(parse(Source("«string»", text, is_file=False)), os.getcwd())
    except NixSyntaxError:
        return None
