"""From live values to records: everything that can be reached from some of them, each once, under a number.

What belongs to lixeval itself (builtins, services, the functions that answer cells) is named; compiled code is named by
its file, its piece and its place in it; what a call was given is named by its place in the arguments, so that the
arguments of whoever makes the same call stand there.  What has no name cannot be kept (`CannotBeKept`).
"""

from __future__ import annotations

from types import CellType, FunctionType, MethodType

from lixeval.environment.services import Services
from lixeval.evaluation.compiled_file import stood_in_for
from lixeval.evaluation.remembered import heap_file as kinds
from lixeval.evaluation.remembered.arguments import LEFT, NOWHERE, Place
from lixeval.evaluation.remembered.code_places import CodePlaces
from lixeval.evaluation.remembered.heap_file import HeapWriter
from lixeval.evaluation.remembered.heaps import LARGEST
from lixeval.evaluation.remembered.tracing import SetOfTheProject
from lixeval.runtime.code_info import NAMESPACE, SHARED, SOURCE, defaults_of
from lixeval.runtime.printing import is_primop
from lixeval.runtime.thunks import BLACKHOLE, FORWARD, FORWARDED, READ, STANDS
from lixeval.runtime.values import ContextString, Curried2, Curried3, Curried4, Path, Withs, function_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Protocol

    from lixeval.evaluation.compiled_file import CompiledFile
    from lixeval.evaluation.evaluator import Evaluator
    from lixeval.evaluation.remembered.heaps import Description
    from lixeval.evaluation.remembered.tracing import Dependence, LookedAt, Trace

    class Before(Protocol):
        """A heap that is appended to (`heap_reader`)."""

        kinds: bytes
        made: dict[int, Any]

        def number_apart(self, cell: list[Any]) -> int | None: ...


SHORT = 40
"""A longer text is a record of its own, however often it occurs."""

NOBODYS = -1
"""In place of a position: the attribute is the project's, and where it is written is not to be asked."""

MOST_RECORDS = 2_500_000
_CURRIED = {Curried2: 2, Curried3: 3, Curried4: 4}
_PLAIN = frozenset((str, bytes, int, float, bool, type(None)))


class CannotBeKept(Exception):
    """Something that can be reached has no name, or there is too much."""


def named_services(evaluator: Evaluator) -> dict[str, Any]:
    """What evaluation is offered, by name."""
    services = evaluator.services
    found: dict[str, Any] = {name: getattr(services, name) for name in Services.__slots__}
    return {**found, "evaluator": evaluator, "services": services, "table": evaluator.table}


