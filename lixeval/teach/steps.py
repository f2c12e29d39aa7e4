"""From the log to steps within steps.

The log tells of an expression when it is done, behind what its evaluation took.  Here each expression's step gets what
lies in its extent and was logged before it.
"""

from __future__ import annotations

from itertools import islice

from lixeval.teach.probes import (
    ALIASED,
    ANSWER,
    ANSWERED,
    APPLIED,
    BEGUN,
    BUILTIN,
    CALLED,
    CAME,
    COMPUTED,
    DONE,
    FAILED,
    FORCED,
    FROM_WITH,
    GAVE,
    MADE,
    RETURNED,
    UPDATED,
)
from lixeval.teach.recorder import STORY_ENDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Value
    from lixeval.source import Source
    from lixeval.teach.cells import Cells
    from lixeval.teach.recorder import Place
    from lixeval.teach.texts import Texts

NONE: Any = object()
"""The value of a step that has none."""

AGAIN = "again"
"""What is said of a force of a thunk that is being evaluated already."""

MOST_AROUND = 50
"""Of more expressions within one another the innermost are told."""

MOST_PUT_OFF = 1000
"""Of more elements that a builtin puts off at once the first are told; others are met when they are asked for."""


class Step:
    """A step under construction; `start` and `end` are its extent in the text of its frame's source."""

    __slots__ = (
        "cell",
        "end",
        "event",
        "extra",
        "failed",
        "has_pattern",
        "inside",
        "number",
        "source",
        "start",
        "stopped",
        "value",
    )

    def __init__(self, event: str, source: Source | None = None, start: int = -1, end: int = -1) -> None:
        self.event = event
        self.source = source
        self.start = start
        self.end = end
        self.cell: Cell | None = None
        self.value: Any = NONE
        self.extra: Any = None
        self.failed = False
        self.stopped = False
        """Whether it has not ended because the recording has."""
        self.has_pattern = False
        self.inside: list[Step] = []
        self.number = -1


def steps_of(log: Iterable[tuple[tuple[int, int, int], tuple[Any, ...]]], texts: Texts, cells: Cells) -> list[Step]:
    """The steps that nobody of the program asked for, others within them; their cells join `cells`."""
    reading = _Reading(texts, cells)
    for (kind, first, second), values in log:
        reading.take(kind, first, second, values)
    return reading.ended()


