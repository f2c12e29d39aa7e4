"""The application of functions: of what nothing is known, of what a `let` binds, and of builtins.

Builtins with all their arguments are called directly.  Of some, one that takes the elements of a list once does the
work of the `map` that makes the list (`_mapping`); of others Python tells the answer without a call (`_without_call`).
"""

from __future__ import annotations

import _ast as ast
from collections.abc import Sequence

from lixeval.compiler import pyast as py
from lixeval.compiler.forcing import Order, is_certainly, order_of
from lixeval.compiler.frames import Binding, Frame
from lixeval.compiler.functions import CURRIED, MAX_ARITY
from lixeval.compiler.generator import Generator, Rules
from lixeval.compiler.literals import constant_of
from lixeval.compiler.operators import at_hand, computed
from lixeval.compiler.scope import Scope
from lixeval.compiler.selection import as_builtin
from lixeval.compiler.traits import is_same
from lixeval.runtime import traits
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

_CODE = "code"
"""The variable of the Python function that is called, which is no name of Nix."""


def add_rules(rules: Rules) -> None:
    rules.value[nodes.Apply] = _apply
    rules.into[nodes.Apply] = _apply_into
    rules.test[nodes.Apply] = _apply_test
    rules.delay[nodes.Apply] = _delay_apply


def _apply(g: Generator, frame: Frame, scope: Scope, node: nodes.Apply) -> ast.expr:
    builtin = as_builtin(g, scope, node.function)
    if builtin is not None and builtin in g.builtins:
        result = _apply_builtin(g, frame, scope, node, builtin)
        if result is not None:
            return result
    forces: tuple[int, ...] = ()
    if isinstance(node.function, nodes.Variable):
        found = scope.lookup(node.function.name)
        if isinstance(found, Binding) and 0 < found.arity <= len(node.arguments):
            return _apply_known(g, frame, scope, node, found)
        if isinstance(found, Binding) and 0 < found.takes <= len(node.arguments):
            forces = found.forces
    # What is evaluated here comes after the function.
    function = g.value(frame, scope, node.function)
    guess = "" if forces else _guess(g, scope, node)
    if guess and isinstance(function, ast.Name):
        return _apply_guessed(g, frame, scope, node, function, guess)
    return _call(g, frame, g.at(node), function, _arguments(g, frame, scope, node.arguments, forces))


def _guess(g: Generator, scope: Scope, node: nodes.Apply) -> str:
    """The builtin that a function perhaps is, as its name says (`inherit (lib) length;`), where that is worth asking:
    Python tells the answer without a call, or what is selected need not be delayed.

    The arguments are compiled for both cases, so they are to be small.
    """
    function = node.function
    name = function.path[-1] if isinstance(function, nodes.Select) else getattr(function, "name", None)
    if g.faithful or g.probed or not isinstance(name, str) or name in _OFTEN_ANOTHER:
        return ""
    arity, order = g.builtins.get(name, (0, ""))
    if arity != len(node.arguments) or not all(_is_small(g, argument) for argument in node.arguments):
        return ""
    forced = forced_at_once(g, scope, order_of(order), node.arguments)
    delayed = any(isinstance(node.arguments[index], nodes.Select) for index in forced)
    return name if delayed or name in _CLASSES or name == "length" else ""


_OFTEN_ANOTHER = frozenset(("foldl'", "import", "throw", "abort"))
"""Names of builtins by which libraries call functions of their own, and of which none is called in a loop."""


def _is_small(g: Generator, node: Expression) -> bool:
    if isinstance(node, nodes.Select):
        return node.default is None and isinstance(node.subject, nodes.Variable)
    return isinstance(node, nodes.Variable | nodes.Lambda | nodes.Int) or constant_of(node)[0]


