"""`let`, attribute sets and `inherit`.

The bindings of a `let` or a recursive set may need one another.  They are emitted component by component (see
`system.graphs.components`), so that nearly all of them can be made complete at once; within a recursive component all
cells are made first and given their environments at the end.

    let a = b + 1; b = 2; f = x: f a; in …      b is the constant 2; a_1 = [T_2, None]; def f_3(x_4): …
"""

from __future__ import annotations

import ast
import marshal
import sys
from collections.abc import Iterable
from itertools import groupby

from lixeval.compiler import pyast as py
from lixeval.compiler.forcing import forced_names
from lixeval.compiler.frames import Binding, Frame
from lixeval.compiler.functions import (
    CURRIED,
    MANY_DEFINITIONS,
    define,
    describe,
    function_value,
    fused,
    is_large,
    is_put_off,
    orders_in,
)
from lixeval.compiler.generator import CROWD, Generator, Rules, Suspended, give_position, has_position
from lixeval.compiler.literals import LARGE, constant_of
from lixeval.compiler.scope import Builtin, Scope
from lixeval.compiler.selection import apart, as_builtin, delay_builtin, delay_variable, wrapped
from lixeval.compiler.symbol_order import place_in_order
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression
from lixeval.system.graphs import components

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.syntax.run_nodes import Run


def add_rules(rules: Rules) -> None:
    rules.into[nodes.Let] = _let
    rules.value[nodes.AttributeSet] = _set
    rules.delay[nodes.AttributeSet] = _delay_set


def _let(g: Generator, frame: Frame, scope: Scope, node: nodes.Let, target: str) -> None:
    inner = Group(g, frame, scope, node.bindings).emit(node.body)
    g.into(frame, inner, node.body, target)


class _Item:
    """One binding of a group: its attribute, and its value's expression where it has one of its own; or a `run` of very
    many, all bound in one dict."""

    __slots__ = ("attribute", "binding", "needs", "run")

    def __init__(self, attribute: nodes.Attribute, binding: Binding) -> None:
        self.attribute = attribute
        self.binding = binding
        self.needs: set[int] = set()
        self.run: Run | None = None


