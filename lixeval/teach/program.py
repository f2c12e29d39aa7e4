"""What the text alone says of a program: the expression at a place, whose part it is, what a name is bound to.

A record's places are offsets in texts.  Whoever tells of a step asks here what stands there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


@dataclass(slots=True, frozen=True)
class Role:
    """What an expression is the value of, as far as it is delayed.

    `kind` is one of let, attribute, argument, element, default, inherited, with, source, file; `name` is the name
    that it is bound to ("" without one), which stands at `start`.
    """

    kind: str
    name: str = ""
    start: int = -1


@dataclass(slots=True, eq=False)
class Level:
    """One level of scope: the names that it binds, and where; or the `with` whose set it opens."""

    kind: str
    names: dict[str, int]
    parent: Level | None = None
    opened: nodes.With | None = None


@dataclass(slots=True, frozen=True)
class Bound:
    """What a name is bound to: by which kind of level (let, rec, argument, with), at which offset (-1: by a `with`, or
    nowhere in the text), and the offsets of the bindings of the same name that it shadows.

    `levels` counts the levels from the name to that which binds it, the innermost being 1; `withs` are the sets of the
    `with`s around the name, innermost first.
    """

    kind: str
    start: int
    levels: int
    shadows: tuple[int, ...]
    withs: tuple[nodes.With, ...] = ()


@dataclass(slots=True)
class Program:
    """One text, taken apart."""

    tree: Expression
    _at: dict[tuple[int, int], list[Node]] = field(default_factory=dict)
    _roles: dict[tuple[int, int], list[Role]] = field(default_factory=dict)
    _names: dict[int, Role] = field(default_factory=dict)
    _levels: dict[int, Level | None] = field(default_factory=dict)
    _starting: dict[int, list[Node]] = field(default_factory=dict)
    _lambdas: dict[int, nodes.Lambda | None] = field(default_factory=dict)
    _around: dict[tuple[Any, ...], list[Node]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        todo: list[tuple[Expression, Level | None, Role]] = [(self.tree, None, Role("file"))]
        while todo:
            node, level, role = todo.pop()
            extent = (node.start, node.end)
            self._at.setdefault(extent, []).append(node)
            self._roles.setdefault(extent, []).append(role)
            self._starting.setdefault(node.start, []).append(node)
            if isinstance(node, nodes.Variable):
                self._levels[node.start] = level
            todo += self._parts(node, level)

    def expressions(self) -> Iterator[Expression]:
        """All expressions, the outer ones first."""
        for there in self._at.values():
            yield from there  # type: ignore[misc]  # all of them are expressions

    def used(self) -> set[int]:
        """The offsets of the bindings that some name means."""
        return {self.bound(node).start for node in self.expressions() if isinstance(node, nodes.Variable)}

    def expression(self, start: int, end: int, *kinds: type) -> Node | None:
        """The expression of an extent, of one of the kinds where such are given."""
        found = self._at.get((start, end), [])
        return next((node for node in found if not kinds or isinstance(node, kinds)), None)

    def role(self, start: int, end: int, nth: int = 0) -> Role:
        """What the expression of an extent is the value of; of the sets of an attribute path, which have one extent,
        that of the `nth`.
        """
        found = self._roles.get((start, end), [Role("")])
        return found[min(nth, len(found) - 1)]

    def named(self, start: int) -> Role:
        """What is bound by the name at an offset."""
        return self._names.get(start, Role(""))

    def starting(self, start: int) -> list[Node]:
        """The expressions that begin at an offset, the outermost first."""
        return self._starting.get(start, [])

    def lambda_at(self, start: int) -> nodes.Lambda | None:
        """The outermost of the functions that begin at an offset."""
        if start not in self._lambdas:
            found = (node for node in self.starting(start) if isinstance(node, nodes.Lambda))
            self._lambdas[start] = next(found, None)
        return self._lambdas[start]

    def around(self, start: int, end: int, within: tuple[int, int], kinds: tuple[type, ...]) -> list[Node]:
        """The expressions of some kinds that a place lies in, within an extent, the smallest first."""
        key = (start, end, within, kinds)
        known = self._around.get(key)
        if known is not None:
            return known
        low, high = within
        found: list[Node] = []
        for (first, last), there in self._at.items():
            if low <= first <= start and end <= last <= high:
                found += [node for node in reversed(there) if isinstance(node, kinds)]
        self._around[key] = found = sorted(found, key=lambda node: node.end - node.start)
        return found

    def extent_of_call(self, start: int, count: int) -> tuple[int, int]:
        """The extent of the body of the function that begins at an offset, all its arguments given."""
        node = self.lambda_at(start)
        if node is None:
            return (start, start)
        body = innermost(node, count).body
        return (body.start, body.end)

    def bound(self, variable: nodes.Variable) -> Bound:
        """What a name is bound to."""
        level = self._levels.get(variable.start)
        seen: list[tuple[str, int, int]] = []
        withs: list[nodes.With] = []
        count = 0
        while level is not None:
            count += 1
            if level.opened is not None:
                withs.append(level.opened)
            elif variable.name in level.names:
                seen.append((level.kind, level.names[variable.name], count))
            level = level.parent
        if not seen:
            return Bound("with" if withs else "global", -1, 0, (), tuple(withs))
        kind, start, distance = seen[0]
        return Bound(kind, start, distance, tuple([offset for _, offset, _ in seen[1:]]))

    def _parts(self, node: Expression, level: Level | None) -> Iterator[tuple[Expression, Level | None, Role]]:
        """The expressions in an expression, each with its scope and its role."""
        match node:
            case nodes.String() | nodes.Path():
                yield from ((part, level, Role("")) for part in node.parts if not isinstance(part, str))
            case nodes.Select():
                yield node.subject, level, Role("")
                yield from ((part, level, Role("")) for part in node.path if not isinstance(part, str))
                if node.default is not None:
                    yield node.default, level, Role("")
            case nodes.HasAttribute():
                yield node.subject, level, Role("")
                yield from ((part, level, Role("")) for part in node.path if not isinstance(part, str))
            case nodes.Apply():
                yield node.function, level, Role("")
                yield from ((argument, level, Role("argument")) for argument in node.arguments)
            case nodes.Lambda():
                yield from self._of_lambda(node, level)
            case nodes.List():
                yield from ((item, level, Role("element", str(at), item.start)) for at, item in enumerate(node.items))
            case nodes.AttributeSet():
                inner = self._binding(node.bindings, level, "rec") if node.recursive else level
                yield from self._of_bindings(node.bindings, level, inner, "attribute")
            case nodes.Let():
                inner = self._binding(node.bindings, level, "let")
                yield from self._of_bindings(node.bindings, level, inner, "let")
                yield node.body, inner, Role("")
            case nodes.With():
                yield node.scope, level, Role("with", "", node.scope.start)
                yield node.body, Level("with", {}, level, node), Role("")
            case nodes.Assert():
                yield node.condition, level, Role("")
                yield node.body, level, Role("")
            case nodes.If():
                yield from ((part, level, Role("")) for part in (node.condition, node.then, node.otherwise))
            case nodes.Unary():
                yield node.operand, level, Role("")
            case nodes.Binary():
                yield from ((part, level, Role("")) for part in (node.left, node.right))
            case _:
                pass

    def _of_lambda(self, node: nodes.Lambda, level: Level | None) -> Iterator[tuple[Expression, Level | None, Role]]:
        names: dict[str, int] = {}
        if node.parameter is not None:
            names[node.parameter] = node.start
        for formal in node.formals.formals if node.formals is not None else ():
            names[formal.name] = formal.start
            self._names[formal.start] = Role("argument", formal.name, formal.start)
        inner = Level("argument", names, level)
        for formal in node.formals.formals if node.formals is not None else ():
            if formal.default is not None:
                yield formal.default, inner, Role("default", formal.name, formal.start)
        yield node.body, inner, Role("")

    def _binding(self, bindings: nodes.Bindings, level: Level | None, kind: str) -> Level:
        return Level(kind, {name: attribute.start for name, attribute in bindings.attributes.items()}, level)

    def _of_bindings(
        self, bindings: nodes.Bindings, outer: Level | None, inner: Level | None, kind: str
    ) -> Iterator[tuple[Expression, Level | None, Role]]:
        for name, attribute in bindings.attributes.items():
            inherited = attribute.kind != "plain"
            role = Role("inherited" if inherited else kind, name, attribute.start)
            self._names[attribute.start] = role
            if attribute.value is not None:
                yield attribute.value, outer if attribute.kind == "inherited" else inner, role
        for source in bindings.sources:
            yield source, inner, Role("source", "", source.start)
        for dynamic in bindings.dynamic:
            yield dynamic.name, inner, Role("")
            yield dynamic.value, inner, Role(kind, "", dynamic.start)


def parameters(node: nodes.Lambda, count: int) -> list[str]:
    """The names of a function's first parameters; "" for a pattern without a name of its own."""
    found: list[str] = []
    current: Expression = node
    while len(found) < count and isinstance(current, nodes.Lambda):
        found.append(current.parameter or "")
        current = current.body
    return found


def innermost(node: nodes.Lambda, count: int) -> nodes.Lambda:
    """The lambda that takes the last of a fused function's arguments."""
    for _ in range(count - 1):
        if isinstance(node.body, nodes.Lambda):
            node = node.body
    return node
