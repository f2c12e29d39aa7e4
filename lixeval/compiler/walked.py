"""Code that runs about once, as data: nodes for `runtime.walk`, in place of Python's nodes and what they compile to.

    expression -> node, within an environment whose places are known -> kept as it is

That is all code outside functions, but for what binds functions: these are compiled, and a `let` or a recursive set of
functions that call one another is too.  Python's code has such data in it (`Generator.walked`), and data has units of
Python's code.  All cells that are made in one environment share it, so that nothing is looked for in what is delayed.

Faithful code (see `generator`) makes thunks where C++ Nix does; here as there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from sys import intern

from lixeval.compiler import pyast as py
from lixeval.compiler.calls import forced_at_once, is_done_at_one_go
from lixeval.compiler.forcing import order_of
from lixeval.compiler.frames import Binding, Frame, Unit
from lixeval.compiler.functions import MAX_ARITY, is_large
from lixeval.compiler.generator import Generator, Rules
from lixeval.compiler.literals import LARGE, constant_of
from lixeval.compiler.operators import is_addend, is_made
from lixeval.compiler.pieces import ALONE, unit_function
from lixeval.compiler.scope import Builtin, Scope, holds_several
from lixeval.compiler.selection import CONSTANTS, as_builtin
from lixeval.runtime import code_info, walk
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.runtime.walk import Node

    Into = Callable[[Frame, Scope, Expression, str], None]

DEEPEST = 100
"""Nodes are within one another so deep at most: marshal goes 2000 levels deep, and what is deeper is another unit's."""

WALKED_AT_FIRST = 250
"""So many calls of a function are walked before its body is compiled, which takes as long as 600 calls save, or
thirty where the code is kept."""


def add_rules(rules: Rules) -> None:
    rules.is_data = is_data
    rules.walked = Walked


def is_data(g: Generator, node: Expression) -> bool:
    """Whether an expression that runs about once is data: what is walked, and the function that the file is."""
    return is_walked(node) or node is g.main


def is_walked(node: Expression) -> bool:
    """Whether an expression is data."""
    kind = node.__class__
    if kind in _PLAIN:
        return True
    if kind in _AROUND and not _are_few_around(node):
        return False
    if kind is nodes.AttributeSet or kind is nodes.Let:
        return _are_walked(node.bindings, recursive=kind is nodes.Let or node.recursive)  # type: ignore[union-attr]  # so it has
    if kind is nodes.Binary:
        depth = 0
        while isinstance(node, nodes.Binary) and depth <= DEEPEST:
            node = node.left
            depth += 1
        return depth <= DEEPEST
    if isinstance(node, nodes.List):
        return node.items.__class__ is tuple and kind is nodes.List
    if isinstance(node, nodes.Path):
        return len(node.parts) == 1
    return kind in VALUES and kind is not nodes.Lambda


_PLAIN = frozenset(
    (
        nodes.Variable,
        nodes.Int,
        nodes.Float,
        nodes.String,
        nodes.SearchPath,
        nodes.Select,
        nodes.HasAttribute,
        nodes.Apply,
        nodes.Unary,
        nodes.If,
    )
)
"""What is data whatever it consists of."""

_AROUND = (nodes.Let, nodes.With, nodes.Assert)

MOST_AROUND = 20
"""So many `let`s and `with`s right in one another are walked: each has an environment, all of that around it in it."""


def _are_few_around(node: Expression) -> bool:
    for _ in range(MOST_AROUND):
        if node.__class__ not in _AROUND:
            return True
        node = node.body
    return False


def _are_walked(bindings: nodes.Bindings, *, recursive: bool) -> bool:
    if bindings.__class__ is not nodes.Bindings:
        return False
    if not recursive:
        return True
    attributes = bindings.attributes
    if bindings.dynamic or "__overrides" in attributes:
        return False
    return not any(attribute.value.__class__ is nodes.Lambda for attribute in attributes.values())


