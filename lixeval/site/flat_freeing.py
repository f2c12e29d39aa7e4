"""Frees what a run has made without Python's functions for it calling one another, which is all that a browser bounds.

Python frees a set by freeing what is in it, and that by freeing what is in that: one call within the next.  A browser
has room for some two thousand of them, and no way to ask how many are left; evaluation itself takes none.  So nothing
that lives long enough to be nested deeply is freed while a program runs: whenever Python's collector looks at what is
new, that is put into a list.  When all is over the cells, by which a value holds a younger one, are emptied; then the
youngest is freed first, whose older parts the list still holds itself.
"""

from __future__ import annotations

import ast
import gc
from contextlib import contextmanager
from types import FrameType

from lixeval.runtime.thunks import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

NEW = 500
"""So many new objects, and the collector looks: what is younger is nested no deeper."""

MOST = 400_000
"""Who makes more needs the memory, and seldom nests it."""


CYCLES = 16
"""After so many runs what refers to itself is looked for, in all that is there."""


class _Keeper:
    """Keeps what the collector meets while it is one of its callbacks."""

    ended = 0

    def __init__(self) -> None:
        self._kept: list[Any] = []
        self._before = gc.get_threshold()

    def begin(self) -> None:
        gc.freeze()
        gc.set_threshold(NEW, *self._before[1:])
        gc.callbacks.append(self.look)

    def look(self, phase: str, about: dict[str, Any]) -> None:
        if phase != "start":
            return
        self._kept += _new()
        gc.freeze()  # so that the next look finds newer ones alone
        if len(self._kept) > MOST:
            gc.callbacks.remove(self.look)
            gc.set_threshold(MOST, *self._before[1:])
            self._kept.clear()

    def end(self) -> None:
        gc.disable()
        if self.look in gc.callbacks:
            gc.callbacks.remove(self.look)
            self._kept += _new()
        frames = _cut(self._kept)
        while self._kept:
            self._kept.pop()
        # A frame holds the one that has called it, which became an object after it.
        frames.reverse()
        while frames:
            frames.pop()
        gc.set_threshold(*self._before)
        gc.enable()
        _Keeper.ended += 1
        if _Keeper.ended % CYCLES == 0:
            gc.unfreeze()
            gc.collect()


_FILLED = (tuple, frozenset)
"""What does not change has no parts yet when it is made: nobody else may know it while Python puts them in."""


def _new() -> list[Any]:
    """What has been made since the collector last looked, but for tuples and frozen sets: their parts are kept."""
    return [one for one in gc.get_objects(generation=0) if one.__class__ not in _FILLED]


def _cut(kept: list[Any]) -> list[FrameType]:
    """Empties the cells among what was kept, and the branches of Python's `if`; the frames among it."""
    frames: list[FrameType] = []
    for one in kept:
        if one.__class__ is list:
            if len(one) > 1 and one[0] is READ:
                one[1] = None
            elif one and isinstance(one[0], ast.stmt):
                # A branch is there before what stands in it; what programs share is in tuples.
                one.clear()
        elif one.__class__ is FrameType:
            frames.append(one)
    return frames


@contextmanager
def freed_flat() -> Iterator[None]:
    """Whatever is made meanwhile is freed without depth; the collector no longer looks at what was there before."""
    keeper = _Keeper()
    keeper.begin()
    try:
        yield
    finally:
        keeper.end()
