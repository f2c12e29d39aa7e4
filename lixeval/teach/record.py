"""The record of a run: cells and steps as data that JSON can hold; docs/record.md says what each field means.

program -> Told (teach.watched): its log, and what it came to
log     -> steps within steps (teach.steps) -> numbered (teach.step_forms)
"""

from __future__ import annotations

import os

from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.code_info import SOURCE, head_of
from lixeval.runtime.values import waiting_code
from lixeval.teach.cells import Cells
from lixeval.teach.recorder import no_collections
from lixeval.teach.step_forms import StepForms
from lixeval.teach.steps import steps_of
from lixeval.teach.texts import Texts
from lixeval.teach.values import Bounds, Forms
from lixeval.teach.watched import watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.environment.settings import Settings
    from lixeval.errors import LixevalError
    from lixeval.evaluation.observer import Observer
    from lixeval.runtime.values import Delayed, Value
    from lixeval.teach.watched import Told

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
    """The record of what `value` takes in a workspace that is opened to be watched."""
    limits = bounds or Bounds()
    told = watched(open_workspace, value, strict=strict, bounds=limits)
    with no_collections():
        return record_of(told, limits)


def record_of(told: Told, bounds: Bounds) -> Record:
    """The record of what was told of a run."""
    texts = Texts(told.evaluator.parse)
    cells = Cells(texts)
    forms = Forms(bounds, cells.number_of, lambda function: _written(texts, function))
    steps = StepForms(texts, cells, forms).numbered(steps_of(told.recorder.log(), texts, cells))
    outcome: dict[str, Any]
    if told.error is not None:
        outcome = {"error": _error(texts, told.error)}
    else:
        outcome = {"value": forms.form(told.value)}
    if told.stopped:
        outcome["stopped"] = told.stopped
        if told.is_known:
            outcome["beyond"] = True
    record = {"format": FORMAT, "version": VERSION, "sources": texts.forms(bounds.bytes), "outcome": outcome}
    record |= {"cells": cells.entries, "values": forms.values, "steps": steps}
    return record | ({"cut": True} if forms.is_cut or told.stopped else {})


def _written(texts: Texts, function: Value) -> tuple[int, int] | None:
    """Where a function of the language is written: the source's number, and an offset."""
    code = waiting_code(function)
    source = code.__globals__.get(SOURCE)
    head = head_of(code.__code__)
    if source is None or head is None:
        return None
    return texts.number(source), source.offset(*head)


def _error(texts: Texts, error: LixevalError) -> dict[str, Any]:
    form: dict[str, Any] = {"message": error.message, "code": error.code}
    if error.hint:
        form["hint"] = error.hint
    span = error.span
    if span is not None:
        start = span.source.offset(span.line, span.column)
        form["where"] = [texts.number(span.source), start, span.source.offset(span.end_line, span.end_column)]
    cycle = getattr(error, "cycle", None)
    if cycle:
        form["cycle"] = [frame.message for frame in cycle]
    return form
