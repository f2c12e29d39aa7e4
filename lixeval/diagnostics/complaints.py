"""What the user has written that a library complains of, where the failure itself is inside the library.

The ways to it, the surest first: the option that the message names (`definitions`); the value that was refused, found
by what it holds; the option that was being evaluated; the assertion whose words the message says; the file that the
message names.
"""

from __future__ import annotations

from lixeval.diagnostics.definitions import named_by, own_outlines, path_of
from lixeval.diagnostics.origins import Origins, Spot, forced, is_literal, path_to
from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.refusals import demanded_of
from lixeval.diagnostics.tellers import attribute_span
from lixeval.diagnostics.wording import Trace, written_function
from lixeval.errors import AbortError, EvalError, ThrownError
from lixeval.runtime.values import FUNCTION_TYPES, Path
from lixeval.source import Span
from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    if not found or _is_a_whole_file(found[0], trace):
        found = _files(error, trace, is_thrown) + found
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
    known = _attribute_selected(error, trace) or _attribute_held(error, trace) or _function_called(error, trace)
    if known is not None:
        return [known]
    values = list(error.refused)
    if not values and isinstance(error, ThrownError | AbortError):
        values = _demanded(trace)
    found = [literal_of(value, trace) or _element_held(value, trace) for value in values]
    return [span for span in found if span is not None]


def _element_held(value: Any, trace: Trace) -> Span | None:
    """The element of a list that the user has written as an attribute, `imports = [ … ]`, by whose cell it came."""
    for step in reversed(trace.steps):
        for _, held in step.variables if step.source is not None and value.__class__ is dict else ():
            path = path_to(forced(value), held, 3)
            if path is None or len(path) < 2 or not isinstance(path[-1], int):
                continue
            holder = held
            for key in path[:-2]:
                holder = forced(holder)[key]
            span = attribute_span(forced(holder), str(path[-2])) if isinstance(path[-2], str) else None
            element = None if span is None or not _is_own(span, trace) else _element_of(span, path[-1], trace)
            if element is not None:
                return element
    return None


def _element_of(attribute: Span, index: int, trace: Trace) -> Span | None:
    """An element of the list that is an attribute's value, by the attribute's name."""
    outline = next(each for each in own_outlines(trace) if each.source.name == attribute.source.name)
    number = outline.named_at(attribute.line, attribute.column)
    node = outline.nodes[number] if number >= 0 else None
    if not isinstance(node, nodes.List) or index >= len(node.items):
        return None
    return outline.span(node.items[index].start, node.items[index].end)


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
    for name, value in step.variables:
        for key in node.path if name == node.subject.name else ():
            value = forced(value)
            if value.__class__ is not dict or key not in value:
                break
            span = attribute_span(value, str(key))
            value = value[key]
            if forced(value) is error.refused[0] and span is not None and _is_own(span, trace):
                return span
    return None


def _attribute_held(error: EvalError, trace: Trace) -> Span | None:
    """Where the attribute is written whose cell a variable of the library still holds: `layers = …` of its argument."""
    for step in trace.steps[-MAX_STEPS:]:
        for name, cell in step.variables if step.source is not None and error.refused else ():
            span = attribute_span({name: cell}, name)
            if span is not None and forced(cell) is error.refused[0] and _is_own(span, trace):
                return span
    return None


MAX_STEPS = 8
"""So many innermost steps are looked at for what they hold."""


def _function_called(error: EvalError, trace: Trace) -> Span | None:
    """The user's function whose result a library has called, as if it took more arguments: an overlay of one."""
    step = next((step for step in reversed(trace.steps) if step.source is not None), None)
    if error.code != "E0302" or step is None or step.source is None or step.span is None:
        return None
    outline = trace.outlines.of(step.source)
    number = outline.find(step.span)
    node = outline.nodes[number] if number >= 0 else None
    called = getattr(node.function, "name", None) if isinstance(node, nodes.Apply) else None
    values = [forced(value) for name, value in step.variables if name == called]
    return next((span for value in values if (span := _own_function(value, trace)) is not None), None)


def _own_function(value: Any, trace: Trace) -> Span | None:
    """Where the user has written a function: the outermost of lambdas that directly follow one another."""
    span = written_function(trace, value)
    if span is None or span.source.is_library:
        return None
    outline = trace.outlines.of(span.source)
    named = outline.named_at(span.line, span.column)
    number = named if named >= 0 else outline.find(span)
    while number > 0 and isinstance(outline.nodes[outline.parents[number]], nodes.Lambda):
        number = outline.parents[number]
    node = outline.nodes[number]
    return outline.span(node.start, node.end)


