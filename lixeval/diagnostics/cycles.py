"""Evaluation that needs itself: which thunks, which functions.

Infinite recursion: a cell was asked for while it was being answered.  The steps between the first answering of that
cell and the last one are the whole cycle, and the thunks among them say what needs what: `a -> b.c -> a`.

Endless calls: the last steps of the traceback repeat; one period of them names the functions.
"""

from __future__ import annotations

from types import TracebackType

from lixeval.diagnostics.steps import Step
from lixeval.diagnostics.wording import Trace, place_span, short_name, told, written_function
from lixeval.errors import Frame
from lixeval.runtime import code_info
from lixeval.runtime.frames import kind_told
from lixeval.runtime.frames import told as told_by
from lixeval.runtime.thunks import position_of
from lixeval.source import Span
from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_PERIOD = 60
"""Calls that repeat with a longer period than this are not named."""


def asked_again(traceback: TracebackType | None) -> Any:
    """The cell that was asked for while it was being answered: what BLACKHOLE was given."""
    frame = None
    while traceback is not None:
        frame = traceback.tb_frame
        traceback = traceback.tb_next
    return None if frame is None else told_by(frame, "cell")


def thunk_cycle(trace: Trace, cell: Any) -> tuple[Frame, ...]:
    """The named thunks from a cell back to itself, each with its place; the first stands at the end again."""
    steps = trace.steps
    first = next((index for index, step in enumerate(steps) if cell is not None and step.cell is cell), None)
    if first is None:
        return ()
    named: list[Frame] = []
    for step in steps[first:]:
        frame = _named(trace, step)
        if frame is not None and not (named and named[-1].message == frame.message):
            named.append(frame)
    if not named:
        return ()
    if not all(_is_own(frame) for frame in named) and (own := _own_links(trace, first)):
        return own
    while len(named) > 1 and named[-1].message == named[0].message:
        named.pop()
    return (*named, named[0])


def _is_own(frame: Frame) -> bool:
    return frame.span is None or not frame.span.source.is_library


def _own_links(trace: Trace, first: int) -> tuple[Frame, ...]:
    """The user's part of a cycle that goes through a library: what each of the user's thunks asks for.

    `config.a -> config.b -> config.a`: the name of a thunk is that by which it was asked for, where that is told.
    """
    links: list[tuple[Frame, Span | None]] = []
    for step in trace.steps[first:]:
        if step.source is None or step.source.is_library:
            continue
        frame = _named(trace, step)
        if frame is not None:
            links.append((frame, asked_for(trace, step)))
        elif (asked := asked_for(trace, step)) is not None:
            links.append((Frame(text_of(asked), asked), None)) if not links else links.append((links.pop()[0], asked))
    if not links:
        return ()
    found: list[Frame] = []
    asked = links[-1][1]
    for frame, following in links:
        text = None if asked is None else text_of(asked)
        if text is not None and _last(text) == _last(frame.message):
            found.append(Frame(text, frame.span))
        else:
            if found and text is not None:
                found.append(Frame(text, asked))
            found.append(frame)
        asked = following
    if asked is not None and text_of(asked) != found[0].message:
        found.append(Frame(text_of(asked), asked))
    return (*found, found[0])


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def asked_for(trace: Trace, step: Step) -> Span | None:
    """The name or selection that a step of compiled code was evaluating, or the first one in that: `config.a`."""
    if step.source is None or step.span is None:
        return None
    outline = trace.outlines.of(step.source)
    number = outline.find(step.span)
    if number < 0:
        return None
    whole = outline.nodes[number]
    parent = outline.nodes[outline.parents[number]] if number else None
    if isinstance(parent, nodes.Select) and parent.subject is whole:
        whole = parent
    if isinstance(whole, nodes.If):
        whole = whole.condition
    within = [node for node in outline.nodes if whole.start <= node.start and node.end <= whole.end]
    selections = [
        node for node in within if isinstance(node, nodes.Select) and isinstance(node.subject, nodes.Variable)
    ]
    if isinstance(whole, nodes.Select | nodes.Variable):
        chosen: nodes.Node = whole
    elif selections:
        chosen = min(selections, key=lambda node: node.start)
    else:
        return None
    span = outline.span(chosen.start, chosen.end)
    return span if span.line == span.end_line else None


def text_of(span: Span) -> str:
    """The text of a span on one line."""
    source = span.source
    return source.text[source.offset(span.line, span.column) : source.offset(span.end_line, span.end_column)]


def _own_step(trace: Trace) -> Step | None:
    """The innermost step of the user's own code."""
    return next(
        (step for step in reversed(trace.steps) if step.source is not None and not step.source.is_library), None
    )


def own_question(trace: Trace) -> Span | None:
    """What the user's own innermost code asks for, where a library stands between it and the answer."""
    step = _own_step(trace)
    libraries = any(step.source is not None and step.source.is_library for step in trace.steps)
    return asked_for(trace, step) if step is not None and libraries else None


