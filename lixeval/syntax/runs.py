"""Runs: very many bindings, formals or elements of one shape, one behind the other, as programs write them.

    a1 = { inherit (a0) x; }; a2 = { inherit (a1) x; }; …      { a0, a1, a2, …      [ "a" "b" … ]

Where the lexer's last tokens repeat themselves, `find` makes a pattern of one element, which takes all that follow in
one go and makes one token of them.  The grammar says where such a token may stand; a text in which one stands
elsewhere, or in which anything is wrong, is parsed without them.  What a token holds, `run_nodes` gives: as columns, or
as nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    Token = tuple[str, int, int, str]
    Row = tuple[str, ...]

BINDINGS = "BINDINGS_RUN"
FORMALS = "FORMALS_RUN"
ITEMS = "ITEMS_RUN"
KINDS = frozenset((BINDINGS, FORMALS, ITEMS))
"""The tokens: bindings behind others, formals behind others with the comma before each, elements of a list or names."""

LONGEST = 64
"""So many tokens has an element at most."""

_FEW = 12

WINDOW = 4 * LONGEST
"""So many tokens must repeat themselves."""

FURTHEST = 4096
"""So many tokens before those may belong to a run as well: where it begins is looked for no further back."""

BEFORE = FURTHEST + WINDOW
"""So many of the last tokens may be found to be a run's."""

SHORTEST = 4096
"""So many characters has a run at least."""

_BLANKS = r"[ \t\r\n]*+(?:\#[^\r\n]*+[ \t\r\n]*+)*"
_ENDS = r"(?=[ \t\r\n;,=?()\[\]{}])"
_NO_NAME = r"(?!(?:if|then|else|assert|with|let|in|rec|inherit|or|__curPos|__overrides)(?![a-zA-Z0-9_'-]))"
_NAME = r"[a-zA-Z_][a-zA-Z0-9_'-]*+"
_TEXT = r'"[^"$\\\r\0]*+'
_STRING = rf'{_TEXT}"'
_ESCAPED = rf'{_TEXT}(?:\\[^\r\0][^"$\\\r\0]*+)*"'
_NUMBER = r"(?:[0-9]{1,18}|(?:[1-9][0-9]{0,14}|0)\.[0-9]{1,15})"
_SIGNS = {
    "ASSIGN": ("=(?!=)", "="),
    "SEMICOLON": (";", ";"),
    "COMMA": (",", ","),
    "QUESTION": (r"\?", "?"),
    "OPEN_BRACE": (r"\{", "{"),
    "CLOSE_BRACE": (r"\}", "}"),
    "OPEN_BRACKET": (r"\[", "["),
    "CLOSE_BRACKET": (r"\]", "]"),
    "OPEN_PAREN": (r"\(", "("),
    "CLOSE_PAREN": (r"\)", ")"),
    "INHERIT": (r"inherit(?=[ \t\r\n(])", "inherit"),
}
"""The patterns of the tokens that are always the same, and these."""

_NUMBERS = ("INT_LIT", "FLOAT_LIT")
_SIMPLE = frozenset(("ID", "STRING", *_NUMBERS))
_VALUE = "VALUE"
"""A name, number or string behind `=` or `?`: which it is may differ from element to element."""

_ALLOWED = frozenset((*_SIGNS, *_SIMPLE, _VALUE))
_BRACES = ("BRACE", "BRACKET", "PAREN")
_DEEPER = {f"OPEN_{name}": 1 for name in _BRACES} | {f"CLOSE_{name}": -1 for name in _BRACES}


def find(text: str, tokens: list[Token]) -> tuple[int, Token] | None:
    """The run that the last of all tokens are in: which of them it replaces from where on, and its token.

    One element before it and one behind it are left as they are: what stands before the first and behind the last one
    can make something else of them.
    """
    period = period_of(tokens)
    if period is None:
        return None
    first = len(tokens) - WINDOW
    earliest = max(1, first - FURTHEST)
    while first > earliest and _kind(tokens, first - 1) == _kind(tokens, first - 1 + period):
        first -= 1
    kinds = _kinds(tokens, first, first + period)
    kind, offset = _beginning(kinds)
    first += period + offset
    element = [token[0] for token in tokens[first : first + period]]
    start = tokens[first][1]
    end = _end(Shape(element).pattern, text, start)
    if end <= tokens[-1][2] or end - start < SHORTEST:
        return None
    return first, (kind, start, end, " ".join(element))


def period_of(tokens: list[Token]) -> int | None:
    """After how many tokens the same kinds come again at the end of all tokens."""
    if len(tokens) <= WINDOW or not may_repeat(tokens):
        return None
    return _period(_kinds(tokens, len(tokens) - WINDOW))


def may_repeat(tokens: list[Token]) -> bool:
    """Whether the last few of these were there before: hardly any text pays for more than this."""
    kinds = [token[0] for token in tokens[-LONGEST - _FEW :]]
    if kinds[-1] not in _ALLOWED:
        return False
    alike = ["" if kind in _SIMPLE else kind for kind in kinds]
    last = alike[-_FEW:]
    return any(alike[index : index + _FEW] == last for index in range(len(alike) - _FEW))


