"""What calls are given: told apart by what was found out of it, made again, and found again by its places.

    what tells it apart   ("set", ((name, part), ...)), ("list", (part, ...)), ("int", 1) and so on, UNASKED, OTHER
                          ("function", text, ((variable, part), ...)): see `functions`

A part that nobody has evaluated is `UNASKED`: whatever stands there, the call has not looked at it.  What was evaluated
and is neither text, number, path, function, list nor small set is `OTHER`.  Neither has to be the same in another
call: what follows from it is not kept, but waits (`LeftToEachRun`), and is given what the other call was given.
"""

from __future__ import annotations

from lixeval.runtime.code_info import captured_by
from lixeval.runtime.thunks import APART, FORWARD, FORWARDED, LATER, READ, STANDS
from lixeval.runtime.values import FUNCTION_TYPES, ContextString, Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.evaluation.remembered.functions import Text
    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed, Value

    Identity = tuple[Any, ...]
    Way = tuple[Any, ...]

    TextOf = Callable[[Value], Text | None]
    """What tells a function apart besides what it has captured; None where it is not told apart."""

    Make = Callable[[Text, dict[str, Cell]], Value]
    """Makes a function again."""

    Namer = Callable[[Any, bool, Way], None]
    """Is told of a part that stands in memory by itself: the part, whether it is a value and no cell, the way to it."""

UNASKED = ("unasked",)
OTHER = ("other",)

MOST_NESTED = 8
MOST_NAMES = 40
MOST_PARTS = 500
"""A larger argument, or part of one, is `OTHER`."""

_KNOWN = frozenset((READ, LATER, APART, FORWARD, FORWARDED, STANDS))
"""What answers cells whose value is at hand."""

_ATOMS: dict[type, str] = {int: "int", float: "float", bool: "bool", type(None): "null", str: "string"}


class LeftToEachRun(BaseException):
    """Something was asked for that each run must ask for itself: who has asked is kept as if not evaluated.

    Nobody on the way may take it for an error.
    """


class StartAgain(BaseException):
    """What is to be shown depends on how far values are evaluated.  Nobody on the way may take it for an error."""


class OfTheProject(LeftToEachRun):
    """What was asked for is a file of the project, or a part of an argument that is not known."""


def value_at_hand(value: Delayed) -> Value:
    """What a cell gives without anything being evaluated; LookupError where that cannot be."""
    for _ in range(100):
        if value.__class__ is not list:
            return value
        if value[0] not in _KNOWN:
            break
        value = value[1]
    raise LookupError


def identity(argument: Delayed, is_other: Callable[[str], bool], text_of: TextOf) -> Identity:
    """What tells an argument from others; `is_other` says so of the text of paths, which may be elsewhere next time."""
    left = MOST_PARTS

    def part(delayed: Delayed, nested: int) -> Identity:
        nonlocal left
        left -= 1
        try:
            value = value_at_hand(delayed)
        except LookupError:
            return UNASKED
        kind = value.__class__
        if kind in _ATOMS:
            return (_ATOMS[kind], repr(value) if kind is float else value)
        if kind is Path:
            return OTHER if is_other(value.text) else ("path", value.text)
        if kind is ContextString:
            return ("context", value.text, tuple(sorted(value.context)))
        if nested > MOST_NESTED or left < 0:
            return OTHER
        if kind is tuple and len(value) <= left:
            return ("list", tuple([part(item, nested + 1) for item in value]))
        if kind is dict and len(value) <= MOST_NAMES:
            return ("set", tuple([(name, part(value[name], nested + 1)) for name in sorted(value)]))
        if kind in FUNCTION_TYPES:
            text = text_of(value)
            if text is not None:
                captured = captured_by(value) or {}
                return ("function", text, tuple([(name, part(captured[name], nested + 1)) for name in text[2]]))
        return OTHER

    return part(argument, 0)


