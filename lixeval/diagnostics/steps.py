"""The steps of an evaluation that failed, read from Python's traceback: outermost first, each one call.

Compiled code carries the Nix file's own lines and columns, so the traceback already is the Nix trace.  An entry counts
if its code was generated (see `runtime.code_info`), is a builtin, or answers one of the runtime's cells; all
others are the inside of these.  A traceback may have a million entries: it is walked once and only its two ends kept.
"""

from __future__ import annotations

from itertools import islice

from lixeval.diagnostics.tellers import TELLERS
from lixeval.errors import Place
from lixeval.runtime import code_info
from lixeval.runtime.builtin import NAMES
from lixeval.runtime.code_info import SOURCE
from lixeval.runtime.frames import kind_told, told
from lixeval.runtime.walked_frames import RUN_UNITS, WALKERS, place_walked, sets_walked, variables_walked
from lixeval.source import Source, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType, TracebackType
    from typing import Any

WALKING = "walking"
"""What walks code that is data, or the unit of a part of it: the inside of the step before."""

KEPT_OUTER, KEPT_INNER = 200, 5000
"""How many steps are kept of a longer way: the first and the last ones."""

MAX_INSIDE = 20
"""How many Python frames below the last step are kept."""


class Step:
    """One call: of a file or thunk, a function, a builtin, or of what answers a cell.

    `kind` is "file", "thunk", "function", "builtin", "told" (see `tellers`) or what a function of the runtime that
    answers cells declares: "inherited", "with", "applied", "forward", "computed"; `source` is that of generated code.
    """

    __slots__ = ("at", "frame", "instruction", "kind", "source")

    def __init__(self, kind: str, source: Source | None, entry: TracebackType) -> None:
        self.kind = kind
        self.source = source
        self.frame: FrameType = entry.tb_frame
        self.at: FrameType = entry.tb_frame
        """The frame that failed: of code that is walked the one that was at the innermost expression."""
        self.instruction = entry.tb_lasti
        """The offset of what it was at."""

    @property
    def generated(self) -> bool:
        return self.source is not None

    @property
    def code(self) -> CodeType:
        return self.frame.f_code

    @property
    def identity(self) -> Any:
        """What tells what the call evaluates from what others do."""
        return code_info.identity_of(self.frame) if self.generated else self.code

    @property
    def span(self) -> Span | None:
        """What generated code was evaluating."""
        if self.source is None:
            return None
        if self.at.f_code in WALKERS:
            return Span(self.source, *self.source.lines_and_columns(*place_walked(self.at)))
        selected = code_info.selected_at(self.at)
        if selected is not None:
            return Span(self.source, *self.source.lines_and_columns(*selected))
        return span_in_code(self.source, self.at.f_code, self.instruction)

    @property
    def variables(self) -> list[tuple[str, Any]]:
        """The variables of generated code by their Nix names, inner ones of a name last."""
        text = "" if self.source is None else self.source.text
        found: list[tuple[str, Any]] = []
        for frame in self._frames():
            is_walked = frame.f_code in WALKERS
            found[:0] = variables_walked(frame, text) if is_walked else code_info.variables_of(frame)
        return found

    @property
    def with_sets(self) -> list[Any]:
        """The sets that `with` has opened around what generated code was evaluating, as far as it looks into them."""
        for frame in self._frames():
            found = sets_walked(frame) if frame.f_code in WALKERS else code_info.sets_of_withs(frame)
            if found:
                return found
        return []

    def _frames(self) -> Iterator[FrameType]:
        """The frames that belong to the step, the innermost first."""
        frame: FrameType | None = self.at
        while frame is not None:
            if frame.f_code in WALKERS or SOURCE in frame.f_globals:
                yield frame
            frame = None if frame is self.frame else frame.f_back

    @property
    def extent(self) -> tuple[int, int] | None:
        """The offsets of the expression that a thunk's code evaluates."""
        return code_info.extent_at(self.frame) if self.generated else None

    @property
    def cell(self) -> Any:
        """The cell that is being answered, where that is what the call does."""
        return code_info.cell_of(self.frame) if self.generated else self.tells("cell")

    @property
    def place(self) -> Place | None:
        """Where the name stands that an "inherited" or "with" cell looks up."""
        place: Place | None = self.tells("place")
        return place

    def tells(self, meaning: str, absent: Any = None) -> Any:
        """What the frame of a function of the runtime or of a builtin tells (see `runtime.frames`)."""
        return told(self.frame, meaning, absent)


def steps_of(traceback: TracebackType | None) -> list[Step]:
    """The steps of a traceback, outermost first; of a very long one the first and the last."""
    walked = _steps(traceback)
    first = list(islice(walked, KEPT_OUTER))
    return [*first, *_last(walked, KEPT_INNER)]


def _last(steps: Iterator[Step], count: int) -> list[Step]:
    """So many of the last ones, and no more than twice as many of them at once."""
    kept: list[Step] = []
    for step in steps:
        kept.append(step)
        if len(kept) == 2 * count:
            del kept[:count]
    return kept[-count:]


def _steps(traceback: TracebackType | None) -> Iterator[Step]:
    kinds: dict[int, str] = {}
    step: Step | None = None
    runs_unit = False
    while traceback is not None:
        frame = traceback.tb_frame
        kind = kinds.get(id(frame.f_code))
        if kind is None:
            kind = kinds[id(frame.f_code)] = kind_of(frame)
        if kind == WALKING or (runs_unit and kind == "thunk"):
            if step is not None:
                step.at, step.instruction = frame, traceback.tb_lasti
        elif kind:
            if step is not None:
                yield step
            step = Step(kind, frame.f_globals.get(SOURCE), traceback)
        if kind:  # not what loads the unit first
            runs_unit = frame.f_code in RUN_UNITS
        traceback = traceback.tb_next
    if step is not None:
        yield step


def inside_of(traceback: TracebackType | None, last: Step | None) -> list[FrameType]:
    """The frames of a traceback below the last step: at most a few."""
    frames: list[FrameType] = []
    while traceback is not None:
        if last is not None and traceback.tb_frame is last.frame:
            frames.clear()
        else:
            frames.append(traceback.tb_frame)
            del frames[:-MAX_INSIDE]
        traceback = traceback.tb_next
    return frames


def kind_of(frame: FrameType) -> str:
    """What a Python call is to the evaluation; "" for the inside of something else."""
    code = frame.f_code
    if SOURCE in frame.f_globals:
        return code_info.kind_of(code)
    if code in WALKERS:
        return WALKING
    kind = kind_told(code)
    if kind in TELLERS:
        return "told"
    return "builtin" if code in NAMES else kind


def span_in_code(source: Source, code: CodeType, instruction: int) -> Span | None:
    """The span of the instruction at a byte offset of compiled code."""
    position = next(islice(code.co_positions(), instruction // 2, None), None)
    return None if position is None else _span(source, position)


def _span(source: Source, position: tuple[int | None, int | None, int | None, int | None]) -> Span | None:
    line, end_line, column, end_column = position
    if line is None or end_line is None or column is None or end_column is None:
        return None
    return Span(source, line, column + 1, end_line, end_column + 1)
