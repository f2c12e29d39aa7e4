"""From records to live values, as they are asked for: a cell that waits on the disk has a code of its own.

    [WAITS, number]        a cell of the kept heap that nobody has looked at
    [WAITS_APART, number]  a value that stood in a set by itself

The first who forces such a cell gets the code and the payload that it had, or its value, and it is an ordinary cell
from then on.  Compiled code never looks at a cell's code, so it cannot tell.  What compiled code knows to be no cell
(what functions and cells have captured, elements of lists that are values) is read at once, up to the next cell; only
in sets a cell may stand for a value, and where it matters whether it is the same object it is looked through
(`runtime.compare`).

Reading may be interrupted at any moment, and go on afterwards: a cell changes at once, and what is to be filled is
noted before anything can refer to it, and until it is full.
"""

from __future__ import annotations

import sys
from types import CellType, FunctionType, MethodType

from lixeval.evaluation.remembered import heap_file as kinds
from lixeval.evaluation.remembered.arguments import NOWHERE, LeftToEachRun, StartAgain
from lixeval.evaluation.remembered.heap_file import DamagedHeap, HeapFiles
from lixeval.evaluation.remembered.heap_writer import NOBODYS, named_services
from lixeval.evaluation.remembered.likeness import Likeness
from lixeval.evaluation.remembered.parts import Parts
from lixeval.runtime.code_info import codes_in
from lixeval.runtime.thunks import READ, STANDS, position_of
from lixeval.runtime.values import ContextString, Path, Withs, curried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType
    from typing import Any

    from lixeval.evaluation.compiled_file import CompiledFile
    from lixeval.evaluation.evaluator import Evaluator
    from lixeval.evaluation.remembered.heaps import Looked, ProgramParts
    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed, Value

_IN_PLACE = frozenset((kinds.STRING, kinds.PATH, kinds.TEXT, kinds.BUILTIN, kinds.ARGUMENT))
"""Values that are made at once wherever they stand."""