class Walked:
    """An environment under construction: the places in it of bindings, of which 0 is taken (see `runtime.walk`).

    What is behind those of the environment `around` is its own.
    """

    __slots__ = ("_around", "_depth", "_own", "cells", "g", "size")

    def __init__(self, g: Generator, bindings: Sequence[Binding], around: Walked | None = None) -> None:
        self.g = g
        self._around = around
        first: int = 1 if around is None else around.size
        self._own = {binding: place for place, binding in enumerate(bindings, first)}
        self.size: int = first + len(bindings)
        self._depth: int = 0 if around is None else around._depth
        self.cells: set[Binding] = set() if around is None else around.cells
        """Bindings in whose places cells stand for certain."""

    def extended(self, bindings: Sequence[Binding]) -> Walked:
        """The environment with more behind it."""
        return Walked(self.g, bindings, self)

    def place_of(self, binding: Binding) -> int:
        """The place of a binding."""
        walked: Walked | None = self
        while walked is not None:
            place = walked._own.get(binding)
            if place is not None:
                return place
            walked = walked._around
        raise KeyError(binding)

    def has(self, bindings: Iterable[Binding]) -> bool:
        """Whether bindings have places: those of `with`s around a function have none where it asks none of them."""
        try:
            return all(self.place_of(binding) > 0 for binding in bindings)
        except KeyError:
            return False

    def piece(self, scope: Scope, node: Expression) -> Node:
        """The node of what stands by itself."""
        self._depth = 0
        crowd, self.g.crowd = self.g.crowd, ALONE
        made = self.value(scope, node)
        self.g.crowd = crowd
        return made

    def often(self, node: Expression, body: Node, unit: str) -> Node:
        """The node of the body of a function, which has a unit should it be called often."""
        return (walk.OFTEN, node.start, node.end, [WALKED_AT_FIRST], unit, body)

    # Values

    def value(self, scope: Scope, node: Expression) -> Node:
        """What gives the value of an expression."""
        if node.__class__ is nodes.Variable:
            return self._variable(scope, node)
        if self._depth >= DEEPEST or not (node.__class__ in _PLAIN or is_data(self.g, node)):
            return self.at_once(scope, node)
        return self._walked(scope, node)

    def _walked(self, scope: Scope, node: Expression) -> Node:
        """The same of what is data."""
        self._depth += 1
        made = VALUES[node.__class__](self, scope, node)
        self._depth -= 1
        return made

    def _values(self, scope: Scope, parts: Iterable[str | Expression]) -> tuple[Any, ...]:
        """Nodes of those parts that are no texts."""
        return tuple([intern(part) if isinstance(part, str) else self.value(scope, part) for part in parts])

    def at_once(self, scope: Scope, node: Expression, into: Into | None = None) -> Node:
        """What gives the value of an expression that Python compiles."""
        return (walk.UNIT, node.start, node.end, *self._unit(scope, node, into, is_called=True))

    def _unit(
        self, scope: Scope, node: Expression, into: Into | None = None, *, is_called: bool = False
    ) -> tuple[str, Any]:
        """A unit that Python compiles, and the places of what it captures; one that `is_called` answers no cell that
        anybody else has.
        """
        g = self.g
        unit = Unit(code_info.thunk_name(g.label("T"), node.start, node.end))
        unit.captures.update(dict.fromkeys(g.captures(scope, node) or ()))
        frame = Frame(unit, None, once=True)
        frame.cells.update(dict.fromkeys(self.cells.intersection(unit.captures)))
        g.body(frame, scope, node, into)
        g.add(unit_function(g.at(node), unit, frame.taken(), is_called=is_called))
        return unit.identifier, self._places_of(unit.captures)

    def _places_of(self, bindings: Iterable[Binding]) -> Any:
        """The places of the environment of a unit: none, one, or a list."""
        places = [self.place_of(binding) for binding in bindings]
        return None if not places else places[0] if len(places) == 1 else places

    def place_of_variable(self, binding: Binding) -> int:
        """The place of what a variable gives where it is mentioned: of a function called directly, its wrapper's."""
        return self.place_of(binding if binding.wrapper is None else binding.wrapper)

    def _variable(self, scope: Scope, node: nodes.Variable) -> Node:
        found = self.g.lookup(scope, node)
        if found is None:
            sets = scope.with_sets()
            several = self.place_of(sets[0]) if holds_several(sets[0]) else [self.place_of(each) for each in sets]
            return (walk.FROM_WITHS, node.start, node.end, intern(node.name), several)
        if isinstance(found, Builtin):
            return self.builtin(walk.GLOBAL, node, found.name)
        if found.constant:
            return (walk.CONSTANT, node.start, node.end, found.value)
        if found.member_of is not None:
            container = (walk.PASS, node.start, node.end, self.place_of(found.member_of))
            return (walk.SELECT, node.start, node.end, container, ((node.name, node.start),))
        return (walk.VARIABLE, node.start, node.end, self.place_of_variable(found))

    def builtin(self, number: int, node: Expression, name: str) -> Node:
        """What gives a builtin: a node of that number, which finds it in the file's namespace, or a constant."""
        if name in CONSTANTS:
            return (walk.CONSTANT, node.start, node.end, CONSTANTS[name])
        return (number, node.start, node.end, self.g.builtin(py.NOWHERE, name).id)

    def _constant(self, scope: Scope, node: nodes.Int | nodes.Float) -> Node:
        return (walk.CONSTANT, node.start, node.end, node.value)

    def _string(self, scope: Scope, node: nodes.String) -> Node:
        constant, text = constant_of(node)
        if constant:
            return (walk.CONSTANT, node.start, node.end, text)
        return (walk.STRING, node.start, node.end, self._values(scope, node.parts))

    def _path(self, scope: Scope, node: nodes.Path) -> Node:
        first = str(node.parts[0])
        if first.startswith("~"):
            return (walk.HOME, node.start, node.end, first[1:])
        return (walk.GLOBAL, node.start, node.end, self.g.path_constant(py.NOWHERE, first).id)

    def _search_path(self, scope: Scope, node: nodes.SearchPath) -> Node:
        """`<name>` is `__findFile __nixPath "name"`, with whatever these two are bound to here."""
        find, path = [nodes.Variable(node.start, node.end, name) for name in nodes.SEARCHED]
        name = (walk.CONSTANT, node.start, node.end, node.name)
        given = ((0, self.delay(scope, path)), (1, name))
        return (walk.CALL, node.start, node.end, self.value(scope, find), given)

    def _select(self, scope: Scope, node: nodes.Select) -> Node:
        builtin = as_builtin(self.g, scope, node)
        if builtin is not None:
            return self.builtin(walk.GLOBAL, node, builtin)
        subject = self.value(scope, node.subject)
        path = self._values(scope, node.path)
        if node.default is not None:
            return (walk.SELECT_OR, node.start, node.end, subject, path, self.value(scope, node.default))
        steps: list[tuple[Any, int]] = []
        number = walk.SELECT
        for part, start in zip(path, node.path_starts, strict=True):
            if part.__class__ is str:
                steps.append((part, start))
            else:
                steps.append(((walk.NAME, start, node.end, part), start))
                number = walk.SELECT_COMPUTED
        return (number, node.start, node.end, subject, tuple(steps))

    def _has(self, scope: Scope, node: nodes.HasAttribute) -> Node:
        return (walk.HAS, node.start, node.end, self.value(scope, node.subject), self._values(scope, node.path))

    def _apply(self, scope: Scope, node: nodes.Apply) -> Node:
        """A builtin with all its arguments is called directly; what a function forces first is evaluated at once."""
        forces: tuple[int, ...] = ()
        function, given = self._applied_builtin(scope, node), node.arguments
        if function is not None and function[0] == walk.UNIT:
            return function
        if function is None:
            function = self.value(scope, node.function)
            found = scope.lookup(node.function.name) if isinstance(node.function, nodes.Variable) else None
            forces = found.forces if isinstance(found, Binding) and len(given) >= found.arity > 0 else ()
        else:
            given = given[len(function[4]) :]
        while given:
            now, given = given[:MAX_ARITY], given[MAX_ARITY:]
            if len(now) == 1 and not forces:
                function = (walk.CALL1, node.start, node.end, function, self.delay(scope, now[0]))
            else:
                function = (walk.CALL, node.start, node.end, function, self._arguments(scope, now, forces))
            forces = ()
        return function

    def _applied_builtin(self, scope: Scope, node: nodes.Apply) -> Node | None:
        """A builtin with its arguments; the whole where Python is to compile it, as a loop goes quicker so: what a
        function finds evaluated is known there.
        """
        g = self.g
        name = as_builtin(g, scope, node.function)
        arity, order = (0, "") if name is None else g.builtins.get(name, (0, ""))
        if name is None or not 0 < arity <= len(node.arguments):
            return None
        given = node.arguments[:arity]
        if any(isinstance(each, nodes.Lambda) for each in given) or is_done_at_one_go(g, scope, node, name):
            return self.at_once(scope, node, g.into_by_rule)
        forced = forced_at_once(g, scope, order_of(order), given)
        code = g.builtin_code(py.NOWHERE, name)
        return (walk.BUILTIN, node.start, node.end, code, self._arguments(scope, given, forced))

    def _arguments(self, scope: Scope, given: Sequence[Expression], forced: Sequence[int]) -> tuple[Any, ...]:
        """Arguments in the order in which they are made, each with its number."""
        made = [(index, self.value(scope, given[index])) for index in forced]
        made += [(index, self.delay(scope, given[index])) for index in range(len(given)) if index not in forced]
        return tuple(made)

    def _binary(self, scope: Scope, node: nodes.Binary) -> Node:
        operator = node.operator
        left, right = self._values(scope, (node.left, node.right))
        number: int
        about: object
        if operator in _LOGIC:
            return (_LOGIC[operator], node.start, node.end, left, right)
        if operator in ("<", ">", "<=", ">="):
            # `a > b` is `b < a`, and `a <= b` is `!(b < a)`.
            if operator in (">", "<="):
                left, right = right, left
            number, about = walk.LESS, operator in ("<", ">")
        elif operator in ("==", "!="):
            number, about = walk.EQUAL, operator == "=="
        elif operator == "+":
            number, about = walk.ADD, not is_addend(node.left)
        elif operator == "//":
            number, about = walk.UPDATE, is_made(node.left) or not is_made(node.right)
        else:
            number, about = walk.OPERATION, operator
        start = node.operator_start
        return (number, node.start, node.end, left, right, start, start + len(operator), about)

    def _unary(self, scope: Scope, node: nodes.Unary) -> Node:
        if node.operator == "-" and isinstance(node.operand, nodes.Int):
            return (walk.CONSTANT, node.start, node.end, -node.operand.value)
        number = walk.NOT if node.operator == "!" else walk.NEGATE
        return (number, node.start, node.end, self.value(scope, node.operand))

    def _if(self, scope: Scope, node: nodes.If) -> Node:
        return (walk.IF, node.start, node.end, *self._values(scope, (node.condition, node.then, node.otherwise)))

    def _assert(self, scope: Scope, node: nodes.Assert) -> Node:
        is_equality = isinstance(node.condition, nodes.Binary) and node.condition.operator == "=="
        number = walk.ASSERT_EQUAL if is_equality and is_walked(node.condition) else walk.ASSERT
        return (number, node.start, node.end, *self._values(scope, (node.condition, node.body)))

    def whole_place(self, node: nodes.Node) -> Any:
        """What tells an error where a cell of the runtime belongs."""
        return (self.g.file, *self.g.source.lines_and_columns(node.start, node.end))

    def cell(self, scope: Scope, node: Expression, position: Any, name: str = "") -> Node:
        """What makes a cell of its own of an expression, which is bound to a name."""
        if isinstance(node, nodes.Lambda):
            self.g.names.setdefault(node, (name, False))
        rule = _DELAYED.get(node.__class__)
        made = None if rule is None else rule(self, scope, node, position)
        if made is None:
            return self.thunk(scope, node, position)
        number = made[0]
        if number == walk.CONSTANT:
            return (walk.KNOW, position, made[3])
        if number in (walk.PASS, walk.PASS_MEMBER, walk.PASS_GLOBAL):
            return (walk.STAND, position, made)
        if number == walk.UNIT:
            return self.thunk(scope, node, position)
        if number not in _MADE_AT_ONCE:
            return made
        is_plain = self.g.faithful or number == walk.HOME or (isinstance(node, nodes.List) and not node.items)
        return (walk.MAKE if is_plain else walk.MAKE_LATER, position, made)

    # What is delayed

    def delay(self, scope: Scope, node: Expression, position: Any = None) -> Node:
        """What makes a cell, for an attribute at a position, or a value where that is not to be seen."""
        rule = _DELAYED.get(node.__class__)
        made = None if rule is None else rule(self, scope, node, position)
        return self.thunk(scope, node, position) if made is None else made

    def thunk(self, scope: Scope, node: Expression, position: Any, *, short: bool = False) -> Node:
        """A cell that is answered by a node, or by a piece: of what is not short, or is to be one all the same."""
        g = self.g
        if (short or node.end - node.start >= g.crowd[0]) and g.are_bound(scope, node):
            if is_walked(node):
                return (walk.PENDING, position, g.pend(scope, node, (), walked=self))
            captures = g.captures(scope, node)
            if captures is not None:
                identifier = g.pend(scope, node, captures)
                g.pending[identifier].cells = [binding for binding in captures if binding in self.cells]
                return (walk.COMPILED, position, identifier, self._places_of(captures))
        if self._depth >= DEEPEST or not is_walked(node):
            return (walk.COMPILED, position, *self._unit(scope, node))
        crowd, g.crowd = g.crowd, ALONE
        made = self._walked(scope, node)
        g.crowd = crowd
        return (walk.DELAY, position, made)

    def _delay_variable(self, scope: Scope, node: nodes.Variable, position: Any) -> Node:
        found = self.g.lookup(scope, node)
        if found is None:
            places = [self.place_of(each) for each in scope.with_sets()]
            return (walk.NAMED, position, intern(node.name), self.whole_place(node), places)
        if isinstance(found, Builtin):
            return self.builtin(walk.PASS_GLOBAL, node, found.name)
        if found.constant:
            return (walk.CONSTANT, node.start, node.end, found.value)
        if found.member_of is not None:
            return (walk.PASS_MEMBER, node.start, node.end, self.place_of(found.member_of), node.name)
        return (walk.PASS, node.start, node.end, self.place_of_variable(found))

    def _delay_lambda(self, scope: Scope, node: nodes.Lambda, position: Any) -> Node | None:
        """A function is made at once, unless it is long or that of an attribute, which may never be wanted."""
        if self.g.faithful or position is not None or is_large(node):
            return None
        return self.value(scope, node)

    def _delay_string(self, scope: Scope, node: nodes.String, position: Any) -> Node | None:
        constant, text = constant_of(node, faithful=self.g.faithful)
        return (walk.CONSTANT, node.start, node.end, text) if constant else None

    def _delay_number(self, scope: Scope, node: nodes.Int | nodes.Float, position: Any) -> Node:
        return self._constant(scope, node)

    def _delay_unary(self, scope: Scope, node: nodes.Unary, position: Any) -> Node | None:
        is_number = node.operator == "-" and isinstance(node.operand, nodes.Int) and not self.g.faithful
        return self._unary(scope, node) if is_number else None

    def _delay_path(self, scope: Scope, node: nodes.Path, position: Any) -> Node | None:
        """A path is no thunk in C++ Nix either, unless parts of it are computed."""
        if not is_walked(node):
            return None
        made = self._path(scope, node)
        return (walk.PASS_GLOBAL, *made[1:]) if made[0] == walk.GLOBAL else made

    def _delay_select(self, scope: Scope, node: nodes.Select, position: Any) -> Node | None:
        builtin = None if self.g.faithful else as_builtin(self.g, scope, node)
        if builtin is None:
            return None
        made = self.builtin(walk.PASS_GLOBAL, node, builtin)
        return made if made[0] == walk.CONSTANT else (walk.SEPARATE, position, made)

    def _delay_list(self, scope: Scope, node: nodes.List, position: Any) -> Node | None:
        """A list is made at once (its elements stay delayed), unless it is long and may never be wanted."""
        if not is_walked(node) or (node.items and (self.g.faithful or len(node.items) > LARGE)):
            return None
        return self._walked(scope, node) if self._depth < DEEPEST else None

    def _delay_set(self, scope: Scope, node: nodes.AttributeSet, position: Any) -> Node | None:
        """So is a set whose names are known."""
        if not is_walked(node) or self.g.faithful or node.recursive or node.bindings.dynamic:
            return None
        is_small = len(node.bindings.attributes) <= LARGE and self._depth < DEEPEST
        return self._walked(scope, node) if is_small else None


