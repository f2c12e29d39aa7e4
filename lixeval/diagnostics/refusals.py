"""Which expression's value was refused: an operand, an argument or what is in it, a callback's result, a set selected
from.

The place of a failure is what compiled code was doing: all of `a + b`, all of a builtin's call.  Which part of it is to
blame is told by the refused value (`error.refused`), which Python's frames still hold somewhere.
"""

from __future__ import annotations

from types import FrameType

from lixeval.diagnostics.origins import Origins, Spot, path_to
from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.steps import Step
from lixeval.diagnostics.wording import Trace
from lixeval.errors import EvalError, MissingAttribute, NixTypeError, ThrownError
from lixeval.runtime import code_info
from lixeval.runtime.builtin import NAMES
from lixeval.runtime.frames import told
from lixeval.source import Span
from lixeval.syntax import nodes

CALLBACKS = {
    "all": 0,
    "any": 0,
    "concatMap": 0,
    "filter": 0,
    "groupBy": 0,
    "partition": 0,
    "sort": 0,
}
"""The builtins that look at what a function of theirs gives, and which argument that function is."""

BLAMED = {
    "elemAt": 1,
    "findFile": 1,
    "genList": 1,
    "getAttr": 1,
    "toFile": 0,
}
"""The argument that is wrong where a builtin has refused no particular value; the first one of all others."""

ANY_ARGUMENT = frozenset(("abort", "addErrorContext", "break", "deepSeq", "foldl'", "seq", "throw", "trace", "tryEval"))
"""Builtins that never fail for the sake of an argument unless they say which."""


def refused_at(error: EvalError, trace: Trace, origins: Origins) -> Spot | Span | None:
    """The expression whose value was refused; None where the failure is not about a value."""
    if not trace.steps:
        return None
    index = len(trace.steps) - 1
    while index and trace.steps[index].kind == "told" and trace.steps[index].code not in NAMES:
        index -= 1
    step = trace.steps[index]
    if step.source is not None:
        return _in_code(error, trace, index)
    if step.code in NAMES:
        return _in_builtin(error, trace, origins, index)
    if step.kind == "inherited":
        return _inherited_from(error, trace, index)
    if step.kind == "with":
        return _scope_of_with(error, trace, index)
    return None


# In compiled code


def _in_code(error: EvalError, trace: Trace, index: int) -> Spot | Span | None:
    step = trace.steps[index]
    span = step.span
    if span is None or step.source is None or not error.refused:
        return None
    outline = trace.outlines.of(step.source)
    number = outline.find(span)
    node = outline.nodes[number] if number >= 0 else None
    match node:
        case nodes.Binary():
            side = _side(error.refused[0], trace.inside)
            if side:
                operand = node.left if side == "left" else node.right
                return Spot(index, outline.number_of(operand))
            return None
        case nodes.Unary():
            return Spot(index, outline.number_of(node.operand))
        case nodes.Apply() if error.code == "E0302":
            return Spot(index, outline.number_of(_functor(outline, error, node.function) or node.function))
        case nodes.Variable() if outline.is_free(number):
            return _scope(outline, index, number)
        case nodes.Select() if isinstance(error, NixTypeError) and error.wanted == "a string":
            return None  # the name that was to be selected, where the code stood
        case nodes.Select():
            return _selected_from(outline, index, node, span)
        case nodes.Lambda() | nodes.Apply() | None:
            return None
    return Spot(index, number)


def _side(value: object, inside: list[FrameType]) -> str | None:
    """Which operand a value is, for the function of the runtime that refused it."""
    for frame in inside:
        side = next((side for side in ("left", "right") if told(frame, side, _ABSENT) is value), None)
        if side is not None:
            return side
    return None


_ABSENT = object()
"""No value of a program."""


def _functor(outline: Outline, error: EvalError, function: nodes.Expression) -> nodes.Expression | None:
    """The `__functor` that is none, of a set that is written out in the same file."""
    bound = outline.binding_of(outline.number_of(function)) if isinstance(function, nodes.Variable) else None
    if bound is None or not isinstance(bound.value, nodes.AttributeSet) or error.refused[0].__class__ is dict:
        return None
    attribute = bound.value.bindings.attributes.get("__functor")
    return None if attribute is None else attribute.value


def _scope(outline: Outline, index: int, number: int) -> Spot | None:
    """The set of the innermost `with` around a name, or of the next one if that is written out and so a set."""
    scopes = [node.scope for each in outline.upward(number) if isinstance(node := outline.nodes[each], nodes.With)]
    scope = next((each for each in scopes if not isinstance(each, nodes.AttributeSet)), None)
    return None if scope is None else Spot(index, outline.number_of(scope))


def _selected_from(outline: Outline, index: int, node: nodes.Select, span: Span) -> Spot | Span | None:
    """What was no set, where a name was to be selected from it."""
    start = outline.source.offset(span.line, span.column)
    if start not in node.path_starts:
        return None
    which = node.path_starts.index(start)
    if which == 0:
        return Spot(index, outline.number_of(node.subject))
    before = outline.source.text.rfind(".", node.path_starts[which - 1], start)
    return outline.span(node.start, before)


# In a builtin