class KeptHeap:
    """The values in a file, for one evaluator.

    `programs` are the files whose code is named, `names` those in positions, `parents` say where pieces belong.
    `argument` gives what a call was given, by its number and the way there.  `read` counts the records that were read,
    `evaluated_again` the cells whose parts are others, `alike` those of them that gave what they gave before.
    `parts` are the records of the project's parts by their bits (see `Parts`, as of `compared` and `changed`).
    """

    def __init__(
        self,
        evaluator: Evaluator,
        file: HeapFiles,
        kinds_of: bytes,
        programs: list[ProgramParts],
        names: list[str],
        parents: dict[tuple[int, str], str],
        argument: Callable[[int, bool, tuple[Any, ...]], Delayed],
        parts: Sequence[int] = (),
        compared: Callable[[Callable[[], bool]], bool] = lambda compare: compare(),
        changed: frozenset[str] = frozenset(),
    ) -> None:
        self.read = self.evaluated_again = self.alike = 0
        self._evaluator = evaluator
        self.file = file
        self.kinds = kinds_of
        self._programs = programs
        self._names = names
        self._parents = parents
        self._argument = argument
        self.made: dict[int, Any] = {}
        """What was made of records, by their numbers."""
        self._waiting: list[tuple[int, Any]] = []
        self._opened: dict[int, CompiledFile] = {}
        self._codes: dict[tuple[int, str], list[CodeType]] = {}
        self._nodes: dict[tuple[int, str], list[Any]] = {}
        self._services: dict[str, Any] | None = None
        self.parts = Parts(parts, self._record, self._argument_of_part, argument, evaluator.services, compared, changed)
        self._looked_at: dict[int, int] = {}
        self._compared = compared
        self._likeness = Likeness(self)
        self._as_it_was: dict[int, bool] = {}
        """Of cells that depend on parts, whether they have the value that they had; no while that is found out."""
        self._waits, self._waits_apart, self._gives, self._again = self._answering()

    def number_apart(self, cell: Cell) -> int | None:
        """The record of a value that stood in a set by itself, where nobody has looked at it; None for another cell."""
        return cell[1] if cell[0] is self._waits_apart else None

    # Values

    def cell(self, reference: Any) -> Cell:
        """A cell that gives what a reference stands for."""
        value = self._standing(reference)
        return value if value.__class__ is list else [READ, value]

    def value(self, reference: Any) -> Value:
        """What a reference stands for, in weak head normal form."""
        found = self._get(reference)
        self._fill()
        return found[0](found) if found.__class__ is list else found

    def holds(self, looked: Looked | None) -> bool:
        """Whether what was looked at gives what it gave."""
        return looked is None or self._is_same(looked[0]) or all(map(self._gives_the_same, looked[1]))

    def as_before(self, value: Value, reference: Any) -> tuple[Value, bool]:
        """The value that a reference stands for in the place of one that is like it, and whether it is."""
        self.evaluated_again += 1
        if not self._compared(lambda: self._likeness.is_alike(value, reference)):
            return value, False
        self.alike += 1
        return self.value(reference), True

    def _is_same(self, looked_at: int) -> bool:
        """Whether the parts that a record names are as they were."""
        bits = self._looked_at.get(looked_at)
        if bits is None:
            bits = self._looked_at[looked_at] = self._record(looked_at)
        return self.parts.are_same(bits)

    def _argument_of_part(self, reference: Any) -> Delayed:
        found = self._get(reference)
        self._fill()
        return found

    def _answering(self) -> tuple[Callable[[Cell], Value], ...]:
        """What answers the cells that wait, and those that give a part."""
        thaw, get, fill = self._thaw, self._get, self._fill

        def WAITS(cell: Cell) -> Value:
            thaw(cell)
            return cell[0](cell)

        def WAITS_APART(cell: Cell) -> Value:
            value = get(cell[1])
            fill()
            cell[:] = STANDS, value
            return value

        def apart(cell: Cell) -> Delayed:
            return WAITS_APART(cell)

        def GIVES(cell: Cell) -> Value:
            value = self.parts.value(cell[1])
            cell[:2] = READ, value
            return value

        def AGAIN(cell: Cell) -> Value:
            number, code, payload = cell[1]
            cell[0], cell[1] = code, payload
            try:
                value = code(cell)
            except BaseException:
                cell[0], cell[1] = AGAIN, (number, code, payload)
                raise
            return self._evaluated_again(number, cell) if cell[0] is READ else value

        def as_before(cell: Cell) -> Cell:
            _, cell[0], cell[1] = cell[1]
            return cell

        vars(WAITS).update(stands_for=thaw, kept_position=self._position)
        vars(WAITS_APART).update(stands_for=apart)
        vars(AGAIN).update(stands_for=as_before)
        return WAITS, WAITS_APART, GIVES, AGAIN

    def _thaw(self, cell: Cell) -> Cell:
        """Gives a cell back what it was."""
        number = cell[1]
        kind, record = self.kinds[number], self._record(number)
        position = NOWHERE if kind == kinds.GIVING else self._place(record[-1])
        told: tuple[Any, ...] = ()
        if kind == kinds.ANSWERED:
            code: Any = READ
            payload = self._get(record[0])
        elif kind == kinds.GIVING:
            is_kept = record[1] is not None and self._is_same(record[1])
            if cell[0] is not self._waits:
                return cell  # it was asked for meanwhile
            code, payload = (READ, self._get(record[2])) if is_kept else (self._gives, record[0])
        elif kind == kinds.DEPENDING:
            is_kept = self._is_as_it_was(number, record)
            if cell[0] is not self._waits:
                return cell
            if is_kept:
                code, payload = READ, self._get(record[0])
            else:
                code, payload = self._again, (number, self._code(record[3]), self._get(record[4]))
                told = record[5:-1]
        else:
            code = self._code(record[0])
            payload = self._get(record[1])
            told = record[2:-1]
        further = [self._get(each) for each in told]
        self._fill()
        cell[:] = (code, payload) if position is None and not further else (code, payload, position, *further)
        return cell

    # Whether what was evaluated is as it was

    def is_as_it_was(self, number: int) -> bool:
        """Whether a cell that was evaluated, by its record, has the value that it had."""
        known = self._as_it_was.get(number)
        if known is not None:
            return known  # most cells are asked for by many, and reading a record takes longer
        return self.kinds[number] != kinds.DEPENDING or self._is_as_it_was(number, self._record(number))

    def _is_as_it_was(self, number: int, record: Any) -> bool:
        """The same of one that has looked at parts: these are the same; or all that it has looked at by itself gives
        what it gave, whatever that has looked at in its turn.
        """
        known = self._as_it_was.get(number)
        if known is None:
            known = self._is_same(record[1])
            if not known:
                self._as_it_was[number] = False
                known = all(map(self._gives_the_same, record[2]))
            self._as_it_was[number] = known
        return known

    def _gives_the_same(self, dependence: int) -> bool:
        """Whether a part is as it was, or a cell, which is evaluated again if need be: whoever has looked at it would
        do so now, as all that it has looked at before gives the same.
        """
        if dependence < 0:
            return self.parts.are_same(1 << (-1 - dependence))
        if self.is_as_it_was(dependence):
            return True
        cell = self._get(dependence)
        self._fill()

        def evaluated() -> bool:
            cell[0](cell)
            return self._as_it_was[dependence]

        try:
            return self._compared(evaluated)
        except (Exception, LeftToEachRun):
            return False  # whoever needs it will see what comes of it

    def _evaluated_again(self, number: int, cell: Cell) -> Value:
        """What a cell gives that was evaluated again: what it gave before, where it gives what is like that."""
        cell[1], self._as_it_was[number] = self.as_before(cell[1], self._record(number)[0])
        return cell[1]

    def _position(self, cell: Cell) -> Any:
        """Where the attribute is written that a waiting cell stands for."""
        number = cell[1]
        return NOWHERE if self.kinds[number] == kinds.GIVING else self._place(self._record(number)[-1])

    def _place(self, number: int | None) -> Any:
        if number is None or number == NOBODYS:
            return None if number is None else NOWHERE
        if self.kinds[number] == kinds.ARGUMENT:
            return position_of(self._get(number))
        file, line, column = self._record(number)
        return self._names[file], line, column

    def _record(self, number: int) -> Any:
        self.read += 1
        return self.file.record(number)

    def _get(self, reference: Any) -> Any:
        """What a reference stands for, itself."""
        kind = reference.__class__
        if kind is int:
            found = self.made.get(reference)
            return self._make(reference) if found is None else found
        return reference[0] if kind is tuple else reference

    def _standing(self, reference: Any) -> Delayed:
        """What stands for it in a set, where a cell may stand for any value."""
        if reference.__class__ is not int:
            return reference[0] if reference.__class__ is tuple else reference
        found = self.made.get(reference)
        if found is not None:
            return found
        kind = self.kinds[reference]
        if kind <= kinds.LAST_CELL or kind in _IN_PLACE:
            return self._make(reference)
        return [self._waits_apart, reference]

    def _make(self, number: int) -> Any:
        kind = self.kinds[number]
        if kind <= kinds.LAST_CELL:
            return self._remember(number, [self._waits, number])
        empty = _FILLED_LATER.get(kind)
        if empty is not None:
            made = empty()
            self._waiting.append((number, made))
            return self._remember(number, made)
        maker = _MAKERS.get(kind)
        if maker is None:
            raise DamagedHeap("a record of no kind that there is")
        return self._remember(number, maker(self, self._record(number)))

    def _remember(self, number: int, made: Any) -> Any:
        self.made[number] = made
        return made

    def _fill(self) -> None:
        """Fills what was made empty, since it may hold itself."""
        waiting, standing, get = self._waiting, self._standing, self._get
        while waiting:
            at = len(waiting) - 1
            number, made = waiting[at]
            record = self._record(number)
            if made.__class__ is dict:
                names = self._get(record[0])
                if len(names) != len(record) - 1:
                    raise DamagedHeap("a set has other names")
                for place, name in enumerate(names, 1):
                    made[name] = standing(record[place])
            elif made.__class__ is list:
                made[:] = [get(reference) for reference in record]
            elif record:
                made.cell_contents = get(record[0])
            del waiting[at]

    # What is compared with records

    def record(self, number: int) -> Any:
        """A record."""
        return self._record(number)

    def get(self, reference: Any) -> Any:
        """What a reference stands for, which is no cell and holds none."""
        return self._get(reference)

    def place(self, number: int | None) -> Any:
        """Where an attribute is written, by its record."""
        return self._place(number)

    def is_code(self, cell: Cell, number: int) -> bool:
        """Whether a record is that of what answers a cell."""
        if self.kinds[number] != kinds.UNIT:
            return self._get(number) is cell[0]
        file, name, _ = self._record(number)
        return self._program(file).is_unit(cell, name)

    def is_function(self, function: Any, number: int) -> bool:
        """Whether a record is that of a function's code."""
        file, piece, place = self._record(number)
        return (
            function.__globals__ is self._program(file).space
            and self._codes_of(file, piece)[place] is function.__code__
        )

    def own_code(self, record: Any) -> CodeType:
        """The code that one of lixeval's functions has within it."""
        found: CodeType = codes_in((getattr(_module(record[0]), record[1]).__code__,))[record[2]]
        return found

    # Each kind

    def _list(self, record: Any) -> Any:
        return tuple([self._get(reference) for reference in record])

    def _string(self, record: Any) -> ContextString:
        return ContextString(record[0], frozenset(record[1:]))

    def _plain(self, record: Any) -> Any:
        return record

    def _curried(self, record: Any) -> Any:
        code = self._get(record[1])
        return curried(record[0], MethodType(code, self._get(record[2])) if len(record) > 2 else code)

    def _function(self, record: Any) -> Any:
        file, piece, place = self._record(record[0])
        program = self._program(file)
        code = self._codes_of(file, piece)[place]
        defaults = None if record[2] is None else self._get(record[2])
        variables = tuple([self._get(reference) for reference in record[3:]])
        return FunctionType(code, program.space, record[1], defaults, variables)

    def _own(self, record: Any) -> Any:
        return getattr(_module(record[0]), record[1])

    def _own_within(self, record: Any) -> Any:
        code = self.own_code(record)
        variables = tuple([self._get(reference) for reference in record[4:]])
        return FunctionType(code, vars(_module(record[0])), code.co_name, record[3], variables)

    def _unit(self, record: Any) -> Any:
        return self._code_of_unit(*record)

    def _node(self, record: Any) -> Any:
        file, piece, place = record
        found = self._nodes.get((file, piece))
        if found is None:
            program = self._program(file)
            self._know_parents(file, program, piece)
            found = self._nodes[file, piece] = program.nodes(piece)
        return found[place]

    def _builtin(self, record: Any) -> Any:
        table = self._evaluator.table
        if record[0] == "builtins":
            return table.builtins
        if record[0] == "cell":
            return table.cells[record[1]]
        return table.function(record[1]) if record[0] == "function" else table.resolve(record[1])

    def _service(self, record: Any) -> Any:
        if self._services is None:
            self._services = named_services(self._evaluator)
        return self._services[record]

    def _projects(self, record: Any) -> Any:
        try:
            return self.parts.at_hand(record)
        except KeyError:
            raise StartAgain from None  # whoever has it has not looked for it

    def _given(self, record: Any) -> Any:
        call, is_value, *way = record
        return self._argument(call, is_value, tuple(way))

    # Code

    def _code(self, number: int) -> Any:
        """What answers a cell.  Looked up each time: a unit takes the place of its stand-in when its piece is there."""
        if self.kinds[number] == kinds.UNIT:
            return self._code_of_unit(*self._record(number))
        return self._get(number)

    def _code_of_unit(self, file: int, name: str, piece: str) -> Any:
        program = self._program(file)
        self._know_parents(file, program, piece)
        if piece not in ("", name):
            program.module(piece)
        return program.named(name)

    def _codes_of(self, file: int, piece: str) -> list[CodeType]:
        found = self._codes.get((file, piece))
        if found is None:
            program = self._program(file)
            self._know_parents(file, program, piece)
            found = self._codes[file, piece] = codes_in(program.module(piece))
        return found

    def _program(self, file: int) -> CompiledFile:
        found = self._opened.get(file)
        if found is None:
            path, extra, expected, text, folder = self._programs[file]
            evaluator = self._evaluator
            found = (
                evaluator.program(path, extra) if text is None else evaluator.part_of_file(path, text, folder, extra)
            )
            if evaluator.about(found.source)[0] != expected:
                raise DamagedHeap(f"'{path}' has changed")
            self._opened[file] = found
        return found

    def _know_parents(self, file: int, program: CompiledFile, piece: str) -> None:
        known, parents = program.parents, self._parents
        while piece not in known and (file, piece) in parents:
            known[piece] = piece = parents[file, piece]