def _apply_guessed(
    g: Generator, frame: Frame, scope: Scope, node: nodes.Apply, function: ast.Name, builtin: str
) -> ast.expr:
    """The call of a function that is asked first whether it is a builtin, which forces some of its arguments."""
    at = g.at(node)
    made = {
        index: _argument(g, frame, scope, argument)
        for index, argument in enumerate(node.arguments)
        if isinstance(argument, nodes.Lambda)
    }
    target = g.temporary("t")
    with frame.branch() as guessed:
        arguments = dict(made)
        for index in forced_at_once(g, scope, order_of(g.builtins[builtin][1]), node.arguments):
            if index not in arguments:
                arguments[index] = g.value(frame, scope, node.arguments[index])
        in_order = _completed(g, frame, scope, node, arguments)
        result = _without_call(g, at, builtin, in_order)
        g.give(frame, at, result or py.call(at, g.builtin_code(at, builtin), *in_order), target)
    with frame.branch() as otherwise:
        g.give(frame, at, _call(g, frame, at, function, _completed(g, frame, scope, node, made)), target)
    is_builtin = py.is_(at, function, py.held(g.builtin(at, builtin)))
    frame.emit(py.if_(at, is_builtin, guessed, otherwise))
    return py.name(at, target)


def _completed(
    g: Generator, frame: Frame, scope: Scope, node: nodes.Apply, made: dict[int, ast.expr]
) -> list[ast.expr]:
    """All arguments of a call, of which some are `made` already."""
    return [
        made[index] if index in made else _argument(g, frame, scope, argument)
        for index, argument in enumerate(node.arguments)
    ]


def _apply_into(g: Generator, frame: Frame, scope: Scope, node: nodes.Apply, target: str) -> None:
    g.give(frame, py.NOWHERE, _apply(g, frame, scope, node), target)


def _apply_test(g: Generator, frame: Frame, scope: Scope, node: nodes.Apply) -> ast.expr:
    result = _apply(g, frame, scope, node)
    if isinstance(result, ast.Compare | ast.BoolOp):
        return result  # of a builtin that asks for a class
    at = g.at(node)
    return g.certainly_boolean(frame, at, g.settled(frame, py.NOWHERE, result))


def _delay_apply(g: Generator, frame: Frame, scope: Scope, node: nodes.Apply) -> ast.expr:
    """A cell; but `elemAt list index` is looked up at once where list and index are at hand, and a value stands there
    that is the same wherever it is (see `runtime.values.ALIKE`).
    """
    thunk = g.thunk(frame, scope, node)
    if g.faithful or g.crowd[1] or len(node.arguments) != 2 or as_builtin(g, scope, node.function) != "elemAt":
        return thunk
    tests: list[ast.expr] = []
    elements = at_hand(g, frame, scope, node.arguments[0])
    index = computed(g, frame, scope, node.arguments[1], tests)
    if index is None or not isinstance(elements, ast.Name):
        return thunk
    at = g.at(node)
    element, is_there = _place_in(g, at, elements, index, is_int=bool(tests))
    is_alike = py.contains(at, py.attribute(at, element, "__class__"), py.name(at, "ALIKE"))
    return py.either(at, py.all_of(at, *tests, *is_there, is_alike), py.name(at, element.target.id), thunk)


def _argument(g: Generator, frame: Frame, scope: Scope, node: Expression) -> ast.expr:
    """A delayed argument, which is mentioned twice."""
    return g.settled(frame, py.NOWHERE, g.delay(frame, scope, node))


def _arguments(
    g: Generator, frame: Frame, scope: Scope, given: Sequence[Expression], forces: tuple[int, ...]
) -> list[ast.expr]:
    """Arguments; those that the function forces before anything else are evaluated here instead of delayed."""
    at_once = () if g.told else forces
    found = {index: g.value(frame, scope, given[index]) for index in at_once}
    for index, argument in enumerate(given):
        if index not in found:
            found[index] = _argument(g, frame, scope, argument)
    return [found[index] for index in range(len(given))]