class Records:
    """The records of one evaluator's values; where a `trace` has followed it, with what cells have looked at.

    All of them, or those that are to be appended to the heap that was there `before`.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        trace: Trace | None = None,
        before: tuple[Before, Description] | None = None,
    ) -> None:
        self._trace = trace
        self._parts: dict[int, int] = {}
        self.writer = HeapWriter(LARGEST)
        self.changed: dict[int, int] = {}
        """Records of the heap that is appended to -> the records that are in their place from now on."""
        self.programs: list[tuple[str, tuple[str, ...]]] = []
        self.names: list[str] = []
        self.pieces: dict[tuple[int, str], str] = {}
        """For each piece that is named, and those above it, the piece in which its cells are made."""
        self._evaluator = evaluator
        self._numbers: dict[int, int] = {}
        self._alike: dict[tuple[int, Any], int] = {}
        self._queue: list[tuple[Callable[[Records, Any], Any], Any]] = []
        self._kept: list[Any] = []
        self._program_numbers: dict[tuple[str, tuple[str, ...]], int] = {}
        self._places = CodePlaces(evaluator)
        self._first = 0
        """The number of the first record."""
        self._heap: Before | None = None
        if before is not None:
            self._go_on(*before)
        for name, service in named_services(evaluator).items():
            self._name(service, kinds.SERVICE, name)
        for kind, name, thing in evaluator.table.named():
            self._name(thing, kinds.BUILTIN, (kind, name))
        self._name(evaluator.table.builtins, kinds.BUILTIN, ("builtins",))

    def _go_on(self, heap: Before, description: Description) -> None:
        """Begins where a heap ends: what was read of it keeps its numbers."""
        self._heap, self._first = heap, len(description.kinds)
        self._numbers = {id(thing): number for number, thing in heap.made.items()}
        self.names = list(description.names)
        self._alike = {(-1, name): number for number, name in enumerate(self.names)}
        self.programs = [(path, extra) for path, extra, *_ in description.programs]
        self._program_numbers = {key: number for number, key in enumerate(self.programs)}
        self.pieces = dict(description.pieces)

    def take_changes(self) -> None:
        """What was evaluated of the heap that is appended to gets new records."""
        if self._heap is None:
            return
        was = self._heap.kinds
        for number, thing in list(self._heap.made.items()):
            if was[number] == kinds.WAITING and thing[0] in (READ, STANDS):
                self.changed[number] = self._next(kinds.ANSWERED, Records._answered, thing)

    def kinds_with(self, before: bytes) -> bytes:
        """The kinds of all records, those of the heap that is appended to among them."""
        found = bytearray(before + bytes(self.writer.kinds))
        for number, instead in self.changed.items():
            found[number] = found[instead]
        return bytes(found)

    def _name(self, thing: Any, kind: int, record: Any) -> None:
        """Gives something a record that says what it is instead of what is in it."""
        if id(thing) not in self._numbers:
            self._numbers[id(thing)] = self._next(kind, _AS_IT_IS, record)
            self._kept.append(thing)

    def argument(self, thing: Any, call: int, is_value: bool, way: tuple[Any, ...]) -> None:
        """What a call was given is known by its place."""
        self._name(thing, kinds.ARGUMENT, (call, is_value, *way))

    def reference(self, thing: Any) -> Any:
        """What stands for a value in a record."""
        kind = thing.__class__
        if kind is str:
            return thing if len(thing) <= SHORT else self._shared(kinds.TEXT, thing)
        if kind is int:
            return (thing,)
        if kind in _PLAIN:
            return thing
        known = self._numbers.get(id(thing))
        if known is not None:
            return known
        if kind is list and thing:
            if thing[0] is STANDS:
                return self.reference(thing[1])
            waits = None if self._heap is None else self._heap.number_apart(thing)
            if waits is not None:
                return waits
            kept = getattr(thing[0], "stands_for", None)
            if kept is not None:
                # A cell of another kept heap: what it is must be read to be written again.
                found = kept(thing)
                if found is not thing:
                    return self.reference(found)
        self._kept.append(thing)
        number = self._numbers[id(thing)] = self._next(*self._described(thing))
        return number

    def looked(self, looked: LookedAt) -> tuple[int, tuple[int, ...]] | None:
        """What stands for what was looked at; None where that is nothing."""
        bits, dependences = looked
        return (self._looked_at(bits), self._dependences(dependences)) if bits else None

    def _looked_at(self, bits: int) -> int:
        """The record of the parts of some bits."""
        return self._shared(kinds.LOOKED_AT, bits)

    def _dependences(self, dependences: Iterable[Dependence]) -> tuple[int, ...]:
        return tuple([one if one.__class__ is int else self.reference(one) for one in dependences])

    def parts(self) -> list[int]:
        """The records of the parts that were looked at, by their bits."""
        return [] if self._trace is None else [self._part(bit) for bit in range(len(self._trace.ways))]

    def write(self) -> None:
        """Writes what was referred to, and all that this refers to."""
        queue, at = self._queue, 0
        while at < len(queue):
            make, thing = queue[at]
            at += 1
            self.writer.add(thing if make is _AS_IT_IS else make(self, thing))
            if self._first + at > MOST_RECORDS:
                raise CannotBeKept("there is too much of it")

    def _next(self, kind: int, make: Callable[[Records, Any], Any], thing: Any) -> int:
        """The number of a record that `make` makes of something when its turn comes."""
        number = self._first + len(self._queue)
        self.writer.kinds.append(kind)
        self._queue.append((make, thing))
        return number

    def _shared(self, kind: int, record: Any) -> int:
        """The number of a record that is the same wherever it occurs."""
        number = self._alike.get((kind, record))
        if number is None:
            number = self._alike[kind, record] = self._next(kind, _AS_IT_IS, record)
        return number

    def _described(self, thing: Any) -> tuple[int, Callable[[Records, Any], Any], Any]:
        """The kind of something, and what makes its record, of what."""
        kind = thing.__class__
        if kind is FunctionType or kind in _CURRIED:
            builtin = self._builtin(thing)
            if builtin is not None:
                return kinds.BUILTIN, _AS_IT_IS, builtin
        if kind is list:
            return self._cell(thing)
        if kind is dict and thing.get(NAMESPACE) is thing:
            return kinds.UNIT, _AS_IT_IS, (self._program(self._file_of(thing)), NAMESPACE, "")
        if type(thing) is SetOfTheProject:
            return kinds.PROJECTS, _AS_IT_IS, self._part(thing.part)
        if kind is FunctionType:
            return self._function(thing)
        if kind is frozenset and all(item.__class__ is str for item in thing):
            return kinds.CONTEXT, _AS_IT_IS, tuple(sorted(thing))
        found = _MAKERS.get(kind)
        if found is None:
            raise CannotBeKept(f"it holds a {kind.__name__}")
        return (*found, thing)

    def _builtin(self, function: Any) -> tuple[str, str] | None:
        """What a builtin is called that was not yet there when the table was looked into."""
        if not is_primop(function):
            return None
        name = function_code(function).nix_name
        table = self._evaluator.table
        return ("function", name) if table.function(name) is function else ("value", name)

    def _cell(self, cell: list[Any]) -> tuple[int, Callable[[Records, Any], Any], Any]:
        code = cell[0] if cell else None
        if code is FORWARDED:
            cell[0] = FORWARD  # the cell behind it is read when it is wanted
        if code is READ:
            return kinds.ANSWERED, Records._answered, cell
        if code is LEFT:
            raise CannotBeKept("something of it was given to a call that is not kept")
        if code is BLACKHOLE:
            raise CannotBeKept("something of it was being evaluated")
        if code.__class__ is not FunctionType:
            return kinds.MUTABLE, Records._list, cell
        trace = self._trace
        if trace is not None:
            if code is trace.PART:
                return kinds.GIVING, Records._unasked, cell
            if code is trace.LOOKED:
                is_part = trace.looked(cell).code is trace.PART
                return (kinds.GIVING, Records._asked, cell) if is_part else (kinds.DEPENDING, Records._depending, cell)
        return kinds.WAITING, Records._waiting, cell

    # Each kind's record

    def _answered(self, cell: list[Any]) -> tuple[Any, ...]:
        return self.reference(cell[1]), self._position(cell)

    def _waiting(self, cell: list[Any]) -> tuple[Any, ...]:
        return self._code(cell[0], cell), self.reference(cell[1]), *self._told(cell), self._position(cell)

    def _depending(self, cell: list[Any]) -> tuple[Any, ...]:
        assert self._trace is not None
        was = self._trace.looked(cell)
        value, bits, dependences = (
            self.reference(cell[1]),
            self._looked_at(was.bits),
            self._dependences(was.dependences),
        )
        code = self._code(was.code, cell)
        return value, bits, dependences, code, self.reference(was.payload), *self._told(cell), self._position(cell)

    def _unasked(self, cell: list[Any]) -> tuple[Any, ...]:
        return self._asked_for(cell[1]), None, None

    def _asked(self, cell: list[Any]) -> tuple[Any, ...]:
        assert self._trace is not None
        was = self._trace.looked(cell)
        return self._asked_for(was.payload), self._looked_at(was.bits), self.reference(cell[1])

    def _asked_for(self, way: tuple[Any, ...]) -> int:
        """The record of a part that may be none that was looked at."""
        assert self._trace is not None
        bit = self._trace.bit(way)
        if bit is not None:
            return self._part(bit)
        kind, of, *step = way
        return self._shared(kinds.PART, ((kind, self._part(of) if kind == "member" else of, *step), None))

    def _part(self, bit: int) -> int:
        number = self._parts.get(bit)
        if number is None:
            number = self._parts[bit] = self._next(kinds.PART, Records._described_part, bit)
        return number

    def _described_part(self, bit: int) -> tuple[Any, ...]:
        assert self._trace is not None
        kind, of, *step = self._trace.ways[bit]
        if kind in ("member", "call", "has", "names"):
            of = self._part(of)
        if kind == "call":
            step = [self.reference(step[0])]
        return (kind, of, *step), self._trace.shapes[bit]

    def _told(self, cell: list[Any]) -> tuple[int, ...]:
        """What the code of a cell is told besides its environment."""
        if len(cell) < 4:
            return ()
        return (self._plain(cell[3]) if cell[3][0].__class__ is not int else self._node(cell[3]),)

    def _node(self, node: tuple[Any, ...]) -> int:
        """What a cell of code is told that is walked."""
        file, piece, place = self._places.node(node)
        self._take_piece(file, piece)
        return self._shared(kinds.NODE, (self._program(file), piece, place))

    def _list(self, items: Iterable[Any]) -> tuple[Any, ...]:
        return tuple([self.reference(item) for item in items])

    def _withs(self, withs: Withs) -> tuple[Any, ...]:
        return self._list(withs.sets)

    def _set(self, attributes: dict[str, Any]) -> tuple[Any, ...]:
        reference = self.reference
        return (self._shared(kinds.NAMES, tuple(attributes)), *[reference(value) for value in attributes.values()])

    def _curried(self, function: Any) -> tuple[Any, ...]:
        arity, code = _CURRIED[function.__class__], function.code
        if code.__class__ is MethodType:
            return arity, self.reference(code.__func__), self.reference(code.__self__)
        return arity, self.reference(code)

    def _string(self, string: ContextString) -> tuple[str, ...]:
        return (string.text, *sorted(string.context))

    def _path(self, path: Path) -> str:
        return path.text

    def _position(self, cell: list[Any]) -> int | None:
        if len(cell) < 3 or cell[2] is None:
            return None
        if cell[2] is NOWHERE:
            return NOBODYS
        if cell[2].__class__ is Place:
            return int(self.reference(cell[2].cell))
        file, line, column = cell[2]
        return self._shared(kinds.POSITION, (self._file_name(file), line, column))

    def _file_name(self, name: str) -> int:
        number = self._alike.get((-1, name))
        if number is None:
            number = self._alike[-1, name] = len(self.names)
            self.names.append(name)
        return number

    def _variable(self, variable: CellType) -> tuple[Any, ...]:
        try:
            return (self.reference(variable.cell_contents),)
        except ValueError:
            return ()

    def _compiled(self, function: Any) -> tuple[Any, ...]:
        where = self._places.code(function.__code__)
        assert where is not None
        program, piece, place = where
        code = self._shared(kinds.WITHIN, (self._program(program), piece, place))
        defaults = defaults_of(function)
        plain = None if defaults is None else self._plain(defaults)
        return (code, function.__name__, plain, *map(self.reference, function.__closure__ or ()))

    def _made_within(self, function: Any) -> tuple[Any, ...]:
        defaults = defaults_of(function)
        plain = None if defaults is None else _plain(defaults)
        own = self._places.own(function.__code__)
        assert own is not None
        return (*own, plain, *map(self.reference, function.__closure__ or ()))

    # Code

    def _code(self, function: Any, cell: list[Any]) -> int:
        """The number of the code that answers a cell."""
        function = vars(function).get("unit", function)  # what a trace has put around it is none of the heap
        known = self._numbers.get(id(function))
        if known is not None:
            return known
        if function.__name__ in SHARED and SOURCE in function.__globals__:
            file = self._program(self._file_of(function.__globals__))
            number = self._numbers[id(function)] = self._shared(kinds.UNIT, (file, function.__name__, ""))
            self._kept.append(function)
            return number
        if not function.__closure__:
            where = self._places.code(function.__code__)
            if where is not None:
                program, piece, _ = where
                self._take_piece(program, piece)
                return self._shared(kinds.UNIT, (self._program(program), function.__name__, piece))
        stand_in = stood_in_for(function, cell)
        if stand_in is not None:
            program, identifier = stand_in
            self._take_piece(program, identifier)
            return self._shared(kinds.UNIT, (self._program(program), identifier, identifier))
        return int(self.reference(function))

    def _function(self, function: Any) -> tuple[int, Callable[[Records, Any], Any], Any]:
        if self._trace is not None and id(function) in self._trace.functions:
            return kinds.PROJECTS, _AS_IT_IS, self._part(self._trace.functions[id(function)])
        where = self._places.code(function.__code__)
        if where is not None:
            program, piece, _ = where
            self._take_piece(program, piece)
            return kinds.FUNCTION, Records._compiled, function
        own = self._places.own(function.__code__)
        if own is None:
            raise CannotBeKept(f"it holds the function {function.__qualname__} of {function.__module__}")
        module, name, place = own
        if not place and not function.__closure__:
            return kinds.OWN, _AS_IT_IS, (module, name)
        return kinds.OWN_WITHIN, Records._made_within, function

    def _plain(self, value: Any) -> int:
        # Told apart as text: 1 and True are equal.
        text = repr(_plain(value))
        number = self._alike.get((kinds.PLAIN, text))
        if number is None:
            number = self._alike[kinds.PLAIN, text] = self._next(kinds.PLAIN, _AS_IT_IS, value)
        return number

    def _file_of(self, space: dict[str, Any]) -> CompiledFile:
        """The file that has a namespace."""
        found = self._places.file(space)
        if found is None:
            raise CannotBeKept("it holds code of a file that is not known")
        return found

    def _program(self, file: CompiledFile) -> int:
        key = (file.source.name, file.extra)
        number = self._program_numbers.get(key)
        if number is None:
            if not self._evaluator.has_named(file):
                raise CannotBeKept("it holds code of a text that is no file")
            if self._trace is not None and file.source.is_file and self._trace.is_own(file.source.name):
                raise CannotBeKept("it holds code of the project")
            number = self._program_numbers[key] = len(self.programs)
            self.programs.append(key)
        return number

    def _take_piece(self, file: CompiledFile, piece: str) -> None:
        """Notes where a piece belongs, so that it can be compiled where its code is not at hand."""
        number, parents = self._program(file), file.parents
        while (number, piece) not in self.pieces and piece in parents:
            self.pieces[number, piece] = parents[piece]
            piece = parents[piece]


def _AS_IT_IS(records: Records, thing: Any) -> Any:
    """What a record says is known."""
    return thing


_MAKERS: dict[type, tuple[int, Callable[[Records, Any], Any]]] = {
    dict: (kinds.SET, Records._set),
    tuple: (kinds.LIST, Records._list),
    Withs: (kinds.WITHS, Records._withs),
    CellType: (kinds.VARIABLE, Records._variable),
    Curried2: (kinds.CURRIED, Records._curried),
    Curried3: (kinds.CURRIED, Records._curried),
    Curried4: (kinds.CURRIED, Records._curried),
    ContextString: (kinds.STRING, Records._string),
    Path: (kinds.PATH, Records._path),
}


def _plain(value: Any) -> Any:
    """A value of nothing but texts, numbers and tuples of these."""
    if value.__class__ is tuple:
        for item in value:
            _plain(item)
    elif value.__class__ not in _PLAIN:
        raise CannotBeKept(f"a function has a {value.__class__.__name__} as default")
    return value