class _Reading:
    """The log, as far as it is read: the frames that have begun and not ended."""

    def __init__(self, texts: Texts, cells: Cells) -> None:
        self._texts = texts
        self._cells = cells
        self._root = Step("run")
        self._stack = [self._root]
        self._stopped = False

    def ended(self) -> list[Step]:
        """All steps; those that have not ended have failed, or been stopped."""
        while len(self._stack) > 1:
            step = self._stack.pop()
            step.failed, step.stopped = True, self._stopped
        return self._root.inside

    def take(self, kind: int, first: int, second: int, values: tuple[Any, ...]) -> None:
        top = self._stack[-1]
        if kind in (DONE, FROM_WITH):
            self._done(top, first, second, values)
        elif kind == MADE:
            step = Step("make", top.source, *_made_extent(top.source, first, second))
            step.cell = values[0]
            top.inside.append(step)
            self._cells.add(values[0], step.source, step.start, step.end, top.cell)
        elif kind == APPLIED:
            self._put_off(top, values[0])
        elif kind == ALIASED:
            self._cells.stands_for(*values)
        elif kind == FORCED:
            made = self._cells.made_in(values[0])
            self._begin(Step("force", made, first, second), values[0])
        elif kind == BEGUN:
            self._begin(Step("force", values[1], first, second), values[0])
        elif kind == CAME:
            self._done(top, first, second, values)
            self._answered(lambda step: step.event == "force", values[0])
        elif kind == ANSWERED:
            self._answered(lambda step: step.event == "force", values[0])
        elif kind == FAILED:
            self._failed(*values)
        elif kind == CALLED:
            arguments, source = values
            step = Step("call", source, self._texts.offset(source, first, second))
            step.extra = arguments
            self._begin(step, None)
            function = self._texts.program(source).lambda_at(step.start)
            step.has_pattern = function is not None and self._cells.name_arguments(function, arguments)
        elif kind == GAVE:
            self._done(top, first, second, values)
            self._answered(lambda step: step.event == "call", values[0])
        elif kind == RETURNED:
            self._answered(lambda step: step.event == "call", values[0])
        elif kind == UPDATED:
            step = Step("update", top.source)
            step.extra = values
            top.inside.append(step)
        elif kind == BUILTIN:
            step = Step("builtin")
            step.extra = values
            self._begin(step, None)
        elif kind == ANSWER:
            self._answered(lambda step: step.event == "builtin" and step.extra[0] == values[0], values[1])

    def _put_off(self, frame: Step, value: Any) -> None:
        """What a builtin has made: the applications in a list or set."""
        elements = value.items() if value.__class__ is dict else enumerate(value)
        for name, cell in islice(elements, MOST_PUT_OFF):
            if cell.__class__ is list and self._cells.is_new(cell):
                step = Step("make", frame.source)
                step.cell = cell
                frame.inside.append(step)
                number = self._cells.add(cell, step.source, step.start, step.end)
                if isinstance(name, str):
                    self._cells.entries[number]["name"] = name

    def _begin(self, step: Step, cell: Cell | None) -> None:
        step.cell = cell
        self._stack[-1].inside.append(step)
        self._stack.append(step)

    def _answered(self, is_it: Callable[[Step], bool], value: Value) -> None:
        """Ends the innermost frame of a kind; those within it have failed, and somebody has caught that."""
        while len(self._stack) > 1:
            step = self._stack.pop()
            if is_it(step):
                step.value = value
                return
            step.failed = True

    def _failed(self, cell: Cell | None, places: tuple[Place, ...], error: str) -> None:
        """A thunk has failed, or all of the run, and with it all frames within it; each is told where."""
        self._stopped = self._stopped or error == STORY_ENDS
        ended: list[Step] = []
        while len(self._stack) > 1:
            step = self._stack.pop()
            step.failed, step.stopped = True, self._stopped
            ended.append(step)
            if cell is not None and step.cell is cell:
                break
        written = [step for step in reversed(ended) if step.source is not None]
        for step, (source, code, instruction) in zip(written, places, strict=False):
            extent = self._texts.extent_at(source, code, instruction)
            if extent is not None and source is step.source:
                self._unfinished(step, *extent)
        if cell is not None:
            ended[-1].extra = error if len(ended) > 1 or ended[-1].inside else AGAIN

    def _unfinished(self, frame: Step, start: int, end: int) -> None:
        """The expressions of a frame that were being computed when it failed, each within the next."""
        assert frame.source is not None
        program = self._texts.program(frame.source)
        if frame.event == "call":
            within = program.extent_of_call(frame.start, len(frame.extra))
        else:
            within = (frame.start, frame.end if frame.end >= 0 else len(frame.source.text))
        for node in program.around(start, end, within, COMPUTED)[:MOST_AROUND]:
            step = Step("", frame.source, node.start, node.end)
            step.failed, step.stopped = True, self._stopped
            step.inside = _swallowed(frame, node.start, node.end)
            frame.inside.append(step)

    def _done(self, frame: Step, start: int, end: int, values: tuple[Any, ...]) -> None:
        if not end:
            frame.source, start, end = self._cells.name_looked_up(frame.cell)
        step = Step("", frame.source, start, end)
        step.value = values[0]
        step.extra = values[1] if len(values) > 1 else None
        step.inside = _swallowed(frame, start, end)
        last = step.inside[-1] if step.inside else None
        if last is not None and last.event == "" and (last.start, last.end) == (start, end):
            # An operator that is compiled as a call of a builtin, and what is made of its result.
            step.inside[-1:] = last.inside
        frame.inside.append(step)


def _made_extent(source: Source | None, first: int, second: int) -> tuple[int, int]:
    if first >= 0 or source is None:
        return (first, second) if second else (-1, -1)
    start = source.offset(-first, -second)
    return start, start


def _swallowed(frame: Step, start: int, end: int) -> list[Step]:
    """Takes from a frame's last steps those that belong to the expression of an extent."""
    inside = frame.inside
    first = len(inside)
    while first:
        step = inside[first - 1]
        if step.start >= 0 and step.event in ("", "make") and not (start <= step.start and step.end <= end):
            break
        if first == 1 and frame.has_pattern and step.event == "force" and step.cell is frame.extra[-1]:
            break  # a pattern asks for its argument before the body begins
        first -= 1
    taken = inside[first:]
    del inside[first:]
    return taken
