"""Which place is named first: the one a person would change.

Usually it is where evaluation failed.  It is not

- where an argument set does not match a function's formals: then it is the call, or the attribute that is too much;
- where a value is refused: then it is the expression that gives the value (`refusals`), or the argument that was given
  for it, however many calls further out (`origins`);
- where a function throws because of its parameter: then it is the argument;
- where a derivation's attribute is wrong: then it is where that attribute is written (`about_derivations`);
- inside a library (what the user has not written): then it is what the library complains of (`complaints`), or else
  the innermost place of the user's own.

The place where evaluation failed is then told right behind.
"""

from __future__ import annotations

from lixeval.diagnostics.about_derivations import attribute_of_derivation
from lixeval.diagnostics.complaints import asserted, complained_of, literal_of, value_at, value_handed_on, word_of_name
from lixeval.diagnostics.cycles import own_question
from lixeval.diagnostics.definitions import own_outlines
from lixeval.diagnostics.origins import Origins, Spot, forced
from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.package_set import place_of_missing_package
from lixeval.diagnostics.refusals import demanded_of, refused_at
from lixeval.diagnostics.steps import Step
from lixeval.diagnostics.suggestions import resembling
from lixeval.diagnostics.tellers import attribute_span
from lixeval.diagnostics.wording import Trace, place_span, written_function
from lixeval.errors import (
    AbortError,
    AssertionFailed,
    BadArguments,
    EvalError,
    Frame,
    InfiniteRecursion,
    MissingAttribute,
    MissingPackage,
    NixTypeError,
    StackOverflow,
    ThrownError,
)
from lixeval.runtime import code_info
from lixeval.runtime.frames import told
from lixeval.runtime.printing import is_primop, is_primop_application
from lixeval.runtime.values import FUNCTION_TYPES, waiting_code
from lixeval.source import Span
from lixeval.syntax import nodes


def blamed(error: EvalError, trace: Trace) -> tuple[Span | None, list[Frame]]:
    """The place to name first, and the lines that belong right behind it whatever else is shown."""
    failed = _where_it_failed(error, trace)
    if isinstance(error, MissingPackage):
        # Where a name is all that is written, nothing of the user's text is on the way to its value.
        return place_of_missing_package(error, trace) or innermost_own(trace) or failed, []
    span, behind = _own_fault(error, trace, failed)
    if isinstance(error, InfiniteRecursion) and (asked := own_question(trace)) is not None:
        return asked, behind
    if span is None or span.source.is_library:
        own = innermost_own(trace)
        lacking = _without_argument(error, trace)
        if lacking is not None:
            inside = [] if span is None else [Frame("it was refused inside a library, here", span, always=True)]
            return lacking, inside
        found = [] if isinstance(error, InfiniteRecursion | StackOverflow) else complained_of(error, trace, own)
        if found and found[0] != own:
            inside = [] if span is None else [Frame("the error itself is inside a library, here", span, always=True)]
            return found[0], [*(Frame("and here", each, always=True) for each in found[1:]), *inside]
        if own is None and isinstance(error, BadArguments):
            # A function that has failed on entry, and is all of the user's that is on the way.
            own = next((frame.span for frame in behind if frame.span and not frame.span.source.is_library), None)
        if own is not None:
            if own in [frame.span for frame in behind]:
                # A function of the user's own that a library has called with too little.
                behind = [Frame("a library calls it here", span, always=True)]
            elif span is not None:
                behind.insert(0, Frame("the error itself is inside a library, here", span, always=True))
            span = own
    return span, behind


def _own_fault(error: EvalError, trace: Trace, failed: Span | None) -> tuple[Span | None, list[Frame]]:
    """The place that is at fault in the code itself, and what else is to be told."""
    if isinstance(error, InfiniteRecursion | StackOverflow):
        return failed, []
    called = None if failed is None else _call_of_head(error, trace, failed)
    if called is not None:
        return called, [Frame("the function is defined here", failed, always=True)]
    attribute = attribute_of_derivation(trace)
    if attribute is not None:
        word = word_of_name(error, attribute, trace) or value_handed_on(error, attribute, trace)
        return (attribute, []) if word is None else (word, [Frame("it was refused here", attribute, always=True)])
    return _cause(error, trace, failed)


