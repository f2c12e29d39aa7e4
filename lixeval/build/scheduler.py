"""Running a plan: as many builds at once as allowed, each as soon as what it needs is there.

One thread, which waits for the logs and reports of the running builds, for the earliest time limit, and for locks that
others hold.  Work is done in the builds' own processes; here lines are handed on and finished outputs registered.

    waiting for dependencies → ready → (locks of the outputs) → running → registered
                                            └ valid meanwhile: somebody else has built it

However this ends, with an error, Ctrl-C or a bug, no builder survives `run`.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from lixeval.build import processes
from lixeval.build.builders.builder import Builtin, builtin_name
from lixeval.build.log import BuildLog, log_path
from lixeval.build.messages import MachineFailed, info_from_json
from lixeval.build.plan import Plan
from lixeval.build.platforms import required_features
from lixeval.build.preparation import Preparation
from lixeval.build.running import Running, RunningBuilds
from lixeval.build.settings import BuildSettings
from lixeval.errors import BuildError, BuildRejected, StoreError
from lixeval.store.locks import PathLocks

if TYPE_CHECKING:
    from lixeval.build.machines import Machine, Machines, Slot
    from lixeval.build.task import Task
    from lixeval.formats.derivation import Derivation
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore

_LOCK_POLL_SECONDS = 0.1
_SLOT_POLL_SECONDS = 1.0
_INTERRUPT_POLL_SECONDS = 0.25
"""Only the main thread's waiting is ended by a signal; another thread has to look whether it was interrupted."""


class Feed(Protocol):
    """Where more to build comes from while builds run."""

    is_open: bool
    """Whether anything may still come."""

    def fileno(self) -> int:
        """What becomes readable when there is more, or no more."""

    def take(self) -> Iterable[Plan]:
        """What has come; does not wait."""


