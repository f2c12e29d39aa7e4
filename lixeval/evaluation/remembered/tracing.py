"""What each cell has looked at of the project while it was evaluated: so that it is kept as long as that is the same.

A library imports files of the project: a NixOS its configuration.  While the library is rehearsed these are evaluated
too, but the library gets no value of them as it is.  It gets *parts*: of a set or list cells that give parts in their
turn, of a function one whose results are parts.  Whoever looks at a part is seen to do so, and what was seen counts for
every cell that is being evaluated then, and for whoever reads one of these.

    part        a file's value, what a call of the library was given, an attribute of these, an element, what a
                function gives for an argument; or a fact, as what kind of file there is at a path of the project
    shape       what is seen of a part: text, number, that it is a set, the length of a list, that it is a function; or
                what is answered to a question about it: whether a set has a name, which names it has
    bits        which parts a cell has looked at: bit 0 for the first that anybody looked at, and so on

A cell that has looked at parts is kept with its value, and with its code as it was before: a run reads the value where
all these parts have the shapes that they had (`parts`), else the cell is evaluated again, as one that nobody has
forced.  Besides, of each such cell it is kept at which cells and parts it has looked by itself: where one of these is
evaluated again, and gives what it gave, nothing follows from that (`heap_reader`, `likeness`).  What is made while a
cell is evaluated is reached through its value alone, so that nothing made of a part that is another one by now stays in
reach.

This is for a process that ends afterwards: what answers cells that builtins make (`APPLY` and others) is changed in it.
"""

from __future__ import annotations

from contextlib import contextmanager

from lixeval.builtins import table
from lixeval.evaluation.observer import Observer
from lixeval.evaluation.remembered.arguments import NOWHERE, OfTheProject
from lixeval.evaluation.remembered.shapes import ATOMS, shape_of
from lixeval.runtime import call, compare, exports, thunks
from lixeval.runtime.code_info import (
    SHARED,
    SOURCE,
    codes_within,
    exchange,
    formals_of,
    kind_of,
    takes_more,
    tell_formals,
    written_formals,
)
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import ContextString, FunctionType, Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType
    from typing import Any

    from lixeval.evaluation.remembered.shapes import Shape
    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed, Value

    Way = tuple[Any, ...]
    """Which part: ("file", path), ("fact", question, path), ("argument", which call's), ("member" | "call", part, what
    of it); or a question about one: ("has", part, name), ("names", part).  With `follows_files` files of the library
    are parts as well: ("content", path).
    """

    Dependence = Cell | int
    """A cell that has looked at parts, or -1 - bit for a part."""

    LookedAt = tuple[int, tuple[Dependence, ...]]
    """The bits of all parts, and what was looked at without a cell in between."""

MOST_PARTS = 20_000
"""Who looks at more is not followed."""

NOTHING: LookedAt = (0, ())
"""What somebody has looked at who has looked at no part."""

_ANSWERING = (
    (call, "APPLY"),
    (call, "APPLY2"),
    (exports, "INHERITED"),
    (exports, "WITH"),
    (thunks, "APART"),
    (thunks, "COMPUTE"),
    (thunks, "FORWARD"),
    (table, "_LOAD"),
)
"""What answers cells besides compiled code, and asks other cells."""


class TooMuch(BaseException):
    """So much of the project is looked at that following it is not worth while."""


class Looked:
    """What an evaluated cell that has looked at parts was before, the bits of these, and by itself at what it has
    looked, in that order.
    """

    __slots__ = ("bits", "cell", "code", "dependences", "payload")

    def __init__(self, cell: Cell, code: Any, payload: Any, bits: int, dependences: tuple[Dependence, ...]) -> None:
        self.cell = cell
        self.code = code
        self.payload = payload
        self.bits = bits
        self.dependences = dependences


