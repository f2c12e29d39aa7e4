"""In which order what `trace` says is said, and what fails fails, where sets are gone through.

Walks over sets go by the alphabet, or as sets have their attributes, which is quicker than Nix's order (`name_order`)
and tells the same until something is said or fails.  So nothing is said while such a walk is under way: it ends
instead, and is taken again in Nix's order, as all of its thread are from then on.  What was evaluated stays so.

    if not WALKS.in_order:
        with InAnyOrder() as walk:
            return …
        … walk.error  # what has failed, if anything has
    …  # all in Nix's order
"""

from __future__ import annotations

import _thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Any


class _Walks(_thread._local):
    """Of one thread."""

    in_any_order = 0
    """How many walks are under way that do not go in Nix's order."""
    in_order = False
    """Whether all go in Nix's order."""


WALKS = _Walks()


class SaidOnTheWay(BaseException):
    """Something is to be said on a walk that is in no order; the outermost of them catches it, and nothing else."""


class InAnyOrder:
    """A walk that does not go in Nix's order, which goes on behind the `with` where that makes a difference."""

    __slots__ = ("error",)

    def __enter__(self) -> InAnyOrder:
        self.error: Exception | None = None
        WALKS.in_any_order += 1
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: TracebackType | None) -> bool:
        WALKS.in_any_order -= 1
        if isinstance(error, Exception):
            self.error = error
            return True
        return isinstance(error, SaidOnTheWay) and not WALKS.in_any_order


def through(names: Iterable[str], walk: Callable[[Iterable[str]], Any]) -> Any:
    """What `walk` makes of a set, in going through all of its names; it may be called twice."""
    if not WALKS.in_order:
        with InAnyOrder():
            return walk(names)
    from lixeval.runtime.name_order import names_as_met  # what neither fails nor says anything does not pay for it

    return walk(names_as_met(names))


def before_saying() -> None:
    """Comes before whatever is said."""
    if WALKS.in_any_order:
        WALKS.in_order = True
        raise SaidOnTheWay
