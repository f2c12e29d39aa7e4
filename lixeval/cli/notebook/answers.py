"""What cells come to: the REPL's session, asked by lines of a cell; knows nothing of Jupyter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lixeval.cli.options import Options
from lixeval.cli.repl.session import Alone, Session
from lixeval.cli.workspace import make_workspace
from lixeval.diagnostics import explained, report
from lixeval.environment.configuration import configured
from lixeval.errors import SystemFailure, UsageError
from lixeval.evaluation.remembered.unrecorded import Unrecorded
from lixeval.system.terminal_text import visible

STEPS = ":steps"

_GOES_ON = re.compile(r"\s|$|[)}\];,?]|[-+*](\s|\+)|//?\s|[<>]=?\s|&&|\|\||->|==|!=|\.[a-zA-Z_\"$]|(then|else|in|or)\b")
"""How a line begins that belongs to what stands above it."""


@dataclass
class Answered:
    """What one line came to: `text`, perhaps a `page` of HTML, or an `error`: its kind, message and report.

    Some of those who show it are terminals, which would obey what others have written (`system.terminal_text`).
    """

    text: str = ""
    page: str | None = None
    error: tuple[str, str, str] | None = None


class _Said(Unrecorded):
    """Lines that evaluation says go into the notebook."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def say(self, text: str) -> None:
        self._say(visible(text))


class NotebookSession:
    """The variables of one notebook."""

    def __init__(self, say: Callable[[str], None]) -> None:
        options = Options()
        options.quiet = True
        options.settings = configured()
        options.settle()
        recording = _Said(say)
        self._session = Session(
            Alone(lambda: make_workspace(options, write_store=True, faithful=True, recording=recording))
        )

    def answers(self, code: str) -> Iterator[Answered]:
        """What each line comes to; nothing behind the first error is tried."""
        for line in self._lines(code):
            try:
                yield self._answer(line)
            except KeyboardInterrupt:
                yield Answered(error=("KeyboardInterrupt", "interrupted", "error: interrupted"))
                return
            except Exception as error:
                told = explained(error)
                if told is None and isinstance(error, OSError):
                    told = SystemFailure.of(error)
                if told is None:
                    raise
                text = report(told, show_trace=self._session.show_trace)
                yield Answered(error=(type(told).__name__, visible(told.message), visible(text)))
                return

    def completions(self, before: str, word: str) -> Iterator[str]:
        """Texts that could stand in place of `word`, with which `before` ends."""
        if word.startswith(":"):
            yield from sorted(command for command in {*self._session.commands, STEPS} if command.startswith(word))
        else:
            yield from self._session.completions(before)

    def documentation(self, name: str) -> str:
        """The manual of the builtin that is meant; empty where there is none."""
        try:
            return visible(self._session.answer(f":doc {name}")) if name else ""
        except Exception:
            return ""  # what has no manual is no error of a cell

    def is_unfinished(self, code: str) -> bool:
        """Whether a cell is the beginning of something longer."""
        return self._session.is_unfinished(code)

    def _answer(self, line: str) -> Answered:
        command, _, rest = line.strip().partition(" ")
        if command == STEPS:
            return self._steps(rest.strip())
        return Answered(visible(self._session.answer(line)))

    def _steps(self, text: str) -> Answered:
        """The recorded run of an expression."""
        from lixeval.cli.output.story import cut
        from lixeval.cli.repl.explaining import record_of
        from lixeval.site.story_page import page_of

        if not text:
            raise UsageError("':steps' needs an expression", hint=":? lists the commands")
        record = record_of(self._session.workspace, self._session.rebuilt, text)
        return Answered(f"{len(record['steps'])} steps", page_of(record, cut(" ".join(text.split()), 80)))

    def _lines(self, code: str) -> Iterator[str]:
        """The cell's expressions, bindings and commands: a line goes on where the one before is unfinished, or where it
        cannot begin one: it is indented, or begins with an operator.
        """
        text = ""
        for line in code.splitlines():
            if text and not _GOES_ON.match(line) and not self._session.is_unfinished(text):
                yield text
                text = ""
            text += f"\n{line}" if text else line
            text = text if text.strip() else ""
        if text:
            yield text
