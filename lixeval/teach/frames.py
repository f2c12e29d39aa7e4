"""A large program's story: forces and calls as lines that open.

What is closed is not made: a step knows where it ends, so what lies in it is passed over, and a hundred thousand steps
open at once.  Expressions are transparent: the frames that one took lie directly in the frame around.
"""

from __future__ import annotations

from dataclasses import dataclass

from lixeval.teach.replay import Heap
from lixeval.teach.summary import Places, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lixeval.teach.record import Record

FRAMES = frozenset(("force", "call", "import", "derive", "coerce"))

LONGEST = 60
"""Texts of values and of expressions are cut to so many characters."""


@dataclass(slots=True)
class Row:
    """A frame as it is shown: what is asked for or called, where, what came of it, and how many steps lie in it."""

    step: int
    depth: int
    what: str
    where: str
    result: str
    size: int
    failed: bool
    opens: bool


class Frames:
    """The frames of a record."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._steps: list[dict[str, Any]] = record["steps"]
        self._heap = Heap(record)
        self._heap.go_to(len(self._steps))
        self._places = Places(record)

    def within(self, number: int | None) -> Iterator[int]:
        """The frames directly within a frame, or those that nobody of the program asked for."""
        child = 0 if number is None else number + 1
        end = len(self._steps) if number is None else self._steps[number]["end"]
        while child < end:
            step = self._steps[child]
            if step["event"] in FRAMES:
                yield child
                child = step["end"]
            else:
                child += 1

    def row(self, number: int, depth: int = 0) -> Row:
        step = self._steps[number]
        end = step["end"]
        last = self._steps[end - 1]
        failed = last["event"] == "fail"
        if failed:
            result = str(last.get("error", "fails"))
        else:
            result = "…" if last["event"] == "stop" else self._cut(self._heap.text(last.get("value"), 2))
        opens = next(self.within(number), None) is not None
        return Row(number, depth, self._what(step), self._where(step), result, end - number - 2, failed, opens)

    def rows(self, opened: int, *, name: str = "") -> Iterator[Row]:
        """The rows of a story whose frames are open to a depth; with `name` only the frames of that name, and what is
        in them.
        """
        if not name:
            yield from self._below(None, 0, opened)
            return
        for number in self.named(name):
            yield from self._from(number, 0, opened)

    def asked_by(self, number: int) -> list[str]:
        """Who asked for a frame: the thunks of the user's own texts that have a name, the innermost first."""
        found: list[str] = []
        step = self._steps[number]
        while "by" in step:
            step = self._steps[step["by"]]
            cell = self.record["cells"][step["cell"]] if step["event"] == "force" else {}
            where = cell.get("where")
            if "name" in cell and where and not self._places.is_library(where[0]):
                found.append(f"{name_of(cell)} at {self._places.at(*where[:2])}")
        return found

    def named(self, name: str) -> Iterator[int]:
        """The frames of a thunk, a function or an attribute of a name, not those within one another."""
        number = 0
        while number < len(self._steps):
            if self._steps[number]["event"] in FRAMES and self.is_named(number, name):
                yield number
                number = self._steps[number]["end"]
            else:
                number += 1

    def is_named(self, number: int, name: str) -> bool:
        step = self._steps[number]
        if step["event"] == "force":
            return str(self.record["cells"][step["cell"]].get("name", "")) == name
        return name in (step.get("builtin"), self._function_name(step))

    def _from(self, number: int, depth: int, opened: int) -> Iterator[Row]:
        yield self.row(number, depth)
        if depth < opened:
            yield from self._below(number, depth + 1, opened)

    def _below(self, number: int | None, depth: int, opened: int) -> Iterator[Row]:
        for child in self.within(number):
            yield from self._from(child, depth, opened)

    def _what(self, step: dict[str, Any]) -> str:
        if step["event"] == "force":
            cell = self.record["cells"][step["cell"]]
            text = self.text_of(cell.get("where"))
            name = name_of(cell)
            return f"{name} = {text}" if text and cell["kind"] != "file" and text != name else name
        if "builtin" in step:
            return " ".join([step["builtin"], *map(self._argument, step["arguments"])])
        name = self._function_name(step) or "(function)"
        return " ".join([name, *map(self._argument, step["arguments"])])

    def _argument(self, form: Any) -> str:
        if isinstance(form, dict) and "cell" in form:
            name = self.record["cells"][form["cell"]].get("name")
            kind = self.record["cells"][form["cell"]]["kind"]
            if name and kind != "argument" and kind != "element":
                return str(name)
        text = self._heap.text(form, 1)
        return text if len(text) <= 20 else "…"

    def _function_name(self, step: dict[str, Any]) -> str:
        if step["event"] != "call" or "where" not in step:
            return ""
        number, offset = step["where"]
        before = self._places.source(number).text[max(0, offset - 80) : offset].rstrip("( \n\t")
        if not before.endswith("=") or before.endswith("=="):
            return ""
        words = before[:-1].split()
        return words[-1] if words else ""

    def _where(self, step: dict[str, Any]) -> str:
        where = self.record["cells"][step["cell"]].get("where") if step["event"] == "force" else step.get("where")
        if not where or where[0] is None:
            return ""
        return self._places.at(where[0], where[1])

    def text_of(self, where: list[int] | None) -> str:
        """The text at a place, on one line."""
        if not where or len(where) < 3 or where[1] == where[2]:
            return ""
        return self._cut(" ".join(self._places.source(where[0]).text[where[1] : where[2]].split()))

    def _cut(self, text: str) -> str:
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
