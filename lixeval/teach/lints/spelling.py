"""Rules about how something is written, found in the tokens."""

from __future__ import annotations

from lixeval.syntax.lexer import END, Token, tokenize
from lixeval.teach.lints.findings import Change, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SINGLE = frozenset(("ID", "INT_LIT", "FLOAT_LIT", "SPATH"))
"""Tokens that are whole expressions."""

OPENING = {"OPEN_PAREN": "CLOSE_PAREN", "OPEN_BRACE": "CLOSE_BRACE", "OPEN_BRACKET": "CLOSE_BRACKET"}

MOST_KEYS = 2
"""A key that is repeated more often should be a set."""


def findings(text: str) -> Iterator[Finding]:
    """The findings of a text that is Nix."""
    tokens = [token for token in tokenize(text, pipe_operators=True) if token[0] != END]
    partners = _partners(tokens)
    yield from _parentheses(text, tokens, partners)
    yield from _repeated_keys(tokens)
    for at, (kind, start, end, _) in enumerate(tokens):
        follows = tokens[at + 1][0] if at + 1 < len(tokens) else ""
        if kind == "INHERIT" and follows == "SEMICOLON":
            change = (start, tokens[at + 1][2], "")
            yield Finding("empty_inherit", start, tokens[at + 1][2], "nothing is inherited", (change,))
        elif kind == "LET" and follows == "OPEN_BRACE" and at + 1 in partners:
            closing = tokens[partners[at + 1]]
            changes = ((start, end, "rec"), (closing[2], closing[2], ".body"))
            told = "`rec { … }.body` is what it means; `let … in …` says it today"
            yield Finding("legacy_let_syntax", start, tokens[at + 1][2], told, changes)
        elif kind == "URI":
            change = (start, end, f'"{text[start:end]}"')
            yield Finding("unquoted_uri", start, end, "in quotes it is the same string", (change,))
            yield Finding("lint-url-literals", start, end, "URLs without quotes are deprecated", ())
        elif kind in ("PATH", "PATH_PLAIN"):
            yield from _path(text, start, end)


def _path(text: str, start: int, end: int) -> Iterator[Finding]:
    if text[start] in "/~":
        told = "it is another file on another machine"
        yield Finding("lint-absolute-path-literals", start, end, told)
    elif text[start] != ".":
        told = "with ./ before it nobody takes it for a division or a name"
        yield Finding("lint-short-path-literals", start, end, told, ((start, start, "./"),))


def _partners(tokens: list[Token]) -> dict[int, int]:
    """The closing bracket of each opening one, and the other way."""
    found: dict[int, int] = {}
    stack: list[tuple[int, str]] = []
    for at, (kind, _, _, _) in enumerate(tokens):
        if kind in OPENING:
            stack.append((at, OPENING[kind]))
        elif kind == "DOLLAR_CURLY":
            stack.append((at, "CLOSE_BRACE"))
        elif stack and kind == stack[-1][1]:
            opening = stack.pop()[0]
            found[opening], found[at] = at, opening
    return found


def _parentheses(text: str, tokens: list[Token], partners: dict[int, int]) -> Iterator[Finding]:
    for at, (kind, start, _, _) in enumerate(tokens):
        if kind != "OPEN_PAREN" or at not in partners:
            continue
        closing = partners[at]
        before = tokens[at - 1][0] if at else ""
        behind = tokens[closing + 1][0] if closing + 1 < len(tokens) else ""
        if before == "INHERIT":
            continue
        alone = closing == at + 2 and tokens[at + 1][0] in SINGLE and tokens[at + 1][3] != "or"
        twice = partners.get(at + 1) == closing - 1 and tokens[at + 1][0] == "OPEN_PAREN"
        whole = before == "ASSIGN" and behind == "SEMICOLON"
        if alone or twice or whole:
            changes = _without(text, tokens, at, closing)
            yield Finding(
                "useless_parens", start, tokens[closing][2], "without the parentheses it is the same", changes
            )


def _without(text: str, tokens: list[Token], opening: int, closing: int) -> tuple[Change, ...]:
    """The parentheses taken away, a blank left where two words would become one."""
    changes: list[Change] = []
    for at in (opening, closing):
        _, start, end, _ = tokens[at]
        joins = _is_word(text[start - 1 : start]) and _is_word(text[end : end + 1])
        changes.append((start, end, " " if joins else ""))
    return tuple(changes)


def _is_word(character: str) -> bool:
    return character.isalnum() or (character in ("_", "'", "-", '"', "/", ".", ")", "]", "}", "$") and character != "")


def _repeated_keys(tokens: list[Token]) -> Iterator[Finding]:
    """Keys of one set that stand before a dot more than twice."""
    counts: list[dict[str, int]] = [{}]
    begins = True
    for at, (kind, start, end, word) in enumerate(tokens):
        follows = tokens[at + 1][0] if at + 1 < len(tokens) else ""
        if kind in ("OPEN_BRACE", "DOLLAR_CURLY", "LET"):
            counts.append({})
        elif kind in ("CLOSE_BRACE", "IN_KW") and len(counts) > 1:
            counts.pop()
        elif kind == "ID" and begins and follows == "DOT":
            counts[-1][word] = counts[-1].get(word, 0) + 1
            if counts[-1][word] == MOST_KEYS + 1:
                told = f"`{word} = {{ … }};` says it once"
                yield Finding("repeated_keys", start, end, told)
        begins = kind in ("SEMICOLON", "OPEN_BRACE", "LET")
