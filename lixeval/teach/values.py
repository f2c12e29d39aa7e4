"""Bounded forms of values, as the record has them: what is not evaluated is a cell's number, and nothing is forced.

    3, "text", true, null                ints within 53 bits, strings without a context, Booleans, null
    {"int": "9007199254740993"}          other ints
    {"float": "1.5"}
    {"string": "…", "context": […]}      a string with a context
    {"path": "/etc"}
    {"value": 4}                         a list or a set: entry 4 of the record's values,
                                         {"list": [V, …]} or {"set": {"name": V, …}}
    {"function": [source, offset], "name": "f"}
    {"builtin": "map", "given": 1}       `given`: how many arguments it or a function has already
    {"cell": 7}                          a thunk; whether it is evaluated by then, its steps tell

A list or a set stands in the record's values once, however often it is met: sharing shows, and what contains itself
ends.  What a bound leaves out is told: `"more": N` beside `list` and `set` for so many elements or attributes,
`"length": N` beside a text that is cut, and `{"cut": "set"}` for what is nested too deeply, or where all is full.
"""

from __future__ import annotations

from dataclasses import dataclass

from lixeval.runtime import code_info
from lixeval.runtime.printing import float_text, is_primop, is_primop_application
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import (
    ContextString,
    Path,
    missing_arguments,
    sorted_names,
    type_name,
    waiting_code,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed, Value

    Form = Any
    """What JSON can hold."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a run is recorded: entries of its log (`told` where it takes more), bytes of values and texts, and of
    a single value the depth, the elements or attributes of each list and set, and the characters of each text.

    `rest` is how many seconds are spent on what a run that is not recorded whole comes to; with 0 that stays unknown.
    """

    events: int = 200_000
    told: int = 20_000
    bytes: int = 64_000_000
    depth: int = 3
    items: int = 32
    text: int = 400
    rest: float = 0.0


REST = 5.0
"""Seconds: so long somebody who has asked for a story waits for the value of a program that is longer."""


class Forms:
    """Makes the forms; `number` gives the number of a cell, or None for one that is no thunk of the program's, and
    `place` the source and offset at which a function is written.
    """

    def __init__(
        self, bounds: Bounds, number: Callable[[Cell], int | None], place: Callable[[Value], tuple[int, int] | None]
    ) -> None:
        self._bounds = bounds
        self._left = bounds.bytes
        self._number = number
        self._place = place
        self._known: dict[int, int] = {}
        self._kept: list[Value] = []
        """The lists and sets themselves, so that no other ones take their identities."""
        self.values: list[Form] = []
        """The forms of lists and sets."""
        self.is_cut = False

    def form(self, value: Delayed) -> Form:
        """The form of a value or cell; lists and sets in it join `values`."""
        todo: list[tuple[Value, int, int]] = []
        form = self._form(value, 0, todo)
        while todo:
            group, number, depth = todo.pop()
            self.values[number] = self._group(group, depth, todo)
        return form

    def _form(self, value: Delayed, depth: int, todo: list[tuple[Value, int, int]]) -> Form:
        while value.__class__ is list:
            number = self._number(value)
            if number is not None:
                return {"cell": number}
            if value[0] is not READ:
                return {"cut": "thunk"}
            value = value[1]
        if value.__class__ is not dict and value.__class__ is not tuple:
            return {"cut": type_name(value)} if self.spend(16) else self._scalar(value)
        if not value:
            return {"set": {}} if value.__class__ is dict else {"list": []}
        found = self._known.get(id(value))
        if found is not None:
            return {"value": found}
        if depth > self._bounds.depth or self.spend(16):
            return {"cut": type_name(value), "size": len(value)}
        found = self._known[id(value)] = len(self.values)
        self._kept.append(value)
        self.values.append(None)
        todo.append((value, found, depth))
        return {"value": found}

    def spend(self, size: int) -> bool:
        """Takes bytes from what may be used; whether there were none left."""
        self._left -= size
        self.is_cut = self.is_cut or self._left <= 0
        return self._left <= 0

    def _scalar(self, value: Value) -> Form:
        kind = value.__class__
        if kind is str:
            return self._text(value, None)
        if kind is bool or value is None:
            return value
        if kind is int:
            return value if -(2**53) < value < 2**53 else {"int": str(value)}
        if kind is float:
            return {"float": float_text(value)}
        if kind is ContextString:
            return self._text(value.text, sorted(value.context))
        if kind is Path:
            return {"path": value.text}
        return self._function(value)

    def _text(self, text: str, context: list[str] | None) -> Form:
        most = self._bounds.text
        self._left -= min(len(text), most)
        if context is None and len(text) <= most:
            return text
        form: dict[str, Form] = {"string": text[:most]}
        if len(text) > most:
            form["length"] = len(text)
        if context is not None:
            form["context"] = context
        return form

    def _group(self, value: Value, depth: int, todo: list[tuple[Value, int, int]]) -> Form:
        most = self._bounds.items
        form: dict[str, Form]
        if value.__class__ is tuple:
            form = {"list": [self._form(element, depth + 1, todo) for element in value[:most]]}
        else:
            names = sorted_names(value)[:most]
            self._left -= sum(map(len, names))
            form = {"set": {name: self._form(value[name], depth + 1, todo) for name in names}}
        if len(value) > most:
            form["more"] = len(value) - most
        return form

    def _function(self, function: Value) -> Form:
        waiting = waiting_code(function)
        given = len(code_info.argument_names(waiting.__code__)) - missing_arguments(function)
        more: dict[str, Form] = {"given": given} if given > 0 else {}
        if is_primop(function) or is_primop_application(function):
            return {"builtin": waiting.nix_name} | more
        place = self._place(function)
        name = code_info.bound_name(waiting.__code__.co_name)
        form: dict[str, Form] = {"function": None if place is None else list(place)}
        return form | ({"name": name} if name else {}) | more
