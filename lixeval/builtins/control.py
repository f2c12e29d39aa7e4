"""When things are evaluated, and what happens when that fails (manual, "Built-in Functions": `seq`, `tryEval`,
`throw`, `trace`, …).

`tryEval` catches what a program can mean to happen (`throw`, `assert`, a `<name>` not found) and nothing else.
"""

from __future__ import annotations

from lixeval.errors import AbortError, CatchableError, EvalError, ThrownError
from lixeval.runtime.builtin import builtin
from lixeval.runtime.deep_forcing import force_deeply
from lixeval.runtime.frames import tells
from lixeval.runtime.showing import value_text
from lixeval.runtime.strings import CopyToStore, interpolate, text_of
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ALIKE, ContextString, Delayed, Value
from lixeval.system.deep_stack import SHALLOW, let_go

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.environment.settings import Settings


@builtin("seq")
def seq(first: Delayed, second: Delayed) -> Value:
    """The second argument, after the first has been forced (to weak head normal form).

    >>> builtins.seq [ (throw "not looked into") ] 1
    1
    """
    if first.__class__ is list:
        first[0](first)
    return second[0](second) if second.__class__ is list else second


@builtin("deepSeq")
def deep_seq(first: Delayed, second: Delayed) -> Value:
    """The second argument, after the first has been forced with everything in it.

    >>> builtins.deepSeq { a = [ 1 ]; } 2
    2
    """
    force_deeply(first)
    return second[0](second) if second.__class__ is list else second


@builtin("tryEval")
def try_eval(value: Delayed) -> Value:
    """`{ success = true; value = …; }`, or with `false` twice if forcing the value runs into `throw`, a failed `assert`
    or a `<name>` that is not found.  Other errors pass through.  Forces the value to weak head normal form.

    >>> [ (builtins.tryEval 1) (builtins.tryEval (throw "e")) (builtins.tryEval (assert false; 1)) ]
    [ { success = true; value = 1; } { success = false; value = false; } { success = false; value = false; } ]
    """
    cell = value
    try:
        if value.__class__ is list:
            value = value[0](value)
    except CatchableError as error:
        if SHALLOW:
            let_go(error)
        return {"success": False, "value": False}
    return {"success": True, "value": value if value.__class__ in ALIKE else cell}


@builtin("addErrorContext")
def add_error_context(message: Delayed, value: Delayed) -> Value:
    """The value; should forcing it fail, the error's trace gets the message, which is forced only then.

    >>> builtins.addErrorContext (throw "unused") 1
    1
    """
    if value.__class__ is not list:
        return value
    try:
        return value[0](value)
    except RecursionError:
        # No depth is left to evaluate a message.
        raise
    except Exception:  # whatever it is, it goes on its way; Ctrl-C needs no message
        text = text_of(interpolate(force(message), _no_copy))  # noqa: F841  read from the traceback (`diagnostics`)
        raise


tells(add_error_context, "context", text="text")


def _no_copy(path: str) -> str:
    """A path in a message stays where it is."""
    return path


@builtin("break")
def break_(value: Delayed) -> Value:
    """Its argument: where C++ Nix in its debugger stops, and does nothing otherwise.

    Forces the argument.

    >>> builtins.break 1
    1
    """
    return value[0](value) if value.__class__ is list else value


def _message_text(message: Delayed, copy_to_store: CopyToStore) -> str:
    """The text of a message, in which a path stands for its copy in the store."""
    if message.__class__ is list:
        message = message[0](message)
    return text_of(interpolate(message, copy_to_store))


@builtin("throw")
def throw(message: Delayed, *, copy_to_store: CopyToStore) -> Value:
    """Fails with a message; `tryEval` can catch it.  Forces the message.

    >>> (builtins.tryEval (throw "no")).success
    false
    """
    raise ThrownError(_message_text(message, copy_to_store))


@builtin("abort")
def abort(message: Delayed, *, copy_to_store: CopyToStore) -> Value:
    """Fails with a message; nothing can catch it.  Forces the message.

    >>> builtins.isFunction abort
    true
    """
    raise AbortError(f"evaluation aborted with the following error message: '{_message_text(message, copy_to_store)}'")


@builtin("trace")
def trace(message: Delayed, value: Delayed, *, say: Callable[[str], None], shows_states: Callable[[], None]) -> Value:
    """The second argument, after writing `trace: ` and the first to the error output: a string as it is, any other
    value as far as it is evaluated.  Forces both.

    >>> builtins.trace "here" 1
    1
    """
    if message.__class__ is list:
        message = message[0](message)
    if message.__class__ is dict or message.__class__ is tuple:
        shows_states()
    shown = text_of(message) if message.__class__ in (str, ContextString) else value_text(message)
    say(f"trace: {shown}")
    return value[0](value) if value.__class__ is list else value


@builtin("traceVerbose")
def trace_verbose(
    message: Delayed,
    value: Delayed,
    *,
    say: Callable[[str], None],
    shows_states: Callable[[], None],
    settings: Settings,
) -> Value:
    """`trace` if --trace-verbose is given; without it the second argument, the first not looked at.

    Forces the second argument.

    >>> builtins.traceVerbose (throw "unused") 1
    1
    """
    if settings.trace_verbose:
        return trace(message, value, say=say, shows_states=shows_states)
    return value[0](value) if value.__class__ is list else value


@builtin("warn")
def warn(message: Delayed, value: Delayed, *, say: Callable[[str], None], settings: Settings) -> Value:
    """The second argument, after writing a warning, which must be a string, to the error output.  Forces both.

    With --abort-on-warn, or where the environment has NIX_ABORT_ON_WARN=1, evaluation ends there.

    >>> builtins.warn "look out" 1
    1
    """
    label = "evaluation warning: "
    say(label + text_of(message).replace("\n", "\n" + " " * len(label)))
    if settings.abort_on_warn:
        raise EvalError("aborting to reveal stack trace of warning, as abort-on-warn is set")
    return value[0](value) if value.__class__ is list else value
