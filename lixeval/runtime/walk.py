"""Code that runs about once, as data: nodes, and what walks them.  `compiler.walked` makes them.

What is walked need not be compiled by Python, which takes as long as walking it several times.  A node is a tuple: the
number of what walks it, the offsets of its expression, and what that needs.  An environment is a tuple too: the file's
namespace, in which `ONCE` answers the cells of this code, and behind it what variables hold, which nodes name by their
places.

    x: f { a = x; b = 1 + 2; }      (CALL1, 3, 26, (VARIABLE, 3, 4, 1), (SET, 5, 26, ("a", "b"), (
                                        (FORWARD, position, (PASS, 11, 12, 2)),
                                        (DELAY, position, (ADD, …)))))

Functions whose names begin with a verb about cells (DELAY, PENDING, …) make one: their nodes have the position of the
attribute that it stands for (None: of none) in place of offsets.  All walk in Python's own loop, without C stack.  What
their frames tell of a failure `walked_frames` knows; that depends on the names of local variables.
"""

from __future__ import annotations

from lixeval.errors import AssertionFailed
from lixeval.runtime import operators
from lixeval.runtime.call import call1, call2, call3, call4
from lixeval.runtime.compare import equal, less_than
from lixeval.runtime.exports import DUPLICATE, DYNAMIC_NAME, FROM_SETS, INHERITED, UNEQUAL, WITH
from lixeval.runtime.thunks import APART, FORWARD, LATER, READ
from lixeval.runtime.values import FunctionType, Value, Withs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Node = tuple[Any, ...]
    Environment = tuple[Any, ...]
    Walker = Callable[[Node, Environment], Any]

WALK: list[Walker] = []
"""What walks nodes, by their numbers."""


def walker(function: Walker) -> int:
    """The number of the nodes that a function walks, which its name then stands for."""
    WALK.append(function)
    return len(WALK) - 1


# Values


@walker
def CONSTANT(node: Node, env: Environment) -> Value:
    return node[3]


@walker
def VARIABLE(node: Node, env: Environment) -> Value:
    value = env[node[3]]
    if value.__class__ is list:
        value = value[1] if value[0] is READ else value[0](value)
    return value


@walker
def FROM_WITHS(node: Node, env: Environment) -> Value:
    """A name that a `with` gives; `node[4]` is the place of several sets, or those of each."""
    name, slots = node[3], node[4]
    if slots.__class__ is int:
        return FROM_SETS(env[slots], name)
    scope = env[slots[0]]
    if scope.__class__ is list:
        scope = scope[1] if scope[0] is READ else scope[0](scope)
    if scope.__class__ is dict and name in scope:  # as most are
        found = scope[name]
        if found.__class__ is list:
            found = found[1] if found[0] is READ else found[0](found)
        return found
    return FROM_SETS(tuple([env[slot] for slot in slots]), name)


@walker
def GLOBAL(node: Node, env: Environment) -> Value:
    """What the file's namespace has: a builtin, a path."""
    value = env[0][node[3]]
    if value.__class__ is list:
        value = value[1] if value[0] is READ else value[0](value)
    return value


@walker
def HOME(node: Node, env: Environment) -> Value:
    """A path in the user's home."""
    return env[0]["HOME_PATH"](node[3])


@walker
def SELECT(node: Node, env: Environment) -> Value:
    part = node[3]
    value = WALK[part[0]](part, env)
    for name, start in node[4]:  # noqa: B007  # the frame tells where
        value = value[name]
        if value.__class__ is list:
            value = value[1] if value[0] is READ else value[0](value)
    return value


@walker
def SELECT_COMPUTED(node: Node, env: Environment) -> Value:
    """Some names are computed (see NAME), each before what it is looked for in is evaluated."""
    part = node[3]
    value = WALK[part[0]](part, env)
    path = node[4]
    part, start = path[0]
    name = part if part.__class__ is str else WALK[part[0]](part, env)
    for behind in path[1:]:
        value = value[name]
        following = behind[0]
        if following.__class__ is not str:
            following = WALK[following[0]](following, env)
        if value.__class__ is list:
            value = value[1] if value[0] is READ else value[0](value)
        name, (part, start) = following, behind  # noqa: F841  # the frame tells where
    value = value[name]
    if value.__class__ is list:
        value = value[1] if value[0] is READ else value[0](value)
    return value


@walker
def NAME(node: Node, env: Environment) -> str:
    part = node[3]
    return operators.ATTRIBUTE_NAME(WALK[part[0]](part, env))


