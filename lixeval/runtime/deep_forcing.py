"""Forcing a value with everything in it: what `deepSeq` and --strict do."""

from __future__ import annotations

from lixeval.runtime.nesting import MAX_NESTING, endless
from lixeval.runtime.said import WALKS, InAnyOrder
from lixeval.runtime.thunks import FORWARDS
from lixeval.runtime.values import Delayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

    from lixeval.runtime.name_order import InOrder


def force_deeply(value: Delayed, in_order: InOrder | None = None) -> None:
    """Forces a value with everything in it, each set and list once, however deep or cyclic.

    As sets have their attributes.  Should one fail or say something, others may before it in Nix's order of names,
    `in_order` or that of the code that has called: then all is gone through again in that order, but for what has
    failed.
    """
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is not dict and value.__class__ is not tuple:
        return
    if not WALKS.in_order:
        reached: list[Delayed] = []
        with InAnyOrder() as walk:
            return _force_all(value, reached)
        if walk.error is not None:
            raise_first(value, reached[0], walk.error, in_order)
    _force_all(value, [], in_order or _order_at_hand())


def _order_at_hand() -> InOrder | None:
    from lixeval.runtime.name_order import order_at_hand  # few walks pay for the module

    return order_at_hand()


_NOTHING: Delayed = object()


def _force_all(
    value: Delayed, reached: list[Delayed], in_order: InOrder | None = None, failed: Delayed = _NOTHING
) -> None:
    """Forces all but what is known to have failed; `reached` gets the cell that fails now."""
    seen: set[int] = set()
    # What is left to do of each set or list that is being gone through, the innermost last.
    stack: list[Iterator[Delayed]] = [iter((value,))]
    cell: Delayed = None
    try:
        while stack:
            for cell in stack[-1]:
                item = cell
                if item.__class__ is list:
                    if failed is not _NOTHING and _stands_for(item) is failed:
                        raise _FailedAgain
                    item = item[0](item)
                if item.__class__ is dict:
                    inner = iter(item.values() if in_order is None else [item[name] for name in in_order(item)])
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
    except Exception:
        reached.append(cell)
        raise


def raise_first(value: Delayed, failed: Delayed, error: Exception, in_order: InOrder | None) -> NoReturn:
    """Raises what fails first in a value in Nix's order of names: one thing in it, `failed`, did with an `error`, and
    is not evaluated again, which may take long.
    """
    in_order = in_order or _order_at_hand()
    if in_order is not None:
        try:
            _force_all(value, [], in_order, _stands_for(failed))
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
