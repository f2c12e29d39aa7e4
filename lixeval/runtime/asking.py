"""Looking at what a function would ask its arguments, before it is applied to all elements of a list.

A function of the trait `traits.ASKS` or `GIVES` has nothing to say of an argument that lacks some attribute.  Where
that can be seen without evaluating anything it need not be called, and nobody can tell: module systems ask each of
hundreds of modules for each of thousands of options, and hardly any has it.

As they ask the same modules again and again it is noted of each which attributes it has, once it was asked as often as
it has some: so noting takes no longer than asking took, and no more memory than there were questions.
"""

from __future__ import annotations

import _thread

from lixeval.runtime.eagerness import captured
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import Delayed, Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Elements = tuple[Delayed, ...]

MOST_LISTS = 256
"""Of so many lists it is known what they were asked for."""


class _AskedLists(_thread._local):
    """The lists that a thread has asked: it ends with its evaluation (`system.deep_stack`), and lets them go."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, str], _AskedList] = {}

    def of(self, elements: Elements, attribute: str) -> _AskedList:
        """A list of which that attribute is asked."""
        key = id(elements), attribute
        found = self.known.get(key)
        if found is None:
            if len(self.known) == MOST_LISTS:
                del self.known[next(iter(self.known))]
            found = self.known[key] = _AskedList(elements, attribute)
        return found


class _AskedList:
    """Which elements of a list, or values of an attribute of them, have attributes of which names."""

    __slots__ = ("_attribute", "_elements", "_left", "_noted", "_times")

    def __init__(self, elements: Elements, attribute: str) -> None:
        self._elements = elements
        self._attribute = attribute
        self._noted: dict[str, list[int]] = {}
        """By each name the places of those that were noted to have it."""
        self._left: Sequence[int] = range(len(elements))
        """Of those that were not noted yet, as they are not evaluated, are something else, or have many attributes."""
        self._times = 0

    def worth_asking(self, name: Any) -> list[Delayed]:
        """The elements that are not seen to lack an attribute."""
        self._times += 1
        elements, attribute = self._elements, self._attribute
        left: list[int] = []
        unseen: list[int] = []
        for place in self._left:
            element = elements[place]
            asked: Any = element[1] if element.__class__ is list and element[0] is READ else element
            try:
                if attribute:
                    cell = asked[attribute]
                    asked = cell[1] if cell.__class__ is list and cell[0] is READ else cell
            except (LookupError, TypeError):
                asked = None  # it is not evaluated, or something else
            if type(asked) is dict and len(asked) <= self._times:  # of no other kind, that is told who looks at it
                for each in asked:
                    self._noted.setdefault(each, []).append(place)
                continue
            if asked.__class__ is not dict or name in asked:
                unseen.append(place)
            left.append(place)
        self._left = left
        return [elements[place] for place in sorted([*self._noted.get(name, ()), *unseen])]


_LISTS = _AskedLists()


def worth_asking(function: Function, trait: str, elements: Elements) -> Sequence[Delayed]:
    """Those elements of a list of which a function of such a trait may say something."""
    name: Any
    attribute, _, name = trait[trait.index(":") + 1 :].rpartition(".")
    if name[0] == "$":
        name = captured(function, name[2:-1])
        if name.__class__ is not str:
            return elements
    return _LISTS.of(elements, attribute).worth_asking(name)