@walker
def SELECT_OR(node: Node, env: Environment) -> Value:
    part = node[3]
    value = WALK[part[0]](part, env)
    for name in node[4]:
        if name.__class__ is not str:
            name = operators.ATTRIBUTE_NAME(WALK[name[0]](name, env))
        if value.__class__ is list:
            value = value[1] if value[0] is READ else value[0](value)
        if value.__class__ is not dict or name not in value:
            part = node[5]
            return WALK[part[0]](part, env)
        value = value[name]
    if value.__class__ is list:
        value = value[1] if value[0] is READ else value[0](value)
    return value


@walker
def HAS(node: Node, env: Environment) -> bool:
    part = node[3]
    value = WALK[part[0]](part, env)
    for name in node[4]:
        if value.__class__ is list:
            value = value[1] if value[0] is READ else value[0](value)
        if name.__class__ is not str:
            name = operators.ATTRIBUTE_NAME(WALK[name[0]](name, env))
        if value.__class__ is not dict or name not in value:
            return False
        value = value[name]
    return True


@walker
def CALL1(node: Node, env: Environment) -> Value:
    part = node[3]
    function = WALK[part[0]](part, env)
    part = node[4]
    argument = WALK[part[0]](part, env)
    return function(argument) if function.__class__ is FunctionType else call1(function, argument)


@walker
def CALL(node: Node, env: Environment) -> Value:
    """`node[4]` are the arguments in the order in which they are made, each with its number."""
    part = node[3]
    function = WALK[part[0]](part, env)
    given = _arguments(node, env)
    if len(given) == 2:
        return call2(function, given[0], given[1])
    if len(given) == 3:
        return call3(function, given[0], given[1], given[2])
    return call1(function, given[0]) if len(given) == 1 else call4(function, given[0], given[1], given[2], given[3])


@walker
def BUILTIN(node: Node, env: Environment) -> Value:
    """A builtin's function called directly; arguments as those of CALL."""
    function = env[0][node[3]]
    given = _arguments(node, env)
    if len(given) == 1:
        return function(given[0])
    return function(given[0], given[1]) if len(given) == 2 else function(given[0], given[1], given[2])


def _arguments(node: Node, env: Environment) -> list[Any]:
    given = [None] * len(node[4])
    for index, part in node[4]:
        given[index] = WALK[part[0]](part, env)
    return given


@walker
def STRING(node: Node, env: Environment) -> Value:
    parts: list[Value] = []
    for part in node[3]:
        if part.__class__ is str:
            parts.append(part)
            continue
        at = part
        value = WALK[at[0]](at, env)
        parts.append(value if value.__class__ is str else env[0]["INTERPOLATE"](value))
    at = node
    return parts[0] if len(parts) == 1 else env[0]["STRINGS"](parts)


@walker
def LIST(node: Node, env: Environment) -> Value:
    return tuple([WALK[part[0]](part, env) for part in node[3]])


@walker
def LIST_OF(node: Node, env: Environment) -> Value:
    """A list of constants, a new one each time: what is shown twice is `«repeated»`."""
    return (*node[3],)


@walker
def SET(node: Node, env: Environment) -> dict[str, Any]:
    names = node[3]
    made: dict[str, Any] = {}
    index = 0  # which takes half as long as `zip`
    for part in node[4]:
        # Most cells are of these kinds, and a call for each takes half as long again.
        number = part[0]
        if number == DELAY:
            made[names[index]] = [env[0]["ONCE"], env, part[1], part[2]]
        elif number == KNOW:
            made[names[index]] = [READ, part[2], part[1]]
        else:
            made[names[index]] = WALK[number](part, env)
        index += 1  # noqa: SIM113
    return made


@walker
def CROWD(node: Node, env: Environment) -> dict[str, Any]:
    """A set of very many attributes: `node[3]` has their names, the piece of each and its position; of those that are
    no piece `node[4]` has the names and `node[5]` what makes their cells.

    What answers the cells finds a piece by the identity of its position (`exports.waiting`), and is made once: a
    package set is made for each stage of its stdenv.
    """
    known = env[0]["CROWDS"].get(id(node))
    if known is None:
        names, pieces, positions = node[3]
        answer = env[0]["ANSWERING"](dict(zip(map(id, positions), pieces, strict=True)))
        known = env[0]["CROWDS"][id(node)] = (
            answer,
            list(zip(names, positions, strict=True)),
            dict.fromkeys(names),
            node,
        )
    answer, rows, without_cells, _ = known
    made: dict[str, Any] = without_cells.copy()  # where no dict grows
    for name, position in rows:
        made[name] = [answer, env, position]
    for name, part in zip(node[4], node[5], strict=True):
        made[name] = WALK[part[0]](part, env)
    return made


