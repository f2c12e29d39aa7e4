"""Looking at what a function would ask its arguments, before it is applied to all elements of a list.

A function of the trait `code_info.ASKS` or `GIVES` has nothing to say of an argument that lacks some attribute.  Where
that can be seen without evaluating anything it need not be called, and nobody can tell: module systems ask each of
hundreds of modules for each of thousands of options, and hardly any has it.
"""

from __future__ import annotations

from lixeval.runtime.thunks import READ
from lixeval.runtime.values import Delayed, Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def worth_asking(function: Function, trait: str, elements: tuple[Delayed, ...]) -> Sequence[Delayed]:
    """Those elements of a list of which a function of such a trait may say something."""
    name: Any
    attribute, _, name = trait[trait.index(":") + 1 :].rpartition(".")
    if name[0] == "$":
        name = _captured(function, name[2:-1])
        if name.__class__ is not str:
            return elements
    wanted: list[Delayed] = []
    for element in elements:
        try:
            asked: Any = element if element.__class__ is dict else element[1] if element[0] is READ else None
            if attribute:
                cell = asked[attribute]
                asked = cell[1] if cell[0] is READ else None
            if name not in asked:
                continue
        except (LookupError, TypeError):
            pass  # it is not evaluated, or something else
        wanted.append(element)
    return wanted


def _captured(function: Any, variable: str) -> Any:
    """What a variable holds that a function has captured, if that is evaluated."""
    names = function.__code__.co_freevars
    if variable not in names:
        return None
    try:
        value = function.__closure__[names.index(variable)].cell_contents
    except ValueError:
        return None  # a variable of a recursive group that has no value yet
    if value.__class__ is list:
        return value[1] if value[0] is READ else None
    return value