class Trace(Observer):
    """Watches one evaluator, and where it `follows_files` what that reads of the library as well.

    `ways` and `shapes` are of the parts that were looked at, by their bits; `functions` has the part of each function
    that the library was given.
    """

    def __init__(self, is_own: Callable[[str], bool], *, follows_files: bool = False) -> None:
        self.is_own = is_own
        self.follows_files = follows_files
        self.ways: list[Way] = []
        self.shapes: list[Shape] = []
        self.functions: dict[int, int] = {}
        self._looked: dict[int, Looked] = {}
        self._bits: list[int] = [0]
        """For each cell that is being evaluated what it has looked at, the innermost last."""
        self._dependences: list[dict[int, Dependence]] = [{}]
        """And at which parts and cells it has looked by itself."""
        self._is_projects = [False]
        """And whether it is code of the project that evaluates."""
        self._within = 0
        """How many parts are being evaluated."""
        self._numbers: dict[Way, int] = {}
        self._given: list[Value] = []
        """Each part as the library was given it."""
        self._real: dict[int, Value] = {}
        """Sets, lists and functions of the project, by their part."""
        self._arguments: dict[int, Delayed] = {}
        self._first: dict[int, int] = {}
        """And the part that each of these was first."""
        self._kept: list[Any] = []
        self.LOOKED, self.PART = self._answering()

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Meanwhile what answers cells notes what they look at."""
        hooked = [getattr(module, name) for module, name in _ANSWERING]
        before: list[Any] = []
        try:
            for function in hooked:
                original = FunctionType(function.__code__, function.__globals__, function.__name__)
                code = _answered.__code__.replace(co_name=function.__name__)
                before.append((function, *exchange(function, code, (original, self.answered))))
            code = _are_no_parts.__code__.replace()
            before.append((compare.are_one, *exchange(compare.are_one, code, (self.functions,))))
            yield
        finally:
            for function, code, defaults in before:
                exchange(function, code, defaults)

    # Cells

    def _answering(self) -> tuple[Callable[[Cell], Value], Callable[[Cell], Value]]:
        looked, bits, note = self._looked, self._bits, self._depend

        def LOOKED(cell: Cell) -> Value:
            was = looked[id(cell)]
            bits[-1] |= was.bits
            note(was)
            return cell[1]

        def member(cell: Cell) -> Value:
            cell[1] = self._asked(cell[1])
            cell[0] = READ
            return cell[1]

        def PART(cell: Cell) -> Value:
            return self.answered(cell, member)

        return LOOKED, PART

    def answered(self, cell: Cell, answer: Callable[[Cell], Value], *, is_projects: bool = False) -> Value:
        """What `answer` gives for a cell; what was looked at for that is noted."""
        code, payload, bits = cell[0], cell[1], self._bits
        self._begin(is_projects=is_projects)
        try:
            value = answer(cell)
        except BaseException:
            found, dependences = self._end()
            bits[-1] |= found
            self._dependences[-1].update(dependences)
            raise
        found, dependences = self._end()
        if found:
            bits[-1] |= found
            if cell[0] is READ:
                cell[0] = self.LOOKED
                was = self._looked[id(cell)] = Looked(cell, code, payload, found, tuple(dependences.values()))
                self._depend(was)
            else:
                cell[0], cell[1] = code, payload  # a function that is forwarded: whoever asks for it asks again
                self._dependences[-1].update(dependences)
        return value

    def _begin(self, *, is_projects: bool) -> None:
        """Something is evaluated of which it is to be told what it looks at, until `_end`."""
        self._bits.append(0)
        self._dependences.append({})
        self._is_projects.append(is_projects)

    def _end(self) -> tuple[int, dict[int, Dependence]]:
        self._is_projects.pop()
        return self._bits.pop(), self._dependences.pop()

    def _depend(self, was: Looked) -> None:
        """What is being evaluated has looked at a cell that has looked at parts."""
        into = self._dependences[-1]
        if was.code is self.PART:
            for part in was.dependences:
                into[part] = part  # type: ignore[index]  # a part depends on parts alone
        else:
            into[id(was.cell)] = was.cell

    def looked(self, cell: Cell) -> Looked:
        """What is known of a cell that LOOKED answers."""
        return self._looked[id(cell)]

    def bit(self, way: Way) -> int | None:
        """The bit of a member of a part, or of an argument; None of one that nobody has looked at."""
        return self._numbers.get(way)

    def looked_for(self, evaluate: Callable[[], Value]) -> tuple[Value, LookedAt]:
        """What is evaluated, and what was looked at for that."""
        self._begin(is_projects=self._is_projects[-1])
        looked: tuple[int, dict[int, Dependence]] = (0, {})
        try:
            value = evaluate()
        finally:
            looked = self._end()
        return value, (looked[0], tuple(looked[1].values()))

    def executed(self, space: dict[str, Any], codes: tuple[CodeType, ...]) -> None:
        source = space[SOURCE]
        is_projects = source.is_file and self.is_own(source.name)
        for name in SHARED:
            if "unit" not in vars(space[name]):
                space[name] = self._watched(space[name], is_projects)
        for code in codes:
            for inner in codes_within(code):
                if kind_of(inner) in ("file", "thunk"):
                    unit = space.get(inner.co_name)
                    if unit is not None and unit.__code__ is inner:
                        space[inner.co_name] = self._watched(unit, is_projects)

    def _watched(self, unit: Any, is_projects: bool) -> Any:
        answered = self.answered

        def watched(cell: Cell) -> Value:
            return answered(cell, unit, is_projects=is_projects and self._within > 0)

        watched.__name__ = unit.__name__
        vars(watched)["unit"] = unit
        return watched

    # Parts

    @property
    def is_within_project(self) -> bool:
        """Whether code of the project asks, not the library for itself: what follows shows in a part."""
        return self._is_projects[-1]

    def imported(self, path: str, evaluate: Callable[[], Value]) -> Value:
        """The value of a file of the project, as the library gets it."""
        return self._look(("file", path), ("file", path), evaluate)

    def fact(self, question: str, path: str, ask: Callable[[], Any]) -> Any:
        """An answer about a path of the project, for the library."""
        answer = self._within_project(ask)
        self._note(("fact", question, path), ("fact", question, path), (answer,))
        return answer

    def follow(self, path: str) -> None:
        """A file of the library is read or imported: what asks for that follows from what is in it."""
        if self.follows_files and not self.is_within_project:
            self._note(("content", path), ("content", path), ())

    def followed_files(self) -> list[str]:
        """The files of which that was noted."""
        return [way[1] for way in self.ways if way[0] == "content"]

    def argument(self, call: int, argument: Delayed) -> Cell:
        """What the project has given to a call of the library, by its number, as the library gets it."""
        self._arguments[call] = argument
        return [self.PART, ("argument", call), NOWHERE]

    def _asked(self, way: Way) -> Value:
        def evaluate() -> Value:
            inner = self._arguments[way[1]] if way[0] == "argument" else self._real[way[1]][way[2]]
            return inner[0](inner) if inner.__class__ is list else inner

        return self._look(way, way, evaluate)

    def _called(self, part: int, argument: Delayed) -> Value:
        function = self._real[part]
        if self.is_within_project:
            return call.call1(function, argument)
        self._kept.append(argument)
        way = ("call", part, argument)
        return self._look(("call", part, id(argument)), way, lambda: call.call1(function, argument))

    def _look(self, key: Way, way: Way, evaluate: Callable[[], Value]) -> Value:
        number = self._numbers.get(key)
        if number is None:
            value = self._within_project(evaluate)
            first = self._first.get(id(value))
            number = self._note(key, way, shape_of(value) if first is None else ("same", first))
            self._given[number] = self._in_parts(number, value) if first is None else self._given[first]
        self._see(number)
        shape = self.shapes[number]
        if shape[0] == "same":
            self._see(shape[1])
        return self._given[number]

    def _see(self, number: int) -> None:
        """What is being evaluated has looked at a part."""
        self._bits[-1] |= 1 << number
        self._dependences[-1][-1 - number] = -1 - number

    def _within_project(self, evaluate: Callable[[], Any]) -> Any:
        """What it looks at counts for nobody else, as it is evaluated again by each run; no failure is caught."""
        self._begin(is_projects=True)
        self._within += 1
        try:
            return evaluate()
        except Exception as error:
            raise OfTheProject from error
        finally:
            self._within -= 1
            self._end()

    def _note(self, key: Way, way: Way, shape: Shape) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.ways)
            if number >= MOST_PARTS:
                raise TooMuch("it looks at too much of the project")
            self.ways.append(way)
            self.shapes.append(shape)
            self._given.append(None)
        self._see(number)
        return number

    def name_asked(self, part: int, name: str, *, is_there: bool) -> None:
        """A set of the project was asked for a name."""
        names = self._numbers.get(("names", part))
        if not self.is_within_project and (names is None or not self._bits[-1] >> names & 1):
            self._note(("has", part, name), ("has", part, name), (is_there,))

    def names_asked(self, part: int, names: Iterable[str]) -> None:
        """A set of the project was asked for all its names."""
        if not self.is_within_project:
            self._note(("names", part), ("names", part), tuple(sorted(names)))

    def _in_parts(self, number: int, value: Value) -> Value:
        """A value of which all that it holds is a part."""
        kind = value.__class__
        if kind in ATOMS or kind is ContextString or kind is Path:
            return value
        self._real[number] = value
        self._first[id(value)] = number
        if kind is dict:
            cells = {name: [self.PART, ("member", number, name), NOWHERE] for name in value}
            return SetOfTheProject(cells, self, number)
        if kind is tuple:
            return tuple([[self.PART, ("member", number, index)] for index in range(len(value))])
        function = _function(value, lambda argument: self._called(number, argument))
        self.functions[id(function)] = number
        self._kept.append(function)
        return function


def _answered(cell: Cell, original: Any = None, answered: Any = None) -> Value:
    return answered(cell, original)


def _are_no_parts(left: Value, right: Value, functions: Any = None) -> bool:
    if id(left) in functions or id(right) in functions:
        raise OfTheProject  # parts are told apart where functions may be one
    return False


def _function(value: Value, called: Callable[[Delayed], Value]) -> Any:
    """A function of which no more can be told than what `functionArgs` tells."""

    def one(argument: Delayed) -> Value:
        return called(argument)

    def two(argument: Delayed, formals: Any) -> Value:
        return called(argument)

    def three(argument: Delayed, formals: Any, ellipsis: bool) -> Value:
        return called(argument)

    formals = formals_of(value)
    if formals is None:
        return one
    named = written_formals([(name, has_default, NOWHERE) for name, has_default, _ in formals])
    made = three if takes_more(value) else two
    tell_formals(made, named, takes_more(value))
    return made


class SetOfTheProject(dict[str, "Cell"]):
    """A set of parts: seen are the names that it is asked for, not all that it has.

    For compiled code, and for builtins, it is a set as any other one.
    """

    __slots__ = ("part", "trace")

    def __init__(self, cells: dict[str, Cell], trace: Trace, part: int) -> None:
        super().__init__(cells)
        self.trace = trace
        self.part = part

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return dict

    def _has(self, name: str) -> bool:
        is_there = dict.__contains__(self, name)
        self.trace.name_asked(self.part, name, is_there=is_there)
        return is_there

    def _all(self) -> dict[str, Cell]:
        found = {name: dict.__getitem__(self, name) for name in dict.keys(self)}
        self.trace.names_asked(self.part, found)
        return found

    def __contains__(self, name: object) -> bool:
        return self._has(name)  # type: ignore[arg-type]  # names are texts

    def __getitem__(self, name: str) -> Cell:
        self._has(name)
        return dict.__getitem__(self, name)

    def get(self, name: str, default: Any = None) -> Any:
        return dict.__getitem__(self, name) if self._has(name) else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def keys(self) -> Any:
        return self._all().keys()

    def values(self) -> Any:
        return self._all().values()

    def items(self) -> Any:
        return self._all().items()

    def copy(self) -> Any:
        return self._all()

    def __or__(self, other: Any) -> Any:
        return self._all() | other

    def __ror__(self, other: Any) -> Any:
        return other | self._all()

    def __eq__(self, other: object) -> bool:
        return self._all() == other

    def __ne__(self, other: object) -> bool:
        return self._all() != other

    __hash__ = None  # as any dict
