"""Variables, selection and `?`.

Selecting an attribute that must exist is an unchecked `set["name"]`: where it fails, Python's KeyError or TypeError
tells which, and its position in the compiled code tells where in the Nix file (see `lixeval.diagnostics`).
"""

from __future__ import annotations

import _ast as ast

from lixeval.compiler import pyast as py
from lixeval.compiler.frames import Binding, Frame
from lixeval.compiler.generator import Generator, Rules
from lixeval.compiler.pieces import Suspended
from lixeval.compiler.scope import Builtin, Scope, holds_several
from lixeval.runtime import code_info
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

CONSTANTS = {"true": True, "false": False, "null": None}


def add_rules(rules: Rules) -> None:
    rules.value[nodes.Variable] = _variable
    rules.delay[nodes.Variable] = delay_variable
    rules.value[nodes.Select] = _select
    rules.delay[nodes.Select] = _delay_select
    rules.shared[nodes.Select] = _selection
    rules.value[nodes.HasAttribute] = _has_attribute
    rules.test[nodes.HasAttribute] = _has_attribute


def _variable(g: Generator, frame: Frame, scope: Scope, node: nodes.Variable) -> ast.expr:
    found = g.lookup(scope, node)
    if found is None:
        return _from_with(g, frame, scope, node)
    at = py.NOWHERE if found in frame.forced else g.at(node)
    if isinstance(found, Builtin):
        return _builtin(g, frame, at, found)
    if found.constant:
        return py.constant(at, found.value)
    if found.arity > 1:
        return py.name(at, frame.reference(wrapped(found)))
    if found.member_of is not None:
        return g.forced(frame, at, _member(frame, at, found))
    return py.name(at, frame.force(at, found))


def delay_variable(g: Generator, frame: Frame, scope: Scope, node: nodes.Variable) -> ast.expr:
    """A variable is passed on as it is, cell or value; a name from a `with` needs a cell that looks it up."""
    found = g.lookup(scope, node)
    at = py.NOWHERE
    if found is None:
        at = g.at(node)
        sets = [py.name(at, frame.reference(binding)) for binding in scope.with_sets()]
        payload = [py.constant(at, node.name), _place(g, at), *sets]
        return py.list_(at, [py.name(at, "WITH"), py.tuple_(at, payload)])
    if isinstance(found, Builtin):
        return delay_builtin(g, at, found.name)
    if found.constant:
        return py.constant(at, found.value)
    if found.arity > 1:
        return py.name(at, frame.reference(wrapped(found)))
    if found.member_of is not None:
        return _member(frame, g.at(node), found)
    return py.name(at, frame.reference(found))


def _sets(frame: Frame, scope: Scope, at: py.At) -> ast.expr:
    """What a name is looked for in, for `FROM_SETS`."""
    sets = scope.with_sets()
    names: list[ast.expr] = [py.name(at, frame.reference(binding)) for binding in sets]
    return names[0] if holds_several(sets[0]) else py.tuple_(at, names)


def _place(g: Generator, at: py.At) -> ast.expr:
    """A constant that tells an error where it belongs: (file, line, column, end line, end column)."""
    place = (g.file, at["lineno"], at["col_offset"] + 1, at["end_lineno"], at["end_col_offset"] + 1)
    return py.constant(at, place)


def _builtin(g: Generator, frame: Frame, at: py.At, builtin: Builtin) -> ast.expr:
    value = delay_builtin(g, at, builtin.name)
    return value if isinstance(value, ast.Constant) else g.forced(frame, at, value, is_known=True)


def delay_builtin(g: Generator, at: py.At, name: str) -> ast.expr:
    """A global: a constant, or the name of its value or cell (modules of builtins are loaded when first needed)."""
    return py.constant(at, CONSTANTS[name]) if name in CONSTANTS else g.builtin(at, name)


def wrapped(function: Binding) -> Binding:
    """The binding of a known function as a Nix value; its definition is filled in where the `def` stands."""
    assert function.wrapper is not None
    return function.wrapper


def _member(frame: Frame, at: py.At, binding: Binding) -> ast.expr:
    assert binding.member_of is not None
    container = py.name(at, frame.reference(binding.member_of))
    return py.subscript(at, container, py.constant(at, binding.name))


