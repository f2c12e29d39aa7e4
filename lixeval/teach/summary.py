"""What a whole record comes to: what nobody asked for, which box has several names, the layers of a set, who asked for
what failed.
"""

from __future__ import annotations

from dataclasses import dataclass

from lixeval.source import Source
from lixeval.teach.replay import Heap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.teach.record import Record
    from lixeval.teach.values import Form

TOLD = frozenset(("let", "attribute", "argument", "element", "inherited"))
"""The kinds of thunks of which it is told that nobody asked for them."""


class Places:
    """Lines and columns in the texts of a record."""

    def __init__(self, record: Record) -> None:
        self._entries = record["sources"]
        self._sources: dict[int, Source] = {}

    def source(self, number: int) -> Source:
        found = self._sources.get(number)
        if found is None:
            entry = self._entries[number]
            found = self._sources[number] = Source(entry["name"], entry["text"] or "")
        return found

    def at(self, number: int, offset: int) -> str:
        """LINE:COLUMN in the first text, FILE:LINE:COLUMN in others; of a library's file the end of its path."""
        line, column = self.source(number).line_and_column(offset)
        place = f"{line}:{column}"
        if number == 0:
            return place
        name = self.source(number).name
        return f"{'/'.join(name.rsplit('/', 2)[-2:]) if self.is_library(number) else name}:{place}"

    def is_library(self, number: int) -> bool:
        return bool(self._entries[number].get("library"))


def name_of(cell: dict[str, Any]) -> str:
    """What a thunk is called: its name, or what kind it is."""
    name = str(cell.get("name", ""))
    if cell["kind"] == "element":
        return f"element {name}"
    return name or {"application": "an application", "file": "the whole", "with": "a set"}.get(
        cell["kind"], "an argument"
    )


def never_asked(record: Record) -> list[int]:
    """The thunks of the user's texts that nobody has asked for, in the order of the text."""
    asked = {step["cell"] for step in record["steps"] if step["event"] == "force"}
    places = Places(record)
    found = [
        (cell["where"], number)
        for number, cell in enumerate(record["cells"])
        if number not in asked and cell["kind"] in TOLD and "where" in cell and not places.is_library(cell["where"][0])
    ]
    seen: set[tuple[int, ...]] = set()
    asked_places = {tuple(record["cells"][number].get("where", ())) for number in asked}
    kept: list[int] = []
    for where, number in sorted(found):
        if tuple(where) not in seen and tuple(where) not in asked_places:
            seen.add(tuple(where))
            kept.append(number)
    return kept


def shared(record: Record) -> dict[int, list[str]]:
    """The thunks that stand at several places of the outcome, and at which."""
    heap = Heap(record)
    heap.go_to(len(record["steps"]))
    found: dict[int, list[str]] = {}
    seen: set[int] = set()
    todo: list[tuple[Form, str]] = [(record["outcome"].get("value"), "")]
    while todo:
        form, path = todo.pop()
        if isinstance(form, dict) and "cell" in form:
            found.setdefault(form["cell"], []).append(path or "the value")
            if len(found[form["cell"]]) > 1:
                continue
        group = heap.group(form)
        resolved = heap.resolved(form)
        if group is None or (isinstance(resolved, dict) and resolved.get("value") in seen):
            continue
        if isinstance(resolved, dict) and "value" in resolved:
            seen.add(resolved["value"])
        if "outPath" in group.get("set", {}):
            continue  # a derivation has its attributes under several names by its nature
        if "list" in group:
            todo += [(item, f"{path}[{index}]") for index, item in reversed(list(enumerate(group["list"])))]
        else:
            todo += [(item, f"{path}.{name}".lstrip(".")) for name, item in reversed(list(group["set"].items()))]
    return {cell: paths for cell, paths in found.items() if len(paths) > 1}


@dataclass(slots=True)
class Layer:
    """One layer of a set: `form` is what it brings, `replaced` which names of the layers below it took over; `step` is
    where it was laid over them, None for the lowest; `function` the place of the function that has given it.
    """

    form: Form
    replaced: list[str]
    step: int | None
    function: tuple[int, int] | None


def layers(record: Record, form: Form) -> list[Layer]:
    """The sets that `//` has laid over one another to make a set, the lowest first; none where it is no such set."""
    heap = Heap(record)
    heap.go_to(len(record["steps"]))
    updates: dict[int, int] = {}
    functions: dict[int, tuple[int, int]] = {}
    for number, step in enumerate(record["steps"]):
        value = _entry(step.get("value"))
        if value is None:
            continue
        if step["event"] == "update":
            updates.setdefault(value, number)
        elif step["event"] == "answer" and "where" in record["steps"][step["of"]]:
            functions.setdefault(value, tuple(record["steps"][step["of"]]["where"]))
    found: list[Layer] = []
    todo: list[tuple[Form, list[str], int | None]] = [(heap.resolved(form), [], None)]
    while todo and len(found) < MOST_LAYERS:
        form, replaced, over = todo.pop()
        entry = _entry(form)
        step_number = None if entry is None else updates.pop(entry, None)
        if step_number is None:
            found.append(Layer(form, replaced, over, None if entry is None else functions.get(entry)))
            continue
        step = record["steps"][step_number]
        # What is laid over is told after what it is laid over.
        todo += [
            (heap.resolved(step["right"]), step["replaced"], step_number),
            (heap.resolved(step["left"]), replaced, over),
        ]
    return found if len(found) > 1 else []


MOST_LAYERS = 200


def _entry(form: Form) -> int | None:
    return form.get("value") if isinstance(form, dict) else None


def askers(record: Record) -> list[int]:
    """The steps on the way to the failure with which a run has ended: the innermost first, then who asked for each."""
    steps = record["steps"]
    if "error" not in record["outcome"] or not steps or steps[-1]["event"] != "fail":
        return []
    number: int = steps[-1]["of"]
    way = [number]
    while True:
        inner = _last_failing(record, number)
        if inner is None:
            break
        way.append(inner)
        number = inner
    return way[::-1]


def _last_failing(record: Record, number: int) -> int | None:
    """The step directly within one that has failed, with which it failed."""
    steps = record["steps"]
    child, end, found = number + 1, steps[number]["end"], None
    while child < end:
        step = steps[child]
        ends = step.get("end", child + 1)
        fails = step.get("failed") or (steps[ends - 1]["event"] == "fail" and steps[ends - 1]["of"] == child)
        if step.get("by") == number and fails:
            found = child
        child = max(ends, child + 1)
    return found
