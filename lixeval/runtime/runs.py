"""Values of runs: very many elements of one shape, made column by column of one constant (see `compiler.runs`).

data       = marshal of (what, size, columns)
column     = [what each element has], or [the one that all have]
spec       = ("literal", column)           a value
           | ("name", column)              what the variable of that name holds
           | ("mixed", column, column)     the one value, or where the other one is not None what that holds
           | ("list", (spec, …)) | ("set", attributes)
           | ("later", spec)               the same, as a thunk
attributes = ((names, lines, columns, spec), …)
spec       = ("select", spec, ends)        as that of an attribute: `inherit (…) name`
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

from lixeval.runtime.thunks import FORWARD, LATER, READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed, Value

    Column = Sequence[Any]
    Spec = tuple[Any, ...]


class Run:
    """A run's constant, opened.  `variables` has what the variables that it names hold, cells or values; `select`
    answers the cells of what is inherited from a set."""

    __slots__ = ("_columns", "_file", "_select", "_size", "_variables", "_what")

    def __init__(self, data: bytes, variables: dict[str, Delayed], file: str, select: Callable[[Cell], Value]) -> None:
        self._what, self._size, self._columns = marshal.loads(data)
        self._variables = variables
        self._file = file
        self._select = select

    def items(self) -> Iterable[Delayed]:
        """The elements of a list."""
        if len(self._what) == 1:
            return self._values(self._what[0])
        return chain.from_iterable(zip(*[self._values(spec) for spec in self._what], strict=True))

    def attributes(self) -> Iterator[tuple[str, Delayed]]:
        """Names and cells of a set's attributes."""
        return chain.from_iterable(zip(*[zip(*self._cells(each), strict=True) for each in self._what], strict=True))

    def bound(self, given: dict[str, Delayed]) -> dict[str, Delayed]:
        """What the names of a `let`, or of formals with defaults, stand for, in one dict with the other variables.

        `given` are arguments, which come before defaults.
        """
        known = self._variables
        for number, spec in self._what:
            names = self._column(number)
            if spec[0] == "set":
                made: list[dict[str, Delayed]] = [{} for _ in names]
                known.update(zip(names, made, strict=True))
                known.update(_among(names, given))
                self._fill(made, spec[1])
            elif spec[0] == "name":
                # Each of them may be the one before it.
                for name, other in zip(names, self._column(spec[1]), strict=True):
                    known[name] = given[name] if name in given else known[other]
            elif spec[0] == "mixed":
                for name, value, variable in zip(names, self._column(spec[1]), self._column(spec[2]), strict=True):
                    known[name] = given[name] if name in given else value if variable is None else known[variable]
            else:
                known.update(zip(names, self._values(spec), strict=True))
                known.update(_among(names, given))
        return known

    def _column(self, number: int) -> Column:
        found: Column = self._columns[number]
        return found if len(found) == self._size else [found[0]] * self._size

    def _values(self, spec: Spec) -> Column:
        """The value of each element, or what stands for it."""
        match spec[0]:
            case "literal":
                return self._column(spec[1])
            case "name":
                return [self._variables[name] for name in self._column(spec[1])]
            case "mixed":
                pairs = zip(self._column(spec[1]), self._column(spec[2]), strict=True)
                return [value if name is None else self._variables[name] for value, name in pairs]
            case "later":
                return [[LATER, value] for value in self._values(spec[1])]
            case "list" if spec[1]:
                return list(zip(*[self._values(item) for item in spec[1]], strict=True))
            case "list":
                return [()] * self._size
        if len(spec[1]) == 1:
            return [{name: cell} for name, cell in zip(*self._cells(spec[1][0]), strict=True)]
        return self._fill([{} for _ in range(self._size)], spec[1])

    def _fill(self, sets: list[dict[str, Delayed]], attributes: tuple[Any, ...]) -> list[dict[str, Delayed]]:
        """Gives each set the attributes of these columns."""
        for each in attributes:
            names, cells = self._cells(each)
            for attrs, name, cell in zip(sets, names, cells, strict=True):
                attrs[name] = cell
        return sets

    def _cells(self, attribute: tuple[Any, ...]) -> tuple[Column, Iterable[Delayed]]:
        """The names of a column of attributes, and their cells."""
        number, lines, columns, spec = attribute
        names = self._column(number)
        places = zip(repeat(self._file, self._size), self._column(lines), self._column(columns), strict=True)
        if spec[0] == "select":
            select, ends = self._select, zip(self._column(lines), self._column(spec[2]), strict=True)
            rows = zip(self._values(spec[1]), names, places, ends, strict=True)
            return names, [[select, source, place, (name, place + end)] for source, name, place, end in rows]
        values = zip(self._values(spec), places, strict=True)
        if spec[0] == "mixed":
            of_variables = zip(self._column(spec[2]), values, strict=True)
            return names, [[READ if name is None else FORWARD, *pair] for name, pair in of_variables]
        code = READ if spec[0] == "literal" or spec == ("list", ()) else FORWARD if spec[0] == "name" else LATER
        return names, [[code, value, place] for value, place in values]


def _among(names: Iterable[str], given: dict[str, Delayed]) -> dict[str, Delayed]:
    return {name: given[name] for name in names if name in given} if given else {}
