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

from typing import Any

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


Chain = list[Any]
"""Operands, tokens of operators between them, and behind the token of `?` a list of `desugar.PathPart`."""


class NotAssociative(Exception):
    """`a == b == c`: the second operator's token."""

    def __init__(self, operator: Token) -> None:
        super().__init__(operator)
        self.operator = operator


def bind(chain: Chain, outer: dict[Expression, tuple[int, int]]) -> Expression:
    """The nodes of a chain; raises NotAssociative for two operators that cannot stand side by side.

    `outer` has the extent of the expressions in parentheses.  An operand that is a `Unary` without them is taken
    apart again, as its operator may reach further.
    """
    operands: list[Expression] = []
    operators: list[tuple[int, Token | Unary]] = []
    items = iter(chain)
    for item in items:
        if not isinstance(item, tuple):
            while isinstance(item, Unary) and item not in outer:
                operators.append((_PREFIX[item.operator], item))
                item = item.operand
            operands.append(item)
        elif item[0] == "QUESTION":
            _apply(operands, operators, _HAS_ATTRIBUTE + 1, outer)
            path = next(items)
            subject = operands[-1]
            start, _ = outer.get(subject) or (subject.start, subject.end)
            operands[-1] = HasAttribute(start, path[-1][2], subject, tuple([part[0] for part in path]))
        else:
            strength, side = _BINARY[item[3]]
            _apply(operands, operators, strength if side == _LEFT else strength + 1, outer)
            if side == _NONE and operators and operators[-1][0] == strength:
                raise NotAssociative(item)
            operators.append((strength, item))
    _apply(operands, operators, 0, outer)
    return operands[0]


def _apply(
    operands: list[Expression],
    operators: list[tuple[int, Token | Unary]],
    at_least: int,
    outer: dict[Expression, tuple[int, int]],
) -> None:
    """Apply the operators at the top of the stack that are at least so strong."""
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
