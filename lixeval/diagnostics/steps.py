"""The steps of an evaluation that failed, read from Python's traceback: outermost first, each one call.

Compiled code carries the Nix file's own lines and columns, so the traceback already is the Nix trace.  An entry counts
if its code was generated (its globals hold `NIX_SOURCE`), is a builtin, or answers one of the runtime's cells; all
others are the inside of these.  A traceback may have a million entries: it is walked once and only its two ends kept.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Any

from lixeval.builtins.registry import NAMES
from lixeval.diagnostics.tellers import TELLERS
from lixeval.errors import Place
from lixeval.source import Source, Span

SOURCE = "NIX_SOURCE"
"""The global of compiled code that holds its `Source`, and so marks it as generated."""

KEPT_OUTER, KEPT_INNER = 200, 5000
"""How many steps are kept of a longer way: the first and the last ones."""

MAX_INSIDE = 20
"""How many Python frames below the last step are kept."""

CELLS: dict[tuple[str, str], str] = {
    ("lixeval.runtime.exports", "SELECT"): "inherited",
    ("lixeval.runtime.exports", "WITH"): "with",
    ("lixeval.runtime.call", "APPLY"): "applied",
    ("lixeval.runtime.call", "APPLY2"): "applied",
    ("lixeval.runtime.thunks", "FORWARD"): "forward",
    ("lixeval.runtime.thunks", "COMPUTE"): "computed",
}
"""The functions that answer the runtime's cells (module, name), and what such a cell is."""


_EXTENT = re.compile(r"\A(?:L|T_.*_)(\d+)_(\d+)(?:_[A-Z][A-Za-z]*)?\Z")
"""The name of a thunk's code: of a piece of its own (L) or of a smaller one (T)."""


class Step:
    """One call: of a file or thunk, a function, a builtin, or of what answers a cell.

    `kind` is "file", "thunk", "function", "builtin", "told" (see `tellers`) or one of `CELLS`; `source` is that of
    generated code.
    """

    __slots__ = ("frame", "instruction", "kind", "source")

    def __init__(self, kind: str, source: Source | None, entry: TracebackType) -> None:
        self.kind = kind
        self.source = source
        self.frame: FrameType = entry.tb_frame
        self.instruction = entry.tb_lasti

    @property
    def generated(self) -> bool:
        return self.source is not None

    @property
    def code(self) -> CodeType:
        return self.frame.f_code

    @property
    def span(self) -> Span | None:
        """What generated code was evaluating."""
        return None if self.source is None else span_in_code(self.source, self.code, self.instruction)

    @property
    def extent(self) -> tuple[int, int] | None:
        """The offsets of the expression that a thunk's code evaluates: its name ends in them (`Generator.unit`)."""
        found = _EXTENT.search(self.code.co_name)
        return None if found is None else (int(found[1]), int(found[2]))

    @property
    def cell(self) -> Any:
        """The cell that is being answered, where that is what the call does."""
        if self.kind in ("function", "builtin", "told"):
            return None
        return self.frame.f_locals.get("c" if self.generated else "cell")

    @property
    def place(self) -> Place | None:
        """Where the name stands that an "inherited" or "with" cell looks up."""
        return self.frame.f_locals.get("place")


def steps_of(traceback: TracebackType | None) -> list[Step]:
    """The steps of a traceback, outermost first; of a very long one the first and the last."""
    walked = _steps(traceback)
    first = list(islice(walked, KEPT_OUTER))
    return [*first, *deque(walked, KEPT_INNER)]


def _steps(traceback: TracebackType | None) -> Iterator[Step]:
    kinds: dict[int, str] = {}
    while traceback is not None:
        frame = traceback.tb_frame
        kind = kinds.get(id(frame.f_code))
        if kind is None:
            kind = kinds[id(frame.f_code)] = kind_of(frame)
        if kind:
            yield Step(kind, frame.f_globals.get(SOURCE), traceback)
        traceback = traceback.tb_next


def inside_of(traceback: TracebackType | None, last: Step | None) -> list[FrameType]:
    """The frames of a traceback below the last step: at most a few."""
    frames: deque[FrameType] = deque(maxlen=MAX_INSIDE)
    while traceback is not None:
        if last is not None and traceback.tb_frame is last.frame:
            frames.clear()
        else:
            frames.append(traceback.tb_frame)
        traceback = traceback.tb_next
    return list(frames)


def kind_of(frame: FrameType) -> str:
    """What a Python call is to the evaluation; "" for the inside of something else."""
    code = frame.f_code
    if SOURCE in frame.f_globals:
        if code.co_name == "ROOT":
            return "file"
        if code.co_name == "<module>":
            return ""
        return "thunk" if code.co_varnames[:1] == ("c",) and code.co_argcount == 1 else "function"
    key = (frame.f_globals.get("__name__", ""), code.co_name)
    if key in TELLERS:
        return "told"
    return "builtin" if code in NAMES else CELLS.get(key, "")


def span_in_code(source: Source, code: CodeType, instruction: int) -> Span | None:
    """The span of the instruction at a byte offset of compiled code."""
    position = next(islice(code.co_positions(), instruction // 2, None), None)
    return None if position is None else _span(source, position)


def _span(source: Source, position: tuple[int | None, int | None, int | None, int | None]) -> Span | None:
    line, end_line, column, end_column = position
    if line is None or end_line is None or column is None or end_column is None:
        return None
    return Span(source, line, column + 1, end_line, end_column + 1)
