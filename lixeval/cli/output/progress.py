"""What builds show of themselves: a live display on a terminal, one line a step in a pipe.

Everything goes to stderr.  rich is imported when the first build starts on a terminal, and not before.
"""

from __future__ import annotations

import os
import sys

from lixeval.build.observer import BuildObserver
from lixeval.cli.options import Options
from lixeval.cli.output import terminal
from lixeval.formats.sizes import mebibytes, progress, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.build.plan import Plan
    from lixeval.errors import LixevalError
    from lixeval.formats.store_path import StorePath


_FETCH = "fetch"
"""The key of the line over all that is fetched."""
_ALL = "all"
"""The key of the line over all builds."""


def observer_for(options: Options) -> BuildObserver:
    """The observer that fits where stderr goes."""
    if options.log_format == "internal-json":
        from lixeval.cli.output.internal_json import InternalJson

        return InternalJson()
    if options.quiet:
        return BuildObserver()
    if terminal.is_drawable(sys.stderr) and options.log_format != "raw" and not options.verbose:
        return LiveProgress(options)
    return PlainProgress(options)


def short(drv_path: StorePath) -> str:
    """A derivation's name without folder, hash and suffix."""
    return os.path.basename(drv_path)[33:].removesuffix(".drv")


class PlainProgress(BuildObserver):
    """One line a step; with -v or -L the builders' own lines too."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.total = 0
        self.done = 0
        self.paths = 0
        self.paths_fetched = 0
        self.sizes: dict[str, int] = {}
        self.told: set[str] = set()
        self.machines: dict[str, str] = {}

    def say(self, text: str) -> None:
        terminal.say(text)

    def plan(self, plan: Plan) -> None:
        self.total = len(plan.to_build)
        self.done = 0
        self._plan_fetching(plan)
        if self.options.dry_run:
            self.say(planned(plan))
            return
        if plan.to_fetch:
            self.say(f"{fetch_sizes(plan)} to fetch")
        if self.total:
            self.say(f"{self.total} derivation{'s' if self.total > 1 else ''} to build")

    def planned_more(self, plan: Plan) -> None:
        self.total = len(plan.to_build)

    def _plan_fetching(self, plan: Plan) -> None:
        self.paths, self.paths_fetched = len(plan.to_fetch), 0
        self.sizes = {one.path: one.file_size or one.nar_size for one in plan.to_fetch}

    def fetching(self, path: StorePath, size: int | None) -> None:
        if self.options.verbose:
            self.say(f"fetching {path}")

    def fetched(self, path: StorePath, cache: str) -> None:
        self.paths_fetched += 1
        came = f"from {cache}" if cache else "by another process"
        self.say(f"[{self.paths_fetched}/{self.paths}] {short(path)} {came} ({size(self.sizes.get(path, 0))})")

    def placed(self, drv_path: StorePath, machine: str) -> None:
        self.machines[drv_path] = machine

    def moved(self, drv_path: StorePath) -> None:
        self.machines.pop(drv_path, None)

    def named(self, drv_path: StorePath) -> str:
        """What a build is called: by its name, and where it is if not here."""
        machine = self.machines.get(drv_path)
        return short(drv_path) if machine is None else f"{short(drv_path)} on {machine}"

    def started(self, drv_path: StorePath, pid: int) -> None:
        if self.options.verbose:
            self.say(f"building {drv_path}" + (f" on {self.machines[drv_path]}" if drv_path in self.machines else ""))

    def log_line(self, drv_path: StorePath, line: str) -> None:
        if _wants_logs(self.options):
            self.say(f"{short(drv_path)}> {line}")

    def finished(self, drv_path: StorePath, seconds: float) -> None:
        self.done += 1
        self.say(f"[{self.done}/{self.total}] {self.named(drv_path)} ({seconds:.1f} s)")

    def failed(self, drv_path: StorePath, error: LixevalError) -> None:
        self.say(f"[{self.done}/{self.total}] {self.named(drv_path)} failed")

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
    lines: list[str] = []
    if count:
        lines.append("this derivation will be built:" if count == 1 else f"these {count} derivations will be built:")
        lines += [f"  {path}" for path in plan.to_build]
    if plan.to_fetch:
        count = len(plan.to_fetch)
        packed, unpacked = _amounts(plan)
        head = "this path" if count == 1 else f"these {count} paths"
        lines.append(f"{head} will be fetched ({mebibytes(packed)} download, {mebibytes(unpacked)} unpacked):")
        lines += [f"  {path}" for path in sorted((one.path for one in plan.to_fetch), key=lambda p: (p[44:], p))]
    if plan.unknown:
        lines.append("don't know how to build these paths:")
        lines += [f"  {path}" for path in plan.unknown]
    return "\n".join(lines) if lines else "nothing is to be built"


def _amounts(plan: Plan) -> tuple[int, int]:
    """Bytes of the packed NARs, as far as caches say, and of all unpacked."""
    return sum(one.file_size or 0 for one in plan.to_fetch), sum(one.nar_size for one in plan.to_fetch)


def fetch_sizes(plan: Plan) -> str:
    """How much is fetched, in a few words."""
    packed, unpacked = _amounts(plan)
    count = len(plan.to_fetch)
    return f"{count} path{'s' if count > 1 else ''} ({size(packed)}, {size(unpacked)} unpacked)"


class LiveProgress(PlainProgress):
    """A bar over all builds, and a line with a clock for each that runs, with the last line of its log."""

    def __init__(self, options: Options) -> None:
        from lixeval.cli.output.live import LiveLines

        super().__init__(options)
        self._lines = LiveLines()
        self._running: dict[StorePath, int] = {}
        self._bytes = 0

    def say(self, text: str) -> None:
        self._lines.say(text)

    def plan(self, plan: Plan) -> None:
        if self.options.dry_run:
            super().plan(plan)
            return
        self.total, self.done = len(plan.to_build), 0
        self._plan_fetching(plan)
        self._running, self._bytes = {}, 0
        if plan.to_fetch:
            self._lines.add(_FETCH, "fetching", total=sum(self.sizes.values()), said=f"0 of {self.paths}")
        if self.total:
            self._lines.add(_ALL, "building", total=self.total, said=f"0 of {self.total}")

    def fetching(self, path: StorePath, size: int | None) -> None:
        self._running[path] = 0

    def fetched_bytes(self, path: StorePath, count: int) -> None:
        if path in self._running:
            self._running[path] = count
            self._show_fetching()

    def fetched(self, path: StorePath, cache: str) -> None:
        self.paths_fetched += 1
        self._running.pop(path, None)
        self._bytes += self.sizes.get(path, 0)
        if self.paths_fetched < self.paths:
            self._show_fetching()
        else:
            self._lines.remove(_FETCH)
            if not self.total:
                self._lines.close()

    def _show_fetching(self) -> None:
        """How many bytes are here, and the names of what is on its way."""
        here = self._bytes + sum(self._running.values())
        names = ", ".join(short(path) for path in self._running)
        self._lines.update(_FETCH, completed=here, said=f"{progress(here, sum(self.sizes.values()))} {names}")

    def started(self, drv_path: StorePath, pid: int) -> None:
        super().started(drv_path, pid)
        self._lines.add(drv_path, f"  {self.named(drv_path)}")

    def log_line(self, drv_path: StorePath, line: str) -> None:
        super().log_line(drv_path, line)
        if not self.options.no_build_output:
            self._lines.update(drv_path, said=line)

    def moved(self, drv_path: StorePath) -> None:
        super().moved(drv_path)
        self._lines.remove(drv_path)

    def _end(self, drv_path: StorePath) -> None:
        self._lines.remove(drv_path)
        self._lines.update(_ALL, completed=self.done, said=f"{self.done} of {self.total}")
        if self.done >= self.total:
            self._lines.close()

    def finished(self, drv_path: StorePath, seconds: float) -> None:
        self.done += 1
        self._end(drv_path)

    def failed(self, drv_path: StorePath, error: LixevalError) -> None:
        self._end(drv_path)
        self._lines.close()
