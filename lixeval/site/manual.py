"""What the page knows before anything runs, as plain data: the manual of the builtins, the lessons, names to complete.

The manual is the builtins' docstrings, whose examples are tests; nothing is written twice.
"""

from __future__ import annotations

from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.values import sorted_names
from lixeval.teach.lessons.running import settings
from lixeval.teach.lessons.syllabus import OWN, exercises
from lixeval.teach.manual import of_builtins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def manual() -> list[dict[str, Any]]:
    """Each builtin: name, arguments, text and examples with their values."""
    workspace = Workspace(settings(), root=None)
    try:
        entries = of_builtins(workspace.evaluator.table)
    finally:
        workspace.store.close()
    return [
        {
            "name": entry.name.removeprefix("builtins."),
            "arguments": list(entry.arguments),
            "text": entry.text,
            "examples": [{"code": code, "value": value} for code, value in entry.examples],
        }
        for entry in entries
    ]


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
