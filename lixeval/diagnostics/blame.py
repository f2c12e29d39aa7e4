"""Which place is named first: the one a person would change.

Usually it is where evaluation failed.  It is not

- where an argument set does not match a function's formals: then it is the call;
- where a builtin refuses an argument: then it is that argument, if it can be told which;
- inside a library (what the user has not written): then it is the innermost place of the user's own.
"""

from __future__ import annotations

from lixeval.builtins.registry import NAMES
from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.steps import Step
from lixeval.diagnostics.tellers import attribute_span
from lixeval.diagnostics.wording import Trace, place_span
from lixeval.errors import BadArguments, EvalError, Frame, NixTypeError
from lixeval.runtime.thunks import READ
from lixeval.source import Span
from lixeval.syntax import nodes


def blamed(error: EvalError, trace: Trace) -> tuple[Span | None, list[Frame]]:
    """The place to name first, and the lines that belong right behind it whatever else is shown."""
    span = _where_it_failed(error, trace)
    behind: list[Frame] = []
    if span is not None:
        moved = _call_of_head(error, trace, span)
        if moved is not None:
            behind.append(Frame("the function is defined here", span, always=True))
            span = moved
        else:
            span = _argument(error, trace, span) or _operation(trace, span)
    if span is None or span.source.is_library:
        own = _innermost_own(trace)
        if own is not None:
            if span is not None:
                behind.insert(0, Frame("the error itself is inside a library, here", span, always=True))
            span = own
    return span, behind


def _where_it_failed(error: EvalError, trace: Trace) -> Span | None:
    """Where the failed code stood."""
    if error.span is not None:
        return error.span
    if error.place is not None:
        return place_span(error.place, trace.steps)
    for index in range(len(trace.steps) - 1, -1, -1):
        step = trace.steps[index]
        if step.source is not None:
            return step.span
        if step.place is not None:
            return place_span(step.place, trace.steps)
    return None


def _innermost_own(trace: Trace) -> Span | None:
    """The innermost place in text that the user has written."""
    for step in reversed(trace.steps):
        if step.source is not None and not step.source.is_library:
            return step.span
    return None


# An argument set that does not match


def _call_of_head(error: EvalError, trace: Trace, span: Span) -> Span | None:
    """The call of a function whose head refused its argument; None where something else failed."""
    if not isinstance(error, NixTypeError) or not trace.steps:
        return None
    step = trace.steps[-1]
    if step.kind != "function" or step.source is None:
        return None
    outline = trace.outlines.of(step.source)
    number = outline.find(span)
    if number < 0 or not _is_head(outline, number, span):
        return None
    if isinstance(error, BadArguments):
        written = _written(step, [error.name])
        if written is not None and not written.source.is_library:
            return written
    site = trace.call_site(len(trace.steps) - 1)
    return site or _written(step, None)


def _is_head(outline: Outline, number: int, span: Span) -> bool:
    node = outline.nodes[number]
    return isinstance(node, nodes.Lambda) and outline.span(node.start, node.body.start) == span


def _written(step: Step, names: list[str] | None) -> Span | None:
    """Where one of these attributes (or any) of the argument is written that a function was called with."""
    parameters = [name for name in step.code.co_varnames[: step.code.co_argcount] if name not in _NO_PARAMETERS]
    argument = step.frame.f_locals.get(parameters[-1]) if parameters else None
    if argument.__class__ is not dict:
        return None
    for name in argument if names is None else names:
        span = attribute_span(argument, name)
        if span is not None:
            return span
    return None


_NO_PARAMETERS = ("formals", "ellipsis")
"""Parameters of compiled functions that hold no argument."""


# An argument or operand that is refused


def _argument(error: EvalError, trace: Trace, span: Span) -> Span | None:
    """The argument of a builtin that had the wrong type, where the call stands in the text."""
    if not isinstance(error, NixTypeError) or not trace.steps or not error.refused:
        return None
    step = trace.steps[-1]
    index = len(trace.steps) - 1
    if step.kind != "builtin" or trace.call_site(index) is None:
        return None
    outline = trace.outlines.of(span.source)
    node = outline.nodes[outline.find(span)] if outline.nodes else None
    if not isinstance(node, nodes.Apply) or not outline.is_call_of(node, NAMES[step.code]):
        return None
    for number in range(min(step.code.co_argcount, len(node.arguments))):
        if _holds(step.frame.f_locals.get(step.code.co_varnames[number]), error.refused[0]):
            argument = node.arguments[number]
            return outline.span(argument.start, argument.end)
    return None


def _holds(variable: object, value: object) -> bool:
    """Whether a variable is a value, or the evaluated cell of it."""
    if variable is value:
        return True
    return isinstance(variable, list) and variable[0] is READ and variable[1] is value


def _operation(trace: Trace, span: Span) -> Span:
    """All of `a + b` where only the operator was meant and all of it is on one line."""
    outline = trace.outlines.of(span.source)
    node = outline.nodes[outline.find(span)] if outline.nodes else None
    if not isinstance(node, nodes.Binary) or span.end_column - span.column != len(node.operator):
        return span
    whole = outline.span(node.start, node.end)
    return whole if whole.line == whole.end_line else span
