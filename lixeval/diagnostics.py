"""From a Python exception to a Nix error: where in the user's file, why, and by which way evaluation came there.

Compiled code carries the Nix file's own lines and columns, so Python's traceback already is the Nix trace: each entry
whose code was generated (its globals hold `NIX_SOURCE`) gives a span.  Unchecked selections fail with Python's own
KeyError and TypeError; `explained` turns these, if they come from generated code, into the errors they stand for.
Nothing here runs before something has failed.

`explained(error)` makes the LixevalError; `report(error)` makes the text that people read.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType

from lixeval.errors import (
    AssertionFailed,
    BadArguments,
    EvalError,
    Frame,
    InfiniteRecursion,
    LixevalError,
    MissingAttribute,
    StackOverflow,
)
from lixeval.runtime.faults import expected
from lixeval.source import Source, Span, excerpt

SOURCE = "NIX_SOURCE"
"""The global of compiled code that holds its `Source`, and so marks it as generated."""

MAX_FRAMES = 40


def explained(error: BaseException) -> LixevalError | None:
    """The Nix error that an exception from evaluation stands for, with span and trace; None if it is a bug of ours."""
    generated = list(_generated_entries(error.__traceback__))
    nix_error = _translated(error, generated)
    if nix_error is None or not isinstance(nix_error, EvalError):
        return nix_error
    if nix_error.span is None and nix_error.place is not None:
        nix_error.span = _span_of_place(nix_error, generated)
    if nix_error.span is None and generated:
        nix_error.span = _span(generated[-1])
    _complete_message(nix_error, generated)
    if not nix_error.trace:
        nix_error.trace = _trace(generated, nix_error.span)
    return nix_error


def _generated_entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """The entries of a traceback whose code was compiled from Nix, outermost first."""
    while traceback is not None:
        if SOURCE in traceback.tb_frame.f_globals:
            yield traceback
        traceback = traceback.tb_next


def _translated(error: BaseException, generated: list[TracebackType]) -> LixevalError | None:
    if isinstance(error, LixevalError):
        return error
    if isinstance(error, RecursionError | MemoryError):
        overflow = StackOverflow("stack overflow; max-call-depth exceeded")
        overflow.__traceback__ = error.__traceback__
        return overflow
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or not generated or last is not generated[-1]:
        return None
    if isinstance(error, KeyError):
        container = _selected_from(last)
        missing = MissingAttribute(f"attribute '{error.args[0]}' missing")
        missing.name = str(error.args[0])
        missing.present = tuple(container) if isinstance(container, dict) else ()
        return missing
    if isinstance(error, TypeError):
        return expected("a set", _selected_from(last))
    return None


def _selected_from(entry: TracebackType) -> object:
    """The value that the failed `value["name"]` selected from: the variable loaded before the key."""
    previous: list[dis.Instruction] = []
    for instruction in dis.get_instructions(entry.tb_frame.f_code):
        if instruction.offset == entry.tb_lasti:
            break
        previous.append(instruction)
    for instruction in reversed(previous[-4:]):
        if instruction.opname.startswith("LOAD_") and isinstance(instruction.argval, str):
            name = instruction.argval
            if name in entry.tb_frame.f_locals:
                return entry.tb_frame.f_locals[name]
    return None


# Places


def _source(entry: TracebackType) -> Source:
    source: Source = entry.tb_frame.f_globals[SOURCE]
    return source


def _span(entry: TracebackType) -> Span | None:
    return span_in_code(_source(entry), entry.tb_frame.f_code, entry.tb_lasti)


def span_in_code(source: Source, code: CodeType, instruction: int) -> Span | None:
    """The span of the instruction at a byte offset of compiled code."""
    for index, (line, end_line, column, end_column) in enumerate(code.co_positions()):
        if index * 2 == instruction:
            if line is None or end_line is None or column is None or end_column is None:
                return None
            return Span(source, line, column + 1, end_line, end_column + 1)
    return None


def _span_of_place(error: EvalError, generated: list[TracebackType]) -> Span | None:
    assert error.place is not None
    file, *numbers = error.place
    for entry in reversed(generated):
        if _source(entry).name == file:
            return Span(_source(entry), *numbers)
    return Span(_read_source(file), *numbers)


def _read_source(file: str) -> Source:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape", newline="") as stream:
            return Source(file, stream.read())
    except (OSError, ValueError):
        return Source(file, "")


# Messages


def _complete_message(error: EvalError, generated: list[TracebackType]) -> None:
    """What only the source text can tell: the asserted condition, the function's name, what was perhaps meant."""
    if isinstance(error, AssertionFailed) and not error.message and error.span is not None:
        error.message = f"assertion '{_text_of(error.span)}' failed"
    elif isinstance(error, BadArguments) and not error.message.startswith("function"):
        name = _function_name(generated[-1].tb_frame) if generated else "anonymous lambda"
        error.message = f"function '{name}' {error.message}"
        error.hint = error.hint or did_you_mean(error.name, error.known)
    elif isinstance(error, MissingAttribute):
        error.hint = error.hint or did_you_mean(error.name, error.present)
    elif isinstance(error, InfiniteRecursion):
        chain = _cycle(generated)
        if chain:
            error.hint = error.hint or "the value needs itself: " + " -> ".join(chain)
    error.args = (error.message,)


