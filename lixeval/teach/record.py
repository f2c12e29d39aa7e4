"""The record of a run: cells and steps as data that JSON can hold; docs/record.md says what each field means.

    log -> steps within steps -> numbered -> record

The log tells of an expression when it is done, behind what its evaluation took.  Here each expression's step gets what
lies in its extent and was logged before it; then steps are numbered as they began, each with the one that asked for it.
"""

from __future__ import annotations

import os
from itertools import islice

from lixeval.diagnostics import explained
from lixeval.errors import LixevalError
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.code_info import SOURCE, head_of
from lixeval.runtime.values import ContextString, waiting_code
from lixeval.syntax import nodes
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
from lixeval.teach.program import Program, Role, innermost, parameters
from lixeval.teach.recorder import Recorder, no_collections
from lixeval.teach.values import Bounds, Forms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

    from lixeval.environment.settings import Settings
    from lixeval.evaluation.evaluator import Evaluator
    from lixeval.evaluation.observer import Observer
    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed, Value
    from lixeval.source import Source
    from lixeval.teach.recorder import Place

    Record = dict[str, Any]

FORMAT = "lixeval record"
VERSION = 1


def story(
    text: str,
    *,
    directory: str = "/",
    name: str = "",
    settings: Settings | None = None,
    strict: bool = False,
    bounds: Bounds | None = None,
) -> Record:
    """The record of the evaluation of a text; relative paths in it are relative to `directory`.

    With `name` the text is that of a file of this path.  The value is evaluated as far as `nix-instantiate --eval`
    does, with `strict` whole.  What fails, and what does not end within the bounds, is a record too, whose outcome
    says so; nothing is raised but for bugs.  Without `settings` nothing is written to a store, as with `--eval`.
    """
    from lixeval.environment.settings import Settings
    from lixeval.system.machines import current_system

    given = settings or Settings(current_system(), write_store=False)

    def value(workspace: Workspace) -> Delayed:
        if name:
            from lixeval.source import Source

            return workspace.evaluator.value(Source(name, text), os.path.dirname(name))
        return workspace.evaluator.text(text, directory)

    return recorded(lambda watch: Workspace(given, root=None, watch=watch), value, strict=strict, bounds=bounds)


def recorded(
    open_workspace: Callable[[Observer], Workspace],
    value: Callable[[Workspace], Delayed],
    *,
    strict: bool = False,
    bounds: Bounds | None = None,
) -> Record:
    """The record of what `value` takes in a workspace that is opened to be watched.

    What does not end is run once more, up to as many entries as are told of it, so that the story is there at once.
    """
    limits = bounds or Bounds()
    run = _Run(Recorder(limits.events), open_workspace, strict=strict)
    run.take(value)
    if run.recorder.full and limits.told < limits.events:
        message = "" if run.error is None else run.error.message
        run = _Run(Recorder(limits.told), open_workspace, strict=strict)
        run.workspace.evaluator.services.say = lambda text: None  # it has been said
        run.take(value)
        if run.error is not None:
            run.error.message = message
    with no_collections():
        return _Record(run.recorder, run.workspace.evaluator, limits).record(run.found, run.error)


class _Run:
    """One evaluation, recorded; `found` is empty where it fails."""

    def __init__(self, recorder: Recorder, open_workspace: Callable[[Observer], Workspace], *, strict: bool) -> None:
        self.recorder = recorder
        self.workspace = open_workspace(recorder)
        self._strict = strict
        self.found: list[Value] = []
        self.error: LixevalError | None = None

    def take(self, value: Callable[[Workspace], Delayed]) -> None:
        workspace, found = self.workspace, self.found

        def body() -> None:
            from lixeval.runtime.deep_forcing import force_deeply
            from lixeval.runtime.thunks import force

            found.append(force(value(workspace)))
            if self._strict:
                force_deeply(found[0], workspace.evaluator.names_in_order)

        try:
            workspace.evaluate(body)
        except Exception as failure:
            self.error = explained(failure)
            if self.error is None:
                raise
        finally:
            workspace.store.close()


class _Step:
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
        "value",
    )

    def __init__(self, event: str, source: Source | None = None, start: int = -1, end: int = -1) -> None:
        self.event = event
        self.source = source
        self.start = start
        self.end = end
        self.cell: Cell | None = None
        self.value: Any = _NONE
        self.extra: Any = None
        self.failed = False
        self.has_pattern = False
        self.inside: list[_Step] = []
        self.number = -1


