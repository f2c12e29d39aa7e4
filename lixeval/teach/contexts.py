"""Why a store path is in a string's context, and why a derivation is an input of another one."""

from __future__ import annotations

from lixeval.runtime.values import ContextString
from lixeval.teach.provenance import Provenance, forced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.runtime.values import Delayed

MOST_NESTED = 10_000
"""So many elements of an attribute's lists and sets are looked at."""


def context_of(text: ContextString, provenance: Provenance) -> list[dict[str, Any]]:
    """Each element of a context, and the string that was the first to be made with it."""
    answers: list[dict[str, Any]] = []
    for element in sorted(text.context):
        entry: dict[str, Any] = {"element": element}
        for joined in provenance.trace.joined:
            if element in joined.value.context:
                line, column = joined.source.line_and_column(joined.start)
                written = " ".join(joined.source.text[joined.start : joined.end].split())
                entry |= {"from": written[:60], "file": joined.source.name, "line": line, "column": column}
                break
        answers.append(entry)
    return answers


def inputs_of(derivation: dict[str, Delayed], provenance: Provenance) -> list[dict[str, Any]]:
    """What a derivation needs, and the attributes of it whose strings have that in their context."""
    attributes = forced(derivation.get("drvAttrs"))
    if attributes.__class__ is not dict:
        return []
    found: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(attributes):
        for element in sorted(_contexts(attributes[name])):
            entry: dict[str, Any] = {"name": name}
            position = provenance.position(attributes[name])
            if position is not None:
                entry |= {"file": position[0], "line": position[1], "column": position[2]}
            found.setdefault(element, []).append(entry)
    return [{"needs": element, "attributes": entries} for element, entries in sorted(found.items())]


def _contexts(delayed: Delayed) -> set[str]:
    """The elements that an attribute brings into a derivation; of another derivation its output."""
    elements: set[str] = set()
    todo = [delayed]
    count = 0
    while todo and count < MOST_NESTED:
        count += 1
        value = forced(todo.pop())
        if value.__class__ is ContextString:
            elements |= value.context
        elif value.__class__ is tuple:
            todo += value
        elif value.__class__ is dict:
            if "outPath" in value:
                todo.append(value["outPath"])
            else:
                todo += value.values()
    return elements