def _cause(error: EvalError, trace: Trace, failed: Span | None) -> tuple[Span | None, list[Frame]]:
    """The expression whose value is wrong, and where that showed if it was elsewhere."""
    origins = Origins(trace)
    if isinstance(error, ThrownError | AbortError | AssertionFailed):
        assertions = asserted(error.message, trace)
        if assertions:
            return assertions[0], [Frame("and here", each, always=True) for each in assertions[1:]]
        spot = demanded_of(trace, origins)
        values = [] if spot is None else value_at(spot, trace, origins)
        span = None if spot is None else origins.of(spot, through=True, wanted=forced(values[0]) if values else None)
        if span is None:
            return failed, []
        what = "the assertion is here" if isinstance(error, AssertionFailed) else "it was refused here"
        return span, [Frame(what, failed, always=True)]
    lacking = _set_that_lacks(error, trace, origins) if failed is not None else None
    if lacking is not None:
        return lacking, [Frame("it was selected here", failed, always=True)]
    refused = None if error.span is not None else refused_at(error, trace, origins)
    if refused is None:
        if failed is None:
            # A printed value: nothing of the text was evaluated when it was refused.
            return next((written_function(trace, value) for value in error.refused), None), []
        return _operation(trace, failed), []
    if isinstance(refused, Span):
        return refused, []
    here = origins.span(refused)
    span = origins.of(refused)
    if span is None:
        span = _number_in_quotes(refused, trace, origins)
    if span is None or _overlap(span, here):
        return span or here, []
    return span, [Frame("it was refused here", here, always=True)]


def _set_that_lacks(error: EvalError, trace: Trace, origins: Origins) -> Span | None:
    """The set without an attribute that a function of the user's selects from its parameter, where other sets have it.

    Of the set it is the name that resembles the missing one, where there is one.
    """
    step = trace.steps[-1] if trace.steps else None
    if not isinstance(error, MissingAttribute) or error.lacking is None or step is None or step.kind != "function":
        return None
    outline = origins.outline(len(trace.steps) - 1)
    number = outline.find(step.span) if step.span is not None else -1
    node = outline.nodes[number] if number >= 0 else None
    if not isinstance(node, nodes.Select):
        return None
    start = outline.source.offset(step.span.line, step.span.column) if step.span is not None else -1
    selected = dict(zip(node.path_starts, node.path, strict=True)).get(start, "")
    if not isinstance(selected, str):
        return origins.of(Spot(len(trace.steps) - 1, outline.number_of(selected)))  # who has given the name
    if not isinstance(node.subject, nodes.Variable):
        return None
    if outline.parameter_of(outline.number_of(node.subject)) < 0 or outline.source.is_library:
        return None
    written = literal_of(error.lacking, trace)
    if written is None or not any(_defines(each, error.name) for each in own_outlines(trace, error.name)):
        return None
    meant = resembling(error.name, error.lacking)
    span = attribute_span(error.lacking, meant[0]) if meant else None
    if span is None:
        return written
    error.hint = f"it is '{meant[0]}' here: did you mean '{error.name}'?"
    return span


def _defines(outline: Outline, name: str) -> bool:
    return any(isinstance(node, nodes.AttributeSet) and name in node.bindings.attributes for node in outline.nodes)


def _number_in_quotes(spot: Spot, trace: Trace, origins: Origins) -> Span | None:
    """The argument "2" of a function that adds a number to it: not the number is wrong, though Nix refuses that."""
    outline = origins.outline(spot.step)
    above = outline.parents[spot.number]
    sum_ = outline.nodes[above] if above >= 0 else None
    if not isinstance(sum_, nodes.Binary) or outline.nodes[spot.number] is not sum_.right:
        return None
    if not isinstance(sum_.right, nodes.Int | nodes.Float) or not isinstance(sum_.left, nodes.Variable):
        return None
    added = Spot(spot.step, outline.number_of(sum_.left))
    values = value_at(added, trace, origins)
    import re

    if not values or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", str(forced(values[0]))):
        return None
    return origins.of(added)


def _overlap(inner: Span, outer: Span) -> bool:
    return inner.source is outer.source and (outer.line, outer.column) <= (inner.line, inner.column) <= (
        outer.end_line,
        outer.end_column,
    )


def _where_it_failed(error: EvalError, trace: Trace) -> Span | None:
    """Where the failed code stood."""
    if error.span is not None:
        return error.span
    if error.place is not None:
        return place_span(error.place, trace.steps)
    for step in reversed(trace.steps):
        if step.source is not None and (span := step.span) is not None and _is_anything(span):
            return span
        if step.place is not None:
            return place_span(step.place, trace.steps)
    return _attribute_reached(trace) or _applied_function(trace)