def _text_of(span: Span) -> str:
    lines = [span.source.line(number) for number in range(span.line, span.end_line + 1)]
    if not lines:
        return ""
    encoded = [line.encode("utf-8", "surrogateescape") for line in lines]
    encoded[-1] = encoded[-1][: span.end_column - 1]
    encoded[0] = encoded[0][span.column - 1 :]
    return " ".join(part.decode("utf-8", "replace").strip() for part in encoded)


def _function_name(frame: FrameType) -> str:
    name = nix_name(frame.f_code.co_name)
    return "anonymous lambda" if name == "lambda" else name


def nix_name(python_name: str) -> str:
    """The Nix name that a generated variable or function was made from."""
    return python_name.rpartition("_")[0] or python_name


def did_you_mean(name: str, candidates: tuple[str, ...]) -> str | None:
    """Up to three names that resemble the one that was written."""
    import difflib

    close = difflib.get_close_matches(name, candidates[:5000], n=3, cutoff=0.6)
    if not close:
        return None
    if len(close) == 1:
        return f"did you mean {close[0]}?"
    return f"did you mean {', '.join(close[:-1])} or {close[-1]}?"


def _cycle(generated: list[TracebackType]) -> list[str]:
    """The thunks between the two forcings of one cell: what needs what, from the value back to itself."""
    if not generated:
        return []
    # The cell that was forced twice is the one whose unit's code is running and is asked for again.
    cells = [
        entry for entry in generated if "c" in entry.tb_frame.f_locals and entry.tb_frame.f_code.co_name[:2] == "T_"
    ]
    names: list[str] = []
    for entry in cells[-12:]:
        span = _span(entry)
        if span is not None:
            names.append(_text_of(span)[:40])
    return names if len(names) <= 12 else names[-12:]


def _trace(generated: list[TracebackType], error_span: Span | None) -> list[Frame]:
    """The way to the error, innermost first: one line for each place, repeated ones left out."""
    frames: list[Frame] = []
    seen: set[tuple[str, int, int]] = set()
    if error_span is not None:
        seen.add((error_span.source.name, error_span.line, error_span.column))
    for entry in reversed(generated[-400:]):
        span = _span(entry)
        if span is None or (span.source.name, span.line, span.column) in seen:
            continue
        seen.add((span.source.name, span.line, span.column))
        frames.append(Frame(_doing(entry.tb_frame.f_code.co_name), span))
        if len(frames) >= MAX_FRAMES:
            break
    return frames


def _doing(code_name: str) -> str:
    name = nix_name(code_name)
    if code_name.startswith("T_"):
        return "while evaluating"
    if code_name == "ROOT":
        return "while evaluating the file"
    return "while calling an anonymous function" if name == "lambda" else f"while calling '{name}'"


# The text that people read


def report(error: LixevalError, *, show_trace: bool = False) -> str:
    """The error as lines of text: message, the user's line with the span underlined, the trace, the hint."""
    lines = [f"error: {error.message}"]
    if error.span is not None:
        lines += [f"       at {error.span}:", *("     " + line for line in excerpt(error.span).split("\n"))]
    shown = error.trace if show_trace else error.trace[:3]
    for frame in shown:
        lines.append(f"       … {frame.message}")
        if frame.span is not None:
            lines.append(f"         at {frame.span}")
    if len(error.trace) > len(shown):
        lines.append(f"       … {len(error.trace) - len(shown)} more (--show-trace shows them)")
    if error.hint:
        lines.append(f"       hint: {error.hint}")
    return "\n".join(lines)


def is_internal(error: BaseException) -> bool:
    """Whether an exception is a bug of lixeval rather than an error of the input."""
    return not isinstance(error, LixevalError | KeyboardInterrupt | SystemExit)


__all__ = [
    "SOURCE",
    "did_you_mean",
    "explained",
    "is_internal",
    "nix_name",
    "report",
    "span_in_code",
]
