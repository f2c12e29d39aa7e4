"""What each node of a source is to its parent, and by which ranges of text compiled code means it."""

from __future__ import annotations

from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Child = tuple[nodes.Node, "Role"]


class Role:
    """What a node is to its parent.

    `kind` is one of: root, attribute, variable, argument, element, default, source, scope, part, condition, assertion,
    key, operand, and "" for what needs no name.  `name` is the attribute's, the function's, the index, the operator.
    `start` and `end` are the offsets of the name where it stands apart from the value, else both -1.
    """

    __slots__ = ("end", "kind", "name", "start")

    def __init__(self, kind: str, name: str = "", start: int = -1, end: int = -1) -> None:
        self.kind = kind
        self.name = name
        self.start = start
        self.end = end


PLAIN = Role("")


def _selected(node: nodes.Select) -> list[tuple[int, int]]:
    spans = []
    for element, start in zip(node.path, node.path_starts, strict=True):
        end = start + len(element) if isinstance(element, str) else node.end
        spans.append((start, min(end, node.end)))
    return spans


FURTHER_SPANS: dict[type, Callable[[Any], list[tuple[int, int]]]] = {
    nodes.Binary: lambda node: [(node.operator_start, node.operator_start + len(node.operator))],
    nodes.Select: _selected,
    nodes.Lambda: lambda node: [(node.start, node.body.start)],
}
"""Other ranges by which compiled code means a node: an operator, a selected name, the head of a function."""


_PART, _SCOPE, _ASSERTION, _CONDITION, _KEY, _SOURCE = (
    Role(kind) for kind in ("part", "scope", "assertion", "condition", "key", "source")
)
_OPERANDS = {operator: Role("operand", operator) for operator in ("!", "&&", "||", "->", "//", "++")}


def _parts(node: nodes.String | nodes.Path) -> list[Child]:
    return [(part, _PART) for part in node.parts if not isinstance(part, str)]


def _of_select(node: nodes.Select) -> list[Child]:
    found: list[Child] = [(node.subject, PLAIN), *_keys(node.path)]
    return found if node.default is None else [*found, (node.default, PLAIN)]


def _of_apply(node: nodes.Apply) -> list[Child]:
    function = function_name(node.function)
    arguments = [
        (argument, Role("argument", f"{index} {function}")) for index, argument in enumerate(node.arguments, 1)
    ]
    return [(node.function, PLAIN), *arguments]


def _of_binary(node: nodes.Binary) -> list[Child]:
    role = _OPERANDS.get(node.operator, PLAIN)
    return [(node.left, role), (node.right, role)]


def _elements(node: nodes.List) -> list[Child]:
    return [(item, Role("element", str(index))) for index, item in enumerate(node.items)]


CHILDREN: dict[type, Callable[[Any], list[Child]]] = {
    nodes.String: _parts,
    nodes.Path: _parts,
    nodes.Select: _of_select,
    nodes.HasAttribute: lambda node: [(node.subject, PLAIN), *_keys(node.path)],
    nodes.Apply: _of_apply,
    nodes.Lambda: lambda node: [*_defaults(node), (node.body, PLAIN)],
    nodes.List: _elements,
    nodes.PlainList: _elements,
    nodes.AttributeSet: lambda node: _bound(node.bindings, "attribute"),
    nodes.Let: lambda node: [*_bound(node.bindings, "variable"), (node.body, PLAIN)],
    nodes.With: lambda node: [(node.scope, _SCOPE), (node.body, PLAIN)],
    nodes.Assert: lambda node: [(node.condition, _ASSERTION), (node.body, PLAIN)],
    nodes.If: lambda node: [(node.condition, _CONDITION), (node.then, PLAIN), (node.otherwise, PLAIN)],
    nodes.Unary: lambda node: [(node.operand, _OPERANDS.get(node.operator, PLAIN))],
    nodes.Binary: _of_binary,
}
"""The nodes within a node, each with its role."""


def parameters(node: nodes.Lambda) -> list[str]:
    names = [] if node.parameter is None else [node.parameter]
    return names + ([formal.name for formal in node.formals.formals] if node.formals is not None else [])


def _keys(path: tuple[str | nodes.Expression, ...]) -> list[Child]:
    return [(element, _KEY) for element in path if not isinstance(element, str)]


def _defaults(node: nodes.Lambda) -> list[Child]:
    if node.formals is None:
        return []
    return [
        (formal.default, Role("default", formal.name, formal.start, formal.end))
        for formal in node.formals.formals
        if formal.default is not None
    ]


def _bound(bindings: nodes.Bindings, kind: str) -> list[Child]:
    found: list[Child] = [(source, _SOURCE) for source in bindings.sources]
    for attribute in bindings.attributes.values():
        if attribute.value is not None:
            found.append((attribute.value, Role(kind, attribute.name, attribute.start, attribute.end)))
    for dynamic in bindings.dynamic:
        found.append((dynamic.name, _KEY))
        found.append((dynamic.value, Role("attribute", "${…}", dynamic.start, dynamic.end)))
    return found


def function_name(function: nodes.Expression) -> str:
    """The name by which a function is called, where it has one: `f`, `lib.f`."""
    if isinstance(function, nodes.Variable):
        return function.name
    if isinstance(function, nodes.Select) and all(isinstance(element, str) for element in function.path):
        subject = function_name(function.subject)
        return ".".join([subject, *map(str, function.path)]) if subject else ""
    return ""
