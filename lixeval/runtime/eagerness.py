"""Cheap eagerness: applying functions of numbers before anybody wants what they give, where nobody can tell.

Programs make long lists of numbers by `map`, `genList` and `range`, and sum them up by folds.  A cell for each element
takes longer than its arithmetic.  Which functions do arithmetic and nothing else their trait says (`traits`); here
it is seen whether they may be applied, and to what.
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.runtime.call import APPLY
from lixeval.runtime.thunks import LATER, READ
from lixeval.runtime.traits import COUNTS, LINEAR, MAKES, PICKS_LATER, SAME, SHOWN_LATER, SHOWS, trait_of
from lixeval.runtime.values import ALIKE, INT_MAX, Delayed, Function, Value

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


def picked(generator: Function, trait: str, count: int) -> tuple[Delayed, ...] | None:
    """The list that `genList` makes of elements of another list, as `take`, `drop` and `reverseList` of libraries do;
    None where one of them is not there, or the list not evaluated.

    Values that are there stand in it as they are, or wait to be wanted where that shows (`PICKS_LATER`) and where it is
    seen which of two is which; the others are cells, as `genList` makes them.
    """
    variable, step, first, variables, later = _PICKING.get(trait) or _picking(trait)
    elements = captured(generator, variable)
    for variable in variables:
        added = captured(generator, variable)
        if added.__class__ is not int or abs(added) > MOST_COUNTED_UP:
            return None
        first += added
    last = first + step * (count - 1)
    if elements.__class__ is not tuple or not (0 <= first < len(elements) and 0 <= last < len(elements)):
        return None
    chosen = elements[first : last + 1] if step == 1 else elements[last : first + 1][::-1]
    if chosen is elements:
        chosen = (*elements,)  # printing tells lists that are one from those that are alike
    kinds = set(map(type, chosen))
    if not later and kinds <= ALIKE:
        return chosen
    if kinds == {list} and chosen[0][0] is not READ:
        return None  # as a rule none of them is evaluated then
    result: list[Delayed] = []
    for index, element in enumerate(chosen):
        value = element[1] if element.__class__ is list and element[0] is READ else element
        if value.__class__ is list:
            result.append([APPLY, (generator, index)])
        elif later or value.__class__ not in ALIKE:
            result.append([LATER, value])
        else:
            result.append(value)
    return tuple(result)


def _picking(trait: str) -> tuple[str, int, int, list[str], bool]:
    """What a trait of those says: the variable of the list, the step, the number and the variables that are added, and
    whether values show that they were not wanted."""
    kind, _, rest = trait.partition(":")
    variable, _, terms = rest[:-1].partition("[")
    step, number, *variables = terms.split(",")
    if len(_PICKING) == MOST_PICKING:
        _PICKING.clear()
    found = _PICKING[trait] = variable, int(step), int(number), variables, f"{kind}:" == PICKS_LATER
    return found


_PICKING: dict[str, tuple[str, int, int, list[str], bool]] = {}
MOST_PICKING = 1000
"""So many traits are known taken apart."""

FEW_PICKED = {":": 8, "-": 100}
"""Cells for fewer elements are made in the time that it takes to look; where values show whether they were wanted
(`picks-`) these are cells too."""

MOST_COUNTED_UP = 2**60
"""What is added to an index is less: no sum of such numbers leaves 64 bits on the way."""


def captured(function: Any, variable: str) -> Any:
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
