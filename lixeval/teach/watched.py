"""A program evaluated to be told of: watched as far as the bounds allow, and then by nobody's eyes.

    watched up to `events`      most runs end within
    watched up to `told`        of a longer one only so much is told, so that its story is there at once
    unwatched, `rest` seconds   at full speed: what it comes to

A bound costs a bounded time, so a run that is longer than its story takes hardly longer than an unwatched one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from lixeval.errors import EvalError
from lixeval.evaluation.limits import Limits
from lixeval.evaluation.observer import Observer
from lixeval.runtime.deep_forcing import force_deeply
from lixeval.runtime.said import WALKS
from lixeval.runtime.thunks import force
from lixeval.system.deep_stack import SHALLOW, let_go
from lixeval.teach.attempts import attempt
from lixeval.teach.recorder import MOST_KEPT, Recorder, StoryEnds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.errors import LixevalError
    from lixeval.evaluation.evaluator import Evaluator
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Delayed, Value
    from lixeval.teach.values import Bounds

TOO_MUCH = ("E0406", "E0407")
"""The errors of runs that take more than they may."""


@dataclass
class Told:
    """A run that was recorded, and its value or error.

    `stopped` says which bound ended the recording ("" for none): "steps" or "memory"; `is_known` whether what the run
    comes to was found all the same.
    """

    evaluator: Evaluator
    recorder: Recorder
    value: Value
    error: LixevalError | None
    stopped: str = ""
    is_known: bool = True


def watched(
    open_workspace: Callable[[Observer], Workspace],
    value: Callable[[Workspace], Delayed],
    *,
    strict: bool,
    bounds: Bounds,
) -> Told:
    """What `value` does in a workspace that is opened to be watched."""
    recorder = Recorder(bounds.events)
    run = _Run(open_workspace(recorder), recorder.failed)
    run.take(value, strict=strict)
    if not recorder.full:
        return Told(run.evaluator, recorder, run.value, run.error)
    stopped, said = recorder.full, run.said
    if recorder.size > bounds.told:
        recorder = Recorder(bounds.told)
        run = _Run(open_workspace(recorder), recorder.failed, heard=sys.maxsize)
        run.take(value, strict=strict)
    if bounds.rest and not SHALLOW:  # without threads nobody could end it
        rest = _Run(open_workspace(_Unwatched(faithful=not strict)), heard=said)
        rest.workspace.limits = rest.workspace.limits or Limits(time=bounds.rest, busy=True)
        rest.take(value, strict=strict)
        if rest.error is None or rest.error.code not in TOO_MUCH:
            return Told(run.evaluator, recorder, rest.value, rest.error, stopped)
    return Told(run.evaluator, recorder, None, _not_known(stopped, bounds), stopped, is_known=False)


def _not_known(stopped: str, bounds: Bounds) -> EvalError:
    if stopped == "steps":
        return EvalError(f"the recorded run takes more than {bounds.events} steps", code="E0407")
    size = MOST_KEPT // 1_000_000
    return EvalError(f"the recorded run makes lists, sets and strings of more than {size} MB", code="E0407")


class _Unwatched(Observer):
    """Nobody; thunks are those of C++ Nix where it is to be seen how far a value is evaluated."""

    def __init__(self, *, faithful: bool) -> None:
        self.faithful = faithful


class _Run:
    """One evaluation; `failed` is told of its error, and of what it says the first `heard` lines have been said
    before.
    """

    def __init__(
        self, workspace: Workspace, failed: Callable[[BaseException], None] = lambda _: None, heard: int = 0
    ) -> None:
        self._failed = failed
        self.workspace = workspace
        self.evaluator = workspace.evaluator
        self.value: Value = None
        self.error: LixevalError | None = None
        self.said = 0
        usual = self.evaluator.services.say

        def say(text: str) -> None:
            self.said += 1
            if self.said > heard:
                usual(text)

        self.evaluator.services.say = say

    def take(self, value: Callable[[Workspace], Delayed], *, strict: bool) -> None:
        """Evaluates, as far as it is printed without --strict or whole."""

        def body() -> Value:
            WALKS.in_order = True  # nothing is told twice
            try:
                found = force(value(self.workspace))
                if strict:
                    force_deeply(found, self.evaluator.names_in_order)
            except BaseException as error:
                self._failed(error)
                raise
            return found

        try:
            self.value, self.error = attempt(self.workspace, body)
        except StoryEnds as end:
            let_go(end)
