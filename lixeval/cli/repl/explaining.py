"""What the REPL tells of evaluation: steps, who asked, who has set what, what is evaluated, what a string is made from.

A story is that of a run from the start: the session's variables are made anew by an evaluator that is watched.
"""

from __future__ import annotations

import os

from lixeval.cli.output.story import End, frames_text, rewriting_text
from lixeval.cli.output.terminal import width
from lixeval.errors import EvalError, UsageError
from lixeval.evaluation.auto_call import Arguments, split_path
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.printing import printed
from lixeval.runtime.values import ContextString, Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.evaluation.evaluator import Evaluator
    from lixeval.evaluation.observer import Observer
    from lixeval.runtime.values import Delayed, Value
    from lixeval.teach.record import Record

    Rebuild = Callable[[Evaluator], dict[str, Delayed]]

SMALL = 60
"""A story of at most so many lines is told as rewriting."""

_BLANK = Path("_")


def as_evaluated(scope: dict[str, Delayed], argument: str) -> str:
    """A variable, or an attribute of it, as far as it is evaluated: nothing is forced, `_` stands for the rest."""
    names = split_path(argument)
    if not names or names[0] not in scope:
        raise UsageError(f"':sprint' takes a variable, and '{argument}' is none", hint="NAME = EXPRESSION binds one")
    value = scope[names[0]]
    for name in names[1:]:
        known = _known(value)
        if known.__class__ is not dict or name not in known:
            return "_" if known is None else _missing(name)
        value = known[name]
    # What is not evaluated is shown as a path is, without quotes.
    return printed(value, lambda cell: _BLANK)


def _known(value: Delayed) -> Value:
    from lixeval.teach.provenance import known

    return known(value)


def _missing(name: str) -> str:
    raise EvalError(f"there is no attribute '{name}'")


def context(value: Value) -> str:
    """What a string was made from, a line each."""
    if value.__class__ is str:
        return "no context: it was made from no path and no derivation\n"
    if value.__class__ is not ContextString:
        raise EvalError("only strings have a context")
    lines = []
    for element in sorted(value.context):
        if element.startswith("!"):
            _, output, path = element.split("!", 2)
            lines.append(f"output {output} of {path}")
        elif element.startswith("="):
            lines.append(f"all of {element[1:]}, to be built from")
        else:
            lines.append(f"path {element}")
    return "\n".join(lines) + "\n"


def steps(workspace: Workspace, rebuild: Rebuild, text: str) -> str:
    """The story of an expression."""
    from lixeval.teach.rewriting import Rewriting

    record = record_of(workspace, rebuild, text)
    told = Rewriting(record, most=SMALL)
    wide = width()
    lines = list(rewriting_text(told, wide))
    if told.is_cut:
        lines = list(frames_text(record, 3, "", wide))
    return "\n".join([*lines, *End(record, wide).lines()]) + "\n"


def why(workspace: Workspace, rebuild: Rebuild, text: str) -> str:
    """Who asked for what fails in an expression."""
    record = record_of(workspace, rebuild, text)
    if "error" not in record["outcome"]:
        return "it does not fail\n"
    return "\n".join(End(record, width()).outcome()) + "\n"


def where(workspace: Workspace, rebuild: Rebuild, text: str) -> str:
    """Who has set the attribute at a path that begins with a variable."""
    from lixeval.cli.commands.where import answered, lines
    from lixeval.teach.tracing import Tracer

    if len(split_path(text)) < 2:
        raise UsageError("':where' takes an attribute of a variable: A.B", hint=":? lists the commands")
    tracer = Tracer()
    watched = _watched(workspace, tracer)

    def body() -> str:
        answer = answered(rebuild(watched.evaluator), text, Arguments(watched.evaluator, []), tracer)
        return "\n".join(lines(answer)) + "\n"

    try:
        return watched.evaluate(body)
    finally:
        watched.store.close()


def record_of(workspace: Workspace, rebuild: Rebuild, text: str) -> Record:
    """The record of an expression's run, the session's variables in its scope."""
    from lixeval.teach.record import recorded
    from lixeval.teach.values import REST, Bounds

    def value(watched: Workspace) -> Delayed:
        return watched.evaluator.text(text, os.getcwd(), rebuild(watched.evaluator))

    record = recorded(lambda watch: _watched(workspace, watch), value, bounds=Bounds(rest=REST))
    if not record["steps"]:
        # It has not even begun: the error says it all.
        workspace.evaluate(lambda: value(workspace))
    return record


def _watched(workspace: Workspace, watch: Observer) -> Workspace:
    """Another workspace like this one."""
    return Workspace(workspace.evaluator.settings, root=workspace.store.root, watch=watch)
