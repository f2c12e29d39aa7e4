"""What the frames of `walk` tell of a failure: where in the text it was, and what variables held."""

from __future__ import annotations

from lixeval.runtime import walk, walked_functions  # noqa: F401  # whose walkers `walk` then has
from lixeval.runtime.values import Withs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any

    from lixeval.runtime.walk import Node

_CODES = {number: walker.__code__ for number, walker in enumerate(walk.WALK)}
_INSIDE = (walk.WALKED, walk._arguments, walk._are_equal, walk._test)
_OF_OPERATORS = {_CODES[number] for number in (walk.ADD, walk.OPERATION, walk.LESS, walk.EQUAL, walk.UPDATE)}
_OF_OPERATORS.add(walk._are_equal.__code__)

WALKERS = frozenset([*_CODES.values(), *[function.__code__ for function in _INSIDE]])
"""The code of what walks nodes."""

RUN_UNITS = (_CODES[walk.UNIT], _CODES[walk.OFTEN])
"""The code of what has a unit evaluate a part of what it walks."""


def place_walked(frame: FrameType) -> tuple[int, int]:
    """The offsets of what a frame that walks a node is at."""
    local = frame.f_locals
    node = local["node"]
    if frame.f_code in _OF_OPERATORS:
        return node[5], node[6]
    if frame.f_code is _CODES[walk.SELECT] and "name" in local:
        return local["start"], min(local["start"] + len(local["name"]), node[2])
    if frame.f_code is _CODES[walk.SELECT_COMPUTED] and "start" in local:
        part, start = local["part"], local["start"]
        return (part[1], part[2]) if part.__class__ is tuple else (start, min(start + len(part), node[2]))
    node = local.get("at", node)
    return node[1], node[2]


def variables_walked(frame: FrameType, text: str) -> list[tuple[str, Any]]:
    """The variables that are named in what a frame walks, each with what it holds in the frame's environment; and what
    was selected so far, by no name.
    """
    env = frame.f_locals["env"]
    found = {
        text[node[1] : node[2]]: env[node[3]]
        for node in _nodes_in(frame.f_locals["node"])
        if node[0] in (walk.VARIABLE, walk.PASS) and node[3] < len(env)
    }
    value = frame.f_locals.get("value")
    return [*found.items(), *([] if value is None else [("", value)])]


def sets_walked(frame: FrameType) -> list[Any]:
    """The sets of the `with`s that what a frame walks looks for names in."""
    env = frame.f_locals["env"]
    found: list[Any] = []
    for node in _nodes_in(frame.f_locals["node"]):
        if node[0] == walk.FROM_WITHS:
            places = [node[4]] if node[4].__class__ is int else node[4]
            for each in [env[place] for place in places if place < len(env)]:
                found += each.sets if each.__class__ is Withs else [each]
            return found
    return found


def _nodes_in(node: Node) -> Iterator[Node]:
    """A node and those in it that stand in its environment, or in one that goes on from that."""
    work: list[Any] = [node]
    while work:
        each = work.pop()
        if each.__class__ is tuple:
            work += reversed(each)
            if len(each) > 3 and each[0].__class__ is int and each[1].__class__ is int and each[2].__class__ is int:
                yield each
