"""Two evaluations of the same, the second of which follows the first: what that has evaluated, and nothing else."""

from __future__ import annotations

from types import CellType, FunctionType, MethodType

from lixeval.errors import DatabaseError
from lixeval.evaluation.remembered.arguments import LeftToEachRun, OfTheProject
from lixeval.runtime.thunks import BLACKHOLE, READ
from lixeval.runtime.values import Curried2, Curried3, Curried4, Withs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from lixeval.runtime.values import Delayed

_CURRIED = (Curried2, Curried3, Curried4)


def follow(pairs: list[tuple[Delayed, Delayed]], seen: set[int], known: set[int], *, reads: bool = False) -> bool:
    """Evaluates of the second of each pair what the first has evaluated, as far as the two are alike; whether nothing
    of the project was asked for.  What was `seen` is noted, what is `known` is passed over.  What waits in a heap is
    passed over as well, or `reads` says that it is read to see whether it was evaluated.
    """
    complete = True
    while pairs:
        first, second = pairs.pop()
        kind = first.__class__
        if id(first) in seen or id(first) in known or kind is str or kind is int or first is None:
            continue
        seen.add(id(first))
        if kind is list and first and first[0] is READ:
            if _answered_by(second) == "PART":
                continue  # who looks at parts of the project has done so already
            try:
                pairs.append((first[1], second[0](second) if second.__class__ is list else second))
            except DatabaseError:
                raise
            except (Exception, LeftToEachRun) as error:  # it waits for whoever asks
                complete = complete and not isinstance(error, OfTheProject)
        elif kind is list:
            pairs += _behind_waiting(first, second, reads)
        elif second.__class__ is list:
            if hasattr(second[0], "stands_for"):
                pairs.append((first, second[0](second)))
                seen.discard(id(first))
            elif second[0] is READ or second[0].__name__ in ("STANDS", "LOOKED"):
                pairs.append((first, second[1]))
                seen.discard(id(first))
        elif kind is second.__class__:
            pairs += _within(first, second)
    return complete


def _answered_by(cell: Delayed) -> str:
    """The name of the function that answers a cell; "" for a value."""
    return getattr(cell[0], "__name__", "") if cell.__class__ is list and cell else ""


def _behind_waiting(first: list[Any], second: Delayed, reads: bool) -> Iterable[tuple[Delayed, Delayed]]:
    """What is to be followed behind a cell that was not evaluated: what it has in its environment."""
    if not first or not callable(first[0]):  # no cell, but a list of Python's
        return zip(first, second, strict=False) if second.__class__ is list else ()
    if hasattr(first[0], "stands_for"):
        read = first[0].stands_for(first) if reads else first
        if read is not first:
            return ((read, second),)
        if not reads:
            return ()  # nobody has looked at it
    if _answered_by(second) == "PART" or first[0] is BLACKHOLE:
        return ()
    if second.__class__ is list and hasattr(second[0], "stands_for"):
        second = second[0].stands_for(second)
    if second.__class__ is not list:
        return ((first[1], second),)
    if _answered_by(second) == "LOOKED":
        return ()
    return ((first[1], second[1]),) if _answered_by(first) == _answered_by(second) and first[3:] == second[3:] else ()


def _within(first: Any, second: Any) -> Iterable[tuple[Delayed, Delayed]]:
    """What is to be followed in two values of one kind."""
    kind = first.__class__
    if kind is dict:
        if type(second) is dict:  # who looks at parts of the project has done so already
            return [(value, second[name]) for name, value in first.items() if name in second]
    elif kind is tuple:
        return zip(first, second, strict=False)
    elif kind is FunctionType:
        if first.__name__ == second.__name__ and first.__module__ == second.__module__:
            return zip(first.__closure__ or (), second.__closure__ or (), strict=False)
    elif kind is CellType:
        try:
            return ((first.cell_contents, second.cell_contents),)
        except ValueError:
            return ()
    elif kind is Withs:
        return ((first.sets, second.sets),)
    elif kind in _CURRIED:
        return ((first.code, second.code),)
    elif kind is MethodType:
        return ((first.__func__, second.__func__), (first.__self__, second.__self__))
    return ()
