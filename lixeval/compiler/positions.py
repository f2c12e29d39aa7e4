"""Where the nodes of a source stand, as Python's compiler, errors and attributes' cells are told."""

from __future__ import annotations

import _ast as ast
from bisect import bisect_right

from lixeval.compiler import pyast as py
from lixeval.source import Source, Span
from lixeval.syntax import nodes

MANY_POSITIONS = 20_000
"""So many places are kept to be used again, most of them soon after: 400 bytes each."""


class Positions:
    """The positions of one source; `file` stands for its name, which code does not depend on."""

    def __init__(self, source: Source, file: str) -> None:
        self.source = source
        self.file = file
        self._positions: dict[tuple[int, int], py.At] = {}
        self._line_starts = source.line_starts

    def at(self, node: nodes.Node) -> py.At:
        """The position of a node as Python's compiler wants it: lines from 1, byte columns from 0."""
        return self.between(node.start, node.end)

    def between(self, start: int, end: int) -> py.At:
        found = self._positions.get((start, end))
        if found is None:
            if len(self._positions) == MANY_POSITIONS:
                self._positions.clear()
            line, column, end_line, end_column = self.source.lines_and_columns(start, end)
            found = {
                "lineno": line,
                "col_offset": column - 1,
                "end_lineno": end_line,
                "end_col_offset": end_column - 1,
            }
            self._positions[start, end] = found
        return found

    def span(self, node: nodes.Node) -> Span:
        at = self.at(node)
        return Span(self.source, at["lineno"], at["col_offset"] + 1, at["end_lineno"], at["end_col_offset"] + 1)

    def place(self, offset: int) -> tuple[str, int, int]:
        """File, line and column; a text that is no file has «string»."""
        line = bisect_right(self._line_starts, offset)
        if line in self.source.wide_lines:
            return self.file, *self.source.line_and_column(offset)
        return self.file, line, offset - self._line_starts[line - 1] + 1

    def position(self, at: py.At, offset: int) -> ast.Constant:
        """The constant (file, line, column) that an attribute's cell carries."""
        return py.constant(at, self.place(offset))
