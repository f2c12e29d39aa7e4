"""Python functions of lixeval that have something to say in a trace, besides builtins being called.

What they were doing is read from their local variables after the failure.  A function is known by its module and name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lixeval.errors import Frame
from lixeval.runtime.thunks import position_of
from lixeval.source import Source, Span

Locals = dict[str, Any]


def _added_context(local: Locals) -> Frame | None:
    text = local.get("text")
    return None if text is None else Frame(text, always=True)


def _derivation(local: Locals) -> Frame | None:
    name = local.get("name")
    return None if name is None else Frame(f"while evaluating derivation '{name}'")


def _derivation_attribute(local: Locals) -> Frame | None:
    key = local.get("key")
    if key is None:
        return None
    message = f"while evaluating attribute '{key}' of derivation '{local['name']}'"
    return Frame(message, attribute_span(local["given"], key))


def attribute_span(attributes: dict[str, Any], name: str) -> Span | None:
    """Where an attribute of a set is written."""
    position = position_of(attributes.get(name))
    if position is None or position[0].startswith(("«", "/derivation-internal")):
        return None
    file, line, column = position
    return Span(source_of_file(file), line, column, line, column + len(name.encode("utf-8", "surrogateescape")))


def source_of_file(file: str) -> Source:
    """The text of a file as it is now: for errors about places whose own source nobody kept."""
    try:
        with open(file, encoding="utf-8", errors="surrogateescape", newline="") as stream:
            return Source(file, stream.read())
    except (OSError, ValueError):
        return Source(file, "")


def _functor(local: Locals) -> Frame | None:
    value = local["value"]
    if value.__class__ is not dict or "__functor" not in value:
        return None
    return Frame("while calling a set as a function (by its '__functor')", attribute_span(value, "__functor"))


def _set_as_string(local: Locals) -> Frame | None:
    value = local["value"]
    name = next((name for name in ("__toString", "outPath") if name in value), None)
    if name is None:
        return None
    return Frame(f"while making a string of a set (by its '{name}')", attribute_span(value, name))


TELLERS: dict[tuple[str, str], Callable[[Locals], Frame | None]] = {
    ("lixeval.builtins.control", "add_error_context"): _added_context,
    ("lixeval.builtins.derivations", "derivation_strict"): _derivation,
    ("lixeval.builtins.derivations", "_collect"): _derivation_attribute,
    ("lixeval.runtime.call", "functor"): _functor,
    ("lixeval.runtime.strings", "_set_as_string"): _set_as_string,
}
