"""What the record says of each step: steps are numbered as they began, each with the one that asked for it."""

from __future__ import annotations

from lixeval.runtime.values import ContextString
from lixeval.syntax import nodes
from lixeval.teach.probes import COMPUTED
from lixeval.teach.steps import AGAIN, NONE, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.runtime.values import Delayed
    from lixeval.teach.cells import Cells
    from lixeval.teach.program import Program
    from lixeval.teach.texts import Texts
    from lixeval.teach.values import Forms

STEP_BYTES = 64
"""About how much a step takes besides its values."""

BUILTIN_EVENTS = {"import": "import", "scopedImport": "import", "derivationStrict": "derive", "toString": "coerce"}
"""Builtins whose calls have a name of their own among events."""


class StepForms:
    """Makes the forms; those of values join `forms`."""

    def __init__(self, texts: Texts, cells: Cells, forms: Forms) -> None:
        self._texts = texts
        self._cells = cells
        self._forms = forms

    def numbered(self, steps: list[Step]) -> list[dict[str, Any]]:
        """All steps in the order in which they began; each knows who asked, and where what lies in it ends."""
        found: list[dict[str, Any]] = []
        left_out: list[Step] = []
        todo: list[tuple[Step, int | None]] = [(step, None) for step in reversed(steps)]
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
            end = Step("end")
            end.number, end.value, end.cell, end.extra = step.number, step.value, step.cell, step.extra
            end.failed, end.stopped = step.failed, step.stopped
            todo.append((end, None))
            todo += [(part, step.number) for part in reversed(step.inside)]
            step.inside = []
        while left_out:  # no step shall hold a chain of others when all are freed
            step = left_out.pop()
            left_out += step.inside
            step.inside = []
        return found

    def _ending(self, step: Step, event: str, began: int) -> dict[str, Any]:
        form: dict[str, Any] = {"event": "stop" if step.stopped else "fail" if step.failed else "answer", "of": began}
        if step.cell is not None:
            form["cell"] = self._numbered_cell(step)
        if not step.failed and step.value is not NONE:
            form["value"] = self._forms.form(step.value)
        if step.extra is AGAIN:
            form["again"] = True
        elif step.failed and not step.stopped and isinstance(step.extra, str) and step.extra:
            form["error"] = step.extra
        return form

    def _form(self, step: Step) -> dict[str, Any]:
        if step.event == "make":
            number = self._numbered_cell(step)
            self._cells.entries[number]["made"] = step.number
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

    def _force_form(self, step: Step) -> dict[str, Any]:
        assert step.cell is not None
        number = self._cells.number(step.cell)
        if number is None:
            number = self._cells.add(step.cell, step.source, step.start, step.end)
            if step.end < 0:
                self._cells.entries[number] |= {"kind": "file", "where": [self._source_of(step), 0, self._length(step)]}
        return {"event": "force", "cell": number}

    def _length(self, step: Step) -> int:
        return 0 if step.source is None else len(step.source.text)

    def _source_of(self, step: Step) -> int | None:
        return None if step.source is None else self._texts.number(step.source)

    def _expression_form(self, step: Step) -> dict[str, Any]:
        program = None if step.source is None else self._texts.program(step.source)
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
            form["stopped" if step.stopped else "failed"] = True
        elif step.value is not NONE:
            form["value"] = self._forms.form(step.value)
            if form["event"] == "interpolate" and step.value.__class__ is ContextString:
                form["gained"] = sorted(step.value.context)
        return form

    def _look_up(self, program: Program, node: nodes.Variable, step: Step) -> dict[str, Any]:
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

    def _numbered_cell(self, step: Step) -> int:
        number = None if step.cell is None else self._cells.number(step.cell)
        assert number is not None  # it has been told of
        return number


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