_MAKERS: dict[int, Callable[[KeptHeap, Any], Any]] = {
    kinds.NAMES: KeptHeap._plain,
    kinds.LIST: KeptHeap._list,
    kinds.WITHS: lambda self, record: Withs(self._list(record)),
    kinds.FUNCTION: KeptHeap._function,
    kinds.CURRIED: KeptHeap._curried,
    kinds.STRING: KeptHeap._string,
    kinds.PATH: lambda self, record: Path(record),
    kinds.TEXT: KeptHeap._plain,
    kinds.PLAIN: KeptHeap._plain,
    kinds.UNIT: KeptHeap._unit,
    kinds.NODE: KeptHeap._node,
    kinds.OWN: KeptHeap._own,
    kinds.OWN_WITHIN: KeptHeap._own_within,
    kinds.BUILTIN: KeptHeap._builtin,
    kinds.SERVICE: KeptHeap._service,
    kinds.ARGUMENT: KeptHeap._given,
    kinds.PROJECTS: KeptHeap._projects,
    kinds.CONTEXT: lambda self, record: frozenset(record),
}

_FILLED_LATER: dict[int, Callable[[], Any]] = {kinds.SET: dict, kinds.VARIABLE: CellType, kinds.MUTABLE: list}


def _module(name: str) -> Any:
    """A module of lixeval's own."""
    if not name.startswith("lixeval."):
        raise DamagedHeap("a module of somebody else's")
    found = sys.modules.get(name)
    return __import__(name, fromlist=("x",)) if found is None else found
