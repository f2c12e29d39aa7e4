"""The thunks of a run by number: what each is the value of, where it is written, which others stand for it."""

from __future__ import annotations

from lixeval.syntax import nodes
from lixeval.teach.program import Role, innermost, parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.runtime.thunks import Cell
    from lixeval.source import Source
    from lixeval.teach.texts import Texts

MOST_ALIASES = 1000
"""So many cells may stand for one another."""


class Cells:
    """The cells that are met, numbered as they are met; `entries` are what the record says of each."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._numbers: dict[int, int] = {}
        self._kept: list[Cell] = []
        self._made_in: dict[int, Source | None] = {}
        self._aliases: dict[int, Any] = {}
        self._nested: dict[int, int] = {}
        """Of sets of an attribute path, how deep each lies in it."""
        self.entries: list[dict[str, Any]] = []

    def add(self, cell: Cell, source: Source | None, start: int, end: int, asked: Cell | None = None) -> int:
        """Numbers a cell of an expression; where `start` is `end`, of a name that is inherited or looked up there.

        `asked` is the one that is being evaluated: of its own extent where they are sets of one attribute path.
        """
        number = self._numbers[id(cell)] = len(self.entries)
        self._made_in[id(cell)] = source if start >= 0 else None
        self._kept.append(cell)
        around = self._numbers.get(id(asked))
        if (
            around is not None
            and source is not None
            and self.entries[around].get("where") == self._place(source, start, end)
        ):
            self._nested[number] = self._nested.get(around, 0) + 1
        role = self._role(source, start, end, self._nested.get(number, 0))
        entry: dict[str, Any] = {"kind": role.kind or "application"}
        if role.name:
            entry["name"] = role.name
        self.entries.append(entry)
        if source is not None and start >= 0:
            entry["where"] = self._place(source, start, end)
        return number

    def stands_for(self, cell: Cell, target: Any) -> None:
        """A cell is another one, or a value."""
        self._aliases[id(cell)] = target
        self._kept.append(cell)

    def is_new(self, cell: Cell) -> bool:
        """Whether nothing has been told of a cell."""
        return id(cell) not in self._numbers and id(cell) not in self._aliases

    def number(self, cell: Cell) -> int | None:
        """The number of this very cell; None for one that has none."""
        return self._numbers.get(id(cell))

    def number_of(self, cell: Cell) -> int | None:
        """The number of a cell, or of the one that it stands for; None for one of which nothing was told."""
        seen = 0
        while cell.__class__ is list and id(cell) in self._aliases and seen < MOST_ALIASES:
            cell = self._aliases[id(cell)]
            seen += 1
        return self._numbers.get(id(cell)) if cell.__class__ is list else None

    def made_in(self, cell: Cell) -> Source | None:
        """The source of the frame that has made a cell, whose own it is."""
        return self._made_in.get(id(cell))

    def name_looked_up(self, cell: Cell | None) -> tuple[Source | None, int, int]:
        """The name that a cell stands for which only a `with` can give: its source and extent."""
        number = self._numbers.get(id(cell))
        where = None if number is None else self.entries[number].get("where")
        if where is None:
            return None, -1, -1
        source = self._texts.source(where[0])
        starting = self._texts.program(source).starting(where[1])
        node = next((node for node in starting if isinstance(node, nodes.Variable)), None)
        return (None, -1, -1) if node is None else (source, node.start, node.end)

    def name_arguments(self, function: nodes.Lambda, arguments: tuple[Any, ...]) -> bool:
        """Gives cells that are made for a call the names of the parameters; whether the last of these is a pattern."""
        for name, argument in zip(parameters(function, len(arguments)), arguments, strict=False):
            number = self.number_of(argument) if argument.__class__ is list else None
            if number is not None and name and self.entries[number]["kind"] == "argument":
                self.entries[number].setdefault("name", name)
        return innermost(function, len(arguments)).formals is not None

    def _place(self, source: Source, start: int, end: int) -> list[int]:
        return [self._texts.number(source), start, end]

    def _role(self, source: Source | None, start: int, end: int, nth: int) -> Role:
        if source is None or start < 0:
            return Role("")
        program = self._texts.program(source)
        if start == end:
            named = program.named(start)
            variable = next((node for node in program.starting(start) if isinstance(node, nodes.Variable)), None)
            return named if named.kind or variable is None else program.role(variable.start, variable.end)
        return program.role(start, end, nth)