def about_config(trace: Trace) -> str | None:
    """What to do where the names in a module depend on `config`, which is made from all modules' names."""
    step, asked = _own_step(trace), own_question(trace)
    if step is None or step.source is None or asked is None or not text_of(asked).startswith("config."):
        return None
    outline = trace.outlines.of(step.source)
    number = outline.find(asked)
    for each in outline.upward(number):
        role, parent = outline.role(each), outline.parents[each]
        if role.kind == "attribute" and role.name == "imports":
            return "what is imported cannot depend on config: import it always, and let mkIf in it decide"
        around = outline.nodes[parent] if parent >= 0 else None
        is_choice = isinstance(around, nodes.If) and role.kind == "condition" and _gives_sets(around)
        is_optional = role.kind == "argument" and role.name.endswith("optionalAttrs")
        if is_choice or is_optional:
            return f"which names a module defines cannot depend on config: write mkIf {text_of(asked)} {{ … }}"
    return None


def _gives_sets(node: nodes.If) -> bool:
    return isinstance(node.then, nodes.AttributeSet) or isinstance(node.otherwise, nodes.AttributeSet)


def _named(trace: Trace, step: Step) -> Frame | None:
    """The name of the thunk that a step answers, with its place; None for other steps."""
    if step.kind == "file" and step.source is not None:
        whole = Span(step.source, 1, 1, 1, 1)
        return Frame(f"the file {step.source.name}" if step.source.is_file else "the expression", whole)
    if step.kind == "thunk" and step.source is not None:
        number = trace.root(step)
        if number < 0:
            return None
        outline = trace.outlines.of(step.source)
        return Frame(short_name(outline, number), outline.span_of(number))
    if step.kind == "inherited" and step.place is not None:
        span = place_span(step.place, trace.steps)
        return Frame(str(step.tells("name")), span)
    if step.kind == "forward":
        return _attribute_at(trace, position_of(step.cell))
    if step.kind == "applied":
        return _made_by_builtin(trace, step)
    return None


def _made_by_builtin(trace: Trace, step: Step) -> Frame:
    """What `mapAttrs` has put off, by the attribute's name; an element of `map` or `genList` has none."""
    name = step.tells("first") if step.tells("second", step) is not step else None
    return Frame(name if isinstance(name, str) else "an element", written_function(trace, step.tells("function")))


def _attribute_at(trace: Trace, position: tuple[str, int, int] | None) -> Frame | None:
    """The name of the attribute that is written at a position."""
    if position is None:
        return None
    file, line, column = position
    span = place_span((file, line, column, line, column), trace.steps)
    outline = trace.outlines.of(span.source)
    number = outline.named_at(line, column)
    return Frame(short_name(outline, number), outline.span_of(number)) if number >= 0 else None


def repeated_calls(trace: Trace) -> tuple[Frame, ...]:
    """One period of the calls that repeat at the end, outermost first; empty where they do not repeat."""
    steps = [step for step in trace.steps[-20 * MAX_PERIOD :] if step.kind in _CALLS]
    period = _period([step.identity for step in steps])
    if not period:
        return ()
    found: list[Frame] = []
    for step in steps[-period:]:
        if step.kind == "function":
            found.append(Frame(_function(step), trace.definition(step)))
    if not found:
        found = [frame for step in steps[-period:] if (frame := _named(trace, step)) is not None]
    if not found:
        found = [
            Frame(_TOLD[kind], told_at(step)) for step in steps[-period:] if (kind := kind_told(step.code)) in _TOLD
        ]
    # Where the period begins is an accident: it shall not depend on how deep the stack was.
    start = min(range(len(found)), key=lambda index: _order(found[index])) if found else 0
    found = found[start:] + found[:start]
    return (*found, found[0]) if found else ()


_TOLD = {"functor": "__functor", "set as a string": "__toString"}
"""What functions of the runtime stand for that call themselves by a set's attribute."""


def told_at(step: Step) -> Span | None:
    frame = told(step)
    return None if frame is None else frame.span


def _order(frame: Frame) -> tuple[int, int]:
    return (frame.span.line, frame.span.column) if frame.span is not None else (0, 0)


def _function(step: Step) -> str:
    name = code_info.bound_name(step.code.co_name)
    if name:
        return name
    place = code_info.head_of(step.code)
    return f"the function at {place[0]}:{place[1]}" if place else "a function"


_CALLS = ("function", "thunk", "builtin", "file", "told")
"""The steps that are looked at for what repeats."""


def _period(codes: list[Any]) -> int:
    """The shortest period of the end of a sequence that lasts for eight periods; 0 where there is none."""
    for period in range(1, MAX_PERIOD + 1):
        length = 8 * period
        if length > len(codes):
            return 0
        end = codes[-length:]
        if end[period:] == end[:-period]:
            return period
    return 0