def _call(g: Generator, frame: Frame, at: py.At, function: ast.expr, arguments: list[ast.expr]) -> ast.expr:
    """The call of a function of which nothing is known, four arguments at a time."""
    last = (len(arguments) - 1) // MAX_ARITY * MAX_ARITY
    for start in range(0, last, MAX_ARITY):
        result = _call(g, frame, at, function, arguments[start : start + MAX_ARITY])
        function = g.settled(frame, at, result)
    arguments = arguments[last:]
    count = len(arguments)
    slow = py.call(at, f"CALL{count}", function, *arguments)
    if isinstance(function, ast.Constant):
        return slow
    if count == 1:
        fast = py.call_expression(at, function, arguments)
        return py.usually(at, py.is_class(at, function, "FUNCTION"), fast, slow)
    # By a variable: Python would look for a method, which takes it ten times as long.
    code = py.walrus(at, _CODE, py.attribute(at, function, "code"))
    fast = py.call_expression(at, code, arguments)
    return py.usually(at, py.is_class(at, function, CURRIED[count]), fast, slow)


def _apply_known(g: Generator, frame: Frame, scope: Scope, node: nodes.Apply, function: Binding) -> ast.expr:
    """A `let`-bound function with all its arguments: a direct call."""
    at = g.at(node)
    arguments = _arguments(g, frame, scope, node.arguments[: function.arity], function.forces)
    code = py.name(at, frame.reference(function))
    result: ast.expr = py.call_expression(at, code, arguments)
    rest = node.arguments[function.arity :]
    if rest:
        settled = g.settled(frame, at, result)
        result = _call(g, frame, at, settled, [_argument(g, frame, scope, argument) for argument in rest])
    return result


def _apply_builtin(g: Generator, frame: Frame, scope: Scope, node: nodes.Apply, builtin: str) -> ast.expr | None:
    """A builtin with all its arguments: a direct call of its Python function."""
    arity, order = g.builtins[builtin]
    if arity == 0 or len(node.arguments) < arity:
        return None
    at = g.at(node)
    given = node.arguments[:arity]
    rest = node.arguments[arity:]
    mapping = _mapping(g, scope, builtin, given)
    unseen = mapping is None and _has_unseen_elements(g, scope, node, builtin)
    if mapping is not None:
        builtin, given = f"{builtin} map", (*given[:-1], *mapping.arguments)
        arity, order = g.joined[builtin]
    elif unseen and builtin == "genList" and is_same(given[0]):
        builtin, given = "genList same", given[1:]
        arity, order = g.joined[builtin]
    elif unseen and g.faithful:
        builtin = f"{builtin} unseen"
    elif (pair := _pair(g, scope, builtin, given)) is not None:
        builtin, made = pair
        at, given = g.at(made), made.arguments
        arity, order = g.joined[builtin]
    # What is forced at once comes first, in its order: the thunks of the others then find variables forced.
    arguments = {
        index: g.value(frame, scope, given[index]) for index in forced_at_once(g, scope, order_of(order), given)
    }
    forced = () if g.told else [index for index, _ in order_of(order)]
    for index, argument in enumerate(given):
        if index in arguments:
            continue
        if (index in forced or (unseen and g.faithful)) and isinstance(argument, nodes.Lambda):
            arguments[index] = g.value(frame, scope, argument)  # what the builtin gets is nowhere else
        else:
            arguments[index] = _argument(g, frame, scope, argument)
    if mapping is not None:
        function = g.settled(frame, at, arguments[arity - 2])
        arguments[arity - 2] = _forced_by_map(g, frame, g.at(mapping), function, arguments[arity - 1])
    in_order = [arguments[index] for index in range(arity)]
    if builtin == "map" and "map plain" in g.joined and not g.probed and _is_plain(frame, in_order[0]):
        builtin = "map plain"
    result = None if g.told else _without_call(g, at, builtin, in_order)
    if result is None:
        result = py.call(at, g.builtin_code(at, builtin), *in_order)
    if rest:
        settled = g.settled(frame, at, result)
        result = _call(g, frame, at, settled, [_argument(g, frame, scope, argument) for argument in rest])
    return result


def is_done_at_one_go(g: Generator, scope: Scope, node: nodes.Apply, builtin: str) -> bool:
    """Whether a builtin with all its arguments does the work of two, or of a list that nobody sees."""
    given = node.arguments[: g.builtins[builtin][0]]
    if _mapping(g, scope, builtin, given) is not None:
        return True
    if builtin == "filter":
        return _pair(g, scope, builtin, given) is not None
    return _has_unseen_elements(g, scope, node, builtin) and (
        g.faithful or (builtin == "genList" and is_same(given[0]))
    )


