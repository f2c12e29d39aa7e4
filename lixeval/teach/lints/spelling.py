"""Rules about how something is written, found in the tokens."""

from __future__ import annotations

from itertools import takewhile

from lixeval.syntax.lexer import END, Token, tokenize
from lixeval.teach.lints.findings import Change, Finding
from lixeval.teach.lints.layout import NAMES, Layout, Statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SINGLE = frozenset(("ID", "INT_LIT", "FLOAT_LIT", "SPATH", "STRING", "IND_STRING"))
"""Tokens that are whole expressions."""

STRINGS = {"QUOTE": "QUOTE", "IND_STRING_OPEN": "IND_STRING_CLOSE"}
"""What begins and ends a string that is written in pieces."""

PIECES = frozenset((*STRINGS, *STRINGS.values(), "STR", "IND_STR", "PATH", "PATH_END"))

ENDING = frozenset(("", "CLOSE_PAREN", "CLOSE_BRACE", "SEMICOLON", "COMMA", "THEN", "ELSE", "IN_KW"))
"""What stands behind the body of a `let`."""

MOST_KEYS = 2
"""A key that is repeated more often should be a set."""

NEAR = 4
"""So many tokens beside a parenthesis say whether taking it away makes other tokens of them."""


def findings(layout: Layout) -> Iterator[Finding]:
    """The findings of a text that is Nix."""
    text, tokens = layout.text, layout.tokens
    yield from _parentheses(layout)
    yield from _repeated_keys(layout.statements)
    for at, (kind, start, end, _) in enumerate(tokens):
        follows = tokens[at + 1][0] if at + 1 < len(tokens) else ""
        if kind == "INHERIT" and follows == "SEMICOLON":
            change = (start_with_blanks(text, start), tokens[at + 1][2], "")
            yield Finding("empty_inherit", start, tokens[at + 1][2], "nothing is inherited", (change,))
        elif kind == "LET" and follows == "OPEN_BRACE" and at + 1 in layout.partners:
            yield from _legacy_let(layout, at)
        elif kind == "URI":
            change = (start, end, f'"{text[start:end]}"')
            yield Finding("unquoted_uri", start, end, "in quotes it is the same string", (change,))
            yield Finding("lint-url-literals", start, end, "URLs without quotes are deprecated", ())
        elif kind in ("PATH", "PATH_PLAIN"):
            yield from _path(text, start, end)


def start_with_blanks(text: str, start: int) -> int:
    """Where the blanks before a place begin; the place itself where a comment may end before them."""
    first = start
    while first and text[first - 1] in " \t\r\n":
        first -= 1
    return start if "#" in text[text.rfind("\n", 0, first) + 1 : first] else first


def _legacy_let(layout: Layout, at: int) -> Iterator[Finding]:
    scope = at + 1
    if not any(one.scope == scope and "body" in (name[3] for name in one.names) for one in layout.statements):
        return
    _, start, end, _ = layout.tokens[at]
    closing = layout.tokens[layout.partners[scope]]
    changes = ((start, end, "rec"), (closing[2], closing[2], ".body"))
    told = "`rec { … }.body` is what it means; `let … in …` says it today"
    yield Finding("legacy_let_syntax", start, layout.tokens[scope][2], told, changes)


def _path(text: str, start: int, end: int) -> Iterator[Finding]:
    if text[start] in "/~":
        told = "it is another file on another machine"
        yield Finding("lint-absolute-path-literals", start, end, told)
    elif text[start] != ".":
        told = "with ./ before it nobody takes it for a division or a name"
        yield Finding("lint-short-path-literals", start, end, told, ((start, start, "./"),))


def _parentheses(layout: Layout) -> Iterator[Finding]:
    for opening, closing in layout.partners.items():
        if layout.tokens[opening][0] != "OPEN_PAREN" or closing < opening:
            continue
        if _are_useless(layout, opening, closing):
            start, end = layout.tokens[opening][1], layout.tokens[closing][2]
            changes = _without(layout, opening, closing)
            yield Finding("useless_parens", start, end, "without the parentheses it is the same", changes)


def _are_useless(layout: Layout, opening: int, closing: int) -> bool:
    tokens, partners = layout.tokens, layout.partners
    before = tokens[opening - 1][0] if opening else ""
    behind = tokens[closing + 1][0] if closing + 1 < len(tokens) else ""
    first = opening + 1
    if before == "INHERIT" or first == closing:
        return False
    if (before == "ASSIGN" and behind == "SEMICOLON") or (before == "IN_KW" and behind in ENDING):
        return True
    if behind == "OR_KW" or tokens[first][3] == "or":
        return False
    if tokens[first][0] == "REC":
        first += 1
    if partners.get(first) == closing - 1:
        return True
    if tokens[first][0] in STRINGS:
        opens, closes = tokens[first][0], STRINGS[tokens[first][0]]
        inside = tokens[first + 1 : closing - 1]
        return tokens[closing - 1][0] == closes and all(kind not in (opens, closes) for kind, _, _, _ in inside)
    if tokens[first][0] not in SINGLE:
        return False
    # x.a.b is one expression as well, but (x.a).b or c is not x.a.b or c.
    path = tokens[first + 1 : closing]
    plain = all(kind == "DOT" if at % 2 == 0 else kind in NAMES for at, (kind, _, _, _) in enumerate(path))
    return not path or (tokens[first][0] == "ID" and plain and len(path) % 2 == 0 and behind != "DOT")


def _without(layout: Layout, opening: int, closing: int) -> tuple[Change, ...]:
    """The parentheses taken away, a blank left where words would become one; nothing where others come of it."""
    text, tokens = layout.text, layout.tokens
    changes: list[Change] = []
    for at in (opening, closing):
        _, start, end, _ = tokens[at]
        near = (*_near(tokens[max(at - NEAR, 0) : at][::-1])[::-1], *_near(tokens[at + 1 : at + 1 + NEAR]))
        new = next((blank for blank in ("", " ") if _reads_as(near, text, start, end, blank)), None)
        if new is None:
            return ()
        changes.append((start, end, new))
    return tuple(changes)


def _reads_as(near: tuple[Token, ...], text: str, start: int, end: int, new: str) -> bool:
    """Whether the tokens beside an extent are still the same with something else in its place."""
    window = text[near[0][1] : start] + new + text[end : near[-1][2]] if near else ""
    again = [token[0::3] for token in tokenize(window, pipe_operators=True) if token[0] != END]
    return again == [token[0::3] for token in near]


def _near(tokens: list[Token]) -> list[Token]:
    """The first tokens that can be read by themselves: what is written in pieces is not."""
    return list(takewhile(lambda token: token[0] not in PIECES, tokens))


def _repeated_keys(statements: list[Statement]) -> Iterator[Finding]:
    """Keys of one set that begin more than two paths, told of at the first, if a dot stands behind that."""
    counts: dict[tuple[int, str], list[Statement]] = {}
    for one in statements:
        if one.kind == "set" and one.names and not one.inherits:
            counts.setdefault((one.scope, one.names[0][3]), []).append(one)
    for (_, word), there in counts.items():
        if len(there) > MOST_KEYS and there[0].parts > 1:
            told = f"`{word} = {{ … }};` says it once"
            _, start, end, _ = there[0].names[0]
            yield Finding("repeated_keys", start, end, told)
