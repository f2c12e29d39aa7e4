"""What the user has written that a library complains of, where the failure itself is inside the library.

The ways to it, the surest first: the option that the message names (`definitions`); the value that was refused, found
by what it holds; the option that was being evaluated; the assertion whose words the message says; the file that the
message names.
"""

from __future__ import annotations

import re
from typing import Any

from lixeval.diagnostics.definitions import named_by, own_outlines, path_of
from lixeval.diagnostics.origins import Origins, forced
from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.refusals import demanded_of
from lixeval.diagnostics.tellers import attribute_span
from lixeval.diagnostics.wording import Trace, written_function
from lixeval.errors import AbortError, EvalError, ThrownError
from lixeval.runtime import code_info
from lixeval.runtime.values import FUNCTION_TYPES
from lixeval.source import Span
from lixeval.syntax import nodes

SHORTEST = 4
"""An assertion's words are looked for in a message if they are at least so long."""


def complained_of(error: EvalError, trace: Trace, own: Span | None) -> list[Span]:
    """The places that a library's complaint is about, the first one to be changed; none where nothing tells.

    `own` is the innermost place of the user's on the way: it is chosen where it is part of what would be named.
    """
    is_thrown = isinstance(error, ThrownError | AbortError)
    found = named_by(error.message, trace, own) if is_thrown else []
    found = found or _written_literally(error, trace)
    for step in reversed(trace.steps):
        text = step.tells("text")
        if not found and isinstance(text, str):
            found = named_by(text, trace, own)
    found = found or _files(error, trace, is_thrown)
    return [own] if own is not None and found and _is_within(own, found[0]) else found


def _is_within(inner: Span, outer: Span) -> bool:
    return (
        inner.source.name == outer.source.name
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (
            inner.end_line,
            inner.end_column,
        )
        <= (outer.end_line, outer.end_column)
    )


# A value, by what it holds


def _written_literally(error: EvalError, trace: Trace) -> list[Span]:
    """Where the refused value is written, or the parameter that a library has refused by `if isList x then throw …`."""
    attribute = _attribute_selected(error, trace)
    if attribute is not None:
        return [attribute]
    values = list(error.refused)
    if not values and isinstance(error, ThrownError | AbortError):
        values = _demanded(trace)
    found = [literal_of(value, trace) for value in values]
    return [span for span in found if span is not None]


def _attribute_selected(error: EvalError, trace: Trace) -> Span | None:
    """Where the attribute `type` is written, when `opt.type.check` has failed because that is no set."""
    step = next((step for step in reversed(trace.steps) if step.source is not None), None)
    if step is None or step.span is None or step.source is None or not error.refused:
        return None
    outline = trace.outlines.of(step.source)
    number = outline.find(step.span)
    node = outline.nodes[number] if number >= 0 else None
    if not isinstance(node, nodes.Select) or not isinstance(node.subject, nodes.Variable):
        return None
    for name, value in code_info.variables_of(step.frame):
        for key in node.path if name == node.subject.name else ():
            value = forced(value)
            if value.__class__ is not dict or key not in value:
                break
            span = attribute_span(value, str(key))
            value = value[key]
            if forced(value) is error.refused[0] and span is not None and _is_own(span, trace):
                return span
    return None


def _is_own(span: Span, trace: Trace) -> bool:
    return any(outline.source.name == span.source.name for outline in own_outlines(trace))


def _demanded(trace: Trace) -> list[Any]:
    """The value of the parameter that the guard of a `throw` asks about."""
    origins = Origins(trace)
    spot = demanded_of(trace, origins)
    if spot is None:
        return []
    name = origins.outline(spot.step).nodes[spot.number].name  # type: ignore[attr-defined]  # a parameter is a variable
    step = trace.steps[spot.step]
    return [value for variable, value in code_info.variables_of(step.frame) if variable == name][:1]


def literal_of(value: Any, trace: Trace) -> Span | None:
    """Where the user has written a value: a set by its attributes' places, a list by what is in it, a function by its
    own place, and what is no more than a text or number by being written only once."""
    if value.__class__ is dict:
        return _set_around(value, trace)
    if value.__class__ is tuple:
        spans = [literal_of(each, trace) for each in value[:3] if each.__class__ is dict]
        return _around(spans[0], nodes.List, trace) if spans and spans[0] is not None else None
    if value.__class__ in FUNCTION_TYPES:
        span = written_function(trace, value)
        return span if span is not None and not span.source.is_library else None
    if value.__class__ in (str, int, float):
        found = [span for outline in own_outlines(trace) for span in _equal_literals(outline, value)]
        return found[0] if len(found) == 1 else None
    return None


def _set_around(attributes: dict[str, Any], trace: Trace) -> Span | None:
    for name in attributes:
        span = attribute_span(attributes, name)
        if span is not None and _is_own(span, trace):
            return _around(span, nodes.AttributeSet, trace)
    return None


def _around(span: Span, kind: type[nodes.Node], trace: Trace) -> Span | None:
    """The innermost node of a kind around a place, as far as it is on the place's line."""
    outline = next(each for each in own_outlines(trace) if each.source.name == span.source.name)
    start = outline.source.offset(span.line, span.column)
    for number in outline.upward(outline.spanning(start, start + 1)):
        node = outline.nodes[number]
        if isinstance(node, kind) and node.start < start:
            return outline.span(node.start, node.end)
    return None


def _equal_literals(outline: Outline, value: str | float) -> list[Span]:
    found = []
    for node in outline.nodes:
        is_number = isinstance(node, nodes.Int | nodes.Float) and node.value.__class__ is value.__class__
        if (is_number and node.value == value) or (isinstance(node, nodes.String) and node.parts == (value,)):  # type: ignore[attr-defined]
            found.append(outline.span(node.start, node.end))
    return found


# An assertion, by its words


def asserted(message: str, trace: Trace) -> list[Span]:
    """The assertions of a module, `{ assertion = …; message = "…"; }`, whose words a message says."""
    said = " ".join(message.split())
    found = []
    for outline in own_outlines(trace):
        for node in outline.nodes:
            if not isinstance(node, nodes.AttributeSet):
                continue
            attributes = node.bindings.attributes
            words = attributes["message"].value if {"assertion", "message"} <= attributes.keys() else None
            if isinstance(words, nodes.String) and _says(said, words):
                at = attributes["assertion"]
                found.append(outline.span(at.start, at.value.end if at.value is not None else at.end))
    return found


def _says(said: str, words: nodes.String) -> bool:
    parts = [" ".join(part.split()) for part in words.parts if isinstance(part, str)]
    return any(len(part) >= SHORTEST for part in parts) and all(part in said for part in parts)


# A file, by its name


def _files(error: EvalError, trace: Trace, is_thrown: bool) -> list[Span]:
    """The path literals that stand for what a message names: `./web.nix` for /etc/nixos/web.nix."""
    named = set(error.about)
    if is_thrown:
        named.update(re.findall(r"/[^\s'`\"’)(,;]+", error.message))
    named.update([path.removesuffix("/default.nix") for path in named])
    if not named:
        return []
    return [
        outline.span(node.start, node.end)
        for outline in own_outlines(trace)
        for node in outline.nodes
        if path_of(node, outline.source) in named or (isinstance(node, nodes.String) and _is_one_of(node, named))
    ][:1]


def _is_one_of(node: nodes.String, paths: set[str]) -> bool:
    return len(node.parts) == 1 and node.parts[0] in paths