def _in_builtin(error: EvalError, trace: Trace, origins: Origins, index: int) -> Spot | Span | None:
    found = origins.call_at(index - 1) if index and trace.steps[index - 1].source is not None else None
    name = NAMES[trace.steps[index].code]
    if found is None or not _is_called(found[1], name):
        return None
    arguments = found[0]
    outline = origins.outline(index - 1)
    lacking = error.lacking if isinstance(error, MissingAttribute) else None
    refused = error.refused if lacking is None else (lacking,)
    if refused:
        holder = origins.in_arguments(index, refused[0])
        if holder is not None:
            return holder
        body = _body_of_callback(outline, arguments, name)
        if body is not None:
            return Spot(index - 1, outline.number_of(body))
        return None
    which = BLAMED.get(name, 0)
    if isinstance(error, ThrownError) or name in ANY_ARGUMENT or which >= len(arguments):
        return None
    return _named_in(error.about, outline, arguments[which]) or Spot(index - 1, outline.number_of(arguments[which]))


def _named_in(about: tuple[str, ...], outline: Outline, argument: nodes.Expression) -> Span | None:
    """The attribute of a set that is written out whose name, or else whose text, an error is about."""
    if not isinstance(argument, nodes.AttributeSet):
        return None
    attributes = argument.bindings.attributes
    for word in about:
        found = attributes.get(word) or next(
            (
                each
                for each in attributes.values()
                if isinstance(each.value, nodes.String) and each.value.parts == (word,)
            ),
            None,
        )
        if found is not None:
            return outline.span(found.start, found.end)
    return None


def _is_called(written: str, name: str) -> bool:
    return written in (name, "__" + name)


def _body_of_callback(outline: Outline, arguments: tuple[nodes.Expression, ...], name: str) -> nodes.Expression | None:
    """What a function that was given to a builtin gives back, if the function is written out there."""
    which = CALLBACKS.get(name)
    if which is None or which >= len(arguments):
        return None
    function: nodes.Expression | None = arguments[which]
    if isinstance(function, nodes.Variable):
        bound = outline.binding_of(outline.number_of(function))
        function = None if bound is None else bound.value
    if not isinstance(function, nodes.Lambda):
        return None
    while isinstance(function, nodes.Lambda):
        function = function.body
    return function


# Names that are looked up in sets


def _inherited_from(error: EvalError, trace: Trace, index: int) -> Span | None:
    """The source of an `inherit (source) name` that was no set."""
    place = trace.steps[index].place
    if place is None or not error.refused:
        return None
    span = trace.span_of_place(place)
    outline = trace.outlines.of(span.source)
    source = outline.source_of_inherited(outline.source.offset(span.line, span.column))
    return None if source is None else outline.span(source.start, source.end)


def _scope_of_with(error: EvalError, trace: Trace, index: int) -> Span | None:
    """The set of a `with` that was none."""
    step = trace.steps[index]
    if step.place is None or not error.refused:
        return None
    span = trace.span_of_place(step.place)
    outline = trace.outlines.of(span.source)
    scopes = [
        node.scope
        for number in outline.upward(outline.find(span))
        if isinstance(node := outline.nodes[number], nodes.With)
    ]
    for scope, value in zip(scopes, code_info.sets_within(step.tells("scopes")[2:]), strict=False):
        if path_to(error.refused[0], value, 0) is not None:
            return outline.span(scope.start, scope.end)
    return None


# What a function demands of its arguments


def demanded_of(trace: Trace, origins: Origins) -> Spot | None:
    """The parameter that a guard asks about: `if … x … then … else throw …`, `set.${x} or (throw …)`, `assert … x …;`.

    A function that throws where a condition on its parameter fails complains about its argument.
    """
    index = next((each for each in range(len(trace.steps) - 1, -1, -1) if trace.steps[each].source is not None), None)
    if index is None or len(trace.steps) - index > 2:
        return None
    for _ in range(MAX_HELPERS):
        step = trace.steps[index]
        if step.span is None or step.source is None or step.kind != "function":
            return None
        found = _guard(trace, origins, index)
        if found is not None or not _only_throws(trace, origins.outline(index), step):
            return found
        index -= 1
    return None


MAX_HELPERS = 4
"""Functions that only throw, `refuse = what: throw "…"`, are looked through as often."""


def _guard(trace: Trace, origins: Origins, index: int) -> Spot | None:
    """The parameter in the condition around the place at which a function is."""
    step = trace.steps[index]
    outline = origins.outline(index)
    root = trace.root(step)
    for number in outline.upward(outline.find(step.span)) if step.span is not None else ():
        parent = outline.parents[number]
        if number == root or parent < 0:
            return None
        for condition in _conditions(outline.nodes[parent], outline.nodes[number]):
            parameter = outline.parameter_behind(condition)
            if parameter >= 0:
                return Spot(index, parameter)
    return None


def _only_throws(trace: Trace, outline: Outline, step: Step) -> bool:
    """Whether the body of a function is nothing but a call, of `throw` or of another function that throws."""
    root = trace.root(step)
    node: nodes.Node | None = outline.nodes[root] if root >= 0 else None
    while isinstance(node, nodes.Lambda):
        node = node.body
    return isinstance(node, nodes.Apply)


def _conditions(node: nodes.Node, child: nodes.Node) -> list[nodes.Node]:
    """What decides whether a part of an expression is evaluated, or is itself an asserted condition."""
    match node:
        case nodes.If() if child is not node.condition:
            return [node.condition]
        case nodes.Select() if child is node.default:
            return [element for element in node.path if not isinstance(element, str)]
        case nodes.Assert() if child is node.condition:
            return [node.condition]
    return []