class Group:
    """The bindings of one `let` or recursive set."""

    def __init__(
        self,
        g: Generator,
        frame: Frame,
        scope: Scope,
        bindings: nodes.Bindings,
        *,
        positions: bool = False,
    ) -> None:
        self.g = g
        self.frame = frame
        self.outer = scope
        self.scope = Scope(scope)
        self.bindings = bindings
        self.positions = positions
        self.sources: list[ast.expr | None] = [None] * len(bindings.sources)
        self.items: list[_Item] = []
        self.eager: str | None = None
        self.functions = 0
        """How many of the bindings are known functions."""
        self.is_let = False
        self.containers: dict[Run, Binding] = {}
        """Of the runs that are bound as such: the dicts that hold what their names stand for."""
        self.positioned: set[Binding] = set()
        """Bindings whose variable holds a cell that carries the attribute's position already."""

    def emit(self, body: Expression | None = None) -> Scope:
        """Emits all bindings; the scope in which they are visible.  What `body` forces first is evaluated at once."""
        self.is_let = body is not None
        with_runs = self._has_data()
        order = self._declared(with_runs=with_runs)
        if with_runs and not self._are_apart(order):
            order = self._declared(with_runs=False)
        if body is not None and not self.g.told:
            forced = forced_names(body, orders_in(self.g, self.scope))
            self.eager = forced[0] if forced else None
        with self.g.crowd(len(self.items)):
            for component in order:
                items = [self.items[index] for index in component]
                if len(items) == 1 and component[0] not in items[0].needs:
                    self._emit_single(items[0])
                else:
                    self._emit_recursive(items)
        return self.scope

    def _is_only_called(self, name: str, arity: int = 1) -> bool:
        """Whether nobody can get hold of what a name stands for: it is called, with so many arguments at least."""
        return self.is_let and not self.g.told and self.g.free_names.fewest.get(name, arity) >= arity

    def _is_put_off(self, name: str, node: nodes.Lambda) -> bool:
        """Whether a function becomes a thunk of its definition."""
        return is_large(node) or (self.g.faithful and not self._is_only_called(name))

    def _declared(self, *, with_runs: bool) -> list[list[int]]:
        """Binds the names; the items that are left, in the order in which they can be emitted, in components."""
        self.scope = Scope(self.outer)
        self.functions = 0
        self.containers.clear()
        self._declare((self.bindings.own if with_runs else self.bindings.attributes).items())
        if with_runs:
            self._declare_runs()
        self._find_needs()
        return components({number: item.needs for number, item in enumerate(self.items)})

    def _has_data(self) -> bool:
        """Whether there are very many bindings of one shape (see `compiler.runs`), and these are data."""
        if self.bindings.__class__ is nodes.Bindings or self.g.faithful:
            return False
        return all(run.is_data for _, run in self.bindings.runs)  # type: ignore[attr-defined]  # RunBindings

    def _are_apart(self, order: list[list[int]]) -> bool:
        """Whether runs need nothing that needs them, and their names can be bound one by one."""
        from lixeval.compiler.runs import can_be_told, is_in_order

        runs = {number: item.run for number, item in enumerate(self.items) if item.run is not None}
        if any(len(component) > 1 and not runs.keys().isdisjoint(component) for component in order):
            return False
        return all(is_in_order(run) and can_be_told(self.g, self.scope, run.needed) for run in runs.values())

    def _declare_runs(self) -> None:
        from lixeval.compiler.runs import RunNames, new_container

        names = self.scope.names = RunNames(self.scope.names)
        for _, run in self.bindings.runs:  # type: ignore[attr-defined]  # RunBindings
            container = self.containers[run] = new_container(self.g, self.frame)
            item = _Item(run.element[0], names.add(run.own, container))
            item.run = run
            self.items.append(item)

    def _declare(self, attributes: Iterable[tuple[str, nodes.Attribute]]) -> None:
        """Binds names; literals, aliases of outer names and known functions need no more than that."""
        g, bindings = self.g, self.bindings
        declared: list[_Item] = []
        for name, attribute in attributes:
            if attribute.kind == "inherited":
                alias = self._alias(attribute)
                if alias is not None:
                    self.scope.names[name] = alias
                    continue
            elif attribute.kind == "inherited-from":
                source = bindings.sources[attribute.source]
                if as_builtin(g, self.outer, source) == "builtins" and name in g.builtins:
                    self.scope.names[name] = Builtin(name)
                    continue
            binding = Binding(name, g.fresh(name), self.frame)
            self.scope.names[name] = binding
            declared.append(_Item(attribute, binding))
        for item in declared:
            self._classify(item.binding, item.attribute)
        self.items = [item for item in declared if not item.binding.constant]

    def _find_needs(self) -> None:
        g, bindings = self.g, self.bindings
        index: dict[str, int] = {}
        for number, item in enumerate(self.items):
            index.update(dict.fromkeys((item.binding.name,) if item.run is None else item.run.own, number))
        for item in self.items:
            if item.run is not None:
                item.needs = {index[name] for name in item.run.needed if name in index}
            elif item.attribute.kind != "inherited":
                free = g.free_names.of_attribute(item.attribute, bindings.sources)
                item.needs = {index[name] for name in free if name in index}

    def _alias(self, attribute: nodes.Attribute) -> Binding | Builtin | None:
        """`inherit x;` in a `let` is the outer `x` itself, unless a `with` provides it."""
        assert isinstance(attribute.value, nodes.Variable)
        return self.g.lookup(self.outer, attribute.value)

    def _classify(self, binding: Binding, attribute: nodes.Attribute) -> None:
        if attribute.kind != "plain" or attribute.value is None:
            return
        constant, value = constant_of(attribute.value, faithful=self.g.faithful)
        if constant:
            binding.constant, binding.value = True, value
        elif isinstance(attribute.value, nodes.Lambda) and (
            self.functions == MANY_DEFINITIONS or self._is_put_off(binding.name, attribute.value)
        ):
            self.g.names[attribute.value] = (binding.name, True)
            if not is_large(attribute.value):
                binding.takes, binding.forces = describe(self.g, self.scope, fused(attribute.value))
        elif isinstance(attribute.value, nodes.Lambda):
            self.functions += 1
            binding.arity, binding.forces = describe(self.g, self.scope, fused(attribute.value))
            binding.confined = self._is_only_called(binding.name, binding.arity)
            self.frame.forced.setdefault(binding)
            if binding.arity > 1:
                binding.wrapper = Binding(binding.name, self.g.fresh(binding.name), self.frame)
                self.frame.forced.setdefault(binding.wrapper)

    # One binding that does not need itself

    def _emit_single(self, item: _Item) -> None:
        g, frame, binding, attribute = self.g, self.frame, item.binding, item.attribute
        at = py.NOWHERE
        if item.run is not None:
            from lixeval.compiler.runs import bind_run

            bind_run(g, frame, self.scope, item.run, binding)
        elif binding.arity:
            self._emit_function(item)
        elif attribute.kind == "inherited-from":
            frame.emit(py.assign(at, binding.local, self.select_cell(attribute)))
            if self.positions:
                self.positioned.add(binding)
        elif attribute.kind == "inherited":
            assert isinstance(attribute.value, nodes.Variable)
            frame.emit(py.assign(at, binding.local, delay_variable(g, frame, self.outer, attribute.value)))
        elif binding.name == self.eager and attribute.value is not None:
            frame.emit(py.assign(at, binding.local, g.value(frame, self.scope, attribute.value)))
            frame.forced.setdefault(binding)
        elif attribute.value is not None:
            if g.faithful and self._names_a_later_one(attribute):
                value = g.thunk(frame, self.scope, attribute.value)
            else:
                value = delay_named(g, frame, self.scope, attribute.value, attribute.name)
            if isinstance(value, ast.Tuple | ast.Dict):
                frame.forced.setdefault(binding)
            elif isinstance(value, ast.List):
                self._add_position(item, value)
            frame.emit(py.assign(at, binding.local, value))

    def _names_a_later_one(self, attribute: nodes.Attribute) -> bool:
        """Whether a value is a mere name of this group that C++ Nix binds after it, and so makes a thunk of."""
        if not isinstance(attribute.value, nodes.Variable):
            return False
        other = attribute.value.name
        return other in self.bindings.attributes and self._order(other) > self._order(attribute.name)

    def _order(self, name: str) -> int:
        return place_in_order(self.g.source, name)

    def _add_position(self, item: _Item, cell: ast.List) -> None:
        """A fresh cell of a recursive set's attribute carries the attribute's position at once."""
        if self.positions and not has_position(cell):
            give_position(cell, self.g.position(self.g.at(item.attribute), item.attribute.start))
            self.positioned.add(item.binding)

    def _emit_function(self, item: _Item) -> None:
        """The `def`, and behind it the function as a value, should anything want that."""
        g, frame, binding = self.g, self.frame, item.binding
        assert isinstance(item.attribute.value, nodes.Lambda)
        at = g.at(item.attribute)
        chain = fused(item.attribute.value)
        define(g, frame, self.scope, chain, binding.local, forced=binding.forces if binding.confined else ())
        if binding.wrapper is not None:
            value = py.call(at, CURRIED[binding.arity], py.name(at, binding.local))
            frame.emit(py.assign(at, binding.wrapper.local, value))

    # Bindings that need one another

    def _emit_recursive(self, items: list[_Item]) -> None:
        """Cells without environment first, then functions, then the environments."""
        g, frame = self.g, self.frame
        delayed = [item for item in items if not item.binding.arity]
        units: list[tuple[_Item, ast.List]] = []
        at = py.NOWHERE
        for item in delayed:
            cell = py.list_(at, [])
            frame.emit(py.assign(at, item.binding.local, cell))
            units.append((item, cell))
        for item in items:
            if item.binding.arity:
                self._emit_function(item)
        for item, cell in units:
            if item.attribute.kind == "inherited-from":
                suspended = Suspended("INHERITED", self._selection(item.attribute))
            else:
                assert item.attribute.value is not None
                suspended = g.suspended(frame, self.scope, item.attribute.value)
            environment = suspended.environment
            cell.elts = suspended.without_environment(at).elts
            self._add_position(item, cell)
            if not (isinstance(environment, ast.Constant) and environment.value is None):
                one = py.constant(at, 1)
                frame.emit(py.assign_item(at, py.name(at, item.binding.local), one, environment))

    # inherit (source) name

    def select_cell(self, attribute: nodes.Attribute) -> ast.expr:
        """`[INHERITED, (source, name, place)]` with the attribute's position."""
        at = self.g.at(attribute)
        parts = [py.name(at, "INHERITED"), self._selection(attribute)]
        if self.positions:
            parts.append(self.g.position(at, attribute.start))
        return py.list_(at, parts)

    def _selection(self, attribute: nodes.Attribute) -> ast.expr:
        g, at = self.g, self.g.at(attribute)
        place = (g.file, at["lineno"], at["col_offset"] + 1, at["end_lineno"], at["end_col_offset"] + 1)
        parts = [self.source(attribute.source), py.constant(at, attribute.name), py.constant(at, place)]
        return py.tuple_(at, parts)

    def source(self, number: int) -> ast.expr:
        """The variable of a source's cell or value, shared by all names inherited from it."""
        made = self.sources[number]
        if made is None:
            node = self.bindings.sources[number]
            made = self.g.settled(self.frame, py.NOWHERE, self.g.delay(self.frame, self.scope, node))
            self.sources[number] = made
        return made


