"""Plain arguments: told apart by what they are, made again, and found again by their places.

Nothing is evaluated for it.  A set whose members are texts, numbers, paths, lists and sets of these, however they were
written down, is plain; what waits to be evaluated, and functions, are not.
"""

from __future__ import annotations

from lixeval.runtime.thunks import APART, FORWARD, LATER, READ, STANDS
from lixeval.runtime.values import ContextString, Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.runtime.values import Delayed, Value

    Identity = tuple[Any, ...]

MOST_NESTED = 30
_KNOWN = frozenset((READ, LATER, APART, FORWARD, STANDS))
"""What answers cells whose value is at hand."""

_ATOMS: dict[type, str] = {int: "int", float: "float", bool: "bool", type(None): "null", str: "string"}


class NotPlain(Exception):
    """An argument is not plain."""


def value_at_hand(value: Delayed) -> Value:
    """What a cell gives without anything being evaluated; NotPlain where that cannot be."""
    for _ in range(100):
        if value.__class__ is not list:
            return value
        if value[0] not in _KNOWN:
            break
        value = value[1]
    raise NotPlain


def identity(argument: Delayed, nested: int = 0) -> Identity:
    """What tells a plain argument from every other; NotPlain where it is none."""
    value = value_at_hand(argument)
    kind = value.__class__
    if kind in _ATOMS:
        return (_ATOMS[kind], repr(value) if kind is float else value)
    if kind is Path:
        return ("path", value.text)
    if kind is ContextString:
        return ("context", value.text, tuple(sorted(value.context)))
    if nested > MOST_NESTED:
        raise NotPlain
    if kind is tuple:
        return ("list", tuple([identity(item, nested + 1) for item in value]))
    if kind is dict:
        return ("set", tuple([(name, identity(value[name], nested + 1)) for name in sorted(value)]))
    raise NotPlain


class Place:
    """Where an argument is written: to be asked by nobody, since that is elsewhere after the next edit."""

    def __init__(self) -> None:
        self.asked = False

    def __getitem__(self, index: int) -> Any:
        self.asked = True
        return ("«argument»", 0, 0)[index]


def made_again(known: Identity, place: Place, name: Callable[[Any, bool, tuple[Any, ...]], None]) -> Value:
    """A plain argument made from what tells it apart; `name` is told of each part of it that stands in memory by
    itself: the part, whether it is a value and no cell, and the way to it.
    """
    made = _made(known, place, name, ())
    if made.__class__ in (dict, tuple, Path, ContextString):
        name(made, True, ())
    return made


def _made(known: Identity, place: Place, name: Callable[[Any, bool, tuple[Any, ...]], None], way: Any) -> Value:
    kind, value = known[0], known[1]
    if kind == "float":
        return float(value)
    if kind == "path":
        return Path(value)
    if kind == "context":
        return ContextString(value, frozenset(known[2]))
    if kind == "list":
        made = tuple([_made(item, place, name, (*way, index)) for index, item in enumerate(value)])
        for index, item in enumerate(made):
            if item.__class__ not in _ATOMS:
                name(item, True, (*way, index))
        return made
    if kind == "set":
        cells: dict[str, Delayed] = {}
        for member, inner in value:
            item = _made(inner, place, name, (*way, member))
            cell = cells[member] = [READ, item, place]
            name(cell, False, (*way, member))
            if item.__class__ not in _ATOMS:
                name(item, True, (*way, member))
        return cells
    return value


def found_again(argument: Delayed, is_value: bool, way: tuple[Any, ...]) -> Delayed:
    """The part of an argument at a place."""
    part = argument
    for step in way:
        part = value_at_hand(part)[step]
    return value_at_hand(part) if is_value else part
