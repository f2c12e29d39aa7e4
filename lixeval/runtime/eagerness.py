"""Cheap eagerness: applying functions of numbers before anybody wants what they give, where nobody can tell.

Programs make long lists of numbers by `map`, `genList` and `range`, and sum them up by folds.  A cell for each element
takes longer than its arithmetic.  Which functions do arithmetic and nothing else their trait says (`code_info`); here
it is seen whether they may be applied, and to what.
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.runtime.code_info import COUNTS, LINEAR, MAKES, SAME, SHOWN_LATER, SHOWS, trait_of
from lixeval.runtime.thunks import LATER, READ
from lixeval.runtime.values import INT_MAX, Delayed, Function, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

MOST_MADE = 1_000_000
"""Of longer lists the sets in them are made when they are wanted: a set takes twice the memory of its thunk."""

MOST_COUNTED = 8
"""Of longer lists Python counts the elements, where these are equally far apart."""

SHOWING = {shown: trait for trait, shown in SHOWN_LATER.items()}
"""The traits of functions whose results show whether they were wanted, and what these are otherwise."""


def counts_at_once(function: Value, trait: str) -> bool:
    """Whether a function may be applied to an int before the result is wanted: that ends, and nobody can tell.

    It does arithmetic on its argument and on ints that it has captured, if it has: of anything else `+` could run code
    of the program (`__toString`).  It may fail, and is then to be applied again when the result is wanted.  A third of
    nixpkgs' lib tests is one fold over a `range` of a million.
    """
    if trait not in (COUNTS, SHOWS, LINEAR):
        return False
    try:
        return all(cell.cell_contents.__class__ is int for cell in function.__closure__ or ())
    except ValueError:
        # A variable of a recursive group that has no value yet.
        return False


def unwanted(values: tuple[Value, ...]) -> Value:
    """Values that show as cells until they are wanted."""
    return tuple([[LATER, value] for value in values])


def generated_at_once(generator: Function, trait: str, count: int) -> tuple[Value, ...] | None:
    """The results of `genList` at once, where nobody can tell; None where somebody could, or one of them fails."""
    if trait == SAME:
        return tuple(range(count))
    if (trait == MAKES and count <= MOST_MADE) or counts_at_once(generator, trait):
        try:
            if trait == LINEAR and count > MOST_COUNTED:
                return _progression(generator, count)
            if trait == SHOWS:
                return tuple(map(str, range(count)))
            return tuple([generator(index) for index in range(count)])
        except EvalError:
            # It fails when that element is wanted.
            pass
    return None


def _progression(generator: Function, count: int) -> tuple[Value, ...]:
    """`genList` of a linear function.  Whatever it computes on the way is linear too: if it fits at both ends, it does
    in between.
    """
    first, last = generator(0), generator(count - 1)
    step = (last - first) // (count - 1)
    return tuple(range(first, last + (1 if step > 0 else -1), step)) if step else (first,) * count


def given_for_numbers(function: Delayed, elements: tuple[Delayed, ...]) -> tuple[Value, ...] | None:
    """What a function gives for each of some numbers, which are wanted then, where nobody can tell when it was applied;
    None where somebody could, where one of the elements is no known int, and where it fails for one.
    """
    trait = trait_of(function)
    trait = SHOWING.get(trait, trait)
    numbers = known_numbers(elements) if counts_at_once(function, trait) else None
    given = None if numbers is None else mapped_at_once(function, trait, numbers)
    if given is not None and numbers is not elements:
        want(elements)
    return given


def mapped_at_once(function: Function, trait: str, numbers: Sequence[Any]) -> tuple[Value, ...] | None:
    """The results of `map` at once; None where one of them fails, which it then does when it is wanted."""
    try:
        return tuple(map(str, numbers) if trait == SHOWS else [function(number) for number in numbers])
    except EvalError:
        return None


def known_numbers(elements: tuple[Delayed, ...]) -> Sequence[int] | None:
    """The ints that elements are, or will be when they are wanted: for whoever wants all of them (`want`).  None where
    something else is among them, or what is to be evaluated.
    """
    kinds = set(map(type, elements))
    if kinds == {int}:
        return elements
    if not kinds <= {int, list}:
        return None
    values: list[Any] = [
        element if element.__class__ is int else element[1] if element[0] is READ or element[0] is LATER else None
        for element in elements
    ]
    return values if set(map(type, values)) == {int} else None


def want(elements: tuple[Delayed, ...]) -> None:
    """Forces elements of which all values are known."""
    for element in elements:
        if element.__class__ is list:
            element[0] = READ


def sum_fits(start: int, numbers: Sequence[int]) -> bool:
    """Whether ints can be added to another one, one after the other, without leaving 64 bits."""
    # Where none is negative each sum is at most the last one.
    total = sum(numbers) if min(numbers) >= 0 else sum(map(abs, numbers))
    return abs(start) + total <= INT_MAX
