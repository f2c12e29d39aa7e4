"""`lixeval repl`: expressions one by one.

lines (terminal or pipe) -> session -> what it answers, or an error; and on to the next
"""

from __future__ import annotations

import os
import sys

from lixeval.cli import interrupted
from lixeval.cli.action import using_library
from lixeval.cli.opened import close_stores, opened
from lixeval.cli.output.errors import Manner, print_error
from lixeval.cli.output.terminal import wants_colour
from lixeval.cli.repl.session import Session
from lixeval.cli.repl.terminal import lines
from lixeval.cli.subcommand import read
from lixeval.cli.workspace import folders_of, make_workspace
from lixeval.diagnostics import explained
from lixeval.errors import SystemFailure
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.remembered.recall import known_surroundings
from lixeval.evaluation.remembered.unrecorded import Unrecorded
from lixeval.system.deep_stack import has_evaluated_its_last
from lixeval.system.terminal_text import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.cli.options import Options
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Value


def run(arguments: list[str]) -> int:
    """Answers lines until there are no more."""
    command = read("repl", arguments)
    options = command.options
    workspaces = _Workspaces(options)
    manner = Manner(arguments)
    session = Session(workspaces, show_trace=manner.show_trace, colours=wants_colour(sys.stdout))
    for word in options.files:
        _told(session, manner, lambda word=word: session.answer(f":l {word}"))  # type: ignore[misc]  # bound at once
    for text in options.expressions:
        _told(session, manner, lambda text=text: session.load(_of_text(text)))  # type: ignore[misc]  # likewise
    if sys.stdin.isatty():
        print("lixeval repl; :? lists the commands")
    for line in lines(session):
        _told(session, manner, lambda line=line: session.answer(line))  # type: ignore[misc]  # likewise
        if session.ended:
            break
    known = workspaces.recording.what_was_known()
    if options.verbose and known:
        tell(known)
    has_evaluated_its_last()
    workspaces.recording.keep_library()
    return 0


class _Workspaces:
    """What a session evaluates in: at first with what is known of the library of the files that are named."""

    def __init__(self, options: Options) -> None:
        self.recording = Unrecorded()
        self._options = options
        self._workspace: Workspace | None = None

    def first(self) -> Workspace:
        self.recording = using_library(self._options, known_surroundings(), is_session=True)
        return self._open()

    def without(self, error: BaseException) -> Workspace | None:
        return self._open() if self.recording.starts_again(error) else None

    def _open(self) -> Workspace:
        if self._workspace is not None:
            close_stores()
        self._workspace = make_workspace(self._options, write_store=True, faithful=True, recording=self.recording)
        self.recording.opened(self._workspace, folders_of(self._options.files))
        opened(self._workspace.store)
        return self._workspace


def _of_text(text: str) -> Callable[[Evaluator], Value]:
    return lambda evaluator: evaluator.text(text, os.getcwd())


def _told(session: Session, manner: Manner, answer: Callable[[], str]) -> None:
    """Prints what a line gives; an error is told, and the session goes on."""
    try:
        sys.stdout.write(answer())
        sys.stdout.flush()
    except KeyboardInterrupt:
        interrupted()
    except BrokenPipeError:
        raise
    except Exception as error:
        sys.stdout.flush()
        manner.show_trace = session.show_trace
        told = explained(error, frames=manner.frames)
        if told is None and isinstance(error, OSError):
            told = SystemFailure.of(error)
        if told is None:
            raise
        print_error(told, manner)
        sys.stderr.flush()