def _from_with(g: Generator, frame: Frame, scope: Scope, node: nodes.Variable) -> ast.expr:
    """A name looked up in the sets of the `with`s around it, the innermost first.

    That the last set lacks it, or is none, Python's KeyError or TypeError tells, as of an attribute that is selected.
    """
    at = g.at(node)
    key = py.constant(at, node.name)
    *inner, last = scope.with_sets()
    if holds_several(last) and not inner:
        return _from_several(frame, at, last, key)
    target = g.temporary("t")
    outermost = frame.block
    for binding in inner:
        # Only the innermost set is certainly forced: what is learnt of the others must not be remembered.
        container = _forced_set(frame, at, binding, remember=frame.block is outermost, certain=True)
        otherwise: list[ast.stmt] = []
        found = py.assign(at, target, py.known_item(at, container, key))
        frame.emit(py.if_(at, py.contains(at, key, container), [found], otherwise))
        frame.block = otherwise
    if holds_several(last):
        found = py.assign(at, target, _from_several(frame, at, last, key))
    else:
        container = _forced_set(frame, at, last, remember=not inner, certain=False)
        found = py.assign(at, target, py.subscript(at, container, key))
    frame.emit(found)
    frame.block = outermost
    frame.emit(py.force(at, target))
    return py.name(at, target)


def _from_several(frame: Frame, at: py.At, binding: Binding, key: ast.expr) -> ast.expr:
    """What a name gives in the sets of several `with`s, forced: what was found before, or is looked for."""
    withs = py.name(at, frame.reference(binding))
    return py.either(at, py.lacks(at, key, withs), py.call(at, "FROM_WITHS", withs, key), py.known_item(at, withs, key))


def _forced_set(frame: Frame, at: py.At, binding: Binding, *, remember: bool, certain: bool) -> ast.expr:
    """The variable of a `with`'s set, forced, and if it is to be `certain` known to be a set."""
    if binding in frame.forced:
        return py.name(at, frame.reference(binding))
    if remember:
        variable = frame.force(at, binding)
    else:
        outer = frame.reference(binding)
        variable = outer + "_w"
        frame.emit(py.assign(at, variable, py.name(at, outer)))
        frame.emit(py.force(at, variable))
    value = py.name(at, variable)
    if certain:
        refused = py.raise_(at, py.call(at, "NEED_SET", value))
        frame.emit(py.if_(at, py.not_(at, py.is_class(at, value, "dict")), [refused]))
    return value


def as_builtin(g: Generator, scope: Scope, node: Expression) -> str | None:
    """The name of the builtin that an expression certainly is: `map`, `builtins.map`."""
    if isinstance(node, nodes.Variable):
        found = scope.lookup(node.name)
        if found is None:
            return g.globals.get(node.name)
        return found.name if isinstance(found, Builtin) else None
    if isinstance(node, nodes.Select) and len(node.path) == 1 and isinstance(node.path[0], str):
        name = node.path[0]
        if name in g.builtins and as_builtin(g, scope, node.subject) == "builtins":
            return name
    return None


def _select(g: Generator, frame: Frame, scope: Scope, node: nodes.Select, *, again: bool = False) -> ast.expr:
    builtin = as_builtin(g, scope, node)
    if builtin is not None:
        return _builtin(g, frame, g.at(node), Builtin(builtin))
    if node.default is not None:
        return _select_or(g, frame, scope, node)
    value = _variable_for(g, frame, g.at(node.subject), g.value(frame, scope, node.subject))
    key: ast.expr | None = None
    for index, element in enumerate(node.path):
        start = node.path_starts[index]
        # A computed name is blamed up to the end of the selection, a plain one by itself.
        end = start + len(element) if isinstance(element, str) else node.end
        at = g.between(start, min(end, node.end))
        told = (value.id, element) if isinstance(element, str) else None
        known = frame.selected.get(told) if told else None
        if key is None:
            key = _key(g, frame, scope, at, element)
        following, key_behind = node.path[index + 1 : index + 2], None
        if known is None and following and not isinstance(following[0], str):
            # A computed name comes before what it is looked for in.
            known = g.temporary("t")
            frame.emit(py.assign(at, known, py.subscript(at, value, key)))
            frame.sets.setdefault(value.id)
            behind = g.between(node.path_starts[index + 1], node.end)
            key_behind = _key(g, frame, scope, behind, following[0])
            g.force(frame, at, known)
        elif known is None:
            known = _selected(g, frame, at, value, key, again=again)
        if told:
            frame.selected[told] = known
        value, key = py.name(at, known), key_behind
    return value


def _selected(g: Generator, frame: Frame, at: py.At, value: ast.Name, key: ast.expr, *, again: bool) -> str:
    """A variable that holds an attribute that must be there, forced, mostly `again`."""
    variable = g.temporary("t")
    frame.emit(py.assign(at, variable, py.subscript(at, value, key)))
    frame.emit(py.force_known(at, variable) if again else py.force(at, variable))
    frame.sets.setdefault(value.id)
    return variable


