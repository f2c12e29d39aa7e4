"""How a text is written, as far as the tree has forgotten it: parentheses, and the statements of sets and `let`s."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from operator import itemgetter

from lixeval.syntax.lexer import END, Token, tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OPENING = {"OPEN_PAREN": "CLOSE_PAREN", "OPEN_BRACE": "CLOSE_BRACE", "OPEN_BRACKET": "CLOSE_BRACKET"}

NAMES = ("ID", "OR_KW")
"""Tokens that can be a name in an attribute path; `or` is one there."""

SKIP = "deadnix: skip"
"""A comment with these words keeps the bindings in its line, and in the line below it, from being told of."""


@dataclass(slots=True)
class Statement:
    """`a.b = 1;` or `inherit (x) a b;`, from `start` to behind its semicolon.

    `kind` is set, rec, let or legacy; `scope` tells one set's statements from another's; `names` are the name tokens:
    of an `inherit` all, else the first of the path, if it is written plainly; `parts` counts the parts of the path.
    """

    kind: str
    scope: int
    start: int
    end: int
    inherits: bool
    names: list[Token]
    parts: int


@dataclass(slots=True)
class _Scope:
    """A set or `let` that is being read. `opened` counts the semicolons that belong to a `with` or an `assert`."""

    kind: str
    number: int
    begun: int = -1
    assigned: bool = False
    parts: int = 1
    opened: int = 0


@dataclass(slots=True)
class Layout:
    """The tokens of a text that is Nix, and what is found in them."""

    text: str
    tokens: list[Token] = field(default_factory=list)
    partners: dict[int, int] = field(default_factory=dict)
    """The index of the closing bracket of each opening one, and the other way."""
    statements: list[Statement] = field(default_factory=list)
    _wrapped: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tokens = [token for token in tokenize(self.text, pipe_operators=True) if token[0] != END]
        self.partners = _partners(self.tokens)
        for opening, closing in self.partners.items():
            if self.tokens[opening][0] == "OPEN_PAREN" and closing > opening + 1:
                inner = (self.tokens[opening + 1][1], self.tokens[closing - 1][2])
                self._wrapped[inner] = (self.tokens[opening][1], self.tokens[closing][2])
        self.statements = list(self._statements())

    def around(self, start: int, end: int) -> tuple[int, int] | None:
        """The extent of the parentheses directly around an expression."""
        return self._wrapped.get((start, end))

    def written(self, start: int, end: int) -> str:
        """An expression as it stands in the text, with its parentheses."""
        start, end = self.around(start, end) or (start, end)
        return self.text[start:end]

    def skipped(self, start: int) -> bool:
        """Whether a comment says to leave what stands here alone."""
        if SKIP not in self.text:
            return False
        line = self.text.rfind("\n", 0, start)
        end = self.text.find("\n", start)
        there = self.text[self.text.rfind("\n", 0, max(line, 0)) + 1 : end if end >= 0 else len(self.text)]
        return SKIP in there

    def comments(self, start: int, end: int) -> Iterator[str]:
        """The comments within an extent: what is neither token nor blank."""
        tokens = self.tokens
        begun = start
        for at in range(bisect_left(tokens, start, key=itemgetter(2)), len(tokens)):
            _, first, last, _ = tokens[at]
            if between := self.text[begun : min(first, end)].strip():
                yield between
            if last >= end:
                return
            begun = max(last, start)
        if between := self.text[begun:end].strip():
            yield between

    def _statements(self) -> list[Statement]:
        found: list[Statement] = []
        scopes: list[_Scope] = [_Scope("", 0)]
        for at, (kind, _, end, _) in enumerate(self.tokens):
            scope = scopes[-1]
            if scope.kind and scope.begun < 0 and kind not in ("CLOSE_BRACE", "IN_KW"):
                scope.begun, scope.assigned, scope.parts = at, False, 1
            if kind == "OPEN_BRACE":
                before = self.tokens[at - 1][0] if at else ""
                scopes.append(_Scope({"REC": "rec", "LET": "legacy"}.get(before, "set"), at))
            elif kind == "DOLLAR_CURLY":
                scopes.append(_Scope("", at))
            elif kind == "LET" and self._kind(at + 1) != "OPEN_BRACE":
                scopes.append(_Scope("let", at))
            elif kind in ("CLOSE_BRACE", "IN_KW") and len(scopes) > 1:
                scopes.pop()
            elif kind == "DOT" and not scope.assigned:
                scope.parts += 1
            elif kind == "ASSIGN":
                scope.assigned = True
            elif kind in ("WITH", "ASSERT"):
                scope.opened += 1
            elif kind == "SEMICOLON" and scope.opened:
                scope.opened -= 1
            elif kind == "SEMICOLON" and scope.begun >= 0:
                found.append(self._statement(scope, at, end))
                scope.begun = -1
        return found

    def _statement(self, scope: _Scope, semicolon: int, end: int) -> Statement:
        first = scope.begun
        inherits = self._kind(first) == "INHERIT"
        if inherits:
            if self._kind(first + 1) == "OPEN_PAREN":
                first = self.partners[first + 1]
            names = [token for token in self.tokens[first + 1 : semicolon] if token[0] in NAMES]
        else:
            names = [self.tokens[first]] if self._kind(first) in NAMES else []
        return Statement(scope.kind, scope.number, self.tokens[scope.begun][1], end, inherits, names, scope.parts)

    def _kind(self, at: int) -> str:
        return self.tokens[at][0] if at < len(self.tokens) else ""


def _partners(tokens: list[Token]) -> dict[int, int]:
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