def _is_plain(frame: Frame, function: ast.expr) -> bool:
    """Whether a function has just been defined that `map` applies to nothing before the result is wanted."""
    defined = frame.block[-1] if frame.block else None
    if not isinstance(function, ast.Name) or not isinstance(defined, ast.FunctionDef) or defined.name != function.id:
        return False
    trait = traits.trait_in(py.docstring(defined))
    return not trait or trait.startswith((traits.ASKS, traits.GIVES))


def _in_decimal(at: py.At, number: ast.expr) -> ast.expr:
    """What `toString` gives for an int; Python formats one without a call."""
    return ast.JoinedStr([ast.FormattedValue(number, -1, None, **at)], **at)


_CLASSES = {"isAttrs": "dict", "isFunction": "FUNCTION", "isInt": "int", "isList": "tuple", "isString": "str"}
"""The class of most values of which a builtin says yes."""

_OF_ONE_CLASS = ("isAttrs", "isInt", "isList")


def _without_call(g: Generator, at: py.At, builtin: str, arguments: list[ast.expr]) -> ast.expr | None:
    """What a builtin says of its arguments, where looking at their classes takes less than a call; None for others."""
    value = arguments[0]
    if builtin == "seq":
        return arguments[1]  # both are evaluated, in this order
    if isinstance(value, ast.Constant):
        return None
    if builtin == "elemAt":
        return _element(g, at, value, arguments[1])
    if builtin == "toString":
        slow = py.call(at, g.builtin_code(at, builtin), value)
        return py.usually(at, py.is_class(at, value, "int"), _in_decimal(at, value), slow)
    if builtin == "length":
        slow = py.call(at, g.builtin_code(at, builtin), value)
        return py.usually(at, py.is_class(at, value, "tuple"), py.call(at, "len", value), slow)
    if builtin not in _CLASSES:
        return None
    is_one = py.is_class(at, value, _CLASSES[builtin])
    if builtin in _OF_ONE_CLASS:
        return is_one
    return py.any_of(at, is_one, py.call(at, g.builtin_code(at, builtin), value))


def _element(g: Generator, at: py.At, elements: ast.expr, index: ast.expr) -> ast.expr | None:
    """`elemAt` by Python, of a list and one of its places where a value or an evaluated cell stands; any other cell the
    builtin evaluates, and says that it did should that fail.
    """
    if isinstance(index, ast.Constant) and index.value.__class__ is not int:
        return None
    slow = py.call(at, g.builtin_code(at, "elemAt"), elements, index)
    element, is_there = _place_in(g, at, elements, index)
    found = py.name(at, element.target.id)
    code, value = [py.subscript(at, found, py.constant(at, field)) for field in (0, 1)]
    evaluated = py.either(at, py.is_(at, code, py.name(at, "READ")), value, slow)
    is_cell = py.is_class(at, element, "list")
    return py.usually(at, py.all_of(at, *is_there), py.either(at, is_cell, evaluated, found), slow)


def _place_in(
    g: Generator, at: py.At, elements: ast.expr, index: ast.expr, *, is_int: bool = False
) -> tuple[ast.NamedExpr, list[ast.expr]]:
    """What stands in a list at an index, put into a variable, and the tests that there is such a list and place."""
    tests: list[ast.expr] = [py.is_class(at, elements, "tuple")]
    if not isinstance(index, ast.Constant) and not is_int:
        tests.append(py.is_class(at, index, "int"))
    size = py.call(at, "len", elements)
    tests.append(ast.Compare(py.constant(at, -1), [ast.Lt(), ast.Lt()], [index, size], **at))
    return py.walrus(at, g.temporary("t"), py.subscript(at, elements, index)), tests


