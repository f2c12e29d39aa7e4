"""The only names that generated code may use, besides those it defines itself.

`namespace(copy_to_store, home)` gives them for one evaluator: what needs the world outside (interpolating a path copies
it to the store) is bound to it here.
"""

from __future__ import annotations

import marshal
from itertools import repeat

from lixeval.errors import (
    AssertionFailed,
    BadArguments,
    EvalError,
    InfiniteRecursion,
    NixTypeError,
    Place,
    UndefinedVariable,
)
from lixeval.formats.nix_text import attribute_name
from lixeval.runtime import operators
from lixeval.runtime.call import call1, call2, call3, call4
from lixeval.runtime.code_info import ORDER, names_and_defaults
from lixeval.runtime.compare import equal, less_than
from lixeval.runtime.faults import expected, missing_attribute
from lixeval.runtime.frames import tells
from lixeval.runtime.strings import CopyToStore, interpolate, join, text_without_context, well_formed
from lixeval.runtime.thunks import APART, BLACKHOLE, FORWARD, FORWARDS, LATER, READ, Cell
from lixeval.runtime.values import (
    ALIKE,
    INT_MAX,
    INT_MIN,
    Curried2,
    Curried3,
    Curried4,
    Delayed,
    FunctionType,
    Path,
    Value,
    Withs,
    curried,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from lixeval.runtime.code_info import Row

    Answering = Callable[[Cell], Value]
    Position = tuple[str, int, int]


class _Missing:
    """The one value that is no Nix value: what an optional selection found nothing."""

    __slots__ = ()


MISSING = _Missing()


def INHERITED(cell: Cell) -> Value:
    """Answers [INHERITED, set, position, (name, place)]: a name inherited from a set."""
    source = cell[1]
    name, place = cell[3]
    cell[0] = BLACKHOLE
    try:
        if source.__class__ is list:
            source = source[0](source)
        if source.__class__ is not dict:
            raise at_place(expected("a set", source), place)
        if name not in source:
            raise at_place(missing_attribute(name, source), place)
        value = source[name]
        if value.__class__ is list:
            value = value[0](value)
    except BaseException:
        cell[0] = INHERITED
        raise
    cell[1] = value
    cell[0] = READ
    return value


tells(INHERITED, "inherited", cell="cell", name="name", place="place")


def WITH(cell: Cell) -> Value:
    """Answers [WITH, (name, place, innermost set, …)]: a name that only a `with` can give."""
    payload = cell[1]
    name, place = payload[0], payload[1]
    cell[0] = BLACKHOLE
    try:
        value = _find_in_with(name, place, payload)
    except BaseException:
        cell[0] = WITH
        raise
    cell[1] = value
    cell[0] = READ
    return value


tells(WITH, "with", cell="cell", name="name", place="place", scopes="payload")


def _find_in_with(name: str, place: Any, payload: tuple[Any, ...]) -> Value:
    for index in range(2, len(payload)):
        scope = payload[index]
        if scope.__class__ is Withs:
            return scope[name] if name in scope else FROM_WITHS(scope, name)
        if scope.__class__ is list:
            scope = scope[0](scope)
        if scope.__class__ is not dict:
            raise at_place(expected("a set", scope), place)
        if name in scope:
            value = scope[name]
            return value[0](value) if value.__class__ is list else value
    raise at_place(UNDEFINED(name), place)


def FROM_WITHS(withs: Withs, name: str) -> Value:
    """What a name gives that was not found before in the sets of several `with`s; it is remembered.

    Not where what was asked does not say that it is evaluated: that is to be asked each time, as somebody follows who
    looks at it.
    """
    known = True
    for each in withs.sets:
        scope = each
        if scope.__class__ is list:
            scope = scope[0](scope)
            known = known and each[0] is READ
        if scope.__class__ is not dict:
            raise NEED_SET(scope)
        if name in scope:
            break
        known = known and type(scope) is dict
    else:
        raise UNDEFINED(name)
    cell = value = scope[name]
    if cell.__class__ is list:
        value = cell[0](cell)
        while cell.__class__ is list and cell[0] in FORWARDS:
            cell = cell[1]
        known = known and (cell is value or (cell[0] is READ and cell[1] is value))
    if known and type(scope) is dict:
        withs[name] = value
    return value


def FROM_SETS(sets: Withs | tuple[Delayed, ...], name: str) -> Value:
    """What a name gives that is looked for in the sets of `with`s, the innermost first; the last may be several."""
    if sets.__class__ is Withs:
        return sets[name] if name in sets else FROM_WITHS(sets, name)
    for each in sets:
        scope: Any = each
        if scope.__class__ is list:
            scope = scope[0](scope)
        if scope.__class__ is not dict:
            if scope.__class__ is Withs:
                return scope[name] if name in scope else FROM_WITHS(scope, name)
            raise NEED_SET(scope)
        if name in scope:
            value = scope[name]
            return value[0](value) if value.__class__ is list else value
    raise UNDEFINED(name)


def at_place(error: EvalError, place: Place) -> EvalError:
    """Gives an error the place of the code that a generic cell stands for; turned into a span where it is reported."""
    error.place = place
    return error


def UNDEFINED(name: str) -> UndefinedVariable:
    error = UndefinedVariable(f"undefined variable '{name}'")
    error.name = name
    return error


def UNEQUAL(left: Value, right: Value) -> AssertionFailed:
    """The error for `assert left == right` where the two are not equal."""
    from lixeval.runtime.inequality import unequal  # only failures pay for the module

    return unequal(left, right)


def NEED_SET(value: Value) -> NixTypeError:
    return expected("a set", value)


def BAD_ARGUMENTS(arguments: dict[str, Delayed], formals: Row) -> BadArguments:
    """Why an argument set does not match the formals: the first name, in Nix's order, that is missing or unexpected."""
    from lixeval.runtime.name_order import names_as_met

    known = names_and_defaults(formals)
    missing = [name for name, optional in known.items() if not optional and name not in arguments]
    if missing:
        name = names_as_met(missing)[0]
        error = BadArguments(f"called without required argument '{name}'")
    else:
        name = names_as_met([name for name in arguments if name not in known])[0]
        error = BadArguments(f"called with unexpected argument '{attribute_name(name)}'")
    error.name, error.known = name, tuple(known)
    return error


def RUN_ITEMS(data: bytes, variables: dict[str, Delayed], file: str) -> Iterable[Delayed]:
    """The elements of a list that are a run (see `runtime.runs`)."""
    from lixeval.runtime.runs import Run  # hardly any text has one

    return Run(data, variables, file, INHERITED).items()


def RUN_ATTRIBUTES(data: bytes, variables: dict[str, Delayed], file: str) -> dict[str, Delayed]:
    """The attributes of a set that are a run."""
    from lixeval.runtime.runs import Run

    return dict(Run(data, variables, file, INHERITED).attributes())


def RUN_BOUND(data: bytes, variables: dict[str, Delayed], file: str, given: dict[str, Delayed]) -> dict[str, Delayed]:
    """What the names of a `let` stand for that are a run, or those of formals with defaults, beside what is given."""
    from lixeval.runtime.runs import Run

    return Run(data, variables, file, INHERITED).bound(given)


def DYNAMIC_NAME(value: Value) -> str | None:
    """The name in `${value} = …`; null means no attribute."""
    return None if value is None else text_without_context(value)


def DUPLICATE(name: str, attributes: dict[str, Delayed]) -> EvalError:
    cell = attributes[name]
    where = ""
    if cell.__class__ is list and len(cell) > 2 and cell[2]:
        file, line, column = cell[2]
        where = f" at {file}:{line}:{column}"
    return EvalError(f"dynamic attribute '{attribute_name(name)}' already defined{where}")


def OVERRIDE(attributes: dict[str, Delayed]) -> None:
    """Puts the attributes of `__overrides` over those of the recursive set that has it."""
    overrides = attributes["__overrides"]
    if overrides.__class__ is list:
        overrides = overrides[0](overrides)
    if overrides.__class__ is not dict:
        raise expected("a set", overrides)
    attributes.update(overrides)


def namespace(
    copy_to_store: CopyToStore, home: Callable[[str], str], in_order: Callable[[Iterable[str]], list[str]]
) -> dict[str, Any]:
    """A fresh global namespace for compiled code."""

    def given_the_store(function: Any) -> Any:
        """A function whose last parameter is what copies to the store; a closure around it would be a call more."""
        made: Any = FunctionType
        return made(function.__code__, function.__globals__, function.__name__, (copy_to_store,))

    def STRINGS(parts: tuple[Value, ...]) -> Value:
        try:
            text = "".join(parts)
        except TypeError:
            return join(parts)
        return text if text.isascii() else well_formed(text)

    def HOME_TEXT(rest: str) -> str:
        return home(rest) + rest

    def HOME_PATH(rest: str) -> Path:
        # C++ Nix leaves it as it is written.
        return Path(home(rest) + rest)

    result = dict(_EXPORTS)
    result[ORDER] = in_order
    result.update(INTERPOLATE=given_the_store(interpolate), ADD=given_the_store(operators.ADD))
    result.update(STRINGS=STRINGS, HOME_PATH=HOME_PATH, HOME_TEXT=HOME_TEXT)
    return result


def waiting(
    answering: Callable[[dict[int, str]], Answering],
) -> Callable[[bytes, tuple[Any, ...], str], dict[str, Cell]]:
    """What makes the cells of very many attributes of which each is answered by a piece of a file.

    `answering` gives what answers them all, and finds a cell's piece by the identity of its position.
    """
    known: dict[bytes, tuple[Answering, dict[int, list[tuple[str, Position]]], dict[str, Any]]] = {}

    def WAITING(data: bytes, environments: tuple[Any, ...], file: str) -> dict[str, Cell]:
        """Names and cells, from columns; what an attribute that is no piece has is void.

        They are read once: a package set is made for each stage of its stdenv, as a copy of one whose names are there
        already, so that no dict grows; and what has the same environment together.
        """
        if data not in known:
            names, units, numbers, lines, columns = marshal.loads(data)
            positions = list(zip(repeat(file), lines, columns))
            answer = answering(dict(zip(map(id, positions), units, strict=True)))
            groups: dict[int, list[tuple[str, Position]]] = {}
            for name, number, position in zip(names, numbers, positions, strict=True):
                groups.setdefault(number, []).append((name, position))
            known[data] = answer, groups, dict.fromkeys(names)
        answer, groups, without_cells = known[data]
        attributes = without_cells.copy()
        for number, rows in groups.items():
            environment = environments[number]
            for name, position in rows:
                attributes[name] = [answer, environment, position]
        return attributes

    return WAITING


def PATH_PART(value: Value) -> Value:
    """What `${value}` adds to a path."""
    return interpolate(value, None)


_EXPORTS: dict[str, Any] = {
    "ALIKE": ALIKE,
    "AssertionFailed": AssertionFailed,
    "ADDEND": operators.ADDEND,
    "APART": APART,
    "ATTRIBUTE_NAME": operators.ATTRIBUTE_NAME,
    "BAD_ARGUMENTS": BAD_ARGUMENTS,
    "BLACKHOLE": BLACKHOLE,
    "BOOLEAN": operators.BOOLEAN,
    "CALL1": call1,
    "CALL2": call2,
    "CALL3": call3,
    "CALL4": call4,
    "CONCAT": operators.CONCAT,
    "CURRIED": curried,
    "Curried2": Curried2,
    "Curried3": Curried3,
    "Curried4": Curried4,
    "DIV": operators.DIV,
    "DUPLICATE": DUPLICATE,
    "DYNAMIC_NAME": DYNAMIC_NAME,
    "EQUAL": equal,
    "FORWARD": FORWARD,
    "FUNCTION": FunctionType,
    "InfiniteRecursion": InfiniteRecursion,
    "INHERITED": INHERITED,
    "IN_FOLDER": operators.text_in,
    "INT_MAX": INT_MAX,
    "INT_MIN": INT_MIN,
    "KeyError": KeyError,
    "LATER": LATER,
    "LESS": less_than,
    "MISSING": MISSING,
    "MUL": operators.MUL,
    "NEED_SET": NEED_SET,
    "NEGATE": operators.NEGATE,
    "OVERRIDE": OVERRIDE,
    "PATH": operators.path_of,
    "PATH_PART": PATH_PART,
    "FROM_WITHS": FROM_WITHS,
    "Path": Path,
    "READ": READ,
    "RUN_ATTRIBUTES": RUN_ATTRIBUTES,
    "RUN_BOUND": RUN_BOUND,
    "RUN_ITEMS": RUN_ITEMS,
    "SUB": operators.SUB,
    "UNDEFINED": UNDEFINED,
    "UNEQUAL": UNEQUAL,
    "UPDATE": operators.UPDATE,
    "WITH": WITH,
    "Withs": Withs,
    "__builtins__": {},
    "bool": bool,
    "dict": dict,
    "frozenset": frozenset,
    "int": int,
    "len": len,
    "list": list,
    "str": str,
    "tuple": tuple,
}