# Attribute sets


def _set(g: Generator, frame: Frame, scope: Scope, node: nodes.AttributeSet) -> ast.expr:
    if node.recursive and "__overrides" in node.bindings.own:
        return _overridden(g, frame, scope, node)
    group = Group(g, frame, scope, node.bindings, positions=True)
    inner = scope
    if node.recursive:
        inner = group.emit()
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    size = len(node.bindings.own) if node.bindings.__class__ is nodes.Bindings else CROWD + 1
    parts = _parts(g, frame, scope, node, group)
    if not node.recursive and size > CROWD:
        parts = _waiting_apart(g, frame, scope, parts)
    for attribute in parts:
        if isinstance(attribute, ast.expr):
            keys.append(None)
            values.append(attribute)
            continue
        keys.append(py.constant(py.NOWHERE, attribute.name))
        entry = _recursive_entry(g, frame, group, attribute) if node.recursive else None
        if entry is None:
            with g.crowd(size):
                entry = _entry(g, frame, inner, group, attribute)
        values.append(entry)
    result: ast.expr = py.dictionary(py.NOWHERE, keys, values)
    if node.bindings.dynamic:
        result = _add_dynamic(g, frame, inner, node, result)
    return result


def _parts(
    g: Generator, frame: Frame, scope: Scope, node: nodes.AttributeSet, group: Group
) -> Iterable[nodes.Attribute | ast.expr]:
    """The attributes of a set; very many of one shape, where they are data, as the one expression that makes them."""
    if node.bindings.__class__ is nodes.Bindings:
        return node.bindings.attributes.values() if node.recursive else _inherited_apart(g, scope, group)
    if node.recursive and not group.containers:
        return node.bindings.attributes.values()
    from lixeval.compiler.runs import attributes_of, members_of  # hardly any text has so many

    parts: list[nodes.Attribute | ast.expr] = []
    for part in node.bindings.parts():  # type: ignore[attr-defined]  # RunBindings
        if isinstance(part, nodes.Attribute):
            made: nodes.Attribute | ast.expr | None = part
        elif node.recursive:
            made = members_of(g, frame, g.at(node), part, group.containers[part])
        else:
            made = attributes_of(g, frame, scope, g.at(node), part)
        if made is None:
            return node.bindings.attributes.values()
        parts.append(made)
    return parts


