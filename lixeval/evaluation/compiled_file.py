"""Compiled programs in memory: namespaces, and pieces that arrive when they are needed.

A program's pieces are executed in one namespace.  Where a piece makes cells of another one, the namespace holds a
stand-in for that piece's unit: the first cell that is forced fetches the piece (from the program, else from the
compiler), executes it, which puts the unit itself into the namespace, and lets it answer.
"""

from __future__ import annotations

import marshal

from lixeval.compiler.compiled import Program, written_name
from lixeval.runtime.code_info import FOLDER, ROOT, SOURCE, defaults_of
from lixeval.runtime.exports import waiting
from lixeval.runtime.operators import path_in
from lixeval.runtime.shared_code import shared_code
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import FunctionType
from lixeval.runtime.walk import delayed_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType
    from typing import Any

    from lixeval.builtins.table import Table
    from lixeval.compiler.cache import CodeCache
    from lixeval.compiler.compiled import Written
    from lixeval.compiler.program import Compiler
    from lixeval.evaluation.observer import Observer
    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed, Value
    from lixeval.runtime.walk import Node
    from lixeval.source import Source

    Unit = Callable[[Cell], Value]


class CompiledFile:
    """A source's program and its namespace.

    The program is that of `key` in the `cache`; `make_compiler` makes what compiles it, or the pieces that it lacks.
    `folder` is what relative paths are relative to, `extra` are names known in it besides.  `modules` has the codes of
    each piece that was executed.  Where code is made to be watched, `unwatched` is the program that runs otherwise, as
    far as it is kept.
    """

    __slots__ = (
        "_compiler",
        "_data",
        "_make_compiler",
        "_met",
        "_name",
        "_parents",
        "_space",
        "_table",
        "_unwatched",
        "_walked",
        "_watch",
        "extra",
        "key",
        "modules",
        "program",
    )

    def __init__(
        self,
        source: Source,
        folder: str,
        key: str,
        cache: CodeCache,
        make_compiler: Callable[[], Compiler],
        exports: dict[str, Any],
        table: Table,
        watch: Observer,
        extra: tuple[str, ...] = (),
        unwatched: Program | None = None,
    ) -> None:
        self.key = key
        self._unwatched = unwatched
        self.extra = extra
        self._make_compiler = make_compiler
        self._table = table
        self._watch = watch
        self._compiler: Compiler | None = None
        self._name = written_name(source.name)
        self._parents: dict[str, str] = {}
        self._met: list[tuple[str, tuple[str, ...]]] = []
        """Pieces that were executed, each with those of which it makes cells, that `parents` does not know of yet."""
        self.modules: dict[str, tuple[CodeType, ...]] = {}
        self._walked: dict[str, Node] = {}
        """Of pieces that are walked what is (see `runtime.walk`): they have no unit."""
        self._data: dict[str, tuple[tuple[str, Node], ...]] = {}
        known = cache.load(key)
        watch.file(known=known is not None or unwatched is not None)
        self.program = known if known is not None else self._begun()
        # All names at once: where a global stands, which Python has found out for each of its uses, is void when the
        # namespace gets another one.
        self._space: dict[str, Any] = {**self.program.globals, **exports, SOURCE: source, FOLDER: folder}
        self._space.update(shared_code(self._space, self._answering), WAITING=waiting(self._answering))

    def _begun(self) -> Program:
        """The program with its root alone; syntax errors and undefined names show."""
        self._compiler = compiler = self._make_compiler()
        with self._watch.phase(self._phase(ROOT)):
            root = compiler.root()
        program = Program(compiler.environment, compiler.names_met())
        program.add(ROOT, root)
        return program

    def cell(self, scope: Mapping[str, Delayed]) -> Cell:
        """The cell of the whole file, with those names of `scope` that it uses."""
        brought = [scope[name] for name in self.program.environment]
        environment = None if not brought else brought[0] if len(brought) == 1 else tuple(brought)
        self._take(ROOT)
        node = self._walked.get(ROOT)
        if node is not None:
            return [self._space["WHOLE"], (self._space, *brought), None, node]
        return [self._space[ROOT], environment]

    def complete(self) -> None:
        """Compiles whatever was put off."""
        missing = [ROOT]
        while missing:
            identifier = missing.pop()
            *_, lazy, crowd = marshal.loads(self._name.join(self._piece(identifier)))
            self._met.append((identifier, lazy + crowd))
            missing += lazy + crowd

    def module(self, identifier: str) -> tuple[CodeType, ...]:
        """The codes of a piece, which is executed if it has not been."""
        self._take(identifier)
        return self.modules[identifier]

    def nodes(self, identifier: str) -> list[Node]:
        """All nodes of a piece that cells may have, in an order that its code alone decides."""
        self._take(identifier)
        return [each for _, node in self._data.get(identifier, ()) for each in delayed_in(node)]

    def named(self, name: str) -> Any:
        """What the namespace has under a name: a unit of a piece that was executed, or the stand-in for another."""
        found = self._space.get(name)
        if found is None:
            found = self._space[name] = self._stand_in(name)
        return found

    @property
    def parents(self) -> dict[str, str]:
        """In which piece the cells of another one are made."""
        for identifier, lazy in self._met:
            self._parents.update(dict.fromkeys(lazy, identifier))
        self._met.clear()
        return self._parents

    @property
    def source(self) -> Source:
        """What was compiled."""
        found: Source = self._space[SOURCE]
        return found

    @property
    def folder(self) -> str:
        """The folder that relative paths are relative to."""
        found: str = self._space[FOLDER]
        return found

    @property
    def space(self) -> dict[str, Any]:
        """The namespace that the pieces are executed in."""
        return self._space

    def answer(self, cell: Cell, identifier: str) -> Value:
        """The value of a cell that a piece is wanted for."""
        self._take(identifier)
        node = self._walked.get(identifier)
        if node is None:
            unit: Unit = self._space[identifier]
            return unit(cell)
        cell[2:] = cell[2] if len(cell) > 2 else None, node
        cell[0] = once = self._space["ONCE"]
        return once(cell)

    def _take(self, identifier: str) -> None:
        """Executes a piece, once."""
        if identifier in self.modules:
            return
        with self._watch.phase("loading"):
            written = self._name.join(self._piece(identifier))
            parts, builtins, codes, cells, paths, data, functions, lazy, crowd = marshal.loads(written)
            space = self._space
            for name in builtins:
                space["builtins." + name] = self._table.cells[name]
            for name in codes:
                if space.get("code:" + name) is None:
                    space["code:" + name] = self._function(name)
            for name, value, position in cells:
                space[name] = [READ, value, position]
            for text, name in paths:
                space[name] = path_in(self.folder, text)
            if data:
                self._data[identifier] = data
            for name, node in data:
                (self._walked if name == identifier else space)[name] = node
            self._met.append((identifier, lazy + crowd))
            for name in lazy:
                if name not in self.modules:
                    space[name] = self._stand_in(name)
            for code in parts:
                exec(code, space)
            if self.program.grown:
                self._note_globals(
                    parts,
                    builtins,
                    codes,
                    [*lazy, *[row[0] for row in (*cells, *data, *functions)], *[row[1] for row in paths]],
                )
            self._watch.executed(space, parts)
            if functions:
                import lixeval.runtime.walked_functions  # noqa: F401  # what is walked then has such nodes

                space.update(functions)
                parts = (*parts, *[code for _, code in functions])
            self.modules[identifier] = parts

    def _note_globals(
        self,
        parts: tuple[CodeType, ...],
        builtins: tuple[str, ...],
        codes: tuple[str, ...],
        others: list[str],
    ) -> None:
        """Keeps what a piece has in the namespace, for the next run to begin with."""
        known = self.program.globals
        for code in parts:
            known.update(dict.fromkeys(code.co_names))
        known.update(dict.fromkeys(others))
        known.update(dict.fromkeys(["builtins." + name for name in builtins]))
        known.update(dict.fromkeys(["code:" + name for name in codes]))

    def _piece(self, identifier: str) -> Written:
        """A piece: the program's, else compiled, which the program keeps."""
        parts = self.program.piece(identifier)
        fresh = parts is None or (identifier == ROOT and self.program.grown)
        self._watch.piece(known=not fresh or self._is_known_unwatched(identifier))
        if parts is None:
            if self._compiler is None:
                self._compiler = self._make_compiler()
            with self._watch.phase(self._phase(identifier)):
                compiler = self._compiler
                parts = compiler.root() if identifier == ROOT else compiler.piece(identifier, self.parents)
            self.program.add(identifier, parts)
        return parts

    def _is_known_unwatched(self, identifier: str) -> bool:
        return self._unwatched is not None and self._unwatched.has(identifier)

    def _phase(self, identifier: str) -> str:
        """What compiling a piece is for: a run that nobody watches may have it already."""
        return "compiling to be watched" if self._is_known_unwatched(identifier) else "compiling"

    def _function(self, name: str) -> Callable[..., Value]:
        """A builtin's function, or where its module has not been imported what does so when it is called."""
        function = self._table.loaded(name)
        return self._function_when_called(name) if function is None else self._watch.builtin(name, function)

    def _stand_in(self, identifier: str) -> Unit:
        """The stand-in for a unit; cells made before the piece is there keep it and find the unit through it."""
        return FunctionType(_forced.__code__, globals(), None, (self, identifier))

    def _answering(self, units: dict[int, str]) -> Unit:
        """What answers the cells of a crowd, by the identity of their positions: a package set has thousands, of which
        few are ever asked.
        """
        return FunctionType(_forced_among.__code__, globals(), None, (self, units))

    def is_unit(self, cell: Cell, name: str) -> bool:
        """Whether what answers a cell is the unit of a name, or stands in for it."""
        code = cell[0]
        if code is READ:
            return False
        return code.__name__ == name if code.__globals__ is self._space else stood_in_for(code, cell) == (self, name)

    def _function_when_called(self, name: str) -> Callable[..., Value]:
        """A stand-in for a builtin's function: the first call imports its module and puts the function here."""

        def first_call(*arguments: Delayed) -> Value:
            function = self._watch.builtin(name, self._table.function(name))
            self._space["code:" + name] = function
            return function(*arguments)

        return first_call


def _forced(cell: Cell, file: CompiledFile, identifier: str) -> Value:
    """What a stand-in does, which has the file and the name of its unit for defaults."""
    return file.answer(cell, identifier)


def _forced_among(cell: Cell, file: CompiledFile, units: dict[int, str]) -> Value:
    """What answers the cells of a crowd does."""
    return file.answer(cell, units[id(cell[2])])


def stood_in_for(code: Any, cell: Cell) -> tuple[CompiledFile, str] | None:
    """The file and the name of the unit that what answers a cell stands in for; None where it is the unit."""
    held = defaults_of(code)
    if held is None or code.__code__ not in (_forced.__code__, _forced_among.__code__):
        return None
    file, unit = held
    return file, unit if unit.__class__ is str else unit[id(cell[2])]