def _attribute_reached(trace: Trace) -> Span | None:
    """The attribute that was looked at: what is evaluated needs no code that fails, as `--json` of a builtin."""
    for frame in reversed(trace.inside):
        within = told(frame, "within")
        span = None if within is None else attribute_span(within, told(frame, "reached", ""))
        if span is not None:
            return span
    return None


def _is_anything(span: Span) -> bool:
    """Whether a span is one of the program's text: the very beginning of a function's code has an empty one."""
    return (span.line, span.column) != (span.end_line, span.end_column)


def _applied_function(trace: Trace) -> Span | None:
    """The function that `map` or its like has put off: nothing else is on the way from what prints its result."""
    found = (written_function(trace, step.tells("function")) for step in reversed(trace.steps))
    return next((span for span in found if span is not None), None)


def innermost_own(trace: Trace) -> Span | None:
    """The innermost place in text that the user has written."""
    for step in reversed(trace.steps):
        if step.source is not None and not step.source.is_library and step.span is not None:
            return step.span
    return None


# A function where its result was meant


def _without_argument(error: EvalError, trace: Trace) -> Span | None:
    """Where the user names a library's function that was refused as a value, and gives it no argument: `types.listOf`.

    None if that is in no place, or in several.
    """
    function = error.refused[0] if error.refused else None
    if function.__class__ not in FUNCTION_TYPES or is_primop(function) or is_primop_application(function):
        return None
    name = code_info.bound_name(waiting_code(function).__name__)
    file = code_info.written_place(function)[0]
    found: list[Span] = []
    for outline in own_outlines(trace) if name else ():
        if outline.source.name == file:
            return None  # the user's own function
        for number, node in enumerate(outline.nodes):
            above = outline.nodes[outline.parents[number]] if number else None
            if _names(node, name) and not (isinstance(above, nodes.Apply) and above.function is node):
                found.append(outline.span(node.start, node.end))
    return found[0] if len(found) == 1 else None


def _names(node: nodes.Node, name: str) -> bool:
    """Whether a node is `name`, or `a.b.name`."""
    if isinstance(node, nodes.Select):
        return node.path[-1] == name
    return isinstance(node, nodes.Variable) and node.name == name


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
        misspelt = _misspelt(step, error)
        if misspelt:
            error.hint = error.hint or f"'{misspelt[0]}' is given: did you mean '{error.name}'?"
        written = _written(step, [error.name, *misspelt])
        texts = step.source.texts
        if written is not None and not (texts is not None and texts.is_library(written.source.name)):
            return written
        return trace.call_site(len(trace.steps) - 1) or _written(step, None)
    return _last_argument(trace) or trace.call_site(len(trace.steps) - 1)


def _last_argument(trace: Trace) -> Span | None:
    """The argument of the call which is no set; the formals stand in the function's last place."""
    index = len(trace.steps) - 1
    origins = Origins(trace)
    found = origins.call_at(index - 1) if index and trace.steps[index - 1].source is not None else None
    if found is None or len(found[0]) != 1:
        return None
    argument = found[0][0]
    return origins.outline(index - 1).span(argument.start, argument.end)


def _is_head(outline: Outline, number: int, span: Span) -> bool:
    node = outline.nodes[number]
    return isinstance(node, nodes.Lambda) and outline.span(node.start, node.body.start) == span


def _misspelt(step: Step, error: BadArguments) -> list[str]:
    """What the caller has given in the place of an argument that is missing: a name like it that nobody asks for."""
    argument = forced(code_info.argument_of(step.frame, -1))
    if argument.__class__ is not dict:
        return []
    return resembling(error.name, [name for name in argument if name not in error.known])


def _written(step: Step, names: list[str] | None) -> Span | None:
    """Where one of these attributes (or any) of the argument is written that a function was called with."""
    argument = forced(code_info.argument_of(step.frame, -1))
    if argument.__class__ is not dict:
        return None
    for name in argument if names is None else names:
        span = attribute_span(argument, name)
        if span is not None:
            return span
    return None


def _operation(trace: Trace, span: Span) -> Span:
    """All of `a + b` where only the operator was meant and all of it is on one line."""
    outline = trace.outlines.of(span.source)
    node = outline.nodes[outline.find(span)] if len(outline) else None
    if not isinstance(node, nodes.Binary) or span.end_column - span.column != len(node.operator):
        return span
    whole = outline.span(node.start, node.end)
    return whole if whole.line == whole.end_line else span
