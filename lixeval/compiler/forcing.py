"""What an expression forces before anything else can be seen to happen.

A value that is forced so may be evaluated at once instead of delayed, and nobody can tell the difference, not even by
which of two errors comes first: `f = a: b: a < b` forces the first of its arguments and then the second, so `f (g x) y`
needs no thunk for `g x`.  The walk goes through what cannot fail or differ (a `let`, literals, lambdas) and ends where
something else is done: a condition is tested, an attribute selected, a function of which nothing is known called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lixeval.formats.hashes import SIZES as HASH_ALGORITHMS
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

Order = tuple[tuple[int, str], ...]
"""The arguments that a function forces, by number, each with the kind that it must be of (see `builtins.table`)."""

Orders = Callable[[Expression], tuple[int, Order] | None]
"""The arity and order of the function that an expression certainly is, by its names in the scope around; or None."""

MAX_STEPS = 40
"""So far the walk goes: each `let` begins one, and they may be nested in one another."""


def forced_names(node: Expression, orders: Orders = lambda node: None, hidden: Sequence[str] = ()) -> list[str]:
    """The names that evaluating `node` forces before anything else happens, in order; some may be there twice.

    `hidden` are names that mean something else to `node` than in the scope that `orders` looks into.
    """
    walk = _Walk(orders, hidden)
    walk.through(node, [])
    return walk.names


def order_of(text: str) -> Order:
    """An order as the table of builtins has it: "1int 0list"."""
    return tuple([(int(step[0]), step[1:]) for step in text.split()])


class _Walk:
    def __init__(self, orders: Orders, hidden: Sequence[str]) -> None:
        self.names: list[str] = []
        self._orders = orders
        self._hidden = hidden
        self._steps = 0

    def through(self, node: Expression, lets: list[nodes.Bindings]) -> bool:
        """Notes what `node` forces; whether that is all that evaluating it does.  `lets` are around it, inside out."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            return False
        match node:
            case nodes.Int() | nodes.Float() | nodes.Lambda() | nodes.List():
                return True
            case nodes.AttributeSet():
                return not node.bindings.dynamic and "__overrides" not in node.bindings.own
            case nodes.Variable():
                return self._variable(node.name, lets)
            case nodes.String():
                return self._string(node, lets)
            case nodes.Select() | nodes.HasAttribute():
                self.through(node.subject, lets)
            case nodes.If() | nodes.Assert():
                self.through(node.condition, lets)
            case nodes.Unary():
                self.through(node.operand, lets)
            case nodes.Let():
                return self.through(node.body, [*lets, node.bindings])
            case nodes.With():
                return self.through(node.body, lets)
            case nodes.Apply():
                self._application(node, lets)
            case nodes.Binary():
                self._operation(node, lets)
        return False

    def _variable(self, name: str, lets: list[nodes.Bindings]) -> bool:
        """A name that a `let` inside binds is as good as its value."""
        for number in range(len(lets) - 1, -1, -1):
            attribute = lets[number].own.get(name)
            if attribute is None:
                if lets[number].runs_bind(name):
                    return False
                continue
            if attribute.kind == "inherited":
                return self.through(nodes.Variable(0, 0, name), lets[:number])
            if attribute.value is not None:
                return self.through(attribute.value, lets[: number + 1])
            self.through(lets[number].sources[attribute.source], lets[: number + 1])
            return False
        self.names.append(name)
        return True

    def _string(self, node: nodes.String, lets: list[nodes.Bindings]) -> bool:
        for part in node.parts:
            if not isinstance(part, str):
                self.through(part, lets)
                return False
        return True

    def _application(self, node: nodes.Apply, lets: list[nodes.Bindings]) -> None:
        known = None if self._is_bound_inside(node.function, lets) else self._orders(node.function)
        if known is None:
            self.through(node.function, lets)
            return
        arity, order = known
        if len(node.arguments) < arity:
            return
        for index, kind in order:
            if not self.through(node.arguments[index], lets) or not is_certainly(node.arguments[index], kind):
                return

    def _is_bound_inside(self, function: Expression, lets: list[nodes.Bindings]) -> bool:
        while isinstance(function, nodes.Select):
            function = function.subject
        if not isinstance(function, nodes.Variable):
            return False
        name = function.name
        return name in self._hidden or any(name in bindings.own or bindings.runs_bind(name) for bindings in lets)

    def _operation(self, node: nodes.Binary, lets: list[nodes.Bindings]) -> None:
        first, second = node.left, node.right
        if node.operator in (">", "<="):
            first, second = second, first
        if self.through(first, lets) and (
            node.operator in _BOTH
            # What is added to must be something that can be.
            or (node.operator == "+" and isinstance(first, nodes.Int | nodes.Float | nodes.String))
        ):
            self.through(second, lets)


_BOTH = frozenset(("==", "!=", "<", ">", "<=", ">=", "-", "*", "/"))
"""Operators that force both of their operands before they look at either."""


def is_certainly(node: Expression, kind: str, is_function: Callable[[Expression], bool] | None = None) -> bool:
    """Whether the value of an expression, if it has one, is of a kind that a builtin asks for ("": any)."""
    match kind:
        case "":
            return True
        case "function":
            return isinstance(node, nodes.Lambda) or (is_function is not None and is_function(node))
        case "list":
            return isinstance(node, nodes.List)
        case "set":
            return isinstance(node, nodes.AttributeSet)
        case "string":
            return isinstance(node, nodes.String) and all(isinstance(part, str) for part in node.parts)
        case "algorithm":
            return isinstance(node, nodes.String) and len(node.parts) == 1 and node.parts[0] in HASH_ALGORITHMS
        case "int":
            return isinstance(node.operand if isinstance(node, nodes.Unary) else node, nodes.Int)
        case "natural":
            return isinstance(node, nodes.Int)
    raise ValueError(f"no kind of values: {kind}")
