"""Lines that move at the bottom of a terminal: a name, a bar, what is to be said now, a clock.

No line is ever wider than the terminal, whatever is in it: the name and the clock stay, what is said is cut.  rich
draws them, and is imported when the first line is needed.
"""

from __future__ import annotations

import os
import re
import sys

from lixeval.cli.output import terminal
from lixeval.cli.output.wording import clean
from lixeval.system.terminal_text import drawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONTROL_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_LONGEST_SAID = 400
_NARROWEST = 20


def one_line(text: str) -> str:
    """A line of anybody's log without what steers a terminal; of what was overwritten in place only the last."""
    last = _CONTROL_SEQUENCE.sub("", text[-4 * _LONGEST_SAID :]).expandtabs().strip().rpartition("\r")[2]
    return clean(last)[:_LONGEST_SAID]


class LiveLines:
    """The lines; each has a key.  Nothing is drawn before the first line is there, and nothing is left at the end."""

    def __init__(self) -> None:
        self._progress: Any = None
        self._tasks: dict[str, Any] = {}

    @property
    def is_shown(self) -> bool:
        """Whether anything is drawn."""
        return self._progress is not None

    def add(self, key: str, name: str, *, total: float | None = None, said: str = "") -> None:
        """A line more; without a `total` its bar only moves."""
        if self._progress is None:
            self._progress = _progress(_room())
            self._progress.start()
            terminal.show(self)
        self._fit()
        if key in self._tasks:
            self._progress.reset(self._tasks[key], total=total, description=one_line(name), said=one_line(said))
        else:
            self._tasks[key] = self._progress.add_task(one_line(name), total=total, said=one_line(said))

    def update(self, key: str, *, completed: float | None = None, said: str | None = None) -> None:
        """How far it is, and what it says."""
        task = self._tasks.get(key)
        if task is not None:
            self._fit()
            fields = {} if said is None else {"said": one_line(said)}
            self._progress.update(task, completed=completed, **fields)

    def _fit(self) -> None:
        room = _room()
        if room is not None:
            self._progress.console.width = room

    def remove(self, key: str) -> None:
        """A line less."""
        task = self._tasks.pop(key, None)
        if task is not None:
            self._progress.remove_task(task)

    def speed(self, key: str) -> float | None:
        """How much is done in a second, if that can be told yet."""
        task = self._tasks.get(key)
        found: float | None = None if task is None else self._progress.tasks[self._progress.task_ids.index(task)].speed
        return found

    def say(self, text: str) -> None:
        """A line that stays, above those that move, if there are any."""
        if self._progress is None:
            terminal.say(text)
        else:
            shown = terminal.said(text, sys.stderr)
            self._progress.console.print(shown, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take everything off the terminal."""
        if self._progress is not None:
            progress, self._progress = self._progress, None
            self._tasks.clear()
            progress.stop()
            terminal.hide(self)


def _room() -> int | None:
    """How wide lines may be, by the terminal itself, whatever COLUMNS says; None where it does not tell.

    Lines end before the terminal does: the ^C that it prints must not begin a line of its own.
    """
    try:
        columns = os.get_terminal_size(2).columns
    except OSError:
        return None
    return max(_NARROWEST, columns - len("^C ")) if columns else None


def _progress(room: int | None) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    console = Console(file=drawn(sys.stderr), width=room)
    wide = console.width >= 100
    longest = 40 if wide else max(12, console.width * 2 // 5)
    return Progress(
        SpinnerColumn(),
        TextColumn(
            "{task.description}",
            markup=False,
            table_column=Column(no_wrap=True, overflow="ellipsis", max_width=longest),
        ),
        BarColumn(bar_width=24 if wide else 10),
        TextColumn(
            "{task.fields[said]}",
            style="dim",
            markup=False,
            table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
        ),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        expand=True,
    )
