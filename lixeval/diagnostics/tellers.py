"""Python functions of lixeval that have something to say in a trace, besides builtins being called.

What they were doing is in their frames after the failure; they declare it (see `runtime.frames`).
"""

from __future__ import annotations

from types import FrameType

from lixeval.errors import Frame
from lixeval.runtime.frames import told
from lixeval.runtime.thunks import position_of
from lixeval.source import Source, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _added_context(frame: FrameType) -> Frame | None:
    text = told(frame, "text")
    return None if text is None else Frame(text, always=True)


def _derivation(frame: FrameType) -> Frame | None:
    name = told(frame, "derivation")
    return None if name is None else Frame(f"while evaluating derivation '{name}'")


def _derivation_attribute(frame: FrameType) -> Frame | None:
    name = told(frame, "attribute")
    if name is None:
        return None
    message = f"while evaluating attribute '{name}' of derivation '{told(frame, 'derivation')}'"
    return Frame(message, attribute_span(told(frame, "attributes"), name))


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


def _functor(frame: FrameType) -> Frame | None:
    value = told(frame, "value")
    if value.__class__ is not dict or "__functor" not in value:
        return None
    return Frame("while calling a set as a function (by its '__functor')", attribute_span(value, "__functor"))


def _set_as_string(frame: FrameType) -> Frame | None:
    value = told(frame, "value")
    name = next((name for name in ("__toString", "outPath") if name in value), None)
    if name is None:
        return None
    return Frame(f"while making a string of a set (by its '{name}')", attribute_span(value, name))


TELLERS: dict[str, Callable[[FrameType], Frame | None]] = {
    "context": _added_context,
    "derivation": _derivation,
    "derivation attribute": _derivation_attribute,
    "functor": _functor,
    "set as a string": _set_as_string,
}
"""What is said of a call, by its declared kind."""
