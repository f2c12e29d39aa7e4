"""Thunks: cells that delay an expression and remember its value.

A cell is a Python list whose first element is the function that answers it:

    [code,      environment]            suspended: code(cell) evaluates, stores, and returns the value
    [BLACKHOLE, environment]            being evaluated: asking again is infinite recursion
    [READ,      value]                  evaluated

so forcing is `if x.__class__ is list: x = x[0](x)` and tests no state.  A third element, where there is one, is
the position of the attribute that the cell stands for: (file, line, column), for `builtins.unsafeGetAttrPos`.

A failed evaluation puts `code` back, so that forcing again fails in the same way again and not with "infinite
recursion".  Compiled code repeats this protocol in each thunk's own function; the cells made by builtins use the
functions here.  All of them are plain functions called with positional arguments, so that Python needs no C stack.
"""

from __future__ import annotations

from _operator import itemgetter

from lixeval.errors import InfiniteRecursion
from lixeval.runtime.frames import tells
from lixeval.runtime.values import ALIKE, Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Cell = list[Any]
else:
    Cell = list


READ: Callable[[Cell], Value] = itemgetter(1)
"""Answers an evaluated cell.  What Python has in C is called in less time than a function of one line."""


def BLACKHOLE(cell: Cell) -> Value:
    """Answers a cell that is being evaluated: its value depends on itself."""
    raise InfiniteRecursion("infinite recursion encountered")


tells(BLACKHOLE, cell="cell")


def FORWARD(cell: Cell) -> Value:
    """Answers a cell that stands for another cell or a value under a position of its own (`inherit x;`).

    Where it matters which cell the value is in it keeps saying so.
    """
    value = cell[1]
    kind = type(value)  # which is quicker than `__class__` where it is another one each time
    if kind is list:
        held = value
        value = held[0](held)
        kind = type(value)
        if kind is dict or kind in ALIKE:
            cell[1] = value
            cell[0] = READ
            return value
        if held[0] is FORWARDED:
            held = held[1]
        if held[0] is READ:
            cell[1] = held
            cell[0] = FORWARDED
    elif kind is dict or kind in ALIKE:
        cell[0] = READ
    return value


tells(FORWARD, "forward", cell="cell")


def FORWARDED(cell: Cell) -> Value:
    """Answers [FORWARDED, evaluated cell]: what `FORWARD` becomes that keeps saying which cell the value is in."""
    return cell[1][1]


FORWARDED.__name__ = FORWARD.__name__  # to whoever compares how far two runs have evaluated the same
FORWARDS = (FORWARD, FORWARDED)
"""What answers cells that stand for another cell, or for a value, and are the same in a comparison."""


def STANDS(cell: Cell) -> Value:
    """Answers a cell in place of a value that stood in a set by itself: in a comparison it is that value."""
    return cell[1]


tells(STANDS, "forward", cell="cell")


def APART(cell: Cell) -> Value:
    """Answers a cell that has the value of another one (`[ x.a ]`), but is not the same in a comparison."""
    value = cell[1]
    if value.__class__ is list:
        value = value[1] if value[0] is READ else value[0](value)
        cell[1] = value
    cell[0] = READ
    return value


tells(APART, "forward", cell="cell")


def LATER(cell: Cell) -> Value:
    """Answers [LATER, value]: what C++ Nix makes a thunk of though its value is known, and prints as <CODE>."""
    cell[0] = READ
    return cell[1]


def COMPUTE(cell: Cell) -> Value:
    """Answers [COMPUTE, function]: a Python function without arguments, for cells made by Python code."""
    function = cell[1]
    cell[0] = BLACKHOLE
    try:
        value = function()
    except BaseException:
        cell[0] = COMPUTE
        raise
    cell[1] = value
    cell[0] = READ
    return value


tells(COMPUTE, "computed", cell="cell")


def force(value: Delayed) -> Value:
    """`value` in weak head normal form."""
    return value[0](value) if value.__class__ is list else value


def position_of(value: Delayed) -> Any:
    """The position (file, line, column) that an attribute's cell carries, or None."""
    if value.__class__ is not list:
        return None
    if len(value) > 2:
        return value[2]
    kept = getattr(value[0], "kept_position", None)  # of a cell that waits on the disk
    return None if kept is None else kept(value)
