"""Walking through a story: where one is, what is open, and the ways to jump.

`Lines` walks through the rewriting of a small program, `Tree` through the frames of a large one; both have the same
moves, and know the step that one is at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import islice

from lixeval.teach.frames import Frames, Row
from lixeval.teach.rewriting import Line, Rewriting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lixeval.teach.record import Record

MOST_ROWS = 100_000


class Walk(ABC):
    """A list of steps with a cursor."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.cursor = 0

    @abstractmethod
    def count(self) -> int:
        """How many lines there are."""

    @abstractmethod
    def step(self) -> int:
        """The number of the step at the cursor."""

    def moment(self) -> int:
        """The step before which what is shown at the cursor holds."""
        return self.step() + 1

    @abstractmethod
    def go_to_step(self, number: int) -> None:
        """Puts the cursor at a step, or at what it lies in."""

    def move(self, by: int) -> None:
        self.cursor = max(0, min(self.count() - 1, self.cursor + by))

    def find(self, name: str) -> bool:
        """Goes to the next step that asks for a name or an attribute, or calls a function of that name."""
        return self._next(lambda number: self._asks_for(number, name))

    def find_failure(self) -> bool:
        """Goes to the next thing that fails."""
        steps = self.record["steps"]
        return self._next(lambda number: steps[number]["event"] == "fail")

    def find_asker(self) -> bool:
        """Goes to the force or call that asked for this."""
        steps = self.record["steps"]
        if not steps:
            return False
        number = steps[self.step()].get("by", steps[self.step()].get("of"))
        while number is not None and steps[number]["event"] not in ("force", "call", "import", "derive", "coerce"):
            number = steps[number].get("by")
        if number is None:
            return False
        self.go_to_step(number)
        return True

    def find_maker(self) -> bool:
        """Goes to where the thunk that is asked for here was made."""
        steps, number = self.record["steps"], self.step()
        if not steps:
            return False
        inside = range(number, max(number + 1, steps[number].get("end", 0)))
        cell = next((steps[at]["cell"] for at in inside if steps[at]["event"] == "force"), None)
        if cell is None:
            return False
        made = self.record["cells"][cell].get("made")
        if made is None:
            return False
        self.go_to_step(made)
        return True

    def _next(self, wanted: Callable[[int], bool]) -> bool:
        steps = self.record["steps"]
        for number in range(self.step() + 1, len(steps)):
            if wanted(number):
                self.go_to_step(number)
                return True
        return False

    def _asks_for(self, number: int, name: str) -> bool:
        step = self.record["steps"][number]
        if step["event"] == "force":
            return str(self.record["cells"][step["cell"]].get("name", "")) == name
        return name in (step.get("name"), step.get("builtin"), *step.get("path", ()))


class Lines(Walk):
    """Through the lines of rewriting."""

    def __init__(self, record: Record, rewriting: Rewriting) -> None:
        super().__init__(record)
        self.lines: list[Line] = list(rewriting.lines())

    def count(self) -> int:
        return len(self.lines)

    def step(self) -> int:
        return self.lines[self.cursor].step if self.lines else 0

    def moment(self) -> int:
        number, steps = self.step(), self.record["steps"]
        if not self.lines or not self.lines[self.cursor].after:
            return number + 1
        end: int = steps[number]["end"]
        # With the last value of a thunk's expression the thunk has its own.
        return end + (end < len(steps) and steps[end]["event"] == "answer")

    def go_to_step(self, number: int) -> None:
        steps = self.record["steps"]
        best = 0
        for place, line in enumerate(self.lines):
            if line.step <= number < max(steps[line.step].get("end", line.step + 1), line.step + 1):
                best = place
            if line.step == number:
                break
        self.cursor = best


class Tree(Walk):
    """Through frames that open and close."""

    def __init__(self, record: Record, only: str = "") -> None:
        super().__init__(record)
        self.frames = Frames(record)
        self.open: set[int] = set()
        roots = self.frames.named(only) if only else self.frames.within(None)
        self.rows: list[Row] = [self.frames.row(number) for number in _first(roots)]
        if len(self.rows) == 1:
            self.expand()

    def count(self) -> int:
        return len(self.rows)

    def step(self) -> int:
        return self.rows[self.cursor].step if self.rows else 0

    def expand(self) -> None:
        """Opens the frame at the cursor."""
        if not self.rows:
            return
        row = self.rows[self.cursor]
        if not row.opens or row.step in self.open:
            return
        self.open.add(row.step)
        inner = [self.frames.row(number, row.depth + 1) for number in _first(self.frames.within(row.step))]
        self.rows[self.cursor + 1 : self.cursor + 1] = inner

    def collapse(self) -> None:
        """Closes it, or goes to the one that it lies in."""
        if not self.rows:
            return
        row = self.rows[self.cursor]
        if row.step not in self.open:
            while self.cursor and self.rows[self.cursor].depth >= row.depth:
                self.cursor -= 1
            return
        end = self.cursor + 1
        while end < len(self.rows) and self.rows[end].depth > row.depth:
            self.open.discard(self.rows[end].step)
            end += 1
        self.open.discard(row.step)
        del self.rows[self.cursor + 1 : end]

    def go_to_step(self, number: int) -> None:
        """Opens what a step lies in, and goes there."""
        steps = self.record["steps"]
        place = next(
            (at for at, row in enumerate(self.rows) if row.depth == 0 and row.step <= number < steps[row.step]["end"]),
            None,
        )
        if place is None:
            return
        self.cursor = place
        while True:
            row = self.rows[self.cursor]
            if row.step == number:
                return
            self.expand()
            inner = self.cursor + 1
            while inner < len(self.rows) and self.rows[inner].depth > row.depth:
                if self.rows[inner].step <= number < steps[self.rows[inner].step]["end"]:
                    break
                inner += 1
            else:
                return
            if inner >= len(self.rows) or self.rows[inner].depth != row.depth + 1:
                return
            self.cursor = inner


def _first(numbers: Iterator[int]) -> list[int]:
    return list(islice(numbers, MOST_ROWS))
