"""A record replayed: the thunks at a step, and values as they were known then.

    heap = Heap(record); heap.go_to(12); heap.text(form)

prints what is not evaluated at that step as `_`, whatever became of it afterwards.  At the last step the outcome is
the value of the program.
"""

from __future__ import annotations

from lixeval.formats.nix_text import attribute_name, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.teach.record import Record
    from lixeval.teach.values import Form

UNKNOWN, ASKED, KNOWN, FAILED = "unknown", "asked", "known", "failed"
"""What is known of a thunk: nothing, that it is being evaluated, its value, that it has failed."""


class Heap:
    """The thunks of a record at one of its steps, at first before any."""

    def __init__(self, record: Record) -> None:
        self._steps: list[dict[str, Any]] = record["steps"]
        count = len(record["cells"])
        self.states = [UNKNOWN] * count
        self.values: list[Form] = [None] * count
        self._groups: list[Form] = record["values"]
        self.at = 0
        self._changes: list[tuple[int, str, Form]] = []
        self._marks: list[int] = []

    def go_to(self, number: int) -> None:
        """The state before step `number`; forward and back."""
        while self.at < number and self.at < len(self._steps):
            self._marks.append(len(self._changes))
            self._apply(self._steps[self.at])
            self.at += 1
        while self.at > number:
            self.at -= 1
            mark = self._marks.pop()
            while len(self._changes) > mark:
                cell, state, value = self._changes.pop()
                self.states[cell], self.values[cell] = state, value

    def _apply(self, step: dict[str, Any]) -> None:
        cell = step.get("cell")
        if cell is None:
            return
        event = step["event"]
        if event == "force":
            self._set(cell, ASKED if self.states[cell] != KNOWN else KNOWN, self.values[cell])
        elif event == "answer":
            self._set(cell, KNOWN, step["value"])
        elif event == "fail" and not step.get("again"):
            self._set(cell, FAILED, None)

    def _set(self, cell: int, state: str, value: Form) -> None:
        self._changes.append((cell, self.states[cell], self.values[cell]))
        self.states[cell], self.values[cell] = state, value

    def text(self, form: Form, depth: int = 1000) -> str:
        """A form as Nix writes it, `_` for what is not known; sets and lists below `depth` as `{…}` and `[…]`, and
        `«repeated»` for one that lies within itself.
        """
        out: list[str] = []
        around: list[int] = []
        todo: list[Any] = [(form, depth)]
        while todo:
            item = todo.pop()
            if isinstance(item, str):
                out.append(item)
            elif item is LEAVE:
                around.pop()
            else:
                form, left = self.resolved(item[0]), item[1]
                number = form.get("value") if isinstance(form, dict) else None
                if number is None:
                    out.append(scalar(form))
                elif number in around:
                    out.append("«repeated»")
                else:
                    around.append(number)
                    todo.append(LEAVE)
                    todo += reversed(self._pieces(self._groups[number], left))
        return "".join(out)

    def group(self, form: Form) -> Form:
        """What a list or a set holds: `{"list": …}` or `{"set": …}`; None for what is neither."""
        form = self.resolved(form)
        if not isinstance(form, dict):
            return None
        if "value" in form:
            return self._groups[form["value"]]
        return form if "list" in form or "set" in form else None

    def resolved(self, form: Form) -> Form:
        """A form behind the cells that are evaluated: a cell only where its value is not known."""
        seen = 0
        while isinstance(form, dict) and "cell" in form and self.states[form["cell"]] == KNOWN and seen < 1000:
            form = self.values[form["cell"]]
            seen += 1
        return form

    def _pieces(self, group: Form, depth: int) -> list[Any]:
        if depth <= 0:
            return ["[…]" if "list" in group else "{…}"]
        if "list" in group:
            pieces: list[Any] = ["["]
            for element in group["list"]:
                pieces += [" ", (element, depth - 1)]
            return [*pieces, " … ]" if "more" in group else " ]"]
        pieces = ["{"]
        for name, value in group["set"].items():
            pieces += [f" {attribute_name(name)} = ", (value, depth - 1), ";"]
        return [*pieces, " … }" if "more" in group else " }"]


LEAVE: Any = object()


def scalar(form: Form) -> str:
    """The text of a form that holds no others."""
    if form is None:
        return "null"
    if form is True or form is False:
        return "true" if form else "false"
    if isinstance(form, str):
        return quoted(form)
    if not isinstance(form, dict):
        return str(form)
    if "cell" in form or form.get("cut") == "thunk":
        return "_"
    if "list" in form:
        return "[ ]"
    if "set" in form:
        return "{ }"
    for kind in ("int", "float", "path"):
        if kind in form:
            return str(form[kind])
    if "string" in form:
        return quoted(form["string"]) + ("…" if "length" in form else "")
    if "builtin" in form:
        return f"«builtin {form['builtin']}»"
    if "function" in form:
        return f"«function {form['name']}»" if form.get("name") else "«function»"
    return f"«{form.get('cut', '?')}»"