MANY_INHERITED = 500
"""So many names of one `inherit (…)` are made of one constant."""


def _inherited_apart(g: Generator, scope: Scope, group: Group) -> Iterable[nodes.Attribute | ast.expr]:
    """The attributes of a set, very many that are inherited from one set as the one expression that makes them."""
    attributes = group.bindings.attributes
    if len(attributes) < MANY_INHERITED or not group.bindings.sources:
        return attributes.values()
    from lixeval.compiler.runs import inherited

    parts: list[nodes.Attribute | ast.expr] = []
    for source, these in groupby(attributes.values(), lambda each: each.source):
        many = list(these)
        of_builtins = source >= 0 and as_builtin(g, scope, group.bindings.sources[source]) == "builtins"
        if source < 0 or len(many) < MANY_INHERITED or (of_builtins and not g.builtins.keys().isdisjoint(attributes)):
            parts += many
        else:
            parts.append(inherited(g, many, group.source(source)))
    return parts


def _waiting_apart(
    g: Generator, frame: Frame, scope: Scope, parts: Iterable[nodes.Attribute | ast.expr]
) -> Iterable[nodes.Attribute | ast.expr]:
    """The attributes of a crowd, those whose values are pieces as one expression that makes their cells.

    It gives all names, in their order; the others get their values behind it.  As a display a package set takes twice
    as long to generate and three times to compile.
    """
    parts = list(parts)
    if g.faithful or g.probed or any(isinstance(part, ast.expr) for part in parts):
        return parts
    rows: list[tuple[str, str, int, int]] = []
    environments: dict[tuple[str, ...], int] = {}
    others: list[nodes.Attribute | ast.expr] = []
    with g.crowd(len(parts)):
        for part in parts:
            assert isinstance(part, nodes.Attribute)
            piece = _piece_of(g, frame, scope, part, vast=len(parts) > VAST)
            if piece is None:
                others.append(part)
                rows.append((part.name, "", 0, part.start))
            else:
                number = environments.setdefault(tuple(piece[1]), len(environments))
                rows.append((part.name, piece[0], number, part.start))
    if len(others) == len(parts):
        return parts
    names, units, numbers, starts = map(list, zip(*rows, strict=True))
    data = marshal.dumps((list(map(sys.intern, names)), units, numbers, *g.source.places(starts)))
    at = py.NOWHERE
    held = py.tuple_(at, [g.environment(at, variables) for variables in environments])
    at = g.between(starts[0], starts[-1])
    return [py.call(at, "WAITING", py.constant(at, data), held, py.constant(at, g.file)), *others]


