"""The texts of a run by number, and what stands at a place in them."""

from __future__ import annotations

from itertools import islice

from lixeval.teach.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    from lixeval.source import Source
    from lixeval.syntax.nodes import Expression


class Texts:
    """The sources that are met, numbered as they are met; `parse` gives the tree of one."""

    def __init__(self, parse: Callable[[Source], Expression]) -> None:
        self._parse = parse
        self._numbers: dict[int, int] = {}
        self._known: list[Source] = []
        self._kept: list[Source] = []
        self._programs: dict[int, Program] = {}
        self._offsets: dict[tuple[Source, int, int], int] = {}
        self._extents: dict[tuple[Source, CodeType, int], tuple[int, int] | None] = {}

    def number(self, source: Source) -> int:
        """The number of a source; that of the same text where another run of the program has read it."""
        number = self._numbers.get(id(source))
        if number is None:
            same = (at for at, one in enumerate(self._known) if (one.name, one.text) == (source.name, source.text))
            number = self._numbers[id(source)] = next(same, len(self._known))
            self._kept.append(source)
            if number == len(self._known):
                self._known.append(source)
        return number

    def source(self, number: int) -> Source:
        """The source of a number."""
        return self._known[number]

    def program(self, source: Source) -> Program:
        """A source, taken apart."""
        found = self._programs.get(id(source))
        if found is None:
            found = self._programs[id(source)] = Program(self._parse(source))
        return found

    def offset(self, source: Source, line: int, column: int) -> int:
        """The offset of a place at which many calls are."""
        key = (source, line, column)
        found = self._offsets.get(key)
        if found is None:
            found = self._offsets[key] = source.offset(line, column)
        return found

    def extent_at(self, source: Source, code: CodeType, instruction: int) -> tuple[int, int] | None:
        """The expression that an instruction evaluates."""
        key = (source, code, instruction)
        if key not in self._extents:
            position = next(islice(code.co_positions(), instruction // 2, None), None)
            if position is None or None in position:
                self._extents[key] = None
            else:
                line, end_line, column, end_column = position
                start = source.offset(line, column + 1)  # type: ignore[arg-type,operator]  # checked above
                self._extents[key] = (start, source.offset(end_line, end_column + 1))  # type: ignore[arg-type,operator]
        return self._extents[key]

    def forms(self, most: int) -> list[dict[str, Any]]:
        """All sources as the record has them; beyond so many characters their texts are left out."""
        found: list[dict[str, Any]] = []
        for source in self._known:
            most -= len(source.text)
            entry: dict[str, Any] = {"name": source.shown, "text": source.text if most >= 0 else None}
            found.append(entry | ({"library": True} if source.is_library else {}))
        return found
