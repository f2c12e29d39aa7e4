"""Functions of code that runs about once, as data: what makes them, and what takes their arguments apart.

Such a function is one of Python's, so that all who hold functions need not know: it has the name, the docstring, the
parameters and the captured variables of one that Python has compiled (see `code_info`).  But all its code does is to
walk a node in an environment of the namespace, what is captured, and the argument.
"""

from __future__ import annotations

from lixeval.runtime.exports import BAD_ARGUMENTS, NEED_SET
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import FunctionType, Value
from lixeval.runtime.walk import PASS, PASS_GLOBAL, PASS_MEMBER, WALK, walker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CellType
    from typing import Any

    from lixeval.runtime.walk import Environment, Node
else:
    CellType = (lambda value: lambda: value)(None).__closure__[0].__class__  # as `values.FunctionType`

AT_ONCE = frozenset((PASS, PASS_MEMBER, PASS_GLOBAL))
"""What of a formal's default makes no cell."""


@walker
def FUNCTION(node: Node, env: Environment) -> Value:
    """A function of the code of that name, with what it tells of its formals, and the places of what it captures."""
    kind: Any = FunctionType
    captured = tuple([CellType(env[place]) for place in node[5]]) if node[5] else ()
    return kind(env[0][node[3]], env[0], None, node[4], captured)


@walker
def FORMALS_TAKEN(node: Node, env: Environment) -> Value:
    """The body of a function, with what the argument, last in the environment, has for its formals behind it.

    `node[3]` are the names of formals without a default, `node[4]` those of formals that are constants by default,
    which `node[5]` are; `node[6]` those of all others that the body may want, each with what makes the default;
    `node[7]` all names, None where an ellipsis allows more; `node[8]` is the body, `node[9]` what tells an error the
    formals.
    """
    argument: Any = env[-1]
    if argument.__class__ is list:
        argument = argument[1] if argument[0] is READ else argument[0](argument)
        env = (*env[:-1], argument)
    if argument.__class__ is not dict:
        raise NEED_SET(argument)
    try:
        env = (*env, *map(argument.__getitem__, node[3]), *map(argument.get, node[4], node[5]))
    except KeyError:
        raise BAD_ARGUMENTS(argument, node[9]) from None
    if node[7] is not None and not argument.keys() <= {*node[7]}:
        raise BAD_ARGUMENTS(argument, node[9])
    if node[6]:
        env = _with_others(argument, node[6], env)
    part = node[8]
    return WALK[part[0]](part, env)


def _with_others(argument: dict[str, Any], others: tuple[tuple[str, Node], ...], env: Environment) -> Environment:
    """An environment with what a set has of those names behind it, or what makes it; cells in it have all of it."""
    held = [*env]
    cells: list[tuple[list[Any], Node]] = []
    for name, part in others:
        if name in argument:
            held.append(argument[name])
        elif part[0] in AT_ONCE:
            held.append(WALK[part[0]](part, held))  # type: ignore[arg-type]  # which only looks into it
        else:
            cell: list[Any] = []
            held.append(cell)
            cells.append((cell, part))
    env = tuple(held)
    for cell, part in cells:
        cell += WALK[part[0]](part, env)
    return env