def _piece_of(
    g: Generator, frame: Frame, scope: Scope, attribute: nodes.Attribute, *, vast: bool
) -> tuple[str, list[str]] | None:
    """The piece that an attribute's value becomes, and the variables of its environment; None for other values."""
    value = attribute.value
    if attribute.kind != "plain" or value is None:
        return None
    if isinstance(value, nodes.AttributeSet):
        if not (_is_thunk(g, value) or (vast and value.bindings.attributes)):
            return None
    elif value.__class__ in g.rules.delay and not isinstance(value, nodes.Apply):
        return None
    return g.put_off(frame, scope, value, short=vast and isinstance(value, nodes.AttributeSet))


VAST = 500
"""Of the sets within one of more attributes hardly any is wanted, which in a table of platforms or licences all are: as
pieces of their own these would take longer."""


def _delay_set(g: Generator, frame: Frame, scope: Scope, node: nodes.AttributeSet) -> ast.expr:
    """A set is built at once (its attributes stay delayed) where that cannot fail and costs little."""
    return g.thunk(frame, scope, node) if _is_thunk(g, node) else _set(g, frame, scope, node)


def _is_thunk(g: Generator, node: nodes.AttributeSet) -> bool:
    bindings = node.bindings
    large = bindings.__class__ is not nodes.Bindings or len(bindings.attributes) > LARGE
    return bool(g.faithful or node.recursive or bindings.dynamic or large)


def _entry(g: Generator, frame: Frame, scope: Scope, group: Group, attribute: nodes.Attribute) -> ast.expr:
    """The cell of one attribute, with its position."""
    at = py.NOWHERE
    position = g.position(at, attribute.start)
    if attribute.kind == "inherited-from":
        of_builtins = as_builtin(g, scope, group.bindings.sources[attribute.source]) == "builtins"
        if of_builtins and attribute.name in g.builtins and not g.faithful:
            return _positioned(g, at, apart(at, delay_builtin(g, at, attribute.name)), position)
        return group.select_cell(attribute)
    assert attribute.value is not None
    value = delay_named(g, frame, scope, attribute.value, attribute.name)
    return _positioned(g, at, value, position)


def delay_named(g: Generator, frame: Frame, scope: Scope, node: Expression, name: str) -> ast.expr:
    """As `delay`; a lambda gets the name that it is bound to, and a large one waits until it is wanted."""
    if not isinstance(node, nodes.Lambda):
        return g.delay(frame, scope, node)
    if not is_put_off(g, node) and node not in g.names:
        return function_value(g, frame, scope, node, name, False)
    g.names.setdefault(node, (name, False))
    return g.thunk(frame, scope, node)


