"""Patterns as Python's matcher executes them, kept between runs.

`re` makes a program of a pattern, and importing it takes 6 ms, a third of a small run; the matcher itself (`_sre`) is
part of the interpreter.  So the programs that a run needed are kept, in one table for all that begin with the same
file.  `_sre` checks a program before it takes it.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]  # the interpreter's own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.environment.services import KeptTable

    Program = tuple[int, list[int], int]
    """Flags, code, and how many groups; what `_sre.compile` takes besides the pattern."""

MOST = 256
"""So many patterns are kept for the runs that begin with a file."""

LONGEST = 10_000
"""The most numbers of a program that is kept."""


class Programs:
    """The programs of one evaluator, read from its table at the first question."""

    __slots__ = ("_known", "_table", "_used")

    def __init__(self, table: KeptTable) -> None:
        self._table = table
        self._known: dict[str, Program] | None = None
        self._used: dict[str, Program] = {}

    def get(self, pattern: str) -> Program | None:
        """The program of a pattern, if it was needed before."""
        if self._known is None:
            self._known = self._table.load() or {}
        found = self._known.get(pattern)
        if found is not None:
            self._used[pattern] = found
        return found

    def add(self, pattern: str, program: Program) -> None:
        """A program that was made now."""
        if len(program[1]) <= LONGEST:
            self._used[pattern] = program

    def keep(self) -> None:
        """Has the next run know what this one has made, in place of others where they become too many."""
        known = self._known or {}
        if self._used.keys() <= known.keys():
            return
        table = known | self._used
        if len(table) > MOST:
            table = dict(list(self._used.items())[:MOST])
        if table != known:
            self._table.save(table)
            self._known = table


def program_of(pattern: str) -> Program:
    """The program that `re` makes of a pattern without named groups; RecursionError where it is nested too deeply.

    As `re._compiler.compile` does it, which hands the program to `_sre` and to nobody else.
    """
    from re import DOTALL, _compiler, _parser  # type: ignore[attr-defined]

    parsed: Any = _parser.parse(pattern, DOTALL)
    code = [int(number) for number in _compiler._code(parsed, DOTALL)]
    return int(DOTALL | parsed.state.flags), code, parsed.state.groups - 1


def matcher(pattern: str, program: Program) -> Any:
    """What matches by a program: the same as `re.compile(pattern, re.DOTALL)`."""
    flags, code, groups = program
    return _sre.compile(pattern, flags, code, groups, {}, (None,) * (groups + 1))
