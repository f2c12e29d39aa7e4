"""The observer of provenance: calls, what they returned, `//`, sets made by builtins, strings put together.

Besides the entries of `recorder` it has

    name, arguments, set, place   (GATHERED, 0, 0)   a builtin has made a set, called at a place

It logs with values what `recorder` logs of these, and nothing else; a whole NixOS goes through it.  `Trace` is the log
taken apart: values are compared by identity, for that is what tells one `{ a = 1; }` from another.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass

from lixeval.compiler import pyast as py
from lixeval.compiler.frames import Frame
from lixeval.compiler.scope import Scope
from lixeval.errors import EvalError
from lixeval.evaluation.observer import Observer
from lixeval.runtime import code_info
from lixeval.runtime.code_info import SOURCE, argument_names
from lixeval.runtime.values import ContextString
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression
from lixeval.teach import probes
from lixeval.teach.probes import (
    CALLED,
    FROM_WITH,
    GATHERED,
    RETURNED,
    UPDATED,
    WatchedGenerator,
    is_constant,
    logged,
)
from lixeval.teach.recorder import Recorder, probes_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import FrameType
    from typing import Any

    from lixeval.runtime.values import Delayed, Value
    from lixeval.source import Source
    from lixeval.teach.recorder import Place

MOST = 30_000_000
MOST_KEPT = 500_000_000

GATHERING = frozenset(("mapAttrs", "zipAttrsWith", "listToAttrs", "groupBy"))
"""Builtins that make sets of what they are given."""

READING = frozenset(
    (
        "fromJSON",
        "fromTOML",
        "readDir",
        "functionArgs",
        "parseDrvName",
        "getContext",
        "tryEval",
        "partition",
        "fetchTree",
    )
)
"""Builtins that give sets, and sets in them, whose attributes are written nowhere."""

MOST_FRAMES = 300
"""How far out the user's own code is looked for that has called one of them."""


class StringsWatched(WatchedGenerator):
    """Logs the strings and paths that interpolations make, and nothing else.

    No builtin does the work of two: each tells of the sets that it makes.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.joined = {}

    def _is_told(self, scope: Scope, node: Expression) -> bool:
        return isinstance(node, nodes.String) and not is_constant(node)

    def _log(self, frame: Frame, scope: Scope, node: Expression, value: ast.expr) -> None:
        at = self.at(node)
        place = (FROM_WITH, node.start, node.end)
        for statement in logged(at, place, [value, py.name(at, code_info.SOURCE)]):
            frame.emit(statement)

    def test(self, frame: Frame, scope: Scope, node: Expression) -> ast.expr:
        return super(WatchedGenerator, self).test(frame, scope, node)


def add_probes(module: ast.Module) -> None:
    """Changes a piece's module in place."""
    probes.add_probes(module, thunks=False)


class Tracer(Recorder):
    """Traces one run."""

    mark = f"traced apart {probes_version()}"
    faithful = False
    generator = StringsWatched
    probe = staticmethod(add_probes)  # type: ignore[assignment]  # that of a recorder has an argument more
    most_kept = MOST_KEPT

    def __init__(self) -> None:
        super().__init__(MOST)

    def builtin_everywhere(self, function: Callable[..., Value]) -> Callable[..., Value]:
        """Builtins are called as they are, but for those whose sets are told of; all of these take two arguments, or
        one."""
        name = getattr(function, "nix_name", "")
        if name not in GATHERING and name not in READING:
            return function
        log = self._entries.append

        def end(arguments: tuple[Delayed, ...], value: Value) -> Value:
            log(name)
            log(arguments)
            log(value)
            log(_called_at())
            log((GATHERED, 0, 0))
            return value

        def one(a: Delayed) -> Value:
            return end((a,), function(a))

        def two(a: Delayed, b: Delayed) -> Value:
            return end((a, b), function(a, b))

        told = one if len(argument_names(function.__code__)) == 1 else two
        vars(told).update(vars(function))
        return told

    def _stop(self, full: str = "steps") -> None:
        """Of half a run nobody can tell where its values come from."""
        most = f"{MOST} calls" if full == "steps" else f"{MOST_KEPT // 1_000_000} MB of lists, sets and strings"
        raise EvalError(f"the run takes more than {most}, too much to be traced", code="E0407")

    def phase(self, name: str) -> AbstractContextManager[None]:
        return Observer.phase(self, name)

    def names(self) -> dict[str, Any]:
        found = super().names()
        for name in ("INHERITED", "WITH", "BLACKHOLE"):
            del found[name]
        return found


def _called_at() -> Place | None:
    """Where the builtin that tells of itself has been called: in the user's own code, if there is some on the way."""
    frame: FrameType | None = sys._getframe(1)
    found: Place | None = None
    for _ in range(MOST_FRAMES):
        if frame is None:
            break
        source = frame.f_globals.get(SOURCE)
        if source is not None:
            place = (source, frame.f_code, frame.f_lasti)
            if not source.is_library:
                return place
            found = found or place
        frame = frame.f_back
    return found


@dataclass(slots=True, eq=False)
class Call:
    """A call of a function of the language: where it is written, its arguments, what it returned (`NOTHING` where it
    failed), and the call around.
    """

    source: Source
    line: int
    column: int
    arguments: tuple[Delayed, ...]
    around: Call | None
    value: Value


@dataclass(slots=True, eq=False)
class Update:
    """`left // right`, and the call in which it was."""

    left: dict[str, Delayed]
    right: dict[str, Delayed]
    value: dict[str, Delayed]
    around: Call | None


@dataclass(slots=True, eq=False)
class Gathered:
    """A set that a builtin has made of its arguments, where it was called, and the call in which it was."""

    builtin: str
    arguments: tuple[Delayed, ...]
    value: dict[str, Delayed]
    place: Place | None
    around: Call | None


@dataclass(slots=True, eq=False)
class Joined:
    """A string with a context that an interpolation has made."""

    source: Source
    start: int
    end: int
    value: ContextString


NOTHING: Any = object()


class Trace:
    """What a `Tracer` has seen."""

    def __init__(self, tracer: Tracer) -> None:
        self.calls: list[Call] = []
        self.updates: list[Update] = []
        self.gathered: list[Gathered] = []
        self.joined: list[Joined] = []
        stack: list[Call] = []
        for (kind, first, second), values in tracer.log():
            if kind == CALLED:
                arguments, source = values
                call = Call(source, first, second, arguments, stack[-1] if stack else None, NOTHING)
                self.calls.append(call)
                stack.append(call)
            elif kind == RETURNED:
                # Calls within it that have not returned have failed.
                while stack:
                    call = stack.pop()
                    if (call.line, call.column) == (first, second):
                        call.value = values[0]
                        break
            elif kind == UPDATED:
                left, right, value = values
                self.updates.append(Update(left, right, value, stack[-1] if stack else None))
            elif kind == GATHERED and values[2].__class__ is dict:
                name, arguments, value, place = values
                self.gathered.append(Gathered(name, arguments, value, place, stack[-1] if stack else None))
            elif kind == FROM_WITH and values[0].__class__ is ContextString:
                self.joined.append(Joined(values[1], first, second, values[0]))
