"""Forcing a value with everything in it: what `deepSeq` and --strict do."""

from __future__ import annotations

from lixeval.runtime.nesting import MAX_NESTING, endless
from lixeval.runtime.thunks import FORWARDS
from lixeval.runtime.values import Delayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

    from lixeval.runtime.name_order import InOrder


def force_deeply(value: Delayed, in_order: InOrder | None = None) -> None:
    """Forces a value with everything in it, each set and list once, however deep or cyclic.

    As sets have their attributes.  Should one fail, others may fail before it in Nix's order of names, `in_order` or
    that of the code that has called: then all is gone through again in that order, but for what has failed.
    """
    _force_all(value, in_order, _NOTHING, again=False)


_NOTHING: Delayed = object()


def _force_all(value: Delayed, in_order: InOrder | None, failed: Delayed, *, again: bool) -> None:
    seen: set[int] = set()
    # What is left to do of each set or list that is being gone through, the innermost last.
    stack: list[Iterator[Delayed]] = [iter((value,))]
    cell: Delayed = None
    try:
        while stack:
            for cell in stack[-1]:
                item = cell
                if item.__class__ is list:
                    if again and _stands_for(item) is failed:
                        raise _FailedAgain
                    item = item[0](item)
                if item.__class__ is dict:
                    inner = iter([item[name] for name in in_order(item)] if again and in_order else item.values())
                elif item.__class__ is tuple:
                    inner = iter(item)
                else:
                    continue
                if id(item) not in seen:
                    seen.add(id(item))
                    stack.append(inner)
                    if len(stack) > MAX_NESTING:
                        raise endless()
                    break
            else:
                stack.pop()
    except Exception as error:
        if again or len(stack) == 1:
            raise
        if in_order is None:
            from lixeval.runtime.name_order import order_at_hand  # only failures pay for the module

            in_order = order_at_hand()
        if in_order is None:
            raise
        raise_first(value, cell, error, in_order)


def raise_first(value: Delayed, failed: Delayed, error: Exception, in_order: InOrder) -> NoReturn:
    """Raises what fails first in a value in Nix's order of names: one thing in it, `failed`, did with an `error`, and
    is not evaluated again, lest it say again what it has said.
    """
    try:
        _force_all(value, in_order, _stands_for(failed), again=True)
    except _FailedAgain:
        raise error from None
    raise error


def _stands_for(cell: Delayed) -> Delayed:
    """The cell that is evaluated where this one is."""
    while cell.__class__ is list and cell[0] in FORWARDS:
        cell = cell[1]
    return cell


class _FailedAgain(Exception):
    """What is known to fail has been reached."""
