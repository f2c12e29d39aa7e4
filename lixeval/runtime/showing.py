"""Values as error messages and `trace` show them: as far as they are evaluated, nothing forced.

    { a = 1; f = «lambda f @ /x.nix:1:5»; g = «primop map»; t = «thunk»; «2 attributes elided» }

The form differs from what nix-instantiate prints (`printing`): functions and what is not evaluated stand between « and
», and messages show a bounded part of large values.  C++: print.cc, with errorPrintOptions for messages.
"""

from __future__ import annotations

from lixeval.formats.nix_text import attribute_name, quoted
from lixeval.runtime.code_info import bound_name, written_place
from lixeval.runtime.printing import is_primop, is_primop_application, scalar_text
from lixeval.runtime.thunks import BLACKHOLE, FORWARDS, READ
from lixeval.runtime.values import (
    FUNCTION_TYPES,
    ContextString,
    Delayed,
    Value,
    function_code,
    sorted_names,
    waiting_code,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Limits:
    """How much is shown: levels; attributes and list elements, each in all; bytes of a string."""

    __slots__ = ("attributes", "depth", "elements", "string")

    def __init__(self, depth: int, attributes: int, elements: int, string: int) -> None:
        self.depth = depth
        self.attributes = attributes
        self.elements = elements
        self.string = string


UNLIMITED = Limits(2**62, 2**62, 2**62, 2**62)
MESSAGE = Limits(10, 10, 10, 1024)
"""What messages show of a value."""


def value_text(value: Delayed, limits: Limits = UNLIMITED) -> str:
    """The text of a value, on one line."""
    return _Printer(limits).text(value)


class _Container:
    """A set or list that is being printed: what is left of it, how many there were, how many have been printed."""

    __slots__ = ("done", "is_set", "names", "size", "values")

    def __init__(self, container: Value, names: list[str]) -> None:
        self.is_set = container.__class__ is dict
        self.size = len(container)
        self.done = -1
        self.names = iter(names)
        self.values: Iterator[Delayed] = iter([container[name] for name in names] if self.is_set else container)


class _Printer:
    """One text being made; containers wait on a stack, so any depth prints."""

    __slots__ = ("attributes", "elements", "limits", "out", "seen", "stack", "whole")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.out: list[str] = []
        self.stack: list[_Container] = []
        self.seen: set[int] = set()
        self.whole: Value = None
        self.attributes = 0
        self.elements = 0

    def text(self, value: Delayed) -> str:
        self._begin(value)
        while self.stack:
            container = self.stack[-1]
            self._count(container)
            if container.done == container.size:
                self._close(container)
            elif self._is_full(container):
                left = container.size - container.done
                kind = "attribute" if container.is_set else "item"
                self.out.append(f" «{left} {kind}{'' if left == 1 else 's'} elided»")
                self._close(container)
            else:
                self.out.append(f" {attribute_name(next(container.names))} = " if container.is_set else " ")
                self._begin(next(container.values))
        return "".join(self.out)

    def _count(self, container: _Container) -> None:
        """An element of the container, if it is not about to begin, has been printed."""
        container.done += 1
        if container.done == 0:
            return
        if container.is_set:
            self.out.append(";")
            self.attributes += 1
        else:
            self.elements += 1

    def _is_full(self, container: _Container) -> bool:
        if container.is_set:
            return self.attributes >= self.limits.attributes
        return self.elements >= self.limits.elements

    def _close(self, container: _Container) -> None:
        self.out.append(" }" if container.is_set else " ]")
        self.stack.pop()

    def _begin(self, value: Delayed) -> None:
        """Prints a leaf, or the beginning of a set or list."""
        while value.__class__ is list and value[0] in FORWARDS:
            value = value[1]
        holder = value
        if value.__class__ is list:
            if value[0] is not READ:
                self.out.append("«potential infinite recursion»" if value[0] is BLACKHOLE else "«thunk»")
                return
            value = value[1]
        if value.__class__ is not dict and value.__class__ is not tuple:
            self.out.append(self._leaf(value))
            return
        is_set = value.__class__ is dict
        # In C++ all empty sets are one, and a list is the same only in the same cell; messages are given no cell for
        # the whole, which most often is an argument, so it is the same wherever it is.
        identity = (id(value) if value else 0) if is_set else id(holder)
        if (identity in self.seen or value is self.whole) and (is_set or value):
            self.out.append("«repeated»")
            return
        self.seen.add(identity)
        if len(self.stack) >= self.limits.depth:
            self.out.append("{ ... }" if is_set else "[ ... ]")
            return
        self.out.append("{" if is_set else "[")
        if not self.stack:
            self.whole = value
        self.stack.append(_Container(value, self._names(value) if value.__class__ is dict else []))

    def _names(self, attributes: dict[str, Delayed]) -> list[str]:
        """The names in order; where not all may be shown, the type of a set comes first."""
        names = sorted_names(attributes)
        if self.limits.attributes < UNLIMITED.attributes:
            names.sort(key=_is_unimportant)
        return names

    def _leaf(self, value: Value) -> str:
        if value.__class__ in FUNCTION_TYPES:
            return function_text(value)
        if value.__class__ is str:
            return _string_text(value, self.limits.string)
        if value.__class__ is ContextString:
            return _string_text(value.text, self.limits.string)
        return str(scalar_text(value))


def _is_unimportant(name: str) -> bool:
    return name not in ("type", "_type")


def _string_text(text: str, limit: int) -> str:
    if len(text) * 4 <= limit:
        return quoted(text)
    octets = text.encode("utf-8", "surrogateescape")
    if len(octets) <= limit:
        return quoted(text)
    left = len(octets) - limit
    shown = octets[:limit].decode("utf-8", "surrogateescape")
    return f"{quoted(shown)} «{left} byte{'' if left == 1 else 's'} elided»"


def function_text(function: Value) -> str:
    """A function by its name; one of the language by its place too."""
    if is_primop(function):
        return f"«primop {function_code(function).nix_name}»"
    if is_primop_application(function):
        return f"«partially applied primop {waiting_code(function).nix_name}»"
    name = bound_name(waiting_code(function).__name__)
    shown = f" {attribute_name(name)}" if name else ""
    return f"«lambda{shown} @ {':'.join(written_place(function))}»"