class Scheduler:
    """One run of the builds of a task."""

    def __init__(self, task: Task, feed: Feed | None = None) -> None:
        self.built: dict[StorePath, None] = {}
        self.failures: dict[StorePath, BuildError] = {}
        self._task = task
        self._selector = selectors.DefaultSelector()
        self._running = RunningBuilds(self._selector, task.settings, task.observer)
        self._locked: dict[StorePath, PathLocks] = {}
        self._waiting: dict[StorePath, set[StorePath]] = {}
        self._dependents: dict[StorePath, list[StorePath]] = {}
        self._pending: set[StorePath] = set()
        self._ready: deque[StorePath] = deque()
        self._feed = feed
        if feed is not None:
            self._selector.register(feed, selectors.EVENT_READ, feed)
        self._take_in(task.plan)
        self._rounds: dict[StorePath, int] = {}
        self._machines = _machines(task.settings, task.store)
        self._tried: dict[StorePath, set[str]] = {}
        self._reasons: dict[str, str] = {}
        """Why remote builders have failed, by their names."""
        self._preparation = Preparation(task, self._reasons)

    def _take_in(self, plan: Plan) -> None:
        """What is to be built, by its dependencies; of what is known already nothing changes."""
        fresh = [drv_path for drv_path in plan.to_build if drv_path not in self._waiting]
        self._pending.update(fresh)
        for drv_path in fresh:
            # What has failed is waited for as well, and for ever.
            waits = {path for path in plan.dependencies[drv_path] if path in self._pending or path in self.failures}
            self._waiting[drv_path] = waits
            for dependency in waits:
                self._dependents.setdefault(dependency, []).append(drv_path)
            if not waits:
                self._ready.append(drv_path)
        if plan is not self._task.plan:
            self._task.plan.derivations.update(plan.derivations)
            self._task.plan.outputs.update(plan.outputs)

    def run(self) -> None:
        """Build everything; afterwards `built` and `failures` say how it went."""
        try:
            while self._has_more():
                self._start_what_can_be()
                if self._has_more():
                    self._wait()
                if self.failures and not self._task.settings.keep_going:
                    break
        finally:
            self._running.stop_all()
            self._locked.clear()
            self._selector.close()

    def _has_more(self) -> bool:
        fed = self._feed is not None and self._feed.is_open
        return bool(self._ready or self._running or self._locked or fed)

    # Starting

    def _start_what_can_be(self) -> None:
        if self._machines is not None:
            self._machines.look()
        tried: set[str] = set()
        # What turns out to be made already lets others go: nothing else would wake us for these.
        while untried := [drv_path for drv_path in (*self._locked, *self._ready) if drv_path not in tried]:
            tried.update(untried)
            for drv_path in untried:
                if not self._has_room() or (self.failures and not self._task.settings.keep_going):
                    return
                try:
                    slot, wait = self._place(drv_path)
                    if not wait:
                        self._try_to_start(drv_path, slot)
                except BuildError as error:
                    self._locked.pop(drv_path, None)
                    self._discard_ready(drv_path)
                    self._fail(drv_path, error)

    def _has_room(self) -> bool:
        """Whether a build may find a place anywhere."""
        return self._has_room_here() or (self._machines is not None and self._machines.have_room)

    def _has_room_here(self) -> bool:
        return self._running.here < max(1, self._task.settings.max_jobs)

    def _place(self, drv_path: StorePath) -> tuple[Slot | None, bool]:
        """Where a build is to be: a slot on a machine, or None for here; and whether it has to wait for a place.

        As in Nix: on a machine that suits and has a slot; else here, if that can be; else when there is a slot.
        """
        if not self._machines:
            return None, not self._has_room_here()
        derivation = self._task.plan.derivations[drv_path]
        if builtin_name(derivation.builder) is not None or drv_path in self._task.plan.native:
            return None, not self._has_room_here()
        here = self._task.settings.max_jobs > 0 and self._suits(derivation)
        is_check = self._task.settings.check or drv_path in self._rounds
        if here and (is_check or derivation.environment.get("preferLocalBuild") == "1"):
            return None, not self._has_room_here()
        required = frozenset(required_features(derivation))
        suiting = self._machines.suiting(derivation.platform, required, self._tried.get(drv_path, ()))
        slot = self._machines.take(suiting)
        if slot is not None:
            return slot, False
        if suiting and not here:
            return None, True
        return None, not self._has_room_here()

    def _discard_ready(self, drv_path: StorePath) -> None:
        with contextlib.suppress(ValueError):
            self._ready.remove(drv_path)

    def _try_to_start(self, drv_path: StorePath, slot: Slot | None) -> None:
        """Start a build, unless another process is building the same, or has done so; gives back a slot not used."""
        try:
            started = self._start_if_needed(drv_path, slot)
        except BaseException:
            started = False
            raise
        finally:
            if not started and slot is not None:
                slot.release()

    def _start_if_needed(self, drv_path: StorePath, slot: Slot | None) -> bool:
        derivation = self._task.plan.derivations[drv_path]
        paths = [output.path for output in derivation.outputs.values()]
        locks = self._locked.get(drv_path) or self._task.store.lock(paths)
        self._discard_ready(drv_path)
        if not locks.acquire(blocking=False):
            if drv_path not in self._locked:
                self._task.observer.message(f"waiting for another process, which is building '{drv_path}'")
            self._locked[drv_path] = locks
            return False
        self._locked.pop(drv_path, None)
        try:
            valid = frozenset(path for path in paths if self._task.store.is_valid(path))
            check = self._is_check(drv_path, valid)
            if len(valid) == len(paths) and not check:
                self._done(drv_path)
                locks.release()
                return False
            self._start(drv_path, valid, check, locks, slot)
        except BaseException:
            locks.release()
            raise
        return True

    def _is_check(self, drv_path: StorePath, valid: frozenset[StorePath]) -> bool:
        """Whether this is a build whose result is only compared: a wanted one under `check`, or a further round."""
        if drv_path in self._rounds:
            return True
        if not self._task.settings.check or drv_path not in self._task.plan.outputs:
            return False
        if len(valid) < len(self._task.plan.derivations[drv_path].outputs):
            raise BuildRejected(
                f"some outputs of '{drv_path}' are not valid, so checking is not possible", drv_path=drv_path
            )
        return True

    def _start(
        self, drv_path: StorePath, valid: frozenset[StorePath], check: bool, locks: PathLocks, slot: Slot | None
    ) -> None:
        build = self._preparation.build(drv_path, valid, check=check, here=slot is None)
        log = BuildLog(
            log_path(self._task.store.log_root, drv_path),
            self._task.settings.log_lines,
            lambda line: self._log_line(drv_path, build.builtin, line),
        )
        if slot is not None:
            self._task.observer.placed(drv_path, slot.machine.name)
        work = None if slot is None else self._work_on(slot)
        self._task.observer.started(drv_path, self._running.start(build, log, locks, slot, work).process.pid)

    def _work_on(self, slot: Slot) -> processes.Work:
        from lixeval.build.on_machine import build_there

        assert self._machines is not None
        machine, load = slot.machine, self._machines.load
        return lambda build: build_there(build, machine, load)

    def _log_line(self, drv_path: StorePath, builtin: Builtin | None, line: str) -> None:
        """A line of a log; what builders of our own warn of is for everybody."""
        self._task.observer.log_line(drv_path, line)
        if builtin is not None and line.startswith("warning: "):
            self._task.observer.message(line)

    def _suits(self, derivation: Derivation) -> bool:
        """Whether this machine can run a builder."""
        settings = self._task.settings
        return derivation.platform in settings.platforms and required_features(derivation) <= settings.system_features

    # Watching

    def _wait(self) -> None:
        """Wait for something to happen, and deal with it."""
        for key, _ in self._selector.select(self._patience()):
            if key.data is self._feed:
                self._take_what_is_fed()
            elif self._running.read(key.data, key.fd):
                self._finish(key.data)
        self._running.check_limits()

    def _take_what_is_fed(self) -> None:
        assert self._feed is not None
        for plan in self._feed.take():
            self._take_in(plan)
        if not self._feed.is_open:
            self._selector.unregister(self._feed)

    def _patience(self) -> float | None:
        """Seconds until something must be looked at even if nothing happens."""
        now = time.monotonic()
        times = self._running.deadlines
        if self._locked:
            times.append(now + _LOCK_POLL_SECONDS)
        if self._ready and self._machines:
            times.append(now + _SLOT_POLL_SECONDS)  # another process may give a slot back
        if threading.get_native_id() != os.getpid():
            # Not the main thread, so signals do not wake us; `threading` itself takes for that one whoever imported it.
            times.append(now + _INTERRUPT_POLL_SECONDS)
        return max(0.0, min(times) - now) if times else None

    # Finishing

    def _finish(self, running: Running) -> None:
        """The build's process has closed its pipe: it is over."""
        status = self._running.end(running)
        drv_path = running.build.drv_path
        try:
            if running.outputs:
                self._task.store.register([info_from_json(described) for described in running.outputs])
        except StoreError as error:
            running.error = running.error or BuildError(error.message, drv_path=drv_path, hint=error.hint)
        finally:
            running.locks.release()
            if running.slot is not None:
                running.slot.release()
        if isinstance(running.error, MachineFailed) and running.slot is not None:
            self._move(drv_path, running.slot.machine, running.error)
            return
        if running.error is None and status != 0:
            code = os.waitstatus_to_exitcode(status)
            running.error = BuildError(
                f"the process that built '{drv_path}' died " + (f"of signal {-code}" if code < 0 else f"(exit {code})")
            )
        if running.error is not None:
            self._fail(drv_path, running.error, running.log)
            return
        self._task.observer.finished(drv_path, time.monotonic() - running.started)
        self.built[drv_path] = None
        self._done(drv_path)

    def _move(self, drv_path: StorePath, machine: Machine, error: MachineFailed) -> None:
        """A machine could not build something: it is tried elsewhere, as if it had not been begun."""
        assert self._machines is not None
        self._tried.setdefault(drv_path, set()).add(machine.url)
        reason = error.message.strip().partition("\n")[0]
        self._reasons[machine.name] = reason
        if error.is_gone and self._machines.fail(machine):
            self._task.observer.message(f"warning: no more builds on '{machine.name}': {reason}")
        elif not error.is_gone:
            self._task.observer.message(f"warning: '{drv_path}' is not built on '{machine.name}': {reason}")
        self._task.observer.moved(drv_path)
        self._ready.appendleft(drv_path)

    def _done(self, drv_path: StorePath) -> None:
        """The outputs are valid: build once more if asked to, else let the dependents go."""
        rounds = self._rounds.get(drv_path, 0)
        if rounds < self._task.settings.repeat and drv_path in self.built:
            self._rounds[drv_path] = rounds + 1
            self._ready.appendleft(drv_path)
            return
        self._pending.discard(drv_path)
        for dependent in self._dependents.get(drv_path, ()):
            waiting = self._waiting[dependent]
            waiting.discard(drv_path)
            if not waiting and dependent not in self.failures:
                self._ready.append(dependent)

    def _fail(self, drv_path: StorePath, error: BuildError, log: BuildLog | None = None) -> None:
        error.drv_path = drv_path
        if type(error) is BuildError and self._task.plan.derivations[drv_path].fixed_output is not None:
            error.exit_code = 1  # it may use the network, so it may succeed next time
        if log is not None:
            error.log_tail, error.log_path = tuple(log.tail), log.path
        self.failures[drv_path] = error
        self._task.observer.failed(drv_path, error)


def _machines(settings: BuildSettings, store: LocalStore) -> Machines | None:
    """The remote builders that there are, if there are any."""
    if not settings.builders:
        return None
    from lixeval.build.machines import Machines, parse

    return Machines(parse(settings.builders, settings.system), store.state_dir + "/current-load") or None
