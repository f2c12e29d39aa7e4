"""What the page knows before anything runs, as plain data: the manual of the builtins, the lessons, names to complete.

The manual is the builtins' docstrings, whose examples are tests; nothing is written twice.
"""

from __future__ import annotations

from inspect import cleandoc

from lixeval.builtins.table import Table
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.values import FUNCTION_TYPES, function_code, sorted_names
from lixeval.teach.lessons.running import settings
from lixeval.teach.lessons.syllabus import OWN, exercises

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.runtime.values import Value


def manual() -> list[dict[str, Any]]:
    """Each builtin: name, arguments, text and examples with their values."""
    workspace = Workspace(settings(), root=None)
    try:
        found = [_entry(name, value) for name, value in _builtins(workspace).items()]
    finally:
        workspace.store.close()
    return [entry for entry in found if entry is not None]


def names() -> dict[str, list[str]]:
    """What stands behind `builtins.` and `lib.`."""
    workspace = Workspace(settings(), root=None)
    try:
        lib = workspace.evaluate(lambda: sorted_names(workspace.evaluator.text("import <nixpkgs/lib>", "/")))
        return {"builtins": sorted(_builtins(workspace)), "lib": list(lib)}
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


def _builtins(workspace: Workspace) -> dict[str, Value]:
    table: Table = workspace.evaluator.table

    def values() -> dict[str, Value]:
        from lixeval.runtime.thunks import force

        return {name: force(table.builtins[name]) for name in sorted_names(table.builtins)}

    return workspace.evaluate(values)


def _entry(name: str, value: Value) -> dict[str, Any] | None:
    if value.__class__ not in FUNCTION_TYPES:
        return None
    function = function_code(value)
    if not function.__doc__ or getattr(function, "nix_name", None) is None:
        return None
    code = function.__code__
    text: list[str] = []
    examples: list[dict[str, str]] = []
    for line in cleandoc(function.__doc__).splitlines():
        if line.startswith(">>> "):
            examples.append({"code": line[4:], "value": ""})
        elif examples and line.strip():
            examples[-1]["value"] += ("\n" if examples[-1]["value"] else "") + line
        elif not examples:
            text.append(line)
    arguments = [argument.rstrip("_") for argument in code.co_varnames[: code.co_argcount]]
    return {"name": name, "arguments": arguments, "text": "\n".join(text).strip(), "examples": examples}
