"""Places: what thunks and values flow into, for whoever asks what becomes of them (`visibility`).

A place stands for thunks or for values, and for all that it was united with, as in Steensgaard's analysis of pointers:
in time about that of reading the text.  Its parts, which are places:

    of thunks       "value"
    of lists        "[]" the elements (thunks)
    of functions    ":" the parameter (a thunk), "=" what they give
    of sets         ".NAME" an attribute (a thunk)
"""

from __future__ import annotations

from collections.abc import Iterable


class Place:
    """A place; `into` is the one that it has been united to."""

    __slots__ = ("into", "parts")

    def __init__(self) -> None:
        self.into: Place | None = None
        self.parts: dict[str, Place] = {}


def find(place: Place) -> Place:
    """What a place has been united to: it itself, or another one."""
    while place.into is not None:
        if place.into.into is not None:
            place.into = place.into.into
        place = place.into
    return place


def part(place: Place, name: str) -> Place:
    """A part of a place."""
    parts = find(place).parts
    known = parts.get(name)
    if known is None:
        known = parts[name] = Place()
    return find(known)


def unite(first: Place, second: Place) -> None:
    """Makes one of two places, and of their parts."""
    work = [(first, second)]
    while work:
        a, b = map(find, work.pop())
        if a is b:
            continue
        if len(a.parts) < len(b.parts):
            a, b = b, a
        b.into = a
        for name, place in b.parts.items():
            other = a.parts.setdefault(name, place)
            if other is not place:
                work.append((other, place))
        b.parts = {}


def reachable(places: Iterable[Place]) -> set[Place]:
    """All that can be reached from places, they themselves among it."""
    work = [find(place) for place in places]
    reached: set[Place] = set()
    while work:
        place = work.pop()
        if place not in reached:
            reached.add(place)
            work += map(find, place.parts.values())
    return reached


def thunk_of(value: Place) -> Place:
    """The place of thunks of values."""
    thunk = Place()
    thunk.parts["value"] = value
    return thunk


def list_of(elements: Place) -> Place:
    """The place of lists of thunks."""
    made = Place()
    made.parts["[]"] = elements
    return made


def call(function: Place, argument: Place) -> Place:
    """What functions give for thunks."""
    unite(part(function, ":"), argument)
    return part(function, "=")
