"""A place in a recorded run, and the ways from it.

A run stands before a step.  It stops at steps of the user's own text: at forces, calls and expressions, and where
something fails; never at `make` and `answer`, at which nothing happens that could be looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from lixeval.teach.replay import Heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lixeval.teach.record import Record

FRAMES = frozenset(("force", "call", "import", "derive", "coerce"))
_PASSED = frozenset(("make", "answer", "stop", "update"))


@dataclass
class Breaks:
    """Where to stop: lines (1-based) of files, names of what is asked for, and failures."""

    lines: dict[str, set[int]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    failures: bool = True


class Replay:
    """A record, and where it stands: `at` is a step, or the number of steps where the run is over."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.steps: list[dict[str, Any]] = record["steps"]
        self.heap = Heap(record)
        self._line_starts: dict[int, list[int]] = {}
        self.at = 0
        self.go(next((step for step in range(len(self.steps)) if self.is_stop(step)), len(self.steps)))

    @property
    def is_over(self) -> bool:
        """Whether nothing follows."""
        return self.at >= len(self.steps)

    def go(self, step: int) -> None:
        """Stands before a step."""
        self.at = max(0, min(step, len(self.steps)))
        self.heap.go_to(self.at)

    # Ways

    def step_in(self) -> None:
        """To the next stop."""
        self.go(self._forward(self.at + 1))

    def step_over(self) -> None:
        """To the next stop that is not part of this step."""
        end = self.at + 1 if self.is_over else self.steps[self.at].get("end", self.at + 1)
        self.go(self._forward(end))

    def step_out(self) -> None:
        """To the next stop behind the frame around."""
        frame = self.frame_around(self.at)
        self.go(len(self.steps) if frame is None else self._forward(self.steps[frame]["end"]))

    def step_back(self) -> None:
        """To the stop before."""
        before = next((step for step in range(self.at - 1, -1, -1) if self.is_stop(step)), None)
        if before is not None:
            self.go(before)

    def continue_to(self, breaks: Breaks, *, back: bool = False) -> str:
        """To the next break, the end or the beginning; why it stands there: breakpoint, exception, entry or end."""
        numbers = range(self.at - 1, -1, -1) if back else range(self.at + 1, len(self.steps))
        for step in numbers:
            why = self.reason(step, breaks)
            if why:
                self.go(step)
                return why
        if back:
            self.go(self._forward(0))
            return "entry"
        self.go(len(self.steps))
        return "end"

    def reason(self, number: int, breaks: Breaks) -> str:
        """Why a run stops at a step; empty if it does not."""
        step = self.steps[number]
        if step["event"] == "fail":
            return "exception" if breaks.failures and self._is_first_failure(number) else ""
        if step.get("builtin") == "break":
            return "breakpoint"
        if not self.is_stop(number):
            return ""
        if breaks.names and self.asks_for(number) & breaks.names:
            return "breakpoint"
        return "breakpoint" if self._begins_line(number, breaks.lines) else ""

    def failure(self) -> str:
        """What the thunk or call says that fails at this step; of one that says nothing what the next does."""
        for step in self.steps[self.at :]:
            if step["event"] == "fail" and "error" in step:
                return str(step["error"])
        return str(self.record["outcome"].get("error", {}).get("message", "it fails"))

    def is_stop(self, number: int) -> bool:
        """Whether a run may stand before a step."""
        step = self.steps[number]
        if step["event"] in _PASSED:
            return False
        return self.is_own(self.where(number)) and (step["event"] != "fail" or self._is_first_failure(number))

    def asks_for(self, number: int) -> set[str]:
        """The names under which a step asks for something: x, and of a selection its text and b, a.b and so on."""
        step = self.steps[number]
        if step["event"] == "force":
            name = self.record["cells"][step["cell"]].get("name")
            return {name} if name else set()
        if step["event"] == "select" and all(step["path"]):
            path = step["path"]
            return {"".join(self._text(number).split()), *(".".join(path[start:]) for start in range(len(path)))}
        return set()

    # Frames

    def frames(self) -> Iterator[int]:
        """The frames in which it stands, innermost first: steps."""
        last = min(self.at, len(self.steps) - 1)
        number: int | None = self.steps[last].get("of", last) if self.steps else None
        while number is not None and number >= 0:
            if self.steps[number]["event"] in FRAMES:
                yield number
            number = self.steps[number].get("by")

    def frame_around(self, number: int) -> int | None:
        """The frame that a step is part of, not itself."""
        step = self.steps[number] if number < len(self.steps) else {}
        by = self.steps[step["of"]].get("by") if "of" in step else step.get("by")
        while by is not None and self.steps[by]["event"] not in FRAMES:
            by = self.steps[by].get("by")
        return by

    # Places

    def where(self, number: int) -> list[Any] | None:
        """[source, start, end?] of a step."""
        step = self.steps[number]
        if "where" in step:
            found: list[Any] = step["where"]
            return found
        if "cell" in step:
            expression: list[Any] | None = self.record["cells"][step["cell"]].get("where")
            return expression
        if "of" in step:
            return self.where(step["of"])
        by = step.get("by")
        return None if by is None else self.where(by)

    def is_own(self, where: list[Any] | None) -> bool:
        """Whether a place is in a text of the user's."""
        if where is None or where[0] is None:
            return False
        source = self.record["sources"][where[0]]
        return source["text"] is not None and not source.get("library")

    def _text(self, number: int) -> str:
        """The text of a step's expression."""
        source, start, end = self.steps[number]["where"]
        text: str = self.record["sources"][source]["text"] or ""
        return text[start:end]

    def line_and_column(self, source: int, offset: int) -> tuple[int, int]:
        """1-based, columns in characters."""
        starts = self._line_starts.get(source)
        if starts is None:
            starts = [0]
            text = self.record["sources"][source]["text"] or ""
            while (found := text.find("\n", starts[-1])) >= 0:
                starts.append(found + 1)
            self._line_starts[source] = starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def _forward(self, start: int) -> int:
        return next((step for step in range(start, len(self.steps)) if self.is_stop(step)), len(self.steps))

    def _begins_line(self, number: int, lines: dict[str, set[int]]) -> bool:
        """Whether a step is in a line with a break, and the one around it, or before it in the same frame, is not."""
        place = self._line_of(number)
        if place is None or place[1] not in lines.get(place[0], ()):
            return False
        before = number - 1
        while before >= 0 and not self.is_stop(before):
            before -= 1
        return before < 0 or self._line_of(before) != place

    def _line_of(self, number: int) -> tuple[str, int] | None:
        where = self.where(number)
        if where is None or where[0] is None:
            return None
        return self.record["sources"][where[0]]["name"], self.line_and_column(where[0], where[1])[0]

    def _is_first_failure(self, number: int) -> bool:
        """Failures come one in another: the innermost is where it happened."""
        return number == 0 or self.steps[number - 1]["event"] != "fail"