_NONE: Any = object()
AGAIN = "again"
"""What is said of a force of a thunk that is being evaluated already."""

MOST_AROUND = 50
"""Of more expressions within one another the innermost are told."""

STEP_BYTES = 64
"""About how much a step takes besides its values."""

BUILTIN_EVENTS = {"import": "import", "scopedImport": "import", "derivationStrict": "derive", "toString": "coerce"}
"""Builtins whose calls have a name of their own among events."""


class _Record:
    def __init__(self, recorder: Recorder, evaluator: Evaluator, bounds: Bounds) -> None:
        self._recorder = recorder
        self._evaluator = evaluator
        self._bounds = bounds
        self._sources: dict[int, int] = {}
        self._known_sources: list[Source] = []
        self._programs: dict[int, Program] = {}
        self._numbers: dict[int, int] = {}
        self._cells: list[dict[str, Any]] = []
        self._kept: list[Cell] = []
        self._made_in: dict[int, Source | None] = {}
        """The source of the frame that has made a cell, whose own it is."""
        self._aliases: dict[int, Any] = {}
        self._offsets: dict[tuple[Source, int, int], int] = {}
        self._extents: dict[tuple[Source, CodeType, int], tuple[int, int] | None] = {}
        self._forms = Forms(bounds, self._number_of, self._function_place)
        self._root = _Step("run")
        self._stack = [self._root]

    def record(self, found: list[Value], error: LixevalError | None) -> Record:
        for (kind, first, second), values in self._recorder.log():
            self._take(kind, first, second, values)
        while len(self._stack) > 1:
            self._stack.pop().failed = True
        steps = self._numbered()
        outcome: dict[str, Any]
        if error is not None:
            outcome = {"error": self._error(error)}
            if self._recorder.full:
                outcome["stopped"] = True
        else:
            outcome = {"value": self._forms.form(found[0])}
        record = {"format": FORMAT, "version": VERSION, "sources": self._texts(), "outcome": outcome}
        record |= {"cells": self._cells, "values": self._forms.values, "steps": steps}
        return record | ({"cut": True} if self._forms.is_cut or self._recorder.full else {})

    # The log

    def _take(self, kind: int, first: int, second: int, values: tuple[Any, ...]) -> None:
        top = self._stack[-1]
        if kind in (DONE, FROM_WITH):
            self._done(top, first, second, values)
        elif kind == MADE:
            step = _Step("make", top.source, *self._made_extent(top.source, first, second))
            step.cell = values[0]
            top.inside.append(step)
            self._new_cell(values[0], step)
        elif kind == APPLIED:
            self._put_off(top, values[0])
        elif kind == ALIASED:
            self._aliases[id(values[0])] = values[1]
            self._kept.append(values[0])
        elif kind == FORCED:
            made = self._made_in.get(id(values[0]))
            self._begin(_Step("force", made, first, second), values[0])
        elif kind == BEGUN:
            self._begin(_Step("force", values[1], first, second), values[0])
        elif kind == CAME:
            self._done(top, first, second, values)
            self._answered(lambda step: step.event == "force", values[0])
        elif kind == ANSWERED:
            self._answered(lambda step: step.event == "force", values[0])
        elif kind == FAILED:
            self._failed(*values)
        elif kind == CALLED:
            arguments, source = values
            step = _Step("call", source, self._offset(source, first, second))
            step.extra = arguments
            self._begin(step, None)
            self._name_arguments(step)
        elif kind == GAVE:
            self._done(top, first, second, values)
            self._answered(lambda step: step.event == "call", values[0])
        elif kind == RETURNED:
            self._answered(lambda step: step.event == "call", values[0])
        elif kind == UPDATED:
            step = _Step("update", top.source)
            step.extra = values
            top.inside.append(step)
        elif kind == BUILTIN:
            step = _Step("builtin")
            step.extra = values
            self._begin(step, None)
        elif kind == ANSWER:
            self._answered(lambda step: step.event == "builtin" and step.extra[0] == values[0], values[1])

    def _put_off(self, frame: _Step, value: Any) -> None:
        """What a builtin has made: the applications in a list or set."""
        for name, cell in value.items() if value.__class__ is dict else enumerate(value):
            if cell.__class__ is list and id(cell) not in self._numbers and id(cell) not in self._aliases:
                step = _Step("make", frame.source)
                step.cell = cell
                frame.inside.append(step)
                number = self._new_cell(cell, step)
                if isinstance(name, str):
                    self._cells[number]["name"] = name

    def _begin(self, step: _Step, cell: Cell | None) -> None:
        step.cell = cell
        self._stack[-1].inside.append(step)
        self._stack.append(step)

    def _answered(self, is_it: Callable[[_Step], bool], value: Value) -> None:
        """Ends the innermost frame of a kind; those within it have failed, and somebody has caught that."""
        while len(self._stack) > 1:
            step = self._stack.pop()
            if is_it(step):
                step.value = value
                return
            step.failed = True

    def _failed(self, cell: Cell, places: tuple[Place, ...], error: str) -> None:
        """A thunk has failed, and with it all frames within it; each is told where."""
        ended: list[_Step] = []
        while len(self._stack) > 1:
            step = self._stack.pop()
            step.failed = True
            ended.append(step)
            if step.cell is cell:
                break
        written = [step for step in reversed(ended) if step.source is not None]
        for step, (source, code, instruction) in zip(written, places, strict=False):
            extent = self._extent_at(source, code, instruction)
            if extent is not None and source is step.source:
                self._unfinished(step, *extent)
        ended[-1].extra = error if len(ended) > 1 or ended[-1].inside else AGAIN

    def _extent_at(self, source: Source, code: CodeType, instruction: int) -> tuple[int, int] | None:
        """The expression that an instruction evaluates."""
        key = (source, code, instruction)
        if key not in self._extents:
            position = next(islice(code.co_positions(), instruction // 2, None), None)
            if position is None or None in position:
                self._extents[key] = None
            else:
                line, end_line, column, end_column = position
                start = source.offset(line, column + 1)  # type: ignore[arg-type,operator]  # checked above
                self._extents[key] = (start, source.offset(end_line, end_column + 1))  # type: ignore[arg-type,operator]
        return self._extents[key]

    def _offset(self, source: Source, line: int, column: int) -> int:
        """The offset of a place at which many calls are."""
        key = (source, line, column)
        found = self._offsets.get(key)
        if found is None:
            found = self._offsets[key] = source.offset(line, column)
        return found

    def _unfinished(self, frame: _Step, start: int, end: int) -> None:
        """The expressions of a frame that were being computed when it failed, each within the next."""
        assert frame.source is not None
        program = self._program(frame.source)
        if frame.event == "call":
            within = program.extent_of_call(frame.start, len(frame.extra))
        else:
            within = (frame.start, frame.end if frame.end >= 0 else len(frame.source.text))
        for node in program.around(start, end, within, COMPUTED)[:MOST_AROUND]:
            step = _Step("", frame.source, node.start, node.end)
            step.failed = True
            step.inside = _swallowed(frame, node.start, node.end)
            frame.inside.append(step)

    def _done(self, frame: _Step, start: int, end: int, values: tuple[Any, ...]) -> None:
        if not end:
            frame.source, start, end = self._name_looked_up(frame)
        step = _Step("", frame.source, start, end)
        step.value = values[0]
        step.extra = values[1] if len(values) > 1 else None
        step.inside = _swallowed(frame, start, end)
        last = step.inside[-1] if step.inside else None
        if last is not None and last.event == "" and (last.start, last.end) == (start, end):
            # An operator that is compiled as a call of a builtin, and what is made of its result.
            step.inside[-1:] = last.inside
        frame.inside.append(step)

    def _name_looked_up(self, frame: _Step) -> tuple[Source | None, int, int]:
        """The name that a cell stands for which only a `with` can give."""
        number = self._numbers.get(id(frame.cell))
        where = None if number is None else self._cells[number].get("where")
        if where is None:
            return None, -1, -1
        source = self._known_sources[where[0]]
        program = self._program(source)
        node = next((node for node in program.starting(where[1]) if isinstance(node, nodes.Variable)), None)
        return (None, -1, -1) if node is None else (source, node.start, node.end)

    # Cells

    def _made_extent(self, source: Source | None, first: int, second: int) -> tuple[int, int]:
        if first >= 0 or source is None:
            return (first, second) if second else (-1, -1)
        start = source.offset(-first, -second)
        return start, start

    def _new_cell(self, cell: Cell, step: _Step) -> int:
        number = self._numbers[id(cell)] = len(self._cells)
        self._made_in[id(cell)] = step.source if step.start >= 0 else None
        self._kept.append(cell)
        role = self._role(step)
        entry: dict[str, Any] = {"kind": role.kind or "application"}
        if role.name:
            entry["name"] = role.name
        self._cells.append(entry)
        if step.source is not None and step.start >= 0:
            entry["where"] = [self._source(step.source), step.start, step.end]
        return number

    def _role(self, step: _Step) -> Role:
        if step.source is None or step.start < 0:
            return Role("")
        program = self._program(step.source)
        if step.start == step.end:
            named = program.named(step.start)
            variable = next((node for node in program.starting(step.start) if isinstance(node, nodes.Variable)), None)
            return named if named.kind or variable is None else program.role(variable.start, variable.end)
        return program.role(step.start, step.end)

    def _number_of(self, cell: Cell) -> int | None:
        """The number of a cell, or of the one that it stands for; None for one of which nothing was told."""
        seen = 0
        while cell.__class__ is list and id(cell) in self._aliases and seen < 1000:
            cell = self._aliases[id(cell)]
            seen += 1
        return self._numbers.get(id(cell)) if cell.__class__ is list else None

    def _name_arguments(self, step: _Step) -> None:
        """Cells that are made for a call get the names of the parameters, once these are known."""
        assert step.source is not None
        node = self._program(step.source).lambda_at(step.start)
        if node is None:
            return
        step.has_pattern = innermost(node, len(step.extra)).formals is not None
        for name, argument in zip(parameters(node, len(step.extra)), step.extra, strict=False):
            number = self._number_of(argument) if argument.__class__ is list else None
            if number is not None and name and self._cells[number]["kind"] == "argument":
                self._cells[number].setdefault("name", name)

    def _function_place(self, function: Value) -> tuple[int, int] | None:
        code = waiting_code(function)
        source = code.__globals__.get(SOURCE)
        head = head_of(code.__code__)
        if source is None or head is None:
            return None
        return self._source(source), source.offset(*head)

    # Sources

    def _source(self, source: Source) -> int:
        number = self._sources.get(id(source))
        if number is None:
            number = self._sources[id(source)] = len(self._known_sources)
            self._known_sources.append(source)
        return number

    def _program(self, source: Source) -> Program:
        found = self._programs.get(id(source))
        if found is None:
            found = self._programs[id(source)] = Program(self._evaluator.parse(source))
        return found

    def _texts(self) -> list[dict[str, Any]]:
        left = self._bounds.bytes
        found: list[dict[str, Any]] = []
        for source in self._known_sources:
            left -= len(source.text)
            entry: dict[str, Any] = {"name": source.shown, "text": source.text if left >= 0 else None}
            found.append(entry | ({"library": True} if source.is_library else {}))
        return found

    # Steps

    def _numbered(self) -> list[dict[str, Any]]:
        """All steps in the order in which they began; each knows who asked, and where what lies in it ends."""
        found: list[dict[str, Any]] = []
        left_out: list[_Step] = []
        todo: list[tuple[_Step, int | None]] = [(step, None) for step in reversed(self._root.inside)]
        while todo:
            step, asker = todo.pop()
            if step.event != "end" and self._forms.spend(STEP_BYTES):
                left_out.append(step)
                continue
            if step.event == "end":
                form = found[step.number]
                if form["event"] in ("force", "call", "import", "derive", "coerce"):
                    found.append(self._ending(step, form["event"], step.number))
                form["end"] = len(found)
                continue
            step.number = len(found)
            form = self._form(step)
            if asker is not None:
                form["by"] = asker
            found.append(form)
            if step.event in ("make", "update"):
                continue
            end = _Step("end")
            end.number, end.value, end.cell, end.failed = step.number, step.value, step.cell, step.failed
            end.extra = step.extra
            todo.append((end, None))
            todo += [(part, step.number) for part in reversed(step.inside)]
            step.inside = []
        while left_out:  # no step shall hold a chain of others when all are freed
            step = left_out.pop()
            left_out += step.inside
            step.inside = []
        return found

    def _ending(self, step: _Step, event: str, began: int) -> dict[str, Any]:
        form: dict[str, Any] = {"event": "fail" if step.failed else "answer", "of": began}
        if step.cell is not None:
            form["cell"] = self._numbers[id(step.cell)]
        if not step.failed and step.value is not _NONE:
            form["value"] = self._forms.form(step.value)
        if step.extra is AGAIN:
            form["again"] = True
        elif step.failed and isinstance(step.extra, str):
            form["error"] = step.extra
        return form

    def _form(self, step: _Step) -> dict[str, Any]:
        if step.event == "make":
            number = self._numbers[id(step.cell)]
            self._cells[number]["made"] = step.number
            return {"event": "make", "cell": number}
        if step.event == "force":
            return self._force_form(step)
        if step.event == "call":
            form: dict[str, Any] = {"event": "call", "where": [self._source_of(step), step.start]}
            return form | {"arguments": [self._forms.form(argument) for argument in step.extra]}
        if step.event == "builtin":
            name, arguments = step.extra
            form = {"event": BUILTIN_EVENTS.get(name, "call"), "builtin": name}
            return form | {"arguments": [self._forms.form(argument) for argument in arguments]}
        if step.event == "update":
            left, right, value = step.extra
            taken = sorted(left.keys() & right.keys())
            form = {"event": "update", "left": self._forms.form(left), "right": self._forms.form(right)}
            return form | {"replaced": taken, "value": self._forms.form(value)}
        return self._expression_form(step)

    def _force_form(self, step: _Step) -> dict[str, Any]:
        assert step.cell is not None
        number = self._numbers.get(id(step.cell))
        if number is None:
            number = self._new_cell(step.cell, step)
            if step.end < 0:
                self._cells[number] |= {"kind": "file", "where": [self._source_of(step), 0, self._length(step)]}
        return {"event": "force", "cell": number}

    def _length(self, step: _Step) -> int:
        return 0 if step.source is None else len(step.source.text)

    def _source_of(self, step: _Step) -> int | None:
        return None if step.source is None else self._source(step.source)

    def _expression_form(self, step: _Step) -> dict[str, Any]:
        program = None if step.source is None else self._program(step.source)
        node = None if program is None else program.expression(step.start, step.end, *COMPUTED)
        form: dict[str, Any] = {"event": EVENTS.get(node.__class__, "operate")}
        form["where"] = [self._source_of(step), step.start, step.end]
        if isinstance(node, nodes.Variable):
            assert program is not None
            form |= self._look_up(program, node, step)
        elif isinstance(node, nodes.Select | nodes.HasAttribute):
            form["path"] = [part if isinstance(part, str) else None for part in node.path]
        elif isinstance(node, nodes.Binary | nodes.Unary):
            form["operator"] = node.operator
        if step.failed:
            form["failed"] = True
        elif step.value is not _NONE:
            form["value"] = self._forms.form(step.value)
            if form["event"] == "interpolate" and step.value.__class__ is ContextString:
                form["gained"] = sorted(step.value.context)
        return form

    def _look_up(self, program: Program, node: nodes.Variable, step: _Step) -> dict[str, Any]:
        bound = program.bound(node)
        form: dict[str, Any] = {"name": node.name, "scope": bound.kind, "levels": bound.levels}
        if bound.start >= 0:
            form["bound"] = bound.start
        if bound.shadows:
            form["shadows"] = list(bound.shadows)
        if step.extra is not None:
            number = _providing(node.name, step.extra)
            form["with"] = number
            if 0 < number <= len(bound.withs):
                form["bound"] = bound.withs[number - 1].start
        return form

    def _error(self, error: LixevalError) -> dict[str, Any]:
        form: dict[str, Any] = {"message": error.message, "code": error.code}
        if error.hint:
            form["hint"] = error.hint
        span = error.span
        if span is not None:
            start = span.source.offset(span.line, span.column)
            form["where"] = [self._source(span.source), start, span.source.offset(span.end_line, span.end_column)]
        cycle = getattr(error, "cycle", None)
        if cycle:
            form["cycle"] = [frame.message for frame in cycle]
        return form


EVENTS: dict[type, str] = {
    nodes.Variable: "look-up",
    nodes.Select: "select",
    nodes.HasAttribute: "has",
    nodes.Apply: "apply",
    nodes.Binary: "operate",
    nodes.Unary: "operate",
    nodes.String: "interpolate",
    nodes.Path: "interpolate",
    nodes.SearchPath: "find",
}
"""What evaluating an expression is called."""


def _providing(name: str, sets: tuple[Delayed, ...]) -> int:
    """Which of the sets of `with`s gave a name, from 1, the innermost; those that were not asked are not evaluated."""
    from lixeval.runtime.thunks import READ

    for number, cell in enumerate(sets, 1):
        while cell.__class__ is list and cell[0] is READ:
            cell = cell[1]
        if cell.__class__ is dict and name in cell:
            return number
    return 0


def _swallowed(frame: _Step, start: int, end: int) -> list[_Step]:
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
