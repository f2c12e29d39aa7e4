"""Attribute sets: displays of cells with their positions; of crowds the cells are made out of data.

The bindings of recursive ones are emitted as those of a `let` (see `bindings`), and their attributes name them.
"""

from __future__ import annotations

import _ast as ast
import marshal
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby

from lixeval.compiler import pyast as py
from lixeval.compiler.bindings import Group, delay_named
from lixeval.compiler.frames import Binding, Frame
from lixeval.compiler.generator import Generator, Rules
from lixeval.compiler.literals import LARGE
from lixeval.compiler.pieces import AMONG_VERY_MANY, VAST, crowd_of, give_position, has_position
from lixeval.compiler.scope import Builtin, Scope
from lixeval.compiler.selection import apart, as_builtin, delay_builtin, wrapped
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add_rules(rules: Rules) -> None:
    rules.value[nodes.AttributeSet] = _set
    rules.delay[nodes.AttributeSet] = _delay_set


def _set(g: Generator, frame: Frame, scope: Scope, node: nodes.AttributeSet) -> ast.expr:
    if node.recursive and "__overrides" in node.bindings.own:
        return _overridden(g, frame, scope, node)
    group = Group(g, frame, scope, node.bindings, positions=True)
    inner = scope
    if node.recursive:
        inner = group.emit()
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    crowd = crowd_of(len(node.bindings.own)) if node.bindings.__class__ is nodes.Bindings else AMONG_VERY_MANY
    parts = _parts(g, frame, scope, node, group)
    if not node.recursive and crowd[1]:
        parts = _waiting_apart(g, frame, scope, parts)
    outer, g.crowd = g.crowd, crowd
    for attribute in parts:
        if isinstance(attribute, ast.expr):
            keys.append(None)
            values.append(attribute)
            continue
        keys.append(py.constant(py.NOWHERE, attribute.name))
        entry = _recursive_entry(g, frame, group, attribute) if node.recursive else None
        if entry is None:
            entry = _entry(g, frame, inner, group, attribute)
        values.append(entry)
    g.crowd = outer
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
    environments: dict[Sequence[str], int] = {}
    others: list[nodes.Attribute | ast.expr] = []
    alike: dict[tuple[int, bool], Any] = {}
    crowd, g.crowd = g.crowd, crowd_of(len(parts))
    for part in parts:
        assert isinstance(part, nodes.Attribute)
        piece = _piece_of(g, frame, scope, part, alike, vast=len(parts) > VAST)
        if piece is None:
            others.append(part)
            rows.append((part.name, "", 0, part.start))
        else:
            number = environments.setdefault(piece[1], len(environments))
            rows.append((part.name, piece[0], number, part.start))
    g.crowd = crowd
    if len(others) == len(parts):
        return parts
    names, units, numbers, starts = map(list, zip(*rows, strict=True))
    data = marshal.dumps((list(map(sys.intern, names)), units, numbers, *g.source.places(starts)))
    at = py.NOWHERE
    held = py.tuple_(at, [g.environment(at, variables) for variables in environments])
    at = g.between(starts[0], starts[-1])
    return [py.call(at, "WAITING", py.constant(at, data), held, py.constant(at, g.file)), *others]


def _piece_of(
    g: Generator,
    frame: Frame,
    scope: Scope,
    attribute: nodes.Attribute,
    alike: dict[tuple[int, bool], Any],
    *,
    vast: bool,
) -> tuple[str, Sequence[str]] | None:
    """The piece that an attribute's value becomes, and the variables of its environment; None for other values."""
    value = attribute.value
    if attribute.kind != "plain" or value is None:
        return None
    if isinstance(value, nodes.AttributeSet):
        if not (_is_thunk(g, value) or (vast and value.bindings.attributes)):
            return None
    elif value.__class__ in g.rules.delay and not isinstance(value, nodes.Apply):
        return None
    return g.put_off(frame, scope, value, short=vast and isinstance(value, nodes.AttributeSet), in_crowd=alike)


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
    cell = _own_cell(frame, scope, attribute.value)
    if cell is not None:
        give_position(cell[1], position)
        return py.name(at, cell[0])
    value = delay_named(g, frame, scope, attribute.value, attribute.name)
    return _positioned(g, at, value, position)


def _own_cell(frame: Frame, scope: Scope, value: Expression) -> tuple[str, ast.List] | None:
    """The variable and the fresh cell in it, where an attribute is but a name of a `let` around its set.

    The cell is that of the attribute too, as in C++ Nix, if it is not one of another attribute.
    """
    found = scope.lookup(value.name) if isinstance(value, nodes.Variable) else None
    if not isinstance(found, Binding):
        return None
    cell = frame.cells.get(found)
    return (found.local, cell) if cell is not None and not has_position(cell) and frame.hands_cell(found) else None


def _positioned(g: Generator, at: py.At, value: ast.expr, position: ast.Constant) -> ast.expr:
    """Any delayed value as a cell that carries a position."""
    if isinstance(value, ast.List):
        give_position(value, position)
        return value
    if isinstance(value, ast.Tuple) and not value.elts:
        value = py.constant(at, ())
    if isinstance(value, ast.Constant):
        return g.constant_cell(at, value, position)
    if isinstance(value, ast.IfExp) and isinstance(value.orelse, ast.List):
        # What was computed at once, or its cell.
        made = value.body if isinstance(value.body, ast.List) else py.list_(at, [py.name(at, "READ"), value.body])
        give_position(made, position)
        value.body = made
        give_position(value.orelse, position)
        return value
    kind = "READ" if isinstance(value, ast.Dict | ast.Tuple | ast.Call | py.Made) else "FORWARD"
    if kind == "READ" and not g.faithful:
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
    target = g.temporary("t")
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
    # Thunks too: what they name is not there yet, or not what it will be.
    sources = node.bindings.sources
    group.sources = [g.settled(frame, py.NOWHERE, g.thunk(frame, inner, source)) for source in sources]
    for attribute in node.bindings.attributes.values():
        own = g.at(attribute)
        position = g.position(own, attribute.start)
        if attribute.kind == "inherited-from":
            cell: ast.expr = group.select_cell(attribute)
        else:
            assert attribute.value is not None
            if attribute.kind == "inherited":
                cell = _positioned(g, own, g.delay(frame, scope, attribute.value), position)
            else:
                cell = g.thunk(frame, inner, attribute.value, position)
        frame.emit(py.assign_item(own, py.name(own, target), py.constant(own, attribute.name), cell))
    frame.emit(py.expression(at, py.call(at, "OVERRIDE", py.name(at, target))))
    if node.bindings.dynamic:
        return _add_dynamic(g, frame, inner, node, py.name(at, target))
    return py.name(at, target)
