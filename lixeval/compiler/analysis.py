"""What can be known of an expression before it is compiled.

`FreeNames` finds the names an expression mentions but does not bind: from these the recursion inside a `let` is known.
On its way it notes which names are nothing but called.
What is forced first, `forcing` finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set

from lixeval.syntax import nodes
from lixeval.syntax.mentions import Mentions
from lixeval.syntax.nodes import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Names = frozenset[str]
_NONE: Names = frozenset()


class FreeNames:
    """Free names by node, each found once (a memory for one program).

    `mentions` are those of its text; where there are none, what is known of names is found on the way through it.
    """

    def __init__(self, mentions: Mentions | None = None) -> None:
        self._mentions = mentions
        self._known: dict[int, Names] = {}
        self._same: dict[Names, Names] = {}
        """One set for all equal ones: a small set takes 216 bytes, and most expressions name what their parts name."""
        self._variables: dict[str, Names] = {}
        """The set of each variable alone."""
        self._seen: dict[str, int] = {}
        """The fewest arguments that are given to each name in what has been looked at."""
        self._fewest: dict[str, int] = {} if mentions is not None else self._seen

    def __call__(self, node: Expression) -> Names:
        return self.names(node)

    @property
    def fewest(self) -> dict[str, int]:
        """The fewest arguments that are given to each name, whatever binds it; 0: it is mentioned otherwise."""
        if self._mentions is not None and not self._fewest:
            self._fewest = self._mentions.fewest_given()
        return self._fewest

    def names(self, node: Expression) -> Names:
        """The free names of an expression; a method, for `self(…)` would take C stack for each level of the text."""
        known = self._known.get(id(node))
        if known is None:
            find = _FINDERS.get(node.__class__)
            found = None if self._mentions is None or find is None else self._mentions.free(node)
            if found is None:
                found = _NONE if find is None else find(self, node)
            known = self._known[id(node)] = self._same.setdefault(found, found)
        return known

    def unbound(self, whole: Expression) -> Names:
        """The names that a text, of which this is all, mentions where nothing binds them."""
        return self.names(whole) if self._mentions is None else self._mentions.unbound()

    def of(self, parts: Iterable[Any]) -> Names:
        """The free names of those parts that are nodes (others are literal texts, or absent)."""
        known = self._known
        found: list[Names] = []
        for part in parts:
            kind = part.__class__
            if kind is nodes.Variable:
                self._seen[part.name] = 0
                found.append(self._variable(part.name))
            elif kind in _FINDERS:
                if kind is nodes.String and (
                    not part.parts or (part.parts[0].__class__ is str and len(part.parts) == 1)
                ):
                    continue
                names = known.get(id(part))
                found.append(self.names(part) if names is None else names)
        return _united(found)

    def _mentioned(self, node: nodes.Variable) -> Names:
        self._seen[node.name] = 0
        return self._variable(node.name)

    def _apply(self, node: nodes.Apply) -> Names:
        function = node.function
        if not isinstance(function, nodes.Variable):
            return self.of((function, *node.arguments))
        name, given = function.name, len(node.arguments)
        if self._seen.get(name, given) >= given:
            self._seen[name] = given
        return self.of(node.arguments).union(self._variable(name))

    def _variable(self, name: str) -> Names:
        names = self._variables.get(name)
        if names is None:
            names = frozenset((name,))
            names = self._variables[name] = self._same.setdefault(names, names)
        return names

    def _list(self, node: nodes.List) -> Names:
        return self.of(node.items) if node.items.__class__ is tuple else self.of_elements(node.items)

    def of_elements(self, elements: Any) -> Names:
        """The free names in a list or in defaults, where runs are among these (see `syntax.run_nodes`)."""
        return self.of(map(_value_of, elements.others)).union(*map(self._run, elements.runs))

    def of_defaults(self, elements: Any) -> Names:
        """The free names in the defaults of formals with runs among them, but those that these bind."""
        for run in elements.runs:
            self._seen.update(dict.fromkeys(run.needed, 0))
        runs = [run.needed if run.is_data else self._run(run) for run in elements.runs]
        return self.of(map(_value_of, elements.others)).union(*runs)

    def _run(self, run: Any) -> Iterable[str]:
        if run.is_data:
            self._seen.update(dict.fromkeys(run.variables, 0))
            return run.variables  # type: ignore[no-any-return]  # their names
        return self.of([_value_of(part) for part in run.parts()])

    def of_attribute(self, attribute: nodes.Attribute, sources: Sequence[Expression]) -> Names:
        """The free names of one binding's value."""
        if attribute.value is not None:
            return self.names(attribute.value)
        return self.names(sources[attribute.source])

    def of_bindings(self, bindings: nodes.Bindings) -> Names:
        """The free names of the bindings of a `let`."""
        return self._bindings(bindings, True)

    def _let(self, node: nodes.Let) -> Names:
        inside = self._bindings(node.bindings, True)
        return inside | (self.names(node.body) - _bound_by(node.bindings))

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
        if node.formals is not None and node.formals.formals.__class__ is not tuple:
            elements: Any = node.formals.formals
            bound.update(elements.names())
            names = names | self.of_defaults(elements)
        elif node.formals is not None:
            bound.update(formal.name for formal in node.formals.formals)
            names = names | self.of(formal.default for formal in node.formals.formals)
        return names - bound

    def _bindings(self, bindings: nodes.Bindings, recursive: bool) -> Names:
        own = bindings.own.values()
        inherited = [attribute.value for attribute in own if attribute.kind == "inherited"]
        around = self.of(inherited) if inherited else _NONE
        values: list[Any] = [attribute.value for attribute in own if attribute.kind != "inherited"]
        for attribute in bindings.dynamic:
            values += (attribute.name, attribute.value)
        inside = self.of([*bindings.sources, *values])
        if bindings.__class__ is not nodes.Bindings:
            inside = inside.union(*map(self._run, [run for _, run in bindings.runs]))  # type: ignore[attr-defined]  # RunBindings
        return around | (inside - _bound_by(bindings) if recursive else inside)


