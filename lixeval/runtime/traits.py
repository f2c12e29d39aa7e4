"""What a function may be to those who apply it: its trait, which the compiler sees in its text (`compiler.traits`) and
writes behind all else in its docstring (`code_info`).

Who asks: `eagerness`, `asking`, and the builtins that apply functions to all elements of a list.
"""

from __future__ import annotations

from lixeval.runtime.values import FunctionType, Value

MAKES = "makes"
"""It only puts its argument into a list or set: may be applied to anything."""

SAME = "same"
"""It is `x: x`."""

COUNTS = "counts"
"""It does arithmetic on its argument, or makes a string of it."""

SHOWS = "shows"
"""It is `toString`."""

LINEAR = "linear"
"""It does arithmetic of the first degree in its argument, without dividing that: `n: first + n`."""

APPENDS = "appends"
"""Of two arguments: what it gives is its first one, a list, and behind that what it would give for an empty list."""

GATHERS = "gathers"
"""Of two arguments: its first one, a list, and behind that the second one unless it is in it."""

UPDATES = "updates"
"""Of two arguments: its first one, a set, updated by what it would give for an empty set."""

ADDS = "adds"
"""Of two arguments: their sum."""

ORDERS = "orders:"
"""Of two arguments, whether the first one comes first; behind it stands by which keys (see `compiler.comparators`)."""

PICKS = "picks:"
"""It is `n: elemAt list (n + start)`, or the same backwards; behind it stands the variable of the list,
and in brackets the step, the number that is added, and the variables that are."""

ASKS = "asks:"
"""It is false of what lacks an attribute; behind it stands which one (see `compiler.asking`)."""

GIVES = "gives:"
"""It is an empty list of what lacks an attribute; behind it stands which one."""

SHOWN_LATER = {trait: f"{trait}-later" for trait in (SAME, COUNTS, SHOWS, LINEAR)}
"""The traits of code in which a value shows whether it was wanted."""

PICKS_LATER = "picks-later:"
"""And of what picks elements there."""

_TRAITS = frozenset((MAKES, SAME, COUNTS, SHOWS, LINEAR, APPENDS, GATHERS, UPDATES, ADDS, *SHOWN_LATER.values()))
_TRAITS_OF_BUILTINS = {"toString": SHOWS, "add": ADDS, "lessThan": ORDERS + "<"}

MANY_FUNCTIONS = 10_000
"""Of so many functions the trait is kept."""

KNOWN_TRAITS: dict[str | None, str] = {}
"""By their docstrings: those that a program applies often are few, and each is asked each time."""


def trait_of(function: Value) -> str:
    """What a function may be to those who apply it, as above; "" for one that is nothing of it."""
    if function.__class__ is not FunctionType:
        return ""
    if function.__doc__ is None:
        return _trait_in(function)  # nothing by which to know it again
    trait = KNOWN_TRAITS.get(function.__doc__)
    if trait is None:
        if len(KNOWN_TRAITS) == MANY_FUNCTIONS:
            KNOWN_TRAITS.clear()
        trait = KNOWN_TRAITS[function.__doc__] = _trait_in(function)
    return trait


def _trait_in(function: Value) -> str:
    trait = trait_in(function.__doc__ or "")
    return trait or _TRAITS_OF_BUILTINS.get(getattr(function, "nix_name", ""), "")


def trait_in(description: str) -> str:
    """The trait that the docstring of a compiled function tells."""
    if description[-1:].isdecimal():
        return ""  # places and nothing else, as of most functions
    trait = description[description.rfind(" ") + 1 :]
    return trait if trait in _TRAITS or trait.startswith((ORDERS, PICKS, PICKS_LATER, ASKS, GIVES)) else ""
