"""Builds that run: their logs and reports are read, their limits watched, and none of them outlives its time.

One thread looks at all of them.  What a build's process has reported is kept until it is over; who started it takes the
outcome.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lixeval.build import processes
from lixeval.build.messages import error_from_json
from lixeval.errors import BuildError, BuildTimeout

if TYPE_CHECKING:
    from lixeval.build.directories import Build
    from lixeval.build.log import BuildLog
    from lixeval.build.machines import Slot
    from lixeval.build.observer import BuildObserver
    from lixeval.build.processes import Work
    from lixeval.build.settings import BuildSettings
    from lixeval.store.locks import PathLocks

_GRACE_SECONDS = 5.0
"""How long a build may take to clean up after SIGTERM."""


@dataclass(slots=True, eq=False)
class Running:
    """One running build: its process, its log, and what it has reported."""

    build: Build
    process: processes.Started
    log: BuildLog
    locks: PathLocks
    started: float
    last_output: float
    reports: bytearray = field(default_factory=bytearray)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    slot: Slot | None = None
    error: BuildError | None = None
    stop_at: float | None = None


class RunningBuilds:
    """The builds that run, by a selector that tells when there is something to read of them."""

    def __init__(self, selector: selectors.BaseSelector, settings: BuildSettings, observer: BuildObserver) -> None:
        self._selector = selector
        self._settings = settings
        self._observer = observer
        self._running: list[Running] = []

    def __len__(self) -> int:
        return len(self._running)

    @property
    def here(self) -> int:
        """How many of them run on this machine."""
        return sum(running.slot is None for running in self._running)

    def start(self, build: Build, log: BuildLog, locks: PathLocks, slot: Slot | None, work: Work | None) -> Running:
        """Starts a build here, or its `work` on the machine whose slot this is."""
        now = time.monotonic()
        process = processes.start(build, work)
        running = Running(build, process, log, locks, now, now, slot=slot)
        self._running.append(running)
        self._selector.register(process.log_fd, selectors.EVENT_READ, running)
        self._selector.register(process.report_fd, selectors.EVENT_READ, running)
        return running

    def read(self, running: Running, descriptor: int) -> bool:
        """Reads what there is; whether the build's process is over, so that it can be brought to its end."""
        if running not in self._running:
            return False
        if descriptor == running.process.log_fd:
            self._read_log(running)
            return False
        return self._read_reports(running)

    def end(self, running: Running) -> int:
        """Takes a build whose process is over off the list; its wait status."""
        status = os.waitpid(running.process.pid, 0)[1]
        self._close(running)
        return status

    @property
    def deadlines(self) -> list[float]:
        """When something must be looked at even if nothing is said."""
        times = [limit for running in self._running for limit in self._limits(running)]
        return times + [running.stop_at for running in self._running if running.stop_at is not None]

    def check_limits(self) -> None:
        """Asks the builds to end that have taken too long, and kills those that do not."""
        now = time.monotonic()
        for running in list(self._running):
            self._check_limits(running, now)

    def _limits(self, running: Running) -> list[float]:
        if running.error is not None:
            return []
        settings = self._settings
        limits = [running.started + settings.timeout] if settings.timeout else []
        return [*limits, running.last_output + settings.max_silent_time] if settings.max_silent_time else limits

    def _read_log(self, running: Running) -> bool:
        """One piece of the log; False when there is none (any more)."""
        try:
            data = os.read(running.process.log_fd, 1 << 16)
        except BlockingIOError:
            return False
        except OSError:  # EIO: nobody has the other side of the terminal open
            data = b""
        if not data:
            with contextlib.suppress(KeyError):
                self._selector.unregister(running.process.log_fd)
            return False
        running.last_output = time.monotonic()
        running.log.write(data)
        limit = self._settings.max_log_size
        if limit and running.log.size > limit and running.error is None:
            message = f"'{running.build.drv_path}' killed after writing more than {limit} bytes of log output"
            self._stop(running, BuildError(message, drv_path=running.build.drv_path))
        return True

    def _read_reports(self, running: Running) -> bool:
        """Takes the reports that are there; whether they have ended."""
        try:
            data = os.read(running.process.report_fd, 1 << 16)
        except BlockingIOError:
            return False
        if not data:
            return True
        running.reports += data
        *lines, rest = bytes(running.reports).split(b"\n")
        running.reports = bytearray(rest)
        for line in lines:
            self._take_report(running, json.loads(line))
        return False

    def _take_report(self, running: Running, report: Mapping[str, Any]) -> None:
        if "outputs" in report:
            running.outputs += report["outputs"]
        if "kept" in report:
            self._observer.message(f"note: keeping build directory '{report['kept']}'")
        if "unsandboxed" in report:
            self._observer.message(f"builders inside lixeval run without a sandbox: {report['unsandboxed']}")
        if "error" in report and running.error is None:
            running.error = error_from_json(report["error"], running.build.drv_path)

    def _check_limits(self, running: Running, now: float) -> None:
        settings, drv_path = self._settings, running.build.drv_path
        if running.stop_at is not None:
            if now >= running.stop_at:
                running.stop_at = None
                with contextlib.suppress(ProcessLookupError):
                    os.kill(running.process.pid, signal.SIGKILL)
        elif running.error is not None:
            return
        elif settings.timeout and now >= running.started + settings.timeout:
            self._time_out(running, f"building of '{drv_path}' timed out after {settings.timeout:g} seconds")
        elif settings.max_silent_time and now >= running.last_output + settings.max_silent_time:
            self._time_out(
                running, f"building of '{drv_path}' timed out after {settings.max_silent_time:g} seconds of silence"
            )

    def _time_out(self, running: Running, message: str) -> None:
        self._stop(running, BuildTimeout(message, drv_path=running.build.drv_path))

    def _stop(self, running: Running, error: BuildError) -> None:
        """Ask the build to end, for a reason that becomes its error; it is killed if it does not."""
        running.error = error
        running.stop_at = time.monotonic() + _GRACE_SECONDS
        os.kill(running.process.pid, signal.SIGTERM)

    def _close(self, running: Running) -> None:
        """Take a build off the list, with all that is left of its log."""
        while self._read_log(running):
            pass
        for descriptor in (running.process.log_fd, running.process.report_fd):
            with contextlib.suppress(KeyError):
                self._selector.unregister(descriptor)
            os.close(descriptor)
        running.log.close()
        self._running.remove(running)

    def stop_all(self) -> None:
        """End all builds that still run, politely first, and give up their locks."""
        for running in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(running.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        for running in list(self._running):
            self._await_end(running.process.pid, deadline)
            self._close(running)
            running.locks.release()
            if running.slot is not None:
                running.slot.release()

    def _await_end(self, pid: int, deadline: float) -> None:
        while os.waitpid(pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return
            self._drain(pid)
            time.sleep(0.005)

    def _drain(self, pid: int) -> None:
        """Read a dying build's log, so that it cannot hang on a full terminal."""
        for running in self._running:
            if running.process.pid == pid:
                self._read_log(running)
