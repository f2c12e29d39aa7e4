"""What a `let` or a recursive set binds, and `inherit`.

The bindings of a `let` or a recursive set may need one another.  They are emitted component by component (see
`system.graphs.components`), so that nearly all of them can be made complete at once; within a recursive component all
cells are made first and given their environments at the end.

    let a = b + 1; b = 2; f = x: f a; in …      b is the constant 2; a_1 = [T_2, None]; def f_3(x_4): …
"""

from __future__ import annotations

import _ast as ast
from collections.abc import Iterable

from lixeval.compiler import pyast as py
from lixeval.compiler.forcing import forced_names
from lixeval.compiler.frames import Binding, Frame
from lixeval.compiler.functions import (
    MANY_DEFINITIONS,
    curried,
    define,
    describe,
    function_value,
    fused,
    is_large,
    is_put_off,
    orders_in,
)
from lixeval.compiler.generator import Generator, Rules
from lixeval.compiler.literals import constant_of
from lixeval.compiler.pieces import Suspended, crowd_of, give_position, has_position
from lixeval.compiler.scope import Builtin, Scope
from lixeval.compiler.selection import apart, as_builtin, delay_variable
from lixeval.compiler.symbol_order import places_in_order
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression
from lixeval.system.graphs import components

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.syntax.run_nodes import Run


def add_rules(rules: Rules) -> None:
    rules.into[nodes.Let] = _let


def _let(g: Generator, frame: Frame, scope: Scope, node: nodes.Let, target: str) -> None:
    inner = Group(g, frame, scope, node.bindings).emit(node.body)
    g.into(frame, inner, node.body, target)


_MADE = (nodes.AttributeSet, nodes.String, nodes.Path, nodes.Int, nodes.Float)
"""What gives values that are the same wherever they stand."""


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
        crowd, self.g.crowd = self.g.crowd, crowd_of(len(self.items))
        for component in order:
            items = [self.items[index] for index in component]
            if len(items) == 1 and component[0] not in items[0].needs:
                self._emit_single(items[0])
            else:
                self._emit_recursive(items)
        self.g.crowd = crowd
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
            cell = self.select_cell(attribute)
            frame.emit(py.assign(at, binding.local, cell))
            self._keep(item, cell)
            if self.positions:
                self.positioned.add(binding)
        elif attribute.kind == "inherited":
            assert isinstance(attribute.value, nodes.Variable)
            frame.emit(py.assign(at, binding.local, delay_variable(g, frame, self.outer, attribute.value)))
        elif binding.name == self.eager and attribute.value is not None:
            frame.emit(py.assign(at, binding.local, g.value(frame, self.scope, attribute.value)))
            frame.forced.setdefault(binding)
        elif attribute.value is not None:
            if not isinstance(attribute.value, nodes.Variable) or not is_bound_later(g, self.bindings, attribute):
                value = delay_named(g, frame, self.scope, attribute.value, attribute.name)
            elif g.faithful:
                value = g.thunk(frame, self.scope, attribute.value)
            else:
                value = apart(at, delay_variable(g, frame, self.scope, attribute.value))
            if isinstance(value, ast.Tuple | ast.Dict):
                frame.forced.setdefault(binding)
            elif isinstance(value, ast.List):
                self._add_position(item, value)
                self._keep(item, value)
            frame.emit(py.assign(at, binding.local, value))

    def _keep(self, item: _Item, cell: ast.List) -> None:
        """Remembers the cell in a variable: who forces that need not ask, and a set that inherits it takes this one."""
        if not (self.g.faithful or self.g.probed):
            self.frame.cells[item.binding] = cell

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
            curried(g, frame, at, binding.arity, py.name(at, binding.local), binding.wrapper.local)

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
            self._keep(item, cell)
            units.append((item, cell))
        for item in items:
            if item.binding.arity:
                self._emit_function(item)
        for item, cell in units:
            if item.attribute.kind == "inherited-from":
                suspended = self._selection(item.attribute)
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

    def select_cell(self, attribute: nodes.Attribute) -> ast.List:
        """`[INHERITED, source, position, (name, place)]` with the attribute's position."""
        at = self.g.at(attribute)
        cell = self._selection(attribute).cell(at)
        if self.positions:
            give_position(cell, self.g.position(at, attribute.start))
        return cell

    def _selection(self, attribute: nodes.Attribute) -> Suspended:
        g, at = self.g, self.g.at(attribute)
        place = (g.file, at["lineno"], at["col_offset"] + 1, at["end_lineno"], at["end_col_offset"] + 1)
        return Suspended("INHERITED", self.source(attribute.source), py.constant(at, (attribute.name, place)))

    def source(self, number: int) -> ast.expr:
        """The variable of a source's cell or value, shared by all names inherited from it."""
        made = self.sources[number]
        if made is None:
            node = self.bindings.sources[number]
            made = self.g.settled(self.frame, py.NOWHERE, self.g.delay(self.frame, self.scope, node))
            self.sources[number] = made
        return made


def is_bound_later(g: Generator, bindings: nodes.Bindings, attribute: nodes.Attribute) -> bool:
    """Whether a value is a mere name of a group that C++ Nix binds after it, and so makes a thunk of: what shows
    unfinished, and where the value is a function (or a short list) is another one than the name's.
    """
    if not isinstance(attribute.value, nodes.Variable):
        return False
    named = bindings.attributes.get(attribute.value.name)
    if named is None or (isinstance(named.value, _MADE) and not g.faithful):
        return False
    if not g.places:
        g.places = places_in_order(g.source)
    return g.places[named.name] > g.places[attribute.name]


def delay_named(g: Generator, frame: Frame, scope: Scope, node: Expression, name: str) -> ast.expr:
    """As `delay`; a lambda gets the name that it is bound to, and a large one waits until it is wanted."""
    if not isinstance(node, nodes.Lambda):
        return g.delay(frame, scope, node)
    if not is_put_off(g, node) and node not in g.names:
        return function_value(g, frame, scope, node, name, False)
    g.names.setdefault(node, (name, False))
    return g.thunk(frame, scope, node)