def _variable_for(g: Generator, frame: Frame, at: py.At, value: ast.expr) -> ast.Name:
    """A constant as a variable: Python warns of an int that is subscripted, and the error shall show it."""
    if isinstance(value, ast.Name):
        return value
    target = g.temporary("t")
    frame.emit(py.assign(at, target, value))
    return py.name(at, target)


def _key(g: Generator, frame: Frame, scope: Scope, at: py.At, element: str | Expression) -> ast.expr:
    if isinstance(element, str):
        return py.constant(at, element)
    found = g.lookup(scope, element) if isinstance(element, nodes.Variable) and not g.probed else None
    if not isinstance(found, Binding) or found.constant or found.arity or found.member_of or found in frame.forced:
        return g.settled(frame, at, _name_of(at, g.value(frame, scope, element)))
    return _name_in(g, frame, g.at(element), at, found)


def _name_in(g: Generator, frame: Frame, at: py.At, whole: py.At, binding: Binding) -> ast.expr:
    """The name in a variable: as a rule that is the string itself, and no cell of it."""
    told = ("${", binding.local)
    target = frame.selected.get(told)
    if target is None:
        target = g.temporary("k")
        name = py.name(at, target)
        frame.emit(py.assign(at, target, py.name(at, frame.reference(binding))))
        block = [py.force_known(at, target), py.assign(at, target, _name_of(whole, name))]
        frame.emit(py.if_(at, py.not_(at, py.is_class(at, name, "str")), block))
        frame.selected[told] = target
    return py.name(at, target)


def _name_of(at: py.At, value: ast.expr) -> ast.expr:
    """The name that a value is; plain strings, as nearly all are, need no call."""
    return py.usually(at, py.is_class(at, value, "str"), value, py.call(at, "ATTRIBUTE_NAME", value))


def _select_or(g: Generator, frame: Frame, scope: Scope, node: nodes.Select) -> ast.expr:
    """`a.b.c or d`: if the last step finds something, that is forced; else it is the default's turn."""
    at = g.at(node)
    assert node.default is not None
    container, key = _last_step(g, frame, scope, at, node.subject, node.path, name_first=True)
    found = frame.selected.get((container.id, key.value)) if isinstance(key, ast.Constant) else None
    if found is not None:
        return py.name(at, found)
    target = g.temporary("t")
    with frame.branch() as otherwise:
        g.into(frame, scope, node.default, target)
    told = _or_constant(container, key, otherwise)
    found = frame.selected.get(told) if told else None
    if found is not None:
        return py.name(at, found)
    with frame.branch() as finding:
        frame.emit(py.assign(at, target, py.subscript(at, container, key)))
        if told:
            # What a constant stands for otherwise is mostly one: `_type`.
            frame.emit(py.force_known(at, target))
        else:
            g.force(frame, at, target)
    frame.emit(py.if_(at, _has(frame, at, container, key), finding, otherwise))
    if told:
        frame.selected[told] = target
    return py.name(at, target)


def _or_constant(container: ast.Name, key: ast.expr, otherwise: list[ast.stmt]) -> tuple[object, ...] | None:
    """What tells an optional selection whose default is a constant from others; None for one that has another."""
    (default,) = otherwise if len(otherwise) == 1 else (None,)
    if not isinstance(key, ast.Constant) or not isinstance(default, ast.Assign):
        return None
    value = default.value
    return (container.id, key.value, value.value.__class__, value.value) if isinstance(value, ast.Constant) else None


def _last_step(
    g: Generator,
    frame: Frame,
    scope: Scope,
    at: py.At,
    subject: Expression,
    path: tuple[str | Expression, ...],
    *,
    name_first: bool = False,
) -> tuple[ast.Name, ast.expr]:
    """What the last name of `subject.path` is to be looked for in, no set where a step before has failed; and the name.

    Once a step has failed the names after it are not evaluated: MISSING tells it where there are any.  `name_first`:
    whether a computed name comes before what it is looked for in.
    """
    container = _variable_for(g, frame, at, _subject(g, frame, scope, subject))
    is_static = all(isinstance(element, str) for element in path[1:])
    nothing = py.constant(at, None) if is_static else py.name(at, "MISSING")
    key = _key(g, frame, scope, at, path[0])
    for element in path[1:]:
        told = (container.id, key.value, is_static) if isinstance(key, ast.Constant) else None
        target = frame.selected.get(told[:2]) or frame.selected.get(told) if told else None
        is_known = target is not None
        if target is None:
            target = g.temporary("t")
            found = py.subscript(at, container, key)
            frame.emit(py.assign(at, target, py.either(at, _has(frame, at, container, key), found, nothing)))
        if isinstance(element, str):
            key = py.constant(at, element)
        elif name_first:
            key = _key_unless_missing(g, frame, scope, at, element, target)
        if not is_known:
            g.force(frame, at, target)
            if told:
                frame.selected[told] = target
        container = py.name(at, target)
        if not isinstance(element, str) and not name_first:
            key = _key_unless_missing(g, frame, scope, at, element, target)
    return container, key


