"""Lists, sets, and what binds names, as data: rules of `walked`, each of which makes the node of a construct.

What a set or a `let` binds has its place in an environment of its own, behind those around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import intern

from lixeval.compiler.bindings import is_bound_later
from lixeval.compiler.frames import Binding
from lixeval.compiler.generator import Generator, Rules
from lixeval.compiler.literals import constant_of
from lixeval.compiler.pieces import ALONE, AMONG_MANY_ELEMENTS, CROWD, VAST, crowd_of
from lixeval.compiler.scope import Builtin, Scope
from lixeval.compiler.selection import as_builtin
from lixeval.compiler.walked import VALUES, Walked
from lixeval.runtime import code_info, walk
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.runtime.walk import Node


def add_rules(rules: Rules) -> None:
    VALUES.update(
        {nodes.With: _with_scope, nodes.List: _list, nodes.AttributeSet: _set, nodes.Let: _let},
    )


def _list(env: Walked, scope: Scope, node: nodes.List) -> Node:
    constants = [constant_of(item, faithful=env.g.faithful) for item in node.items]
    if constants and all(constant for constant, _ in constants):
        return (walk.LIST_OF, node.start, node.end, tuple([value for _, value in constants]))
    g = env.g
    crowd, g.crowd = g.crowd, ALONE if len(node.items) <= CROWD else AMONG_MANY_ELEMENTS
    items = tuple([env.delay(scope, item) for item in node.items])
    g.crowd = crowd
    return (walk.LIST, node.start, node.end, items)


def _set(env: Walked, scope: Scope, node: nodes.AttributeSet) -> Node:
    if node.recursive:
        return _recursive(env, scope, node)
    g = env.g
    attributes = node.bindings.attributes
    inner, sources, bound = _sources(env, scope, node.bindings)
    crowd, g.crowd = g.crowd, crowd_of(len(attributes))
    is_vast = len(attributes) > VAST
    made = [_attribute(inner, scope, sources, each, is_vast=is_vast) for each in attributes.values()]
    result = _crowd(g, node, made) if len(made) > CROWD else None
    if result is None:
        result = (walk.SET, node.start, node.end, tuple(map(intern, attributes)), tuple(made))
    if node.bindings.dynamic:
        result = (walk.DYNAMIC, node.start, node.end, result, _computed(inner, scope, node.bindings))
    g.crowd = crowd
    return (walk.BIND, node.start, node.end, tuple(bound), result) if bound else result


def _computed(env: Walked, scope: Scope, bindings: nodes.Bindings) -> tuple[Any, ...]:
    """The attributes whose names are computed: each name, and its cell."""
    return tuple(
        [
            (env.value(scope, each.name), env.cell(scope, each.value, env.g.place(each.start)))
            for each in bindings.dynamic
        ]
    )


def _sources(env: Walked, scope: Scope, bindings: nodes.Bindings) -> tuple[Walked, list[int], list[Node]]:
    """Where what is inherited from stands: what is no variable is bound for that."""
    if not bindings.sources:
        return env, [], []
    made = [env.delay(scope, source) for source in bindings.sources]
    bound = [each for each in made if each[0] != walk.PASS]
    if not bound:
        return env, [each[3] for each in made], []
    inner = env.extended([Binding("", "") for _ in bound])
    further = iter(range(env.size, inner.size))
    return inner, [each[3] if each[0] == walk.PASS else next(further) for each in made], bound


def _attribute(env: Walked, scope: Scope, sources: Sequence[int], attribute: nodes.Attribute, *, is_vast: bool) -> Node:
    """What makes the cell of an attribute; sets in a vast one are pieces of their own."""
    position = env.g.place(attribute.start)
    value = attribute.value
    if is_vast and isinstance(value, nodes.AttributeSet) and value.bindings.attributes:
        return env.thunk(scope, value, position, short=True)
    if attribute.value is None:
        return _inherit(env, sources, attribute, position)
    return env.cell(scope, attribute.value, position, attribute.name)


def _inherit(env: Walked, sources: Sequence[int], attribute: nodes.Attribute, position: Any) -> Node:
    place = env.whole_place(attribute)
    return (walk.INHERIT, position, sources[attribute.source], (intern(attribute.name), place))


def _recursive(env: Walked, scope: Scope, node: nodes.AttributeSet) -> Node:
    """A recursive set is a `let` of which the set has the variables."""
    cells, inner, names, sources = _group(env, scope, node.bindings, positions=True)
    entries: list[Node] = []
    for name, attribute in node.bindings.attributes.items():
        found = names.names[name]
        position = env.g.place(attribute.start)
        if attribute.value is None and env.g.faithful and isinstance(found, Builtin):
            entries.append(_inherit(inner, sources, attribute, position))
            continue
        if isinstance(found, Builtin):
            made = inner.builtin(walk.PASS_GLOBAL, attribute, found.name)  # type: ignore[arg-type]  # offsets are wanted
        elif found.constant:
            made = (walk.CONSTANT, attribute.start, attribute.end, found.value)
        elif found.member_of is not None:
            assert attribute.value is not None
            made = inner.delay(scope, attribute.value)
        else:
            made = (walk.PASS, attribute.start, attribute.end, inner.place_of_variable(found))
            if made[3] >= env.size:
                entries.append(made)
                continue
        is_constant = made[0] == walk.CONSTANT
        entries.append((walk.KNOW, position, made[3]) if is_constant else (walk.STAND, position, made))
    result = (walk.SET, node.start, node.end, tuple(map(intern, node.bindings.attributes)), tuple(entries))
    return (walk.LET, node.start, node.end, cells, result)


def _let(env: Walked, scope: Scope, node: nodes.Let) -> Node:
    cells, inner, names, _ = _group(env, scope, node.bindings, positions=False)
    return (walk.LET, node.start, node.end, cells, inner.value(names, node.body))


def _group(
    env: Walked, scope: Scope, bindings: nodes.Bindings, *, positions: bool
) -> tuple[tuple[Node, ...], Walked, Scope, list[int]]:
    """The cells of bindings that see one another, the environment with them, their names; the places of what is
    inherited from.
    """
    g = env.g
    names = Scope(scope)
    own: list[tuple[nodes.Attribute, Binding]] = []
    for name, attribute in bindings.attributes.items():
        known = _known(env, scope, bindings, attribute)
        if known is None:
            known = Binding(name, g.fresh(name))
            own.append((attribute, known))
        names.names[name] = known
    sources = [Binding("", "") for _ in bindings.sources]
    inner = env.extended([*[binding for _, binding in own], *sources])
    if not g.faithful:
        inner.cells.update([binding for _, binding in own])
    cells: list[Node] = []
    crowd, g.crowd = g.crowd, crowd_of(len(bindings.attributes))
    places = [inner.place_of(each) for each in sources]
    for attribute, _ in own:
        position = g.place(attribute.start) if positions else None
        if attribute.value is None:
            cells.append(_inherit(inner, places, attribute, position))
        elif attribute.kind == "inherited":
            cells.append(env.cell(scope, attribute.value, position))
        elif _names_itself(bindings, attribute):
            cells.append(inner.thunk(names, attribute.value, position))
        elif is_bound_later(g, bindings, attribute):
            cells.append(_apart(inner, names, attribute.value, position))
        else:
            cells.append(inner.cell(names, attribute.value, position, attribute.name))
    cells += [inner.cell(names, source, None) for source in bindings.sources]
    g.crowd = crowd
    return tuple(cells), inner, names, places


def _known(env: Walked, scope: Scope, bindings: nodes.Bindings, attribute: nodes.Attribute) -> Binding | Builtin | None:
    """What a name stands for that needs no cell: another one, a builtin, a literal."""
    g = env.g
    if attribute.value is None:
        source = bindings.sources[attribute.source]
        is_builtin = as_builtin(g, scope, source) == "builtins" and attribute.name in g.builtins
        return Builtin(attribute.name) if is_builtin else None
    if isinstance(attribute.value, nodes.Variable) and attribute.kind == "inherited":
        return g.lookup(scope, attribute.value)
    constant, value = constant_of(attribute.value, faithful=g.faithful)
    if not constant:
        return None
    found = Binding(attribute.name, attribute.name)
    found.constant, found.value = True, value
    return found


def _apart(env: Walked, scope: Scope, node: Expression, position: Any) -> Node:
    """Of a mere name that C++ Nix binds after this one, and so makes a thunk of."""
    if env.g.faithful:
        return env.thunk(scope, node, position)
    return (walk.SEPARATE, position, env.delay(scope, node))


def _with_scope(env: Walked, scope: Scope, node: nodes.With) -> Node:
    g = env.g
    binding = Binding("with", g.fresh(code_info.SCOPE))
    sets = (env.delay(scope, node.scope),)
    scope = Scope(scope, with_set=binding)
    inner = env.extended([binding])
    around = scope.single_with_sets()
    if len(around) < 2 or node not in g.file_withs or isinstance(node.body, nodes.With) or not inner.has(around):
        return (walk.BIND, node.start, node.end, sets, inner.value(scope, node.body))
    # The file's code is within all of these: what their names give is remembered.
    scope.withs = Binding(code_info.SCOPES, g.fresh(code_info.SCOPES))
    several = (walk.WITHS, node.start, node.end, [inner.place_of(each) for each in around])
    body = inner.extended([scope.withs]).value(scope, node.body)
    return (walk.BIND, node.start, node.end, sets, (walk.BIND, node.start, node.end, (several,), body))


def _names_itself(bindings: nodes.Bindings, attribute: nodes.Attribute) -> bool:
    """Whether a value is a mere name that leads through others to one that it has led to before: `a = b; b = a;`."""
    seen: set[str] = set()
    while attribute.kind == "plain" and isinstance(attribute.value, nodes.Variable):
        seen.add(attribute.name)
        if attribute.value.name in seen:
            return True
        if attribute.value.name not in bindings.attributes:
            break
        attribute = bindings.attributes[attribute.value.name]
    return False


def _crowd(g: Generator, node: nodes.AttributeSet, made: list[Node]) -> Node | None:
    """A set of very many attributes of which most are pieces that nobody has wanted."""
    pieces: list[str] = []
    positions: list[Any] = []
    others: dict[str, Node] = {}
    for name, each in zip(node.bindings.attributes, made, strict=True):
        if each[0] == walk.PENDING:
            pieces.append(each[2])
            positions.append(each[1])
        else:
            pieces.append("")
            positions.append(None)
            others[name] = each
    if len(others) * 2 > len(made):
        return None
    in_crowd = set(pieces)
    g.piece.crowd += [piece for piece in pieces if piece]
    g.piece.lazy[:] = [piece for piece in g.piece.lazy if piece not in in_crowd]
    table = tuple(map(intern, node.bindings.attributes)), tuple(pieces), tuple(positions)
    return (walk.CROWD, node.start, node.end, table, tuple(others), tuple(others.values()))