def _mapping(g: Generator, scope: Scope, builtin: str, given: tuple[Expression, ...]) -> nodes.Apply | None:
    """The `map f list` in `concatLists (map f list)` and its like, where that is done at one go.  So it is for
    `genList f n`, which is `map f (genList (x: x) n)`.

    That it fails at once for what is no function must not be seen: what is forced before it is certainly right.
    """
    last = given[-1]
    if g.told or f"{builtin} map" not in g.joined or not isinstance(last, nodes.Apply) or len(last.arguments) != 2:
        return None
    before = order_of(g.builtins[builtin][1])[:-1]
    if not all(is_certainly(given[index], kind) for index, kind in before):
        return None
    maker = as_builtin(g, scope, last.function)
    if builtin in _GOING_THROUGH_CELLS:
        # What `map` makes at once, where nobody sees it, is better made so.
        is_delayed = maker == "map" and not (g.faithful and _has_unseen_elements(g, scope, last, "map"))
        return last if is_delayed else None
    if maker == "genList" and isinstance(last.arguments[0], nodes.Lambda):
        numbers = nodes.Apply(last.start, last.end, last.function, (_SAME, last.arguments[1]))
        return nodes.Apply(last.start, last.end, last.function, (last.arguments[0], numbers))
    return last if maker == "map" else None


def _has_unseen_elements(g: Generator, scope: Scope, node: nodes.Apply, builtin: str) -> bool:
    """Whether a `map` or `genList` of a function that may be applied before its results are wanted makes elements of
    which nobody sees whether they are evaluated.
    """
    if g.told or f"{builtin} unseen" not in g.joined:
        return False
    function = node.arguments[0]
    if function is _SAME or not g.faithful:
        return True
    if isinstance(function, nodes.Lambda):
        may_be_early = isinstance(function.body, nodes.Variable | nodes.Binary | nodes.String | nodes.Apply)
    else:
        may_be_early = as_builtin(g, scope, function) == "toString" or builtin == "genList"
    return may_be_early and g.has_unseen_elements(node)


_GOING_THROUGH_CELLS = frozenset(("all", "any", "filter", "foldl'"))
"""What hands the elements on, which may be wanted or not: cells, made one after the other."""

_SAME = nodes.Lambda(0, 0, "x", None, nodes.Variable(0, 0, "x"))


def _pair(g: Generator, scope: Scope, builtin: str, given: tuple[Expression, ...]) -> tuple[str, nodes.Apply] | None:
    """What does the work of a builtin and of another one that makes its last argument, and the call of the latter: the
    `split …` in `filter isString (split …)`, of which nobody sees more than the texts.
    """
    last = given[-1]
    if g.told or not g.joined or builtin not in _OF_PAIRS:
        return None
    if not isinstance(last, nodes.Apply) or len(last.arguments) != 2:
        return None
    maker = as_builtin(g, scope, last.function)
    if builtin == "attrValues" and maker == "mapAttrs":
        return "attrValues mapAttrs", last
    if builtin == "filter" and maker == "split" and as_builtin(g, scope, given[0]) == "isString":
        return "filter isString split", last
    return None


_OF_PAIRS = ("attrValues", "filter")


def _forced_by_map(g: Generator, frame: Frame, at: py.At, function: ast.expr, elements: ast.expr) -> ast.expr:
    """The function of a `map`, forced; where it or the list is wrong it is `map` that fails."""
    ready = py.all_of(at, py.is_class(at, function, "FUNCTION"), py.is_class(at, elements, "tuple"))
    forces = py.call(at, g.builtin_code(at, "map forces"), function, elements)
    return g.settled(frame, at, py.usually(at, ready, function, forces))


def forced_at_once(g: Generator, scope: Scope, order: Order, arguments: Sequence[Expression]) -> list[int]:
    """Which arguments to evaluate before a builtin is called, and in which order (see `builtins.table`)."""
    found: list[int] = []
    for index, kind in order:
        found.append(index)
        if not is_certainly(arguments[index], kind, lambda node: _is_known_function(g, scope, node)):
            break
    return found


def _is_known_function(g: Generator, scope: Scope, node: Expression) -> bool:
    builtin = as_builtin(g, scope, node)
    if builtin is not None:
        return g.builtins.get(builtin, (0, ""))[0] > 0
    found = scope.lookup(node.name) if isinstance(node, nodes.Variable) else None
    return isinstance(found, Binding) and found.arity > 0
