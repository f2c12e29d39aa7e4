"""An explained error as the text that people read, or as JSON for programs.

    error: MESSAGE  [CODE]
           at FILE:LINE:COLUMN:
              1| the line before
              2| the user's own line
               |     ^^^^ underlined
              3| the line behind
           hint: what to do
           … how evaluation came there, innermost first
             at FILE:LINE:COLUMN

Whatever comes from the input is made printable first: a message may hold escape sequences for the terminal.
"""

from __future__ import annotations

from lixeval.errors import Frame, InfiniteRecursion, LixevalError, StackOverflow
from lixeval.source import Span, excerpt, printable
from lixeval.system.network import without_passwords
from lixeval.system.terminal_text import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHORT = 4
"""How many lines of the trace are shown without --show-trace."""


def report(error: LixevalError, *, show_trace: bool = False) -> str:
    """The error as lines of text; without `show_trace` only the first lines of the trace and those always shown."""
    lines = [*_headline(error)]
    if error.span is not None:
        lines += _place(error.span, context=1)
    if error.hint:
        lines.append(f"       hint: {safe(error.hint)}")
    lines += _cycle(error)
    left_out = 0
    shown = error.span
    for number, frame in enumerate(error.trace):
        if show_trace or number < SHORT or frame.always:
            lines += _frame(frame, shown, with_excerpt=show_trace or (frame.always and frame.span is not None))
            shown = frame.span or shown
        else:
            left_out += 1
    if left_out:
        lines.append("       (--show-trace shows all of the trace)")
    return "\n".join(lines)


def safe(text: str) -> str:
    """A text without control characters, except newlines, behind which it is indented."""
    return "\n       ".join(visible(text).split("\n"))


def _headline(error: LixevalError) -> list[str]:
    """The message, and the code behind its last line: the message of several lines is searched by scripts."""
    lines = [line.rstrip() for line in visible(without_passwords(error.message.rstrip())).split("\n")]
    lines[-1] += f"  [{error.code}]"
    return [f"error: {lines[0]}", *(f"       {line}".rstrip() for line in lines[1:])]


def _place(span: Span, *, context: int) -> list[str]:
    return [
        f"       at {printable(str(span))}:",
        *("     " + line for line in excerpt(span, context).split("\n")),
    ]


def _frame(frame: Frame, shown: Span | None, *, with_excerpt: bool) -> list[str]:
    """A line of the trace; its place, unless it is the one `shown` just before."""
    lines = [f"       … {safe(frame.message)}"]
    if frame.span is not None and frame.span != shown:
        lines.append(f"         at {printable(str(frame.span))}" + (":" if with_excerpt else ""))
        if with_excerpt:
            lines += ["       " + line for line in excerpt(frame.span, 0).split("\n")]
    return lines


def _cycle(error: LixevalError) -> list[str]:
    """The chain of a recursion, and where its members are."""
    if not isinstance(error, InfiniteRecursion | StackOverflow) or not error.cycle:
        return []
    what = "needs itself" if isinstance(error, InfiniteRecursion) else "calls without end"
    names = [printable(frame.message) for frame in error.cycle]
    lines = [f"       {what}: {' -> '.join(names)}"]
    width = max(map(len, names))
    for name, frame in zip(names[:-1], error.cycle, strict=False):
        if frame.span is not None:
            lines.append(f"         {name:<{width}}  at {printable(str(frame.span))}")
    return lines


# JSON


def as_json(error: LixevalError) -> str:
    """The error as one JSON object on one line; bytes that are no UTF-8 appear as U+FFFD."""
    made: dict[str, Any] = {
        "code": error.code,
        "kind": type(error).__name__,
        "message": without_passwords(error.message),
        "span": span_json(error.span),
        "excerpt": None if error.span is None else excerpt(error.span),
        "hint": error.hint,
        "trace": [_frame_json(frame) for frame in error.trace],
    }
    if isinstance(error, InfiniteRecursion | StackOverflow):
        made["cycle"] = [_frame_json(frame) for frame in error.cycle]
    import json  # which people never read

    text = json.dumps(made, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")


def _frame_json(frame: Frame) -> dict[str, Any]:
    return {"message": frame.message, "span": span_json(frame.span)}


def span_json(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {
        "file": span.source.shown,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


LixevalError.presentation = (report, as_json)
