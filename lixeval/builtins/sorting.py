"""`sort`: libstdc++'s stable sort, comparison for comparison.

Nix hands the comparator to std::stable_sort, and a comparator that contradicts itself shows which algorithm it is:
`sort (a: b: true) [ 1 2 3 ]` is `[ 3 2 1 ]`.  So this is that algorithm: each half of the list is cut into runs of
seven that are sorted by insertion, runs are merged pairwise until the half is one, and the halves are merged from the
end where the first is the longer one.  Comparators are called from plain loops, never from C.

Where the comparator is `lessThan` and all elements are numbers, or all strings, the order is total and every stable
algorithm gives the same list, so Python's own sort does it.  So it does where a comparator compares keys (as
`a: b: a.x < b.x`, which the compiler tells) that are all evaluated: nobody can tell who looks at them.  What is not
evaluated yet is once it was compared in the runs.
"""

from __future__ import annotations

from lixeval.builtins.versions import rank
from lixeval.runtime.arguments import forced_function, forced_list
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import call2
from lixeval.runtime.faults import expected
from lixeval.runtime.thunks import READ
from lixeval.runtime.traits import ORDERS, trait_of
from lixeval.runtime.values import ALIKE, ContextString, Curried2, Delayed, Function, Path, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RUN = 7
"""The length of the runs that are sorted by insertion (libstdc++: _S_chunk_size)."""


@builtin("sort")
def sort(comparator: Delayed, elements: Delayed) -> Value:
    """The elements of a list in the order of a comparator, which says whether its first argument comes first.

    Elements that are neither way round keep their order.  Forces the list, the comparator and all elements.

    >>> builtins.sort builtins.lessThan [ 483 249 526 147 42 77 ]
    [ 42 77 147 249 483 526 ]
    >>> builtins.sort (a: b: a.key < b.key) [ { key = 2; } { key = 1; } ]
    [ { key = 1; } { key = 2; } ]
    """
    elements = forced_list(elements)
    if not elements:
        return elements
    comparator = forced_function(comparator)
    forced = [element[0](element) if element.__class__ is list else element for element in elements]
    kinds = set(map(type, forced))
    if not ALIKE.issuperset(kinds) and kinds != {float}:
        forced = list(elements)  # what is handed on is the very same function, or short list
    if comparator.__class__ is Curried2:
        trait = trait_of(comparator.code)
        order = trait[len(ORDERS) :] if trait.startswith(ORDERS) else ""
        if len(order) > 1 and len(forced) < _MANY:
            order = ""
        in_order = sorted_by_keys(forced, order) if order else None
        return tuple(stable_sorted(forced, comparator.code, order) if in_order is None else in_order)

    def before(left: Value, right: Value) -> Value:
        return call2(comparator, left, right)

    return tuple(stable_sorted(forced, before))


_MANY = 12
"""Fewer elements are sorted sooner by a comparator than by what stands in them."""


def sorted_by_keys(values: list[Value], order: str) -> list[Value] | None:
    """Values in the order of their keys (as `compiler.comparators` writes them); None where one of these is not
    evaluated, or `<` does not order them totally.
    """
    columns: list[tuple[list[Any], bool]] = []
    for key in order.split(","):
        of_versions = key[0] == "v"
        direction, path = key[of_versions : of_versions + 1], key[of_versions + 1 :]
        found = _at_path(values, path.split(".")) if path else values
        keys = None if found is None else _ranks(found) if of_versions else _natural_keys(found)
        if keys is None:
            return None
        columns.append((keys, direction == ">"))
    if columns[0][0] is values and len(columns) == 1:
        return sorted(values, reverse=columns[0][1])
    indices = list(range(len(values)))
    for keys, falls in reversed(columns):
        indices.sort(key=keys.__getitem__, reverse=falls)
    return [values[index] for index in indices]


def _at_path(values: list[Value], names: list[str]) -> list[Value] | None:
    """What stands at a path in each of some values; None where that is not there, or not evaluated."""
    for name in names:
        if set(map(type, values)) != {dict}:
            return None
        try:
            values = [value[name] for value in values]
        except KeyError:
            return None
        values = [cell[1] if cell.__class__ is list and cell[0] is READ else cell for cell in values]
    return values


