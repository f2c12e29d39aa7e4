"""What Python's own exceptions mean, and what is still to be said of Nix's.

Selecting an attribute that must exist is an unchecked `set["name"]` in compiled code: where it fails, KeyError or
TypeError tells which, and `runtime.instructions` from what was selected.
"""

from __future__ import annotations

import os
from types import TracebackType

from lixeval.builtins.table import EXPERIMENTAL
from lixeval.diagnostics.complaints import literal_of
from lixeval.diagnostics.option_names import about_option
from lixeval.diagnostics.package_set import about_host_package, about_package, complete_missing_package
from lixeval.diagnostics.steps import Step
from lixeval.diagnostics.suggestions import about_attribute, about_variable, did_you_mean, names_in_withs
from lixeval.diagnostics.wording import Trace, place_span
from lixeval.errors import (
    AssertionFailed,
    BadArguments,
    EvalError,
    Frame,
    LixevalError,
    MissingAttribute,
    MissingPackage,
    StackOverflow,
    ThrownError,
    UndefinedVariable,
)
from lixeval.formats.nix_text import attribute_name
from lixeval.runtime import code_info
from lixeval.runtime.exports import UNDEFINED
from lixeval.runtime.faults import expected
from lixeval.source import Span
from lixeval.system.deep_stack import is_out_of_memory


def translated(error: BaseException, steps: list[Step]) -> LixevalError | None:
    """The Nix error that an exception is or stands for; None for a bug of lixeval."""
    if isinstance(error, LixevalError):
        return error
    if is_out_of_memory(error):
        return EvalError("out of memory", code="E0406")
    if isinstance(error, RecursionError):
        return StackOverflow("stack overflow; max-call-depth exceeded")
    if not steps or steps[-1].source is None or not _is_innermost(steps[-1], error.__traceback__):
        return None
    if isinstance(error, KeyError):
        from lixeval.runtime.instructions import selected_from

        variable, container = selected_from(steps[-1].at, steps[-1].instruction)
        if code_info.is_scope(variable):
            return UNDEFINED(error.args[0])
        missing = MissingAttribute(f"attribute '{attribute_name(error.args[0])}' missing")
        missing.name = str(error.args[0])
        missing.present = tuple(container) if isinstance(container, dict) else None
        missing.lacking = container if isinstance(container, dict) else None
        return missing
    if isinstance(error, TypeError):
        from lixeval.runtime.instructions import selected_from

        return expected("a set", selected_from(steps[-1].at, steps[-1].instruction)[1])
    return None


def _is_innermost(step: Step, traceback: TracebackType | None) -> bool:
    """Whether the exception was raised in a step's own code and not in something that it called."""
    last = traceback
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and last.tb_frame is step.at


# What only the source text can tell


def complete_message(error: EvalError, trace: Trace) -> None:
    """The asserted condition, the called function's name, what was perhaps meant."""
    if isinstance(error, AssertionFailed):
        _about_assertion(error, trace)
    elif isinstance(error, BadArguments) and not error.function:
        name = code_info.bound_name(trace.steps[-1].code.co_name) if trace.steps else ""
        error.function = name or "anonymous lambda"
        error.message = f"function '{error.function}' {error.message}"
        error.hint = error.hint or did_you_mean(error.name, error.known) or _about_more(error, trace)
    elif isinstance(error, MissingPackage):
        complete_missing_package(error, trace)
    elif isinstance(error, MissingAttribute):
        unknown = about_package(error.name, error.present or ()) or _about_host_package(error, trace)
        error.hint = error.hint or unknown or _about_builtin(error) or about_attribute(error.name, error.present)
        _about_set(error, trace)
    elif isinstance(error, ThrownError):
        error.hint = error.hint or about_option(error.message, trace)
    elif isinstance(error, UndefinedVariable):
        error.hint = error.hint or _about_variable(error, trace)
    error.args = (error.message,)


def _about_more(error: BadArguments, trace: Trace) -> str | None:
    """What to do where a library gives a function of the user's more than it takes, as it does to modules."""
    caller = next((step for step in reversed(trace.steps[:-1]) if step.source is not None), None)
    is_own = bool(trace.steps) and trace.steps[-1].source is not None and not trace.steps[-1].source.is_library
    if error.name in error.known or not is_own or caller is None or caller.source is None:
        return None
    return f"it is given more: {{ {', '.join((*error.known, '...'))} }}:" if caller.source.is_library else None


def _about_set(error: MissingAttribute, trace: Trace) -> None:
    """Where the set is written that lacks an attribute, if that is elsewhere than the function that wanted it."""
    step = trace.steps[-1] if trace.steps else None
    if error.lacking is None or step is None or step.kind != "function" or error.span is None:
        return
    written = literal_of(error.lacking, trace)
    function = trace.definition(step)
    if written is None or written.line == error.span.line or function is None or written.line == function.line:
        return
    error.trace.insert(0, Frame("the set is written here", written, always=True))


def _about_assertion(error: AssertionFailed, trace: Trace) -> None:
    """The condition, as Nix prints it; where the two sides of a comparison differ."""
    condition = _condition(error, trace)
    if condition is not None:
        if not error.message:
            error.message = f"assertion '{condition}' failed"
        else:
            error.trace.append(Frame(f"while evaluating the condition of the assertion '{condition}'", always=True))
    if not error.path:
        return
    error.trace.append(Frame(f"the two sides differ at '{error.path}'", always=True))
    for name, position in zip(("left", "right"), error.sides, strict=True):
        if position is not None:
            error.trace.append(Frame(f"where the {name} hand side is", attribute_at(trace, position), always=True))


def _condition(error: AssertionFailed, trace: Trace) -> str | None:
    step = trace.steps[-1] if trace.steps else None
    if step is None or step.source is None or step.span is None:
        return None
    outline = trace.outlines.of(step.source)
    number = outline.find(step.span)
    if number < 0:
        return None
    from lixeval.syntax.unparse import unparse

    folder = os.path.dirname(step.source.name) if step.source.is_file else os.getcwd()
    return unparse(outline.nodes[number], folder)  # type: ignore[arg-type]  # what was asserted is an expression


def attribute_at(trace: Trace, position: tuple[str, int, int]) -> Span:
    """The name of the attribute that is written at a position."""
    file, line, column = position
    span = place_span((file, line, column, line, column), trace.steps)
    outline = trace.outlines.of(span.source)
    number = outline.named_at(line, column)
    return outline.span_of(number) if number >= 0 else span


def _about_builtin(error: MissingAttribute) -> str | None:
    """Of `builtins.NAME` that is experimental."""
    features = EXPERIMENTAL.get(error.name)
    if features is None or "nixVersion" not in (error.present or ()):
        return None
    return f"it is there with --extra-experimental-features {features[0]}"


def _about_host_package(error: MissingAttribute, trace: Trace) -> str | None:
    """Of `hostPackages.NAME`."""
    if error.span is None:
        return None
    outline = trace.outlines.of(error.span.source)
    start = outline.source.offset(error.span.line, error.span.column)
    return about_host_package(error.name, error.present or ()) if outline.set_before(start) == "hostPackages" else None


def _about_variable(error: UndefinedVariable, trace: Trace) -> str | None:
    if error.span is None:
        return None
    outline = trace.outlines.of(error.span.source)
    step = next((step for step in reversed(trace.steps) if step.source is not None or step.kind == "with"), None)
    unknown = None if step is None else about_package(error.name, names_in_withs(step))
    return unknown or about_variable(error.name, outline, outline.find(error.span), step)