def _positioned(g: Generator, at: py.At, value: ast.expr, position: ast.Constant) -> ast.expr:
    """Any delayed value as a cell that carries a position."""
    if isinstance(value, ast.List):
        give_position(value, position)
        return value
    if isinstance(value, ast.Constant):
        return g.constant_cell(at, value, position)
    if isinstance(value, ast.IfExp) and isinstance(value.orelse, ast.List):
        # What was computed at once, or its cell.
        made = value.body if isinstance(value.body, ast.List) else py.list_(at, [py.name(at, "READ"), value.body])
        give_position(made, position)
        value.body = made
        give_position(value.orelse, position)
        return value
    kind = "READ" if isinstance(value, ast.Dict | ast.Tuple | ast.Call) else "FORWARD"
    if kind == "READ" and not g.faithful and not (isinstance(value, ast.Tuple) and not value.elts):
        # Of what is made at once C++ makes a thunk: messages show it as one until it is wanted.
        kind = "LATER"
    return py.list_(at, [py.name(at, kind), value, position])


def _recursive_entry(g: Generator, frame: Frame, group: Group, attribute: nodes.Attribute) -> ast.expr | None:
    """An attribute of a recursive set: the variable's own cell where that has the position, else a cell around it."""
    binding = group.scope.names[attribute.name]
    at = py.NOWHERE
    position = g.position(at, attribute.start)
    if isinstance(binding, Builtin):
        if g.faithful and attribute.kind == "inherited-from":
            return group.select_cell(attribute)
        return _positioned(g, at, delay_builtin(g, at, binding.name), position)
    if binding.constant:
        return _positioned(g, at, py.constant(at, binding.value), position)
    if binding.arity > 1:
        wrapper = py.name(at, frame.reference(wrapped(binding)))
        return py.list_(at, [py.name(at, "FORWARD"), wrapper, position])
    if binding.member_of is not None:
        return None
    value = py.name(at, frame.reference(binding))
    if binding in group.positioned:
        return value
    return _positioned(g, at, value, position)


def _add_dynamic(g: Generator, frame: Frame, scope: Scope, node: nodes.AttributeSet, result: ast.expr) -> ast.expr:
    """`${name} = value;`: names are evaluated with the set, in order; null leaves the attribute out."""
    at = g.at(node)
    target = g.fresh("t")
    frame.emit(py.assign(at, target, result))
    for attribute in node.bindings.dynamic:
        own = g.at(attribute.name)
        key = g.settled(frame, own, py.call(own, "DYNAMIC_NAME", g.value(frame, scope, attribute.name)))
        with frame.branch() as block:
            already = py.contains(own, key, py.name(own, target))
            duplicate = py.raise_(own, py.call(own, "DUPLICATE", key, py.name(own, target)))
            frame.emit(py.if_(own, already, [duplicate]))
            value = g.delay(frame, scope, attribute.value)
            cell = _positioned(g, own, value, g.position(own, attribute.start))
            frame.emit(py.assign_item(own, py.name(own, target), key, cell))
        frame.emit(py.if_(own, py.is_not(own, key, py.constant(own, None)), block))
    return py.name(at, target)


def _overridden(g: Generator, frame: Frame, scope: Scope, node: nodes.AttributeSet) -> ast.expr:
    """A recursive set with `__overrides`: its names are read from the set, which the overrides then change."""
    at = g.at(node)
    target = g.fresh("r")
    container = Binding("rec", target, frame)
    frame.forced.setdefault(container)
    inner = Scope(scope)
    for name in node.bindings.attributes:
        inner.names[name] = Binding(name, target, frame, member_of=container)
    frame.emit(py.assign(at, target, py.dictionary(at, [], [])))
    group = Group(g, frame, scope, node.bindings, positions=True)
    group.scope = inner
    for attribute in node.bindings.attributes.values():
        own = g.at(attribute)
        if attribute.kind == "inherited-from":
            cell = group.select_cell(attribute)
        else:
            assert attribute.value is not None
            around = scope if attribute.kind == "inherited" else inner
            cell = g.thunk(frame, around, attribute.value, g.position(own, attribute.start))
        frame.emit(py.assign_item(own, py.name(own, target), py.constant(own, attribute.name), cell))
    frame.emit(py.expression(at, py.call(at, "OVERRIDE", py.name(at, target))))
    if node.bindings.dynamic:
        return _add_dynamic(g, frame, inner, node, py.name(at, target))
    return py.name(at, target)