def _natural_keys(values: list[Value]) -> list[Any] | None:
    """What Python orders as `<` orders values of which it tells a total order; None for all others."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return values
    if kinds == {str}:
        return values if "".join(values).isascii() else [_text_bytes(value) for value in values]
    if kinds == {str, ContextString} or kinds == {ContextString} or kinds == {Path}:
        return [_text_bytes(value) for value in values]
    if kinds == {float} and all(value == value for value in values):
        return values
    return None


def _ranks(values: list[Value]) -> list[Any] | None:
    return [rank(value) for value in values] if set(map(type, values)) == {str} else None


def _text_bytes(value: Value) -> bytes:
    """What strings and paths are compared by."""
    text: str = value if value.__class__ is str else value.text
    return text.encode("utf-8", "surrogateescape")


def stable_sorted(values: list[Value], before: Function, order: str = "") -> list[Value]:
    """`values` sorted by `before(a, b)`, which gives a Nix Boolean; may change the list that it is given.  `order`: the
    keys that it orders by, if these are known.
    """
    middle = (len(values) + 1) // 2
    first = _half_sorted(values[:middle], before, order)
    second = _half_sorted(values[middle:], before, order)
    in_order = sorted_by_keys(first + second, order) if order else None
    if in_order is not None:
        return in_order
    merge = _merged if len(first) <= len(second) else _merged_from_the_end
    return merge(first, second, before)


def _half_sorted(values: list[Value], before: Function, order: str) -> list[Value]:
    """Runs sorted by insertion, then merged two and two."""
    count = len(values)
    for start in range(0, count, _RUN):
        _sort_run(values, start, min(start + _RUN, count), before)
    in_order = sorted_by_keys(values, order) if order else None
    if in_order is not None:
        return in_order
    step = _RUN
    while step < count:
        # libstdc++ merges into a buffer and back, always twice, even if the first time left one run.
        for _ in range(2):
            merged: list[Value] = []
            for start in range(0, count, 2 * step):
                left, right = values[start : start + step], values[start + step : start + 2 * step]
                merged += _merged(left, right, before) if right else left
            values = merged
            step *= 2
    return values


def _sort_run(values: list[Value], start: int, end: int, before: Function) -> None:
    """Insertion sort of `values[start:end]`, each new element compared with the first one first."""
    for position in range(start + 1, end):
        value = values[position]
        verdict = before(value, values[start])
        if verdict is True:
            values[start + 1 : position + 1] = values[start:position]
            values[start] = value
            continue
        if verdict is not False:
            raise expected("a Boolean", verdict)
        hole = position
        while True:
            previous = values[hole - 1]
            verdict = before(value, previous)
            if verdict is not True:
                if verdict is not False:
                    raise expected("a Boolean", verdict)
                break
            values[hole] = previous
            hole -= 1
        values[hole] = value


def _merged(left: list[Value], right: list[Value], before: Function) -> list[Value]:
    """Two sorted lists as one, compared from their beginnings."""
    if not left or not right:
        return left + right
    merged: list[Value] = []
    take = merged.append
    i = j = 0
    a, b = left[0], right[0]
    last_left, last_right = len(left) - 1, len(right) - 1
    while True:
        verdict = before(b, a)
        if verdict is True:
            take(b)
            if j == last_right:
                merged += left[i:]
                return merged
            j += 1
            b = right[j]
        elif verdict is False:
            take(a)
            if i == last_left:
                merged += right[j:]
                return merged
            i += 1
            a = left[i]
        else:
            raise expected("a Boolean", verdict)


def _merged_from_the_end(left: list[Value], right: list[Value], before: Function) -> list[Value]:
    """Two sorted lists as one, compared from their ends."""
    if not left or not right:
        return left + right
    backwards: list[Value] = []
    take = backwards.append
    i, j = len(left) - 1, len(right) - 1
    while True:
        a, b = left[i], right[j]
        verdict = before(b, a)
        if verdict is True:
            take(a)
            if i == 0:
                rest = right[: j + 1]
                break
            i -= 1
        elif verdict is False:
            take(b)
            if j == 0:
                rest = left[: i + 1]
                break
            j -= 1
        else:
            raise expected("a Boolean", verdict)
    backwards.reverse()
    return rest + backwards
