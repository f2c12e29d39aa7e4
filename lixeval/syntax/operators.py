"""Operators bound by precedence: `a + b * c` from operands and operators in a row to nested nodes.

The table is the language's (Nix manual, "Operators"), strongest last:

    ->   right          + -   left
    ||   left           * /   left
    &&   left           ++    right
    == !=   none        ?     a path behind an operand
    < <= > >=   none    -     prefix
    //   right
    !   prefix

"none" means that `a == b == c` is a syntax error.  A prefix operator may stand after a stronger binary one and then
reaches as far as its own strength says: `1 * !a + b` is `1 * (!(a + b))`.

An operator stack, not recursion: a hundred thousand `+` in a row are fine.
"""

from __future__ import annotations

from lixeval.syntax.lexer import Token
from lixeval.syntax.nodes import Binary, Expression, HasAttribute, Unary

_LEFT, _RIGHT, _NONE = -1, 1, 0
_BINARY = {
    "->": (1, _RIGHT),
    "||": (2, _LEFT),
    "&&": (3, _LEFT),
    "==": (4, _NONE),
    "!=": (4, _NONE),
    "<": (5, _NONE),
    "<=": (5, _NONE),
    ">": (5, _NONE),
    ">=": (5, _NONE),
    "//": (6, _RIGHT),
    "+": (8, _LEFT),
    "-": (8, _LEFT),
    "*": (9, _LEFT),
    "/": (9, _LEFT),
    "++": (10, _RIGHT),
}
_HAS_ATTRIBUTE = 11
_PREFIX = {"!": 7, "-": 12}


class NotAssociative(Exception):
    """`a == b == c`: the second operator's token."""

    def __init__(self, operator: Token) -> None:
        super().__init__(operator)
        self.operator = operator


MAX_WAITING = 4999
"""How many operators may wait for what is right of them (`a // b // c …`): each takes two places of the 10,000 that
Bison's stack has in C++ Nix."""


class TooManyWaiting(Exception):
    """An operator for which there is no room left."""

    def __init__(self, operator: Token) -> None:
        super().__init__(operator)
        self.token = operator


class Chain:
    """Operands and operators met so far.  `outer` has the extent of the expressions that stand in parentheses."""

    __slots__ = ("operands", "operators", "outer")

    def __init__(self, first: Expression, outer: dict[Expression, tuple[int, int]]) -> None:
        self.operands: list[Expression] = []
        self.operators: list[tuple[int, Token | Unary]] = []
        self.outer = outer
        self.add_operand(first)

    def add_operand(self, operand: Expression) -> None:
        """An operand; a `Unary` without parentheses is taken apart again, as its operator may reach further."""
        while isinstance(operand, Unary) and operand not in self.outer:
            self.operators.append((_PREFIX[operand.operator], operand))
            operand = operand.operand
        self.operands.append(operand)

    def add_operator(self, operator: Token) -> None:
        """A binary operator; raises NotAssociative where it cannot stand behind the one before."""
        strength, side = _BINARY[operator[3]]
        self._apply(strength if side == _LEFT else strength + 1)
        if side == _NONE and self.operators and self.operators[-1][0] == strength:
            raise NotAssociative(operator)
        if len(self.operators) >= MAX_WAITING:
            raise TooManyWaiting(operator)
        self.operators.append((strength, operator))

    def add_has_attribute(self, path: tuple[str | Expression, ...], end: int) -> None:
        """`? path`, which ends at `end`."""
        self._apply(_HAS_ATTRIBUTE + 1)
        subject = self.operands[-1]
        start, _ = self.outer.get(subject) or (subject.start, subject.end)
        self.operands[-1] = HasAttribute(start, end, subject, path)

    def finish(self) -> Expression:
        """The nodes of the whole chain."""
        self._apply(0)
        return self.operands[0]

    def _apply(self, at_least: int) -> None:
        """Apply the operators at the top of the stack that are at least so strong."""
        operands, operators, outer = self.operands, self.operators, self.outer
        while operators and operators[-1][0] >= at_least:
            _, operator = operators.pop()
            right = operands.pop()
            _, end = outer.get(right) or (right.start, right.end)
            if isinstance(operator, Unary):
                operands.append(Unary(operator.start, end, operator.operator, right))
            else:
                left = operands.pop()
                start, _ = outer.get(left) or (left.start, left.end)
                operands.append(Binary(start, end, operator[3], left, right, operator[1]))
