"""What the page knows before anything runs, as plain data: the manual, the lessons, names to complete.

The manual is that of `lixeval doc`, whose examples are tests; nothing is written twice.
"""

from __future__ import annotations

from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.values import sorted_names
from lixeval.teach.lessons.running import settings
from lixeval.teach.lessons.syllabus import OWN, exercises
from lixeval.teach.manual import Entry, entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def manual() -> list[dict[str, Any]]:
    """Each builtin, and each function of lib: name, arguments, text, examples with their values, and in which Nix."""
    workspace = Workspace(settings(), root=None)
    try:
        found = entries(workspace.evaluator.table)
    finally:
        workspace.store.close()
    return [
        {
            "name": entry.name.removeprefix("builtins."),
            "arguments": list(entry.arguments),
            "text": entry.text,
            "examples": [{"code": code, "value": value} for code, value in entry.examples],
            "notes": _notes(entry),
        }
        for entry in found
        if "__" not in entry.name
    ]


def _notes(entry: Entry) -> list[str]:
    """Since when a builtin is there, with which feature, and what differs in Lix."""
    notes = [f"Since Nix {entry.since}."] if entry.since else []
    if entry.needs:
        notes.append(f"With the experimental feature {' and '.join(entry.needs)}.")
    return [*notes, f"Lix: {entry.lix}."] if entry.lix else notes


def names() -> dict[str, list[str]]:
    """What stands behind `builtins.` and `lib.`."""
    workspace = Workspace(settings(), root=None)
    try:
        table = workspace.evaluator.table
        lib = workspace.evaluate(lambda: sorted_names(workspace.evaluator.text("import <nixpkgs/lib>", "/")))
        return {"builtins": sorted(table.builtins), "lib": list(lib)}
    finally:
        workspace.store.close()


def lessons(folder: str = OWN) -> list[dict[str, Any]]:
    """Each exercise as it is handed out; what answers it stays with the engine."""
    return [
        {
            "name": exercise.name,
            "chapter": exercise.chapter,
            "title": exercise.title,
            "kind": exercise.kind,
            "read": exercise.read,
            "ask": exercise.ask,
            "hints": exercise.hints,
            "body": exercise.body,
        }
        for exercise in exercises(folder)
    ]