@walker
def DYNAMIC(node: Node, env: Environment) -> dict[str, Any]:
    """A set to which attributes are added whose names are computed."""
    part = node[3]
    made: dict[str, Any] = WALK[part[0]](part, env)
    for at, part in node[4]:
        name = DYNAMIC_NAME(WALK[at[0]](at, env))
        if name is not None:
            if name in made:
                raise DUPLICATE(name, made)
            made[name] = WALK[part[0]](part, env)
    return made


@walker
def BIND(node: Node, env: Environment) -> Value:
    """The body of a `with`, or a set that inherits from others: with these in its environment."""
    env = (*env, *[WALK[part[0]](part, env) for part in node[3]])
    part = node[4]
    return WALK[part[0]](part, env)


@walker
def LET(node: Node, env: Environment) -> Value:
    """The body of a `let`, or a recursive set: with cells in its environment, which they have themselves."""
    cells: list[list[Any]] = [[] for _ in node[3]]
    env = (*env, *cells)
    for cell, part in zip(cells, node[3], strict=True):
        cell += WALK[part[0]](part, env)
    part = node[4]
    return WALK[part[0]](part, env)


@walker
def IF(node: Node, env: Environment) -> Value:
    part = node[4] if _test(node[3], env) else node[5]
    return WALK[part[0]](part, env)


@walker
def ASSERT(node: Node, env: Environment) -> Value:
    at = node[3]
    if not _test(at, env):
        raise AssertionFailed("")
    at = node[4]
    return WALK[at[0]](at, env)


@walker
def ASSERT_EQUAL(node: Node, env: Environment) -> Value:
    """Should the assertion fail both sides are evaluated again, as in Nix: the error says how they differ."""
    at = node[3]
    left, right = at[3], at[4]
    if not _are_equal(at, env, WALK[left[0]](left, env), WALK[right[0]](right, env)):
        raise UNEQUAL(WALK[left[0]](left, env), WALK[right[0]](right, env))
    at = node[4]
    return WALK[at[0]](at, env)


def _are_equal(node: Node, env: Environment, left: Value, right: Value) -> bool:
    """What a failure on the way is told by: `node` is where, `env` holds the variables."""
    return equal(left, right)


def _test(node: Node, env: Environment) -> bool:
    """A condition; what is no Boolean is an error."""
    value = WALK[node[0]](node, env)
    return value if value is True or value is False else operators.BOOLEAN(value)


@walker
def AND(node: Node, env: Environment) -> bool:
    return _test(node[3], env) and _test(node[4], env)


@walker
def OR(node: Node, env: Environment) -> bool:
    return _test(node[3], env) or _test(node[4], env)


@walker
def IMPLIES(node: Node, env: Environment) -> bool:
    return not _test(node[3], env) or _test(node[4], env)


@walker
def NOT(node: Node, env: Environment) -> bool:
    return not _test(node[3], env)


@walker
def NEGATE(node: Node, env: Environment) -> Value:
    part = node[3]
    return operators.NEGATE(WALK[part[0]](part, env))


# Operators, whose nodes have the offsets of the operator and one thing more behind the operands


@walker
def ADD(node: Node, env: Environment) -> Value:
    """`node[7]` tells that the left operand may be to be made a string, before the right one is evaluated."""
    part = node[3]
    left = WALK[part[0]](part, env)
    if node[7]:
        left = operators.ADDEND(left)
    part = node[4]
    return env[0]["ADD"](left, WALK[part[0]](part, env))


@walker
def OPERATION(node: Node, env: Environment) -> Value:
    part = node[3]
    left = WALK[part[0]](part, env)
    part = node[4]
    return OPERATIONS[node[7]](left, WALK[part[0]](part, env))


OPERATIONS = {"-": operators.SUB, "*": operators.MUL, "/": operators.DIV, "++": operators.CONCAT}


@walker
def LESS(node: Node, env: Environment) -> bool:
    part = node[3]
    left = WALK[part[0]](part, env)
    part = node[4]
    return less_than(left, WALK[part[0]](part, env)) is node[7]


