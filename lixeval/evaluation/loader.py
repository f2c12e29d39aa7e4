"""Compiled programs in memory: namespaces, and pieces that arrive when they are needed.

A program's pieces are executed in one namespace.  Where a piece makes cells of another one, the namespace holds a
stand-in for that piece's unit: the first cell that is forced fetches the piece (from the program, else from the
compiler), executes it, which puts the unit itself into the namespace, and lets it answer.
"""

from __future__ import annotations

import marshal

from lixeval.compiler.compiled import Program, written_name
from lixeval.runtime.code_info import FOLDER, ROOT, SOURCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.builtins.table import Table
    from lixeval.compiler.compiled import Written
    from lixeval.compiler.program import Compiler
    from lixeval.evaluation.observers.counts import Watch
    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed, Value
    from lixeval.source import Source

    Unit = Callable[[Cell], Value]


class Loader:
    """One program's namespace; `compiler()` makes the compiler for pieces that the program lacks.

    `folder` is what relative paths are relative to.
    """

    __slots__ = ("_compiler", "_make_compiler", "_name", "_parents", "_program", "_space", "_table", "_watch")

    def __init__(
        self,
        program: Program,
        source: Source,
        folder: str,
        exports: dict[str, Any],
        table: Table,
        compiler: Callable[[], Compiler],
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch
        self._program = program
        self._table = table
        self._make_compiler = compiler
        self._compiler: Compiler | None = None
        self._name = written_name(source.name)
        self._parents: dict[str, str] = {}
        self._space = space = dict(exports)
        space[SOURCE] = source
        space[FOLDER] = folder

    def root(self) -> Unit:
        """The unit of the whole file."""
        return self._unit(ROOT)

    def _unit(self, identifier: str) -> Unit:
        """Executes a piece; its unit."""
        if self._watch is None:
            return self._executed(identifier)
        with self._watch.phase("loading"):
            return self._executed(identifier)

    def _executed(self, identifier: str) -> Unit:
        watch = self._watch
        parts = self._program.pieces.get(identifier)
        if parts is None:
            parts = self._compiled(identifier)
        elif watch is not None:
            if identifier == ROOT and self._program.grown:
                watch.pieces_compiled += 1
            else:
                watch.pieces_known += 1
        code, builtins, codes, lazy = marshal.loads(self._name.join(parts))
        space = self._space
        for name in builtins:
            space["builtins." + name] = self._table.cells[name]
        for name in codes:
            if "code:" + name not in space:
                if watch is not None:
                    space["code:" + name] = watch.counted(name, self._table.function(name))
                    continue
                space["code:" + name] = self._table.loaded(name) or self._function_when_called(name)
        for name in lazy:
            self._parents[name] = identifier
            space[name] = self._unit_when_forced(name)
        exec(code, space)
        unit: Unit = space[identifier]
        return unit

    def _compiled(self, identifier: str) -> Written:
        """Compiles a piece, and has the program keep it."""
        if self._compiler is None:
            self._compiler = self._make_compiler()
        if self._watch is None:
            parts = self._compiler.piece(identifier, self._parents)
        else:
            self._watch.pieces_compiled += 1
            with self._watch.phase("compiling"):
                parts = self._compiler.piece(identifier, self._parents)
        self._program.pieces[identifier] = parts
        self._program.grown = True
        return parts

    def _unit_when_forced(self, identifier: str) -> Unit:
        """The stand-in for a unit; cells made before the piece is there keep it and find the unit through it."""
        unit: Unit | None = None

        def forced(cell: Cell) -> Value:
            nonlocal unit
            if unit is None:
                unit = self._unit(identifier)
            return unit(cell)

        return forced

    def _function_when_called(self, name: str) -> Callable[..., Value]:
        """A stand-in for a builtin's function: the first call imports its module and puts the function here."""

        def first_call(*arguments: Delayed) -> Value:
            function = self._space["code:" + name] = self._table.function(name)
            return function(*arguments)

        return first_call
