"""From a Python exception to a Nix error: where in the user's file, why, and by which way evaluation came there.

    exception + traceback -> steps -> blame, cycle, trace, hint -> LixevalError -> text or JSON

Compiled code carries the Nix file's own lines and columns, so Python's traceback already is the Nix trace (`steps`);
what stands at a place is read from the source again (`outline`, `roles`), and said (`wording`, `tellers`).  What
Python's frames hold is asked by what it means (`runtime.frames`, `runtime.code_info`), never by a variable's name.

`blame` chooses the place to name first: the expression whose value was refused (`refusals`), where that was written
(`origins`, `about_derivations`), or, where a library complains, what of the user's it is about (`complaints`, for
options `definitions`).  `cycles` names what needs itself, `suggestions`, `option_names` and `package_set` what was
perhaps meant; `translation` turns Python's own KeyError and TypeError, with which unchecked selections fail, into the
errors they stand for.  Nothing here runs before something has failed.

`explained(error)` makes the LixevalError; `presentation` the text that people read, and the JSON that programs read.
"""

from __future__ import annotations

from itertools import islice

from lixeval.diagnostics.blame import blamed, innermost_own
from lixeval.diagnostics.cycles import about_config, asked_again, repeated_calls, thunk_cycle
from lixeval.diagnostics.outline import Outlines
from lixeval.diagnostics.presentation import SHORT, as_json, report
from lixeval.diagnostics.steps import inside_of, span_in_code, steps_of
from lixeval.diagnostics.translation import complete_message, translated
from lixeval.diagnostics.wording import Trace
from lixeval.errors import (
    AssertionFailed,
    BadArguments,
    EvalError,
    Frame,
    InfiniteRecursion,
    LixevalError,
    NixSyntaxError,
    StackOverflow,
)
from lixeval.system.deep_stack import SHALLOW, let_go

MAX_FRAMES = 1000
"""No trace is longer than this."""


def explained(error: BaseException, *, frames: int = MAX_FRAMES) -> LixevalError | None:
    """The Nix error that an exception from evaluation stands for, with span and trace; None if it is a bug of ours.

    `frames` limits the trace; making it costs a parse of each file that it mentions.
    """
    nix_error = _nix_error(error, frames)
    if nix_error is not None and (SHALLOW or isinstance(nix_error, StackOverflow)):
        # A million entries, each with its frame: nobody shall keep them.
        let_go(error)
        let_go(nix_error)
    return nix_error


def _nix_error(error: BaseException, frames: int) -> LixevalError | None:
    steps = steps_of(error.__traceback__)
    nix_error = translated(error, steps)
    if nix_error is not None and not nix_error.is_explained:
        nix_error.is_explained = True
        try:
            inside = inside_of(error.__traceback__, steps[-1] if steps else None)
            _explain(nix_error, error, Trace(steps, Outlines(), inside), frames)
        except Exception as failure:  # the error itself shall be seen, whatever is wrong with explaining it
            nix_error.trace.append(Frame(f"the way to this error cannot be told: {failure!r}", always=True))
    return nix_error


def message_of(error: BaseException) -> str | None:
    """What went wrong, and neither where nor how it came to that; None if it is a bug of ours.

    For who has thousands of errors to list: no file is read again, unless to quote what an assertion asserts.
    """
    steps = steps_of(error.__traceback__)
    nix_error = translated(error, steps)
    if isinstance(nix_error, AssertionFailed | BadArguments) and not nix_error.is_explained:
        complete_message(nix_error, Trace(steps, Outlines(), []))
    return None if nix_error is None else nix_error.message


def _explain(nix_error: LixevalError, error: BaseException, trace: Trace, frames: int) -> None:
    if isinstance(nix_error, NixSyntaxError):
        _explain_syntax(nix_error, trace)
    elif isinstance(nix_error, EvalError):
        _explain_evaluation(nix_error, error, trace)
    nix_error.trace += _way(trace, frames)


def _explain_evaluation(nix_error: EvalError, error: BaseException, trace: Trace) -> None:
    span, behind = blamed(nix_error, trace)
    nix_error.span = span
    nix_error.trace[:0] = behind
    if isinstance(nix_error, InfiniteRecursion) and not nix_error.cycle:
        nix_error.cycle = thunk_cycle(trace, asked_again(error.__traceback__))
        nix_error.hint = nix_error.hint or about_config(trace)
    elif isinstance(nix_error, StackOverflow) and not nix_error.cycle:
        nix_error.cycle = repeated_calls(trace)
    complete_message(nix_error, trace)


def _explain_syntax(error: NixSyntaxError, trace: Trace) -> None:
    """The place of the mistake comes first, then the one where the parser noticed."""
    span = error.span
    if span is None:
        return
    _, dot, ending = span.source.name.rpartition("/")[2].rpartition(".")
    imported = innermost_own(trace)
    if dot and ending not in ("nix", "in") and imported is not None and imported.source is not span.source:
        error.span, error.culprit = imported, None
        error.trace.insert(0, Frame("the file is no Nix", span, always=True))
        error.hint = f"'import' reads Nix: use {READERS.get(ending, 'builtins.readFile …')}"
    elif error.culprit is not None and error.culprit != span:
        error.span, error.culprit = error.culprit, None
        same = (span.line, span.column) == (error.span.line, error.span.column)
        if same or error.code != "E0101":
            return
        error.trace.insert(0, Frame("the parser noticed here", span, always=True))


READERS = {
    "json": "builtins.fromJSON (builtins.readFile …)",
    "toml": "builtins.fromTOML (builtins.readFile …)",
    "yaml": "builtins.fromJSON, once it is JSON",
    "yml": "builtins.fromJSON, once it is JSON",
}
"""What reads files that are sometimes imported by mistake, by their endings."""


def _way(trace: Trace, frames: int) -> list[Frame]:
    """The trace, innermost first; what a program asked to be told is in it however short it is to be."""
    way = list(islice(trace.frames(), frames))
    called = next((frame for frame in way if frame.is_call and frame.span and not frame.span.source.is_library), None)
    if called is not None:
        # Whoever wrote the function that has failed is to see who called it, whatever else is left out.
        called.always = called.always or called not in way[:SHORT]
    if len(way) == frames:
        known = {id(frame) for frame in way}
        texts = {frame.message for frame in way if frame.always}
        way += [frame for frame in trace.told() if id(frame) not in known and frame.message not in texts]
    return way


def is_internal(error: BaseException) -> bool:
    """Whether an exception is a bug of lixeval rather than an error of the input."""
    return not isinstance(error, LixevalError | KeyboardInterrupt | SystemExit)


__all__ = [
    "MAX_FRAMES",
    "as_json",
    "explained",
    "is_internal",
    "message_of",
    "report",
    "span_in_code",
]