@walker
def EQUAL(node: Node, env: Environment) -> bool:
    part = node[3]
    left = WALK[part[0]](part, env)
    part = node[4]
    return equal(left, WALK[part[0]](part, env)) is node[7]


@walker
def UPDATE(node: Node, env: Environment) -> Value:
    """`node[7]`: that the left operand is a set is asked before the right one is evaluated."""
    part = node[3]
    left = WALK[part[0]](part, env)
    if node[7] and left.__class__ is not dict:
        operators.UPDATE(left, left)
    part = node[4]
    return operators.UPDATE(left, WALK[part[0]](part, env))


# What Python has compiled: functions, and what is not walked


@walker
def UNIT(node: Node, env: Environment) -> Value:
    """What a unit gives, at once."""
    unit = env[0][node[3]]
    return unit([unit, _captured(node[4], env)])


@walker
def OFTEN(node: Node, env: Environment) -> Value:
    """The body of a function: what `node[5]` is walked as often as `node[3]` says, and then given by a unit."""
    left = node[3]
    if left[0]:
        left[0] -= 1
        part = node[5]
        return WALK[part[0]](part, env)
    unit = env[0][node[4]]
    return unit([unit, env[1] if len(env) == 2 else env[1:]])


def _captured(slots: Any, env: Environment) -> Any:
    """The environment of a unit: none, the one variable, or a tuple."""
    if slots.__class__ is int:
        return env[slots]
    return None if slots is None else tuple([env[slot] for slot in slots])


# What is delayed: passed on, or a cell


@walker
def PASS(node: Node, env: Environment) -> Any:
    return env[node[3]]


@walker
def PASS_MEMBER(node: Node, env: Environment) -> Any:
    """Of a name that is read from a set each time."""
    return env[node[3]][node[4]]


@walker
def PASS_GLOBAL(node: Node, env: Environment) -> Any:
    return env[0][node[3]]


@walker
def WITHS(node: Node, env: Environment) -> Withs:
    """The sets of several `with`s in one variable."""
    return Withs(tuple([env[slot] for slot in node[3]]))


@walker
def DELAY(node: Node, env: Environment) -> Any:
    return [env[0]["ONCE"], env, node[1], node[2]]


@walker
def PENDING(node: Node, env: Environment) -> Any:
    """A cell that waits for a piece of this code."""
    return [env[0][node[2]], env, node[1]]


@walker
def COMPILED(node: Node, env: Environment) -> Any:
    """A cell that a unit answers."""
    return [env[0][node[2]], _captured(node[3], env), node[1]]


@walker
def NAMED(node: Node, env: Environment) -> Any:
    """A cell of a name that a `with` gives."""
    return [WITH, (node[2], node[3], *[env[slot] for slot in node[4]]), node[1]]


@walker
def INHERIT(node: Node, env: Environment) -> Any:
    return [INHERITED, env[node[2]], node[1], node[3]]


@walker
def STAND(node: Node, env: Environment) -> Any:
    """A cell that stands for another one, or a value."""
    part = node[2]
    return [FORWARD, WALK[part[0]](part, env), node[1]]


@walker
def SEPARATE(node: Node, env: Environment) -> Any:
    """A cell that has the value of another one, and is not the same in a comparison."""
    part = node[2]
    return [APART, WALK[part[0]](part, env), node[1]]


@walker
def KNOW(node: Node, env: Environment) -> Any:
    """A cell of a constant."""
    return [READ, node[2], node[1]]


@walker
def MAKE(node: Node, env: Environment) -> Any:
    """A cell of a list, set or path that is made at once."""
    part = node[2]
    return [READ, WALK[part[0]](part, env), node[1]]


@walker
def MAKE_LATER(node: Node, env: Environment) -> Any:
    """The same of what is a thunk in C++ Nix, as messages show it until it is wanted."""
    part = node[2]
    return [LATER, WALK[part[0]](part, env), node[1]]


def WALKED(node: Node, env: Environment) -> Value:
    """What Python's code gives that has such code in it."""
    return WALK[node[0]](node, env)


def delayed_in(node: Node) -> list[Node]:
    """A node and those in it of which cells are made, in their order."""
    found: list[Node] = []
    work: list[Any] = [(DELAY, None, node)]
    while work:
        each = work.pop()
        if each.__class__ is tuple:
            work += reversed(each)
            if len(each) == 3 and each[0].__class__ is int and each[0] == DELAY:
                found.append(each[2])
    return found