def holds(known: Identity, kinds: tuple[Identity, ...]) -> bool:
    """Whether an argument has parts of some kinds."""
    if known in kinds:
        return True
    if known[0] == "list":
        return any(holds(item, kinds) for item in known[1])
    return known[0] in ("set", "function") and any(holds(item, kinds) for _, item in known[-1])


def is_alike(known: Identity, argument: Delayed, text_of: TextOf) -> bool:
    """Whether an argument is as one that is known; what was evaluated of that one is evaluated of this one."""
    if known in (UNASKED, OTHER):
        return True
    value = argument[0](argument) if argument.__class__ is list else argument
    kind, of = value.__class__, known[0]
    if kind in _ATOMS:
        return bool(_ATOMS[kind] == of and (repr(value) if kind is float else value) == known[1])
    if kind is Path:
        return bool(of == "path" and value.text == known[1])
    if kind is ContextString:
        return known == ("context", value.text, tuple(sorted(value.context)))
    if kind is tuple:
        return (
            of == "list"
            and len(value) == len(known[1])
            and all(is_alike(part, item, text_of) for part, item in zip(known[1], value, strict=True))
        )
    if kind is dict:
        return (
            of == "set"
            and len(value) == len(known[1])
            and all(name in value for name, _ in known[1])
            and all(is_alike(part, value[name], text_of) for name, part in known[1])
        )
    if kind in FUNCTION_TYPES and of == "function" and text_of(value) == known[1]:
        captured = captured_by(value) or {}
        return all(is_alike(part, captured[name], text_of) for name, part in known[2])
    return False


class Place:
    """Where a part of an argument is written: to be asked by nobody, since that is elsewhere after the next edit."""

    __slots__ = ("cell",)

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    def __getitem__(self, index: int) -> Any:
        raise OfTheProject


class Nowhere:
    """Where an attribute of the project's is written: elsewhere after the next edit, so nobody may ask."""

    def __getitem__(self, index: int) -> Any:
        raise OfTheProject


NOWHERE = Nowhere()


def LEFT(cell: Cell) -> Value:
    """Answers the cell of a part that is not known."""
    raise OfTheProject


def made_again(known: Identity, make: Make, name: Namer) -> Delayed:
    """An argument made from what tells it apart; `name` is told of each part of it."""
    made = _made(known, make, name, ())
    if made.__class__ in (dict, tuple, Path, ContextString, *FUNCTION_TYPES):
        name(made, True, ())
    elif made.__class__ is list:
        name(made, False, ())
    return made


def _made(known: Identity, make: Make, name: Namer, way: Way) -> Delayed:
    if known in (UNASKED, OTHER):
        return [LEFT, None]
    kind, value = known[0], known[1]
    if kind == "float":
        return float(value)
    if kind == "path":
        return Path(value)
    if kind == "context":
        return ContextString(value, frozenset(known[2]))
    if kind == "list":
        items = tuple([_made(item, make, name, (*way, index)) for index, item in enumerate(value)])
        for index, item in enumerate(items):
            if item.__class__ not in _ATOMS:
                name(item, item.__class__ is not list, (*way, index))
        return items
    if kind in ("set", "function"):
        cells: dict[str, Cell] = {}
        for member, inner in known[-1]:
            item = _made(inner, make, name, (*way, member))
            cell: Cell = item if item.__class__ is list else [READ, item]
            cell.append(Place(cell))
            cells[member] = cell
            name(cell, False, (*way, member))
            if item.__class__ not in _ATOMS and item is not cell:
                name(item, True, (*way, member))
        return cells if kind == "set" else make(value, cells)
    return value


def found_again(argument: Delayed, is_value: bool, way: Way) -> Delayed:
    """The part of an argument at a place."""
    part = argument
    for step in way:
        value = value_at_hand(part)
        part = (captured_by(value) or {})[step] if value.__class__ in FUNCTION_TYPES else value[step]
    return value_at_hand(part) if is_value else part
