"""What builds show of themselves: a live display on a terminal, one line a step in a pipe.

Everything goes to stderr.  rich is imported when the first build starts on a terminal, and not before.
"""

from __future__ import annotations

import os
import sys

from lixeval.build.observer import BuildObserver
from lixeval.cli.options import Options
from lixeval.cli.output import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.build.plan import Plan
    from lixeval.errors import LixevalError


_ALL = "all"
"""The key of the line over all builds."""


def observer_for(options: Options) -> BuildObserver:
    """The observer that fits where stderr goes."""
    if options.quiet:
        return BuildObserver()
    if terminal.is_drawable(sys.stderr) and options.log_format != "raw" and not options.verbose:
        return LiveProgress(options)
    return PlainProgress(options)


def short(drv_path: str) -> str:
    """A derivation's name without folder, hash and suffix."""
    return os.path.basename(drv_path)[33:].removesuffix(".drv")


class PlainProgress(BuildObserver):
    """One line a step; with -v or -L the builders' own lines too."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.total = 0
        self.done = 0
        self.told: set[str] = set()

    def say(self, text: str) -> None:
        print(terminal.said(text, sys.stderr), file=sys.stderr, flush=True)

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
        if _wants_logs(self.options):
            self.say(f"{short(drv_path)}> {line}")

    def finished(self, drv_path: str, seconds: float) -> None:
        self.done += 1
        self.say(f"[{self.done}/{self.total}] {short(drv_path)} ({seconds:.1f} s)")

    def failed(self, drv_path: str, error: LixevalError) -> None:
        self.say(f"[{self.done}/{self.total}] {short(drv_path)} failed")

    def isolated(self, how: str) -> None:
        # An evaluation may build many times, and each time it is told.
        if how not in self.told:
            self.told.add(how)
            self.say(how)

    def message(self, text: str) -> None:
        if text not in self.told and (self.options.verbose or text.startswith("warning")):
            self.told.add(text)
            self.say(text)


def _wants_logs(options: Options) -> bool:
    """Whether all that builders say is shown: -L, -v, --log-format bar-with-logs or raw; not with -Q."""
    asked = options.verbose or options.print_build_logs or options.log_format in ("bar-with-logs", "raw")
    return asked and not options.no_build_output


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
        from lixeval.cli.output.live import LiveLines

        super().__init__(options)
        self._lines = LiveLines()

    def say(self, text: str) -> None:
        if self._lines.is_shown:
            self._lines.print(terminal.said(text, sys.stderr))
        else:
            super().say(text)

    def plan(self, plan: Plan) -> None:
        self.total, self.done = len(plan.to_build), 0
        if self.options.dry_run:
            super().plan(plan)
        elif self.total:
            self._lines.add(_ALL, "building", total=self.total, said=f"0 of {self.total}")

    def started(self, drv_path: str, pid: int) -> None:
        super().started(drv_path, pid)
        self._lines.add(drv_path, f"  {short(drv_path)}")

    def log_line(self, drv_path: str, line: str) -> None:
        super().log_line(drv_path, line)
        if not self.options.no_build_output:
            self._lines.update(drv_path, said=line)

    def _end(self, drv_path: str) -> None:
        self._lines.remove(drv_path)
        self._lines.update(_ALL, completed=self.done, said=f"{self.done} of {self.total}")
        if self.done >= self.total:
            self._lines.close()

    def finished(self, drv_path: str, seconds: float) -> None:
        self.done += 1
        self._end(drv_path)

    def failed(self, drv_path: str, error: LixevalError) -> None:
        self._end(drv_path)
        self._lines.close()