_LOGIC = {"&&": walk.AND, "||": walk.OR, "->": walk.IMPLIES}

_MADE_AT_ONCE = (walk.LIST, walk.LIST_OF, walk.SET, walk.BIND, walk.CROWD, walk.HOME)
"""What makes a list, set or path that is delayed, without a cell."""

VALUES: dict[type, Callable[[Walked, Scope, Any], Node]] = {
    nodes.Variable: Walked._variable,
    nodes.Int: Walked._constant,
    nodes.Float: Walked._constant,
    nodes.String: Walked._string,
    nodes.Path: Walked._path,
    nodes.SearchPath: Walked._search_path,
    nodes.Select: Walked._select,
    nodes.HasAttribute: Walked._has,
    nodes.Apply: Walked._apply,
    nodes.Binary: Walked._binary,
    nodes.Unary: Walked._unary,
    nodes.If: Walked._if,
    nodes.Assert: Walked._assert,
}
"""By each construct what makes its node; what holds cells or binds names `walked_sets` adds."""

_DELAYED: dict[type, Callable[[Walked, Scope, Any, Any], Node | None]] = {
    nodes.Variable: Walked._delay_variable,
    nodes.Int: Walked._delay_number,
    nodes.Float: Walked._delay_number,
    nodes.String: Walked._delay_string,
    nodes.Path: Walked._delay_path,
    nodes.Select: Walked._delay_select,
    nodes.Unary: Walked._delay_unary,
    nodes.Lambda: Walked._delay_lambda,
    nodes.List: Walked._delay_list,
    nodes.AttributeSet: Walked._delay_set,
}