def separate_last(tokens: list[Token], separate: Callable[[Token], list[Token]]) -> None:
    """Where the last tokens may be a run's, makes the grammar's own, which `separate` gives, of those that are several
    of them.
    """
    if may_repeat(_last(tokens, 2 * LONGEST, separate)[1]) and period_of(_last(tokens, WINDOW + 1, separate)[1]):
        index, parts = _last(tokens, BEFORE, separate)
        tokens[index:] = parts


def _last(tokens: list[Token], count: int, separate: Callable[[Token], list[Token]]) -> tuple[int, list[Token]]:
    """At least so many of the last tokens as the grammar's own, if there are as many; and which is the first one."""
    parts: list[Token] = []
    index = len(tokens)
    while index and len(parts) < count:
        index -= 1
        parts += reversed(separate(tokens[index]))
    parts.reverse()
    return index, parts


def _kind(tokens: list[Token], index: int) -> str:
    kind: str = tokens[index][0]
    return _VALUE if kind in _SIMPLE and tokens[index - 1][0] in ("ASSIGN", "QUESTION") else kind


def _kinds(tokens: list[Token], start: int, end: int | None = None) -> list[str]:
    return [_kind(tokens, index) for index in range(start, len(tokens) if end is None else end)]


def _period(kinds: list[str]) -> int | None:
    """After how many tokens the same kinds come again, if these are all that a run can have."""
    last = kinds[-1]
    for period in range(1, LONGEST + 1):
        if kinds[-1 - period] == last and kinds[period:] == kinds[:-period]:
            element = kinds[:period]
            balanced = sum(_DEEPER.get(kind, 0) for kind in element) == 0
            return period if balanced and _ALLOWED.issuperset(element) else None
    return None


def _beginning(kinds: list[str]) -> tuple[str, int]:
    """What a period is of, and where in it an element begins: outside of all brackets behind a `;`, or at a `,`."""
    depth, depths = 0, []
    for kind in kinds:
        depths.append(depth)
        depth += _DEEPER.get(kind, 0)
    least = min(depths)
    outside = [index for index, depth in enumerate(depths) if depth == least]
    for index in outside:
        if kinds[index] == "SEMICOLON":
            return BINDINGS, index + 1
    for index in outside:
        if kinds[index] == "COMMA":
            return FORMALS, index
    return ITEMS, outside[0]


class Shape:
    """What all elements of a run look like, by the kinds of their tokens.

    `pattern` is one of an element.  Its groups are what varies; the first letter of a group's name says what that is: a
    `n`ame, a name in `q`uotes, a `l`iteral.  `sample` is an element where each of them is its own name.
    """

    __slots__ = ("pattern", "sample")

    def __init__(self, kinds: Sequence[str]) -> None:
        pattern: list[str] = []
        sample: list[str] = []
        inherited, outside, depth = False, 0, 0
        for index, kind in enumerate(kinds):
            before, behind = kinds[index - 1], kinds[(index + 1) % len(kinds)]
            depth += _DEEPER.get(kind, 0)
            if kind == "INHERIT":
                inherited, outside = True, depth
            elif kind == "SEMICOLON":
                inherited = False
            pattern.append(_BLANKS)
            name = f"{_NO_NAME}(?P<n{index}>{_NAME}){_ENDS}"
            if kind in _SIMPLE and before in ("ASSIGN", "QUESTION") and behind in ("SEMICOLON", "COMMA"):
                pattern.append(f"(?:{name}|(?P<l{index}>{_NUMBER}|{_ESCAPED}){_ENDS})")
                sample.append(f"n{index}")
            elif kind == "ID":
                pattern.append(name)
                sample.append(f"n{index}")
            elif kind == "STRING":
                is_name = behind == "ASSIGN" or (inherited and depth == outside)
                group = f"{'q' if is_name else 'l'}{index}"
                pattern.append(f"(?P<{group}>{_STRING if is_name else _ESCAPED}){_ENDS}")
                sample.append(f'"{group}"')
            elif kind in _NUMBERS:
                pattern.append(f"(?P<l{index}>{_NUMBER}){_ENDS}")
                sample.append(f'"l{index}"')
            else:
                sign, shown = _SIGNS[kind]
                pattern.append(sign)
                sample.append(shown)
        self.pattern = "".join(pattern)
        self.sample = " ".join(sample)


def _end(pattern: str, text: str, start: int) -> int:
    """Where the last but one of the elements that begin at `start` ends."""
    many = re.compile(f"(?:({re.sub(r'[(]P<[a-z][0-9]+>', '(?:', pattern.replace('(?P<', '(P<'))})){{1,1000}}")
    match = many.match(text, start)
    end = start
    while match is not None:
        end, position = match.start(1), match.end()
        match = many.match(text, position)
    return end