def _value_of(part: Any) -> Any:
    return part.value if isinstance(part, nodes.Attribute) else part.default if isinstance(part, nodes.Formal) else part


def _united(found: list[Names]) -> Names:
    """The union; most of very many sets are one and the same, which knows its hash."""
    if len(found) < 2:
        return found[0] if found else _NONE
    first, *others = set(found)
    return first.union(*others) if others else first


def _bound_by(bindings: nodes.Bindings) -> Set[str]:
    """The names that bindings bind."""
    own = bindings.own.keys()
    return own if bindings.__class__ is nodes.Bindings else own | bindings.names  # type: ignore[attr-defined]  # RunBindings


_SEARCHED = [nodes.Variable(0, 0, name) for name in nodes.SEARCHED]

_FINDERS: dict[type, Callable[[FreeNames, Any], Names]] = {
    nodes.Variable: lambda free, node: free._mentioned(node),
    nodes.String: lambda free, node: free.of(node.parts),
    nodes.Path: lambda free, node: free.of(node.parts),
    nodes.Select: lambda free, node: free.of((node.subject, *node.path, node.default)),
    nodes.HasAttribute: lambda free, node: free.of((node.subject, *node.path)),
    nodes.Apply: lambda free, node: free._apply(node),
    nodes.Lambda: lambda free, node: free._lambda(node),
    nodes.List: lambda free, node: free._list(node),
    nodes.AttributeSet: lambda free, node: free._bindings(node.bindings, node.recursive),
    nodes.Let: lambda free, node: free._let(node),
    nodes.With: lambda free, node: free._with(node),
    nodes.Assert: lambda free, node: free.of((node.condition, node.body)),
    nodes.If: lambda free, node: free.of((node.condition, node.then, node.otherwise)),
    nodes.Unary: lambda free, node: free.names(node.operand),
    nodes.Binary: lambda free, node: free._binary(node),
    nodes.SearchPath: lambda free, node: free.of(_SEARCHED),
}
"""How the free names of a node are found, by its class; literals have none."""


class NamesOutsideWith(FreeNames):
    """Free names that no `with` inside the expression could provide: something around it must bind them."""

    def _with(self, node: nodes.With) -> Names:
        return self.names(node.scope)