def _is_own(span: Span, trace: Trace) -> bool:
    return any(outline.source.name == span.source.name for outline in own_outlines(trace))


def _demanded(trace: Trace) -> list[Any]:
    """The value of the parameter that the guard of a `throw` asks about."""
    origins = Origins(trace)
    spot = demanded_of(trace, origins)
    return [] if spot is None else value_at(spot, trace, origins)


def value_at(spot: Spot, trace: Trace, origins: Origins) -> list[Any]:
    """The value of a parameter, if its function still holds it."""
    name = origins.outline(spot.step).nodes[spot.number].name  # type: ignore[attr-defined]  # a parameter is a variable
    step = trace.steps[spot.step]
    return [value for variable, value in step.variables if variable == name][:1]


def literal_of(value: Any, trace: Trace) -> Span | None:
    """Where the user has written a value: a set by its attributes' places, a list by what is in it, a function by its
    own place, and what is no more than a text or number by being written only once."""
    if value.__class__ is dict:
        return _set_around(value, trace)
    if value.__class__ is tuple:
        spans = [literal_of(each, trace) for each in value[:3] if each.__class__ is dict]
        if spans:
            return None if spans[0] is None else _around(spans[0], nodes.List, trace)
        found = [span for outline in own_outlines(trace) for span in _equal_lists(outline, value)]
        return found[0] if len(found) == 1 else None
    if value.__class__ in FUNCTION_TYPES:
        return _own_function(value, trace)
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
        if is_literal(node, value):
            found.append(outline.span(node.start, node.end))
    return found


def word_of_name(error: EvalError, attribute: Span, trace: Trace) -> Span | None:
    """The user's text that has made a derivation's name illegal, where the attribute only hands the name on.

    It is the name, or what no name may hold of it: "My Image" of "image-My Image.json".
    """
    name = error.refused[0] if error.refused else None
    handed_on = attribute.source.is_library or not _is_own(attribute, trace) or _is_inherited(attribute, trace)
    if not isinstance(name, str) or not handed_on:
        return None
    found = [
        outline.span(node.start, node.end)
        for outline in own_outlines(trace)
        for node in outline.nodes
        if isinstance(node, nodes.String) and _is_illegal(node.parts, name)
    ]
    return found[0] if len(found) == 1 else None


def value_handed_on(error: EvalError, attribute: Span, trace: Trace) -> Span | None:
    """Where the user has written the value that a library has made a derivation's attribute of."""
    if _is_own(attribute, trace):
        return None
    found = (literal_of(value, trace) for value in error.refused)
    return next((span for span in found if span is not None), None)


def _is_illegal(parts: tuple[object, ...], name: str) -> bool:
    text = parts[0] if len(parts) == 1 else "" if not parts else None
    if not isinstance(text, str):
        return False
    if text == name:
        return True
    import re

    return text in name and re.search(r"[^0-9a-zA-Z+\-._?=]", text) is not None


def _is_inherited(span: Span, trace: Trace) -> bool:
    outline = next(each for each in own_outlines(trace) if each.source.name == span.source.name)
    start = outline.source.offset(span.line, span.column)
    return any(
        attribute.kind != "plain" and attribute.start == start
        for node in outline.nodes
        if isinstance(node, nodes.AttributeSet)
        for attribute in node.bindings.attributes.values()
    )


def _equal_lists(outline: Outline, value: tuple[Any, ...]) -> list[Span]:
    """The lists of texts and numbers that are equal to a value."""
    found = []
    for node in outline.nodes:
        if isinstance(node, nodes.List) and node.items and len(node.items) == len(value):
            pairs = zip(node.items, map(forced, value), strict=True)
            if all(is_literal(item, each) for item, each in pairs):
                found.append(outline.span(node.start, node.end))
    return found


# An assertion, by its words


def asserted(message: str, trace: Trace) -> list[Span]:
    """The assertions of a module, `{ assertion = …; message = "…"; }`, whose words a message says."""
    said = " ".join(message.split())
    found = []
    for outline in own_outlines(trace, "assertion", "message"):
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
    named = {*error.about, *(value.text for value in error.refused if value.__class__ is Path)}
    if is_thrown:
        import re

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


def _is_a_whole_file(span: Span, trace: Trace) -> bool:
    outline = trace.outlines.of(span.source)
    return len(outline) > 0 and outline.span_of(0) == span


def _is_one_of(node: nodes.String, paths: set[str]) -> bool:
    return len(node.parts) == 1 and node.parts[0] in paths
