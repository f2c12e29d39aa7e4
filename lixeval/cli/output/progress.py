"""What builds show of themselves: a live display on a terminal, one line a step in a pipe.

Everything goes to stderr.  rich is imported when the first build starts on a terminal, and not before.
"""

from __future__ import annotations

import os
import sys

from lixeval.build.observer import BuildObserver
from lixeval.cli.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.build.plan import Plan
    from lixeval.errors import LixevalError


def observer_for(options: Options) -> BuildObserver:
    """The observer that fits where stderr goes."""
    if options.quiet:
        return BuildObserver()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not options.verbose:
        return LiveProgress(options)
    return PlainProgress(options)


def short(drv_path: str) -> str:
    """A derivation's name without folder, hash and suffix."""
    return os.path.basename(drv_path)[33:].removesuffix(".drv")


class PlainProgress(BuildObserver):
    """One line a step; with -v the builders' own lines too."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.total = 0
        self.done = 0
        self.told: set[str] = set()

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def plan(self, plan: Plan) -> None:
        self.total = len(plan.to_build)
        self.done = 0
        if self.options.dry_run:
            self.say(planned(plan))
        elif self.total:
            self.say(f"{self.total} derivation{'s' if self.total > 1 else ''} to build")

    def started(self, drv_path: str, pid: int) -> None:
        if self.options.verbose:
            self.say(f"building {drv_path}")

    def log_line(self, drv_path: str, line: str) -> None:
        if self.options.verbose:
            self.say(f"{short(drv_path)}> {line}")

    def finished(self, drv_path: str, seconds: float) -> None:
        self.done += 1
        self.say(f"[{self.done}/{self.total}] {short(drv_path)} ({seconds:.1f} s)")

    def failed(self, drv_path: str, error: LixevalError) -> None:
        self.say(f"[{self.done}/{self.total}] {short(drv_path)} failed")

    def message(self, text: str) -> None:
        # An evaluation may build many times, and each time is told how builders are isolated.
        if text not in self.told and (self.options.verbose or text.startswith("warning")):
            self.told.add(text)
            self.say(text)


def planned(plan: Plan) -> str:
    """What --dry-run says, in nix-build's words."""
    count = len(plan.to_build)
    if not count:
        return "nothing is to be built"
    head = "this derivation will be built:" if count == 1 else f"these {count} derivations will be built:"
    return "\n".join([head, *(f"  {path}" for path in plan.to_build)])


class LiveProgress(PlainProgress):
    """A bar over all builds, and a line with a clock for each that runs, with the last line of its log."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._progress: Any = None
        self._overall: Any = None
        self._tasks: dict[str, Any] = {}

    def say(self, text: str) -> None:
        if self._progress is not None:
            self._progress.console.print(text, markup=False, highlight=False)
        else:
            super().say(text)

    def plan(self, plan: Plan) -> None:
        self.total, self.done = len(plan.to_build), 0
        if self.options.dry_run:
            super().plan(plan)
        elif self.total:
            self._start()

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        if self._progress is None:
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[log]}", style="dim", markup=False),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.start()
        self._overall = self._progress.add_task("building", total=self.total, log=f"0 of {self.total}")

    def started(self, drv_path: str, pid: int) -> None:
        self._tasks[drv_path] = self._progress.add_task(f"  {short(drv_path)}", total=None, log="")

    def log_line(self, drv_path: str, line: str) -> None:
        task = self._tasks.get(drv_path)
        if task is not None:
            self._progress.update(task, log=line.strip()[:60])

    def _end(self, drv_path: str) -> None:
        task = self._tasks.pop(drv_path, None)
        if task is not None:
            self._progress.remove_task(task)
        self._progress.update(self._overall, advance=1, log=f"{self.done} of {self.total}")
        if not self._tasks and self.done >= self.total:
            self.close()

    def finished(self, drv_path: str, seconds: float) -> None:
        self.done += 1
        self._end(drv_path)

    def failed(self, drv_path: str, error: LixevalError) -> None:
        self._end(drv_path)
        self.close()

    def close(self) -> None:
        """Takes the display off the terminal."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
