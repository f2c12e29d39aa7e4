"""What can be known of an expression before it is compiled.

`FreeNames` finds the names an expression mentions but does not bind: from these the recursion inside a `let` is known.
What is forced first, `forcing` finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Names = frozenset[str]
_NONE: Names = frozenset()


class FreeNames:
    """Free names by node, each found once (a memory for one program)."""

    def __init__(self) -> None:
        self._known: dict[int, Names] = {}
        self._same: dict[Names, Names] = {}
        """One set for all equal ones: a small set takes 216 bytes, and most expressions name what their parts name."""

    def __call__(self, node: Expression) -> Names:
        return self.names(node)

    def names(self, node: Expression) -> Names:
        """The free names of an expression; a method, for `self(…)` would take C stack for each level of the text."""
        known = self._known.get(id(node))
        if known is None:
            found = self._find(node)
            known = self._known[id(node)] = self._same.setdefault(found, found)
        return known

    def of(self, parts: Iterable[object]) -> Names:
        """The free names of those parts that are nodes (others are literal texts, or absent)."""
        found = [names for part in parts if isinstance(part, nodes.Node) and (names := self.names(part))]  # type: ignore[arg-type]  # every Node that is a part is an Expression
        if not found:
            return _NONE
        return found[0] if len(found) == 1 else found[0].union(*found[1:])

    def of_attribute(self, attribute: nodes.Attribute, sources: Sequence[Expression]) -> Names:
        """The free names of one binding's value."""
        if attribute.value is not None:
            return self.names(attribute.value)
        return self.names(sources[attribute.source])

    def of_bindings(self, bindings: nodes.Bindings) -> Names:
        """The free names of the bindings of a `let`."""
        return self._bindings(bindings, True)

    def _find(self, node: Expression) -> Names:
        find = _FINDERS.get(node.__class__)
        return _NONE if find is None else find(self, node)

    def _let(self, node: nodes.Let) -> Names:
        inside = self._bindings(node.bindings, True)
        return inside | (self.names(node.body) - node.bindings.attributes.keys())

    def _with(self, node: nodes.With) -> Names:
        return self.of((node.scope, node.body))

    def _binary(self, node: nodes.Binary) -> Names:
        """Chains of operators lean to the left and may be very long."""
        found: list[Names] = []
        current: Expression = node
        while isinstance(current, nodes.Binary):
            found.append(self.names(current.right))
            current = current.left
        return self.names(current).union(*found)

    def _lambda(self, node: nodes.Lambda) -> Names:
        names = self.names(node.body)
        bound: set[str] = set()
        if node.parameter is not None:
            bound.add(node.parameter)
        if node.formals is not None:
            bound.update(formal.name for formal in node.formals.formals)
            names = names | self.of(formal.default for formal in node.formals.formals)
        return names - bound

    def _bindings(self, bindings: nodes.Bindings, recursive: bool) -> Names:
        inside = self.of(bindings.sources)
        inside |= self.of(part for attribute in bindings.dynamic for part in (attribute.name, attribute.value))
        around: Names = _NONE
        for attribute in bindings.attributes.values():
            if attribute.value is None:
                continue
            if attribute.kind == "inherited":
                around |= self.names(attribute.value)
            else:
                inside |= self.names(attribute.value)
        return around | (inside - bindings.attributes.keys() if recursive else inside)


_FINDERS: dict[type, Callable[[FreeNames, Any], Names]] = {
    nodes.Variable: lambda free, node: frozenset((node.name,)),
    nodes.String: lambda free, node: free.of(node.parts),
    nodes.Path: lambda free, node: free.of(node.parts),
    nodes.Select: lambda free, node: free.of((node.subject, *node.path, node.default)),
    nodes.HasAttribute: lambda free, node: free.of((node.subject, *node.path)),
    nodes.Apply: lambda free, node: free.of((node.function, *node.arguments)),
    nodes.Lambda: lambda free, node: free._lambda(node),
    nodes.List: lambda free, node: free.of(node.items),
    nodes.AttributeSet: lambda free, node: free._bindings(node.bindings, node.recursive),
    nodes.Let: lambda free, node: free._let(node),
    nodes.With: lambda free, node: free._with(node),
    nodes.Assert: lambda free, node: free.of((node.condition, node.body)),
    nodes.If: lambda free, node: free.of((node.condition, node.then, node.otherwise)),
    nodes.Unary: lambda free, node: free.names(node.operand),
    nodes.Binary: lambda free, node: free._binary(node),
    nodes.SearchPath: lambda free, node: frozenset(("__findFile", "__nixPath")),
}
"""How the free names of a node are found, by its class; literals have none."""


class NamesOutsideWith(FreeNames):
    """Free names that no `with` inside the expression could provide: something around it must bind them."""

    def _with(self, node: nodes.With) -> Names:
        return self.names(node.scope)