def _subject(g: Generator, frame: Frame, scope: Scope, node: Expression) -> ast.expr:
    """What is asked for a name: an attribute is mostly asked for many, and evaluated already."""
    if isinstance(node, nodes.Select) and node.default is None and not g.probed:
        return _select(g, frame, scope, node, again=True)
    return g.value(frame, scope, node)


def _has(frame: Frame, at: py.At, value: ast.Name, key: ast.expr) -> ast.expr:
    """Whether a value is a set with an attribute."""
    has = py.contains(at, key, value)
    return has if value.id in frame.sets else py.all_of(at, py.is_class(at, value, "dict"), has)


def _key_unless_missing(
    g: Generator, frame: Frame, scope: Scope, at: py.At, element: Expression, checked: str
) -> ast.expr:
    variable = g.temporary("k")
    frame.emit(py.assign(at, variable, py.constant(at, None)))
    with frame.branch() as block:
        frame.emit(py.assign(at, variable, _name_of(at, g.value(frame, scope, element))))
    frame.emit(py.if_(at, py.is_not(at, py.name(at, checked), py.name(at, "MISSING")), block))
    return py.name(at, variable)


def _has_attribute(g: Generator, frame: Frame, scope: Scope, node: nodes.HasAttribute) -> ast.expr:
    at = g.at(node)
    return _has(frame, at, *_last_step(g, frame, scope, at, node.subject, node.path))


def _delay_select(g: Generator, frame: Frame, scope: Scope, node: nodes.Select) -> ast.expr:
    """Of an attribute that is at hand a cell that is APART from it, lest two selections were one in a comparison."""
    builtin = as_builtin(g, scope, node)
    if builtin is not None and not g.faithful:
        value = delay_builtin(g, py.NOWHERE, builtin)
        return value if isinstance(value, ast.Constant) else apart(py.NOWHERE, value)
    thunk = g.thunk(frame, scope, node)
    known = _known_set(scope, frame, node)
    if g.faithful or known is None:
        return thunk
    at = g.at(node)
    container = py.name(at, frame.reference(known))
    key = py.constant(at, node.path[0])
    present = py.all_of(at, py.is_class(at, container, "dict"), py.contains(at, key, container))
    return py.either(at, present, apart(at, py.subscript(at, container, key)), thunk)


def _selection(g: Generator, frame: Frame, scope: Scope, node: nodes.Select) -> Suspended | None:
    """Static names selected of a variable, as data; None for others.

    Of names the one that an error is about tells where it stands: two of a path may not be the same.
    """
    subject = node.subject
    if node.default is not None or not isinstance(subject, nodes.Variable):
        return None
    names = [name for name in node.path if isinstance(name, str)]
    starts = node.path_starts
    environment: ast.expr
    if len(names) != len(node.path):
        return None
    found = g.lookup(scope, subject)
    if found is None:
        names.insert(0, subject.name)
        starts = (subject.start, *starts)
        at = g.at(subject)
        code, environment = "WITH_PATH", _sets(frame, scope, at)
    elif isinstance(found, Binding) and not found.constant and found.member_of is None:
        code, environment = "SELECT" if len(names) == 1 else "SELECT_PATH", delay_variable(g, frame, scope, subject)
    else:
        return None
    if len(set(names)) != len(names):
        return None
    return Suspended(code, environment, py.constant(py.NOWHERE, code_info.selection(names, node, subject, starts)))


def apart(at: py.At, value: ast.expr) -> ast.expr:
    return py.list_(at, [py.name(at, "APART"), value])


def _known_set(scope: Scope, frame: Frame, node: nodes.Select) -> Binding | None:
    """The binding of a variable whose value is at hand, where `node` selects one attribute of it by name."""
    if node.default is not None or len(node.path) != 1 or not isinstance(node.path[0], str):
        return None
    if not isinstance(node.subject, nodes.Variable):
        return None
    found = scope.lookup(node.subject.name)
    if isinstance(found, Binding) and found in frame.forced and not found.constant and not found.arity:
        return found
    return None
