"""Steps as the lines of a trace: what was being evaluated, called or looked up, and where; innermost first.

A step of compiled code gives several lines: what the expression that failed is to those around it (the condition of
an `if`, an operand of `//`, …), and at last what the code as a whole is: an attribute's value, a function called.
"""

from __future__ import annotations

from types import FrameType

from lixeval.builtins.table import INDEX
from lixeval.diagnostics.outline import Outline, Outlines
from lixeval.diagnostics.roles import Role
from lixeval.diagnostics.steps import Step
from lixeval.diagnostics.tellers import TELLERS, source_of_file
from lixeval.errors import Frame, Place
from lixeval.runtime import code_info
from lixeval.runtime.builtin import NAMES
from lixeval.runtime.code_info import written_place
from lixeval.runtime.frames import kind_told
from lixeval.runtime.printing import is_primop, is_primop_application
from lixeval.runtime.values import FUNCTION_TYPES, waiting_code
from lixeval.source import Source, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Trace:
    """The steps of one failure, and the words for them."""

    def __init__(self, steps: list[Step], outlines: Outlines, inside: list[FrameType] | None = None) -> None:
        self.steps = steps
        self.outlines = outlines
        self.inside = inside or []
        """Python's frames below the last step, outermost first: the inside of the runtime or of a builtin."""

    def frames(self) -> Iterator[Frame]:
        """All lines, innermost first; lines that repeat are counted and left out."""
        seen: set[tuple[str, Span | None]] = set()
        omitted = 0
        for frame in self._all():
            key = (frame.message, frame.span)
            if key in seen:
                omitted += 1
                continue
            if omitted:
                yield left_out(omitted)
                omitted = 0
                seen.clear()
            seen.add(key)
            yield frame
        if omitted:
            yield left_out(omitted)

    def _all(self) -> Iterator[Frame]:
        for index in range(len(self.steps) - 1, -1, -1):
            step = self.steps[index]
            if step.source is not None:
                yield from self._contexts(step)
            frame = self._event(index, step)
            if frame is not None:
                yield frame

    def told(self) -> Iterator[Frame]:
        """The lines that a program asked for: they are shown however short the trace is to be."""
        for step in reversed(self.steps):
            if step.kind == "told":
                frame = told(step)
                if frame is not None and frame.always:
                    yield frame

    # Within a step of compiled code

    def _contexts(self, step: Step) -> Iterator[Frame]:
        """What stands around the place at which a step was, as far as the step's own code reaches."""
        span = step.span
        if span is None or step.source is None:
            return
        outline = self.outlines.of(step.source)
        root = self.root(step)
        for number in outline.upward(outline.find(span)):
            if number == root:
                return
            role = outline.role(number)
            message = said(role)
            if message is not None:
                yield Frame(message, outline.span_of(number))
            name = builtin_in(role)
            call = outline.parents[number]
            if name and outline.calls_what_is_named(call):
                # That it was asked whether it is one, and its argument evaluated at once, is not to be seen.
                yield Frame(calling_builtin(name), outline.span_of(call))

    def root(self, step: Step) -> int:
        """The number of the node that a step's code is made from."""
        assert step.source is not None
        outline = self.outlines.of(step.source)
        if step.kind == "function":
            place = code_info.head_of(step.code)
            return outline.function_at(*place) if place else -1
        if step.kind == "file":
            return 0 if len(outline) else -1
        return -1 if step.extent is None else outline.spanning(*step.extent)

    # The call itself

    def _event(self, index: int, step: Step) -> Frame | None:
        match step.kind:
            case "told":
                frame = told(step)
                if frame is None and step.code in NAMES:
                    return self._builtin(index, step)
                return frame
            case "builtin":
                return self._builtin(index, step)
            case "function":
                name = code_info.bound_name(step.code.co_name)
                message = f"while calling '{name}'" if name else "while calling an anonymous function"
                site = self.call_site(index)
                return Frame(message, site or self.definition(step), is_call=site is not None)
            case "thunk":
                return self._thunk(step)
            case "file":
                assert step.source is not None
                return Frame(f"while evaluating the file '{step.source.shown}'") if step.source.is_file else None
            case "inherited" | "with":
                return self._lookup(step)
        return None

    def _builtin(self, index: int, step: Step) -> Frame | None:
        if NAMES[step.code] in ("throw", "abort"):
            return None  # the message says it
        return Frame(calling_builtin(NAMES[step.code]), self.call_site(index))

    def _thunk(self, step: Step) -> Frame | None:
        assert step.source is not None
        outline = self.outlines.of(step.source)
        number = self.root(step)
        if number < 0:
            return Frame("while evaluating an expression", step.span)
        message = said(outline.role(number))
        return None if message is None else Frame(message, outline.span_of(number))

    def _lookup(self, step: Step) -> Frame | None:
        name = step.tells("name")
        if name is None or step.place is None:
            return None
        how = "inherited attribute" if step.kind == "inherited" else "variable"
        return Frame(f"while evaluating the {how} '{name}'", self.span_of_place(step.place))

    def call_site(self, index: int) -> Span | None:
        """Where the call that a step is stands in compiled code; None where it was delayed (`map`)."""
        for outer in range(index - 1, -1, -1):
            step = self.steps[outer]
            if step.source is not None:
                return step.span
            if step.kind in ("applied", "computed", "forward"):
                return None
        return None

    def definition(self, step: Step) -> Span | None:
        """The head of the function that a step calls."""
        assert step.source is not None
        number = self.root(step)
        if number < 0:
            return None
        return self.outlines.of(step.source).head_of(number)

    def span_of_place(self, place: Place) -> Span:
        """The span of a place, in the source that the steps know, or else in the file."""
        return place_span(place, self.steps)


