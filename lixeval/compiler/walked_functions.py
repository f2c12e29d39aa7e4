"""Functions of code that runs about once, as data: a rule of `walked` (see `runtime.walked_functions`).

That is the function that a file is, which in most programs is called once: where its body is walked, its head need not
be compiled by Python either.  One that turns out to be called often has both compiled, as a piece of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sys import intern

from lixeval.compiler.frames import Binding
from lixeval.compiler.functions import body_of, description_of, mentioned_in, row_of
from lixeval.compiler.generator import Generator, Rules
from lixeval.compiler.literals import constant_of
from lixeval.compiler.pieces import ALONE
from lixeval.compiler.scope import Scope
from lixeval.compiler.selection import CONSTANTS
from lixeval.compiler.walked import VALUES, Walked, is_walked
from lixeval.runtime import walk
from lixeval.runtime.code_info import FORMALS, NAMESPACE, codes_in, written_in
from lixeval.runtime.walked_functions import FORMALS_TAKEN, FUNCTION
from lixeval.syntax import nodes
from lixeval.system.graphs import components

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from lixeval.runtime.walk import Node


def add_rules(rules: Rules) -> None:
    VALUES[nodes.Lambda] = _function


def _function(env: Walked, scope: Scope, node: nodes.Lambda) -> Node:
    """What makes a function; of one whose body Python compiles, or that has very many formals, the unit that does."""
    g = env.g
    captures = g.captures(scope, node)
    formals = node.formals
    if captures is None or not is_walked(node.body) or not (formals is None or formals.formals.__class__ is tuple):
        return env.at_once(scope, node, g.into_by_rule)
    argument = Binding(node.parameter or "", g.fresh(node.parameter or ""))
    names = Scope(scope, {} if node.parameter is None else {node.parameter: argument})
    inner = Walked(g, [*captures, argument])
    inner.cells.update(env.cells.intersection(captures))
    defaults: tuple[Any, ...] = ()
    crowd, g.crowd = g.crowd, ALONE
    if formals is None:
        body = inner.value(names, node.body)
    else:
        row = row_of(g, formals.formals)
        defaults = (row, True) if formals.ellipsis else (row,)
        body = _taken_apart(inner, names, node, row)
    g.crowd = crowd
    unit = g.pend(scope, node, [*captures, argument], once=False, often=True)
    g.pending[unit].cells = [binding for binding in captures if binding in env.cells]
    g.pending[unit].into = body_of(g, argument)
    label, code = g.label("D"), g.label("C")
    g.piece.data.append((label, inner.often(node, body, unit)))
    line, _ = g.source.line_and_column(node.start)
    made = written_in(
        _template(len(captures)),
        description_of(g, names, [node]),
        co_name=g.fresh(g.names.get(node, ("", False))[0]),
        co_names=("WALKED", label, NAMESPACE),
        co_filename=g.file,
        co_firstlineno=line,
        co_varnames=(argument.local, *FORMALS),
        co_argcount=1 + len(defaults),
        co_freevars=tuple([binding.local for binding in captures]),
    )
    g.piece.functions.append((code, made))
    return (FUNCTION, node.start, node.end, code, defaults or None, tuple(map(env.place_of, captures)))


def _template(captured: int) -> CodeType:
    """The code of a function that captures so many variables."""
    known = _TEMPLATES.get(captured)
    if known is None:
        names = [f"v{number:06}" for number in range(captured)]  # their order as texts is that in the code
        text = _TEXT.format(captured=", ".join(names), environment=", ".join(["NAMESPACE", *names, "argument"]))
        code = codes_in([compile(text, "", "exec", dont_inherit=True, optimize=0)])[2]
        known = _TEMPLATES[captured] = code.replace(co_linetable=_without_places(len(code.co_code) // 2))
    return known


def _without_places(instructions: int) -> bytes:
    """The line table of code whose instructions stand nowhere: what is walked knows where it stands."""
    return b"".join([bytes((0xF8 | min(instructions - begun, 8) - 1,)) for begun in range(0, instructions, 8)])


_TEXT = """
def around({captured}):
    def inner(argument, formals, ellipsis):
        ""
        return WALKED(NODE, ({environment}))
"""

_TEMPLATES: dict[int, CodeType] = {}


def _taken_apart(env: Walked, names: Scope, node: nodes.Lambda, row: Any) -> Node:
    """The body of a function with formals, behind what takes its argument apart."""
    g = env.g
    assert node.formals is not None
    formals: Sequence[nodes.Formal] = node.formals.formals
    mentioned = None if g.faithful else mentioned_in(g, names, node, formals)
    required = [formal for formal in formals if formal.default is None]
    wanted = [each for each in formals if each.default is not None and (mentioned is None or each.name in mentioned)]
    bound = {each.name: Binding(each.name, g.fresh(each.name)) for each in (*required, *wanted)}
    names.names.update(bound)
    constants: dict[str, Any] = {}
    others: list[nodes.Formal] = []
    for formal in wanted:
        is_constant, value = _constant(g, names, formal.default)
        if is_constant:
            constants[formal.name] = value
        else:
            others.append(formal)
    ordered = _in_order(g, others)
    in_place = [*[formal.name for formal in required], *constants, *[formal.name for formal, _ in ordered]]
    inner = env.extended([bound[name] for name in in_place])
    return (
        FORMALS_TAKEN,
        node.start,
        node.body.start,
        _interned(formal.name for formal in required),
        _interned(constants),
        tuple(constants.values()),
        tuple([(intern(each.name), _default(inner, names, each, alone)) for each, alone in ordered]),
        None if node.formals.ellipsis else _interned(formal.name for formal in formals),
        inner.value(names, node.body),
        row,
    )


def _constant(g: Generator, scope: Scope, node: nodes.Expression | None) -> tuple[bool, Any]:
    """Whether a default is the same each time, and which value."""
    assert node is not None
    if isinstance(node, nodes.Variable) and scope.lookup(node.name) is None and g.globals.get(node.name) in CONSTANTS:
        return True, CONSTANTS[g.globals[node.name]]
    return constant_of(node, faithful=g.faithful)


def _interned(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(intern, names))


def _in_order(g: Generator, formals: Sequence[nodes.Formal]) -> list[tuple[nodes.Formal, bool]]:
    """Formals with defaults, each behind those that its default mentions, and whether that mentions neither itself nor
    one that mentions it."""
    index = {formal.name: number for number, formal in enumerate(formals)}
    needs = {
        number: {index[name] for name in g.free_names.of((formal.default,)) if name in index}
        for number, formal in enumerate(formals)
    }
    return [
        (formals[number], len(group) == 1 and number not in needs[number])
        for group in components(needs)
        for number in group
    ]


def _default(env: Walked, scope: Scope, formal: nodes.Formal, alone: bool) -> Node:
    """What makes the default of a formal: a cell, or where none is needed what is passed on."""
    assert formal.default is not None
    if not alone:
        return env.thunk(scope, formal.default, None)
    made = env.cell(scope, formal.default, None)
    return made[2] if made[0] == walk.STAND else made
