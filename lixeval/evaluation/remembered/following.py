"""Two evaluations of the same, the second of which follows the first: what that has evaluated, and nothing else."""

from __future__ import annotations

from types import CellType, FunctionType, MethodType

from lixeval.errors import DatabaseError
from lixeval.evaluation.remembered.arguments import LeftToEachRun, OfTheProject
from lixeval.runtime.thunks import BLACKHOLE, READ
from lixeval.runtime.values import Curried2, Curried3, Curried4, Withs

TYPE_CHECKING = False
if TYPE_CHECKING:
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
        if kind is list:
            if not first or not callable(first[0]):
                if second.__class__ is list:
                    pairs += zip(first, second, strict=False)  # no cell, but a list of Python's
                continue
            if hasattr(first[0], "stands_for"):
                if not reads:
                    continue  # nobody has looked at it
                read = first[0].stands_for(first)
                if read is not first:
                    pairs.append((read, second))
                    continue
            if second.__class__ is list and second and getattr(second[0], "__name__", "") == "PART":
                continue  # who looks at parts of the project has done so already
            if first[0] is READ:
                try:
                    value = second[0](second) if second.__class__ is list else second
                except DatabaseError:
                    raise
                except (Exception, LeftToEachRun) as error:
                    complete = complete and not isinstance(error, OfTheProject)
                    continue  # it waits for whoever asks
                pairs.append((first[1], value))
                continue
            if first[0] is BLACKHOLE:
                continue
            if second.__class__ is list and hasattr(second[0], "stands_for"):
                second = second[0].stands_for(second)
            if second.__class__ is list and getattr(second[0], "__name__", "") == "LOOKED":
                continue
            if second.__class__ is not list:
                pairs.append((first[1], second))
            elif getattr(first[0], "__name__", "") == getattr(second[0], "__name__", "") and first[3:] == second[3:]:
                pairs.append((first[1], second[1]))
            continue
        if second.__class__ is list:
            if hasattr(second[0], "stands_for"):
                pairs.append((first, second[0](second)))
                seen.discard(id(first))
            elif second[0] is READ or second[0].__name__ in ("STANDS", "LOOKED"):
                pairs.append((first, second[1]))
                seen.discard(id(first))
            continue
        if kind is not second.__class__:
            continue
        if kind is dict:
            if type(second) is dict:  # who looks at parts of the project has done so already
                pairs += [(value, second[name]) for name, value in first.items() if name in second]
        elif kind is tuple:
            pairs += zip(first, second, strict=False)
        elif kind is FunctionType:
            if first.__name__ == second.__name__ and first.__module__ == second.__module__:
                pairs += zip(first.__closure__ or (), second.__closure__ or (), strict=False)
        elif kind is CellType:
            try:
                pairs.append((first.cell_contents, second.cell_contents))
            except ValueError:
                continue
        elif kind is Withs:
            pairs.append((first.sets, second.sets))
        elif kind in _CURRIED:
            pairs.append((first.code, second.code))
        elif kind is MethodType:
            pairs += (first.__func__, second.__func__), (first.__self__, second.__self__)
    return complete
