"""Which option was perhaps meant, where a module system does not say it itself: nixpkgs' does since 2025.

The tree of options, or that of their values, is a variable of the code that throws; it is known by its `_module`.
"""

from __future__ import annotations

from lixeval.diagnostics.definitions import parts_of, quoted_names
from lixeval.diagnostics.origins import forced
from lixeval.diagnostics.suggestions import asked, resembling
from lixeval.diagnostics.wording import Trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MAX_STEPS = 12
"""So many innermost steps are looked at for a tree of options."""

SAID_ALREADY = "Did you mean"


def about_option(message: str, trace: Trace) -> str | None:
    """The options that resemble one which a thrown message names and which does not exist."""
    if SAID_ALREADY in message:
        return None
    trees = list(_trees(trace))
    for name in quoted_names(message) if trees else ():
        path = parts_of(name)
        ways = [path[start:] for start in range(len(path))]
        if any(_resembling(tree, way) is None for tree in trees for way in ways):
            return None
        for tree in trees:
            for start in range(len(path)):
                close = _resembling(tree, path[start:])
                if close:
                    before = ".".join(path[:start])
                    return asked([f"{before}.{each}" if before else each for each in close])
    return None


def _trees(trace: Trace) -> Iterator[dict[str, Any]]:
    for step in reversed(trace.steps[-MAX_STEPS:]):
        for _, value in step.variables if step.source is not None else ():
            tree = forced(value)
            if tree.__class__ is dict and "_module" in tree:
                yield tree


def _resembling(tree: dict[str, Any], path: list[str]) -> list[str] | None:
    """What a tree has instead of the first name of a path that it lacks; None where it has them all."""
    before: list[str] = []
    for name in path:
        if name not in tree:
            names = [each for each in tree if not each.startswith("_")]
            return [".".join([*before, each]) for each in resembling(name, names)]
        inner = forced(tree[name])
        before.append(name)
        tree = inner if inner.__class__ is dict else {}
    return None
