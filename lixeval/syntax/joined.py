"""Tokens that are several of the grammar's, as they stand side by side in most texts.

    a = b.c;   a.b = [ c ./d ];   "a" = f { } "b";      an attribute whose value is simple, or a list or call of such
    a =        a.b =                                    the beginning of another one
    a.b.c      { }      [ ]      ${a} or ${a.b} in a string

The lexer cuts them where the parser asks for them.  The grammar says where such a token may stand; a text in which one
stands elsewhere, or in which anything is wrong, is parsed without them.
"""

from __future__ import annotations

import re
from functools import cache

JOINED = frozenset(("ATTRIBUTE", "PATH_ASSIGN", "SELECTION", "EMPTY_BRACES", "EMPTY_BRACKETS", "INTERPOLATION"))
"""The text of INTERPOLATION is what is between its braces, that of PATH_ASSIGN and ATTRIBUTE the path alone.  ATTRIBUTE
has three more members: what kind of value it has, the value's text, and where that begins."""

VALUES = frozenset(("OF_NAMES", "OF_TEXT", "OF_NOTHING", "OF_WORD", "OF_LIST", "OF_CALL"))
"""The kinds of values that ATTRIBUTE has, which are groups of `NAMES`."""

BLANKS = r"[ \t\r\n]*+"
WORD = "[a-zA-Z_][a-zA-Z0-9_'-]*+"
TEXT = r'"[^"$\\\r\0]*+"'
PC = "[a-zA-Z0-9._+-]"
PLAIN = rf"{BLANKS}(?:[0-9]{{1,18}}|{TEXT})(?=[ \t\r\n\]])"
URI = r"[a-zA-Z][a-zA-Z0-9+.-]{0,255}+:[a-zA-Z0-9%/?:@&=+$,\-_.!~*']++"

_SPACE = r"[ \t\r\n]++"
_NAMES = rf"{WORD}(?:\.(?:{WORD}|{TEXT})(?:\.(?:{WORD}|{TEXT}))*|)"
_NOTHING = rf"\{{{BLANKS}\}}"
_WORD = rf"(?:(?:~|{PC}{{0,255}}+)(?:/{PC}++)+|[0-9]{{1,18}}|{URI})"
# Each of these must end at a blank, a `;` or a `]`: so no two of them fit the same text, nor does the beginning of a
# longer token.  Keywords fit, which the lexer and the actions look for.
_ANY = f"(?:{_NAMES}|{TEXT}|{_NOTHING}|{_WORD})"

NAMES = rf"""
      (?:{_NAMES}(?![.+/:])(?P<NAMES>)|{TEXT}(?P<STRING>))
      (?:(?P<BEFORE>){BLANKS}=(?:{BLANKS}(?:
          (?P<OF_NAMES>(?!(?:with|rec|if|let|assert)[ \t\r\n]){_NAMES})
          (?:{BLANKS};|(?P<OF_CALL>(?:{_SPACE}{_ANY}){{1,9}}){BLANKS};)
        | (?P<OF_TEXT>{TEXT}){BLANKS};
        | (?P<OF_LIST>\[{BLANKS}(?:\]|(?:{_ANY}(?:{_SPACE}|(?=\]))){{1,200}}\])){BLANKS};
        | (?P<OF_NOTHING>{_NOTHING}){BLANKS};
        | (?P<OF_WORD>{_WORD}){BLANKS};)
      | (?!=)(?P<PATH_ASSIGN>))|)
"""
"""A name, a selection, a string, or an attribute or its beginning, which begin with these."""


@cache
def interpolation() -> re.Pattern[str]:
    """An INTERPOLATION."""
    return re.compile(rf"\$\{{({_NAMES})\}}")


@cache
def part_of_value() -> re.Pattern[str]:
    """One of the parts of a list or call that is an ATTRIBUTE's value."""
    return re.compile(rf"(?:({_NAMES})|({TEXT})|({_NOTHING})|({_WORD}))(?![^ \t\r\n\]])")
