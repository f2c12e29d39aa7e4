"""A flame graph of an evaluation, by Nix function: what `--profile FILE` writes.

The thread that waits for the evaluation looks at its stack every millisecond.  Python's frames there are Nix's own:
each lambda and each thunk is a Python function under the name of the Nix file, so code runs as it always does, and
nothing is counted into what it costs.

The file is speedscope's (https://www.speedscope.app, "sampled" profile): frames, and for each sample the frames on the
stack, outermost first, and how many seconds it stands for.
"""

from __future__ import annotations

import os
import re
import sys
import time

from lixeval import __version__
from lixeval.evaluation.observer import Observer
from lixeval.runtime import code_info
from lixeval.runtime.builtin import NAMES
from lixeval.runtime.code_info import SOURCE
from lixeval.system.directories import PACKAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from lixeval.source import Source

DEEPEST = 1000
"""Of a deeper stack, so many innermost frames are kept."""

ROOMS = {
    "syntax": "(parsing)",
    "compiler": "(compiling)",
    "compiler/cache.py": "(loading code)",
    "compiler/compiled.py": "(loading code)",
    "evaluation/compiled_file.py": "(loading code)",
    "store": "(store)",
    "build": "(store)",
    "formats/aterm.py": "(store)",
    "formats/derivation.py": "(store)",
    "formats/nar.py": "(store)",
    "formats/nar_events.py": "(store)",
    "formats/store_path.py": "(store)",
    "host": "(host packages)",
}
"""What is shown for the time that lixeval takes for itself, by the part of lixeval: a room, or one module of it.

What is in no row is its caller's: a digest the derivation's or `builtins.hashString`'s, a regex `builtins.match`'s.
"""


_BOUND = re.compile(r"([A-Za-z_][\w'-]*|\"[^\"\n]*\")\s*=\s*(?:\(\s*)?\Z")

Shown = tuple[str, str, int, int]
"""A frame of the graph: name, file ("" where it has none), line, column."""


class Sampler(Observer):
    """Gathers stacks; `look` is called while the evaluation runs, in another thread."""

    def __init__(self) -> None:
        self._known: dict[CodeType, int] = {}
        self._frames: dict[Shown, int] = {}
        self._samples: list[list[int]] = []
        self._weights: list[float] = []
        self._last = time.perf_counter()

    def look(self, thread: int) -> None:
        """Adds the stack of a thread."""
        now = time.perf_counter()
        frame: FrameType | None = sys._current_frames().get(thread)
        known = self._known
        stack: list[int] = []
        while frame is not None and len(stack) < DEEPEST:
            index = known.get(frame.f_code)
            if index is None:
                index = self._index(frame)
            # Parts of lixeval call one another; one frame stands for all.
            if index >= 0 and not (stack and stack[-1] == index and not self._is_nix(index)):
                stack.append(index)
            frame = frame.f_back
        if stack:
            stack.reverse()
            self._samples.append(stack)
            self._weights.append(now - self._last)
        self._last = now

    def _index(self, frame: FrameType) -> int:
        source = frame.f_globals.get(SOURCE)
        shown = _shown(frame, source)
        index = -1 if shown is None else self._frames.setdefault(shown, len(self._frames))
        if source is None or code_info.identity_of(frame) is frame.f_code:
            self._known[frame.f_code] = index
        return index

    def _is_nix(self, index: int) -> bool:
        return index not in {self._frames.get((name, "", 0, 0)) for name in ROOMS.values()}

    def speedscope(self, name: str) -> dict[str, Any]:
        """What was gathered, in speedscope's form."""
        frames: list[dict[str, Any]] = []
        for shown, file, line, column in self._frames:
            frames.append({"name": shown} | ({"file": file, "line": line, "col": column} if file else {}))
        return {
            "$schema": "https://www.speedscope.app/file-format-schema.json",
            "name": name,
            "exporter": f"lixeval@{__version__}",
            "activeProfileIndex": 0,
            "shared": {"frames": frames},
            "profiles": [
                {
                    "type": "sampled",
                    "name": name,
                    "unit": "seconds",
                    "startValue": 0,
                    "endValue": sum(self._weights),
                    "samples": self._samples,
                    "weights": self._weights,
                }
            ],
        }

    def write(self, path: str, name: str) -> None:
        """Writes the file; raises OSError."""
        import json

        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(self.speedscope(name), file, separators=(",", ":"))


def _work(file: str) -> str | None:
    """What one of our files does of its own accord; None where it does what its caller wants."""
    module = file[len(PACKAGE) + 1 :]
    return ROOMS.get(module) or ROOMS.get(module.partition("/")[0])


def _shown(frame: FrameType, source: Source | None) -> Shown | None:
    """How a Python function's frame appears in the graph; None for what does not."""
    code = frame.f_code
    if code in NAMES:
        return f"builtins.{NAMES[code]}", "", 0, 0
    if source is None:
        if not code.co_filename.startswith(PACKAGE + "/"):
            return None
        work = _work(code.co_filename)
        return None if work is None else (work, "", 0, 0)
    if not code_info.kind_of(code):
        return ROOMS["evaluation/compiled_file.py"], "", 0, 0
    start = _start(frame, source)
    if start is None:
        return None
    line, column = source.line_and_column(start)
    is_file = code_info.kind_of(code) == "file"
    name = os.path.basename(source.name) if is_file else _name(code, source.text, start)
    return name, source.name, line, column


def _start(frame: FrameType, source: Source) -> int | None:
    """Where in the text the expression of a thunk, or a function, begins."""
    code = frame.f_code
    if code_info.kind_of(code) == "file":
        return 0
    extent = code_info.extent_at(frame)
    if extent is not None:
        return extent[0]
    head = code_info.head_of(code)
    return None if head is None else source.offset(*head)


def _name(code: CodeType, text: str, start: int) -> str:
    """What an expression is bound to; else a function's own name, or the beginning of the expression."""
    bound = _BOUND.search(text, max(0, start - 120), start)
    name = bound[1] if bound else ""
    if code_info.kind_of(code) == "thunk":
        return name or " ".join(text[start : start + 40].split())
    return (code_info.bound_name(code.co_name) or name or "lambda") + ":"