def left_out(count: int) -> Frame:
    return Frame(f"({count} repeated line{'' if count == 1 else 's'} left out)")


def place_span(place: Place, steps: list[Step]) -> Span:
    """The span of a place, in the source that the steps or their evaluation know, or else in the file as it is now."""
    file, *numbers = place
    on_the_way = [step.source for step in reversed(steps) if step.source is not None]
    texts = on_the_way[0].texts if on_the_way else None
    known = [*on_the_way, *(texts.own if texts is not None else ())]
    source = next((each for each in known if each.name == file), None)
    return Span(source if source is not None else source_of_file(file), *numbers)


def written_function(trace: Trace, function: object) -> Span | None:
    """Where a function of the language is written; None for any other value."""
    if function.__class__ not in FUNCTION_TYPES or is_primop(function) or is_primop_application(function):
        return None
    source = waiting_code(function).__globals__.get(code_info.SOURCE)
    if not isinstance(source, Source):
        return None
    file, place = written_place(function)
    if source.name != file:
        return None
    line, column = map(int, place.split(":"))
    outline = trace.outlines.of(source)
    number = outline.function_at(line, column)
    return outline.span_of(number) if number >= 0 else None


def told(step: Step) -> Frame | None:
    return TELLERS[kind_told(step.code)](step.frame)


def calling_builtin(name: str) -> str:
    return f"while calling the '{name}' builtin"


def builtin_in(role: Role) -> str:
    """The name of the builtin that an expression is perhaps an argument of; "" for none of which a trace tells."""
    if role.kind != "argument":
        return ""
    name = role.name.rpartition(" ")[2].rpartition(".")[2]
    return name if INDEX.get(name, ("", 0, ""))[1] and name not in _SAID_OTHERWISE else ""


_SAID_OTHERWISE = ("throw", "abort", "addErrorContext")


def said(role: Role) -> str | None:
    """What a trace says of an expression in a role."""
    match role.kind:
        case "attribute" | "variable":
            return f"while evaluating the {role.kind} '{role.name}'"
        case "argument":
            number, _, function = role.name.partition(" ")
            if function.endswith("addErrorContext"):
                return None
            called = f"'{function}'" if function else "a call"
            return f"while evaluating argument {number} of {called}"
        case "default":
            return f"while evaluating the default of the argument '{role.name}'"
        case "element":
            return f"while evaluating the list element at index {role.name}"
        case "operand":
            return f"in an operand of '{role.name}'"
    return _SAID.get(role.kind)


_SAID = {
    "source": "while evaluating the set that names are inherited from",
    "scope": "while evaluating the set of a 'with'",
    "part": "in an interpolation",
    "condition": "in the condition of an 'if'",
    "assertion": "in the condition of an 'assert'",
    "key": "in a computed attribute name",
}


def short_name(outline: Outline, number: int) -> str:
    """How a cycle names a thunk."""
    name = outline.qualified_name(number)
    if name:
        return name
    role = outline.role(number)
    if role.kind == "argument":
        index, _, function = role.name.partition(" ")
        return f"argument {index} of {function or 'a function'}"
    if role.kind == "source":
        return "the set inherited from"
    if role.kind == "scope":
        return "the set of the 'with'"
    text = " ".join(outline.text(outline.nodes[number]).split())
    return text if len(text) <= 40 else text[:39] + "…"
