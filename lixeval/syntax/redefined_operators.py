"""Operators as the calls that C++ Nix reads them as, for the few texts that give those names another meaning.

    a - b   __sub a b            a < b    __lessThan a b         a > b    __lessThan b a
    a * b   __mul a b            a <= b   ! (__lessThan b a)     a >= b   ! (__lessThan a b)
    a / b   __div a b            - a      __sub 0 a

`let __sub = …; in 1 - 2` calls what is bound there.  All other texts keep their operators, which compile to better
code than calls and mean the same.  C++: parser.y.
"""

from __future__ import annotations

from collections.abc import Iterable

from lixeval.syntax.nodes import Apply, Binary, Expression, Int, Node, Unary, Variable, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAMES = ("__sub", "__mul", "__div", "__lessThan")

_CALLS = {"-": "__sub", "*": "__mul", "/": "__div", "<": "__lessThan", ">=": "__lessThan"}
_SWAPPED = {">": "__lessThan", "<=": "__lessThan"}


def may_redefine(text: str, others: Iterable[str] = ()) -> bool:
    """Whether a text, or the names it is given besides the globals, may bind one of the operators' names."""
    return ("__" in text and any(name in text for name in NAMES)) or not set(NAMES).isdisjoint(others)


def with_calls(root: Expression) -> Expression:
    """The same expression with calls in place of operators; its nodes are changed."""
    top: Expression = _called(root)
    work: list[Node] = [top]
    while work:
        node = work.pop()
        for name, value in members(node):
            if isinstance(value, Node):
                value = _called(value)
                setattr(node, name, value)
                work.append(value)
            elif isinstance(value, tuple):
                parts = tuple([_called(part) if isinstance(part, Node) else part for part in value])
                setattr(node, name, parts)
                work += [part for part in parts if isinstance(part, Node)]
            elif isinstance(value, dict):
                work += value.values()
    return top


def _called(node: Any) -> Any:
    """What a node is as a call: the node itself unless it is one of these operators."""
    if isinstance(node, Unary) and node.operator == "-":
        zero = Int(node.start, node.start, 0)
        return _call(node, "__sub", zero, node.operand)
    if not isinstance(node, Binary):
        return node
    if node.operator in _CALLS:
        call = _call(node, _CALLS[node.operator], node.left, node.right)
    elif node.operator in _SWAPPED:
        call = _call(node, _SWAPPED[node.operator], node.right, node.left)
    else:
        return node
    return Unary(node.start, node.end, "!", call) if node.operator in (">=", "<=") else call


def _call(node: Node, name: str, first: Expression, second: Expression) -> Apply:
    return Apply(node.start, node.end, Variable(node.start, node.end, name), (first, second))
