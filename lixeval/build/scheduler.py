"""Running a plan: as many builds at once as allowed, each as soon as what it needs is there.

One thread, which waits for the logs and reports of the running builds, for the earliest time limit, and for locks that
others hold.  Work is done in the builds' own processes; here lines are handed on and finished outputs registered.

    waiting for dependencies → ready → (locks of the outputs) → running → registered
                                            └ valid meanwhile: somebody else has built it

However this ends, with an error, Ctrl-C or a bug, no builder survives `run`.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from lixeval.build import processes
from lixeval.build.builders.builder import Builtin, BuiltinBuilder, builtin_name
from lixeval.build.directories import Build
from lixeval.build.log import BuildLog, log_path
from lixeval.build.messages import MachineFailed, error_from_json, info_from_json
from lixeval.build.observer import BuildObserver
from lixeval.build.plan import Plan
from lixeval.build.platforms import rejection, required_features
from lixeval.build.sandbox.builtin import machine_paths
from lixeval.build.sandbox.isolation import (
    Isolation,
    SandboxSetting,
    choose,
    describe,
    shortcoming,
    why_no_own_network,
)
from lixeval.build.settings import BuildSettings
from lixeval.errors import BuildError, BuildRejected, BuildTimeout, StoreError
from lixeval.store.locks import PathLocks

if TYPE_CHECKING:
    from lixeval.build.machines import Machine, Machines, Slot
    from lixeval.formats.derivation import Derivation
    from lixeval.store.local import LocalStore

_LOCK_POLL_SECONDS = 0.1
_SLOT_POLL_SECONDS = 1.0
_INTERRUPT_POLL_SECONDS = 0.25
"""Only the main thread's waiting is ended by a signal; another thread has to look whether it was interrupted."""
_GRACE_SECONDS = 5.0
"""How long a build may take to clean up after SIGTERM."""


class Feed(Protocol):
    """Where more to build comes from while builds run."""

    is_open: bool
    """Whether anything may still come."""

    def fileno(self) -> int:
        """What becomes readable when there is more, or no more."""

    def take(self) -> Iterable[Plan]:
        """What has come; does not wait."""


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


class Scheduler:
    """One run of a plan."""

    def __init__(
        self,
        store: LocalStore,
        plan: Plan,
        settings: BuildSettings,
        observer: BuildObserver,
        builtin_builders: Mapping[str, BuiltinBuilder],
        feed: Feed | None = None,
    ) -> None:
        self.built: dict[str, None] = {}
        self.failures: dict[str, BuildError] = {}
        self._store = store
        self._plan = plan
        self._settings = settings
        self._observer = observer
        self._builtin_builders = builtin_builders
        self._selector = selectors.DefaultSelector()
        self._running: list[Running] = []
        self._locked: dict[str, PathLocks] = {}
        self._waiting: dict[str, set[str]] = {}
        self._dependents: dict[str, list[str]] = {}
        self._pending: set[str] = set()
        self._ready: deque[str] = deque()
        self._feed = feed
        if feed is not None:
            self._selector.register(feed, selectors.EVENT_READ, feed)
        self._take_in(plan)
        self._rounds: dict[str, int] = {}
        self._isolations: dict[SandboxSetting, Isolation] = {}
        self._machines = _machines(settings, store)
        self._tried: dict[str, set[str]] = {}
        self._reasons: dict[str, str] = {}

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
        if plan is not self._plan:
            self._plan.derivations.update(plan.derivations)
            self._plan.outputs.update(plan.outputs)

    def run(self) -> None:
        """Build everything; afterwards `built` and `failures` say how it went."""
        try:
            while self._has_more():
                self._start_what_can_be()
                if self._has_more():
                    self._wait()
                if self.failures and not self._settings.keep_going:
                    break
        finally:
            self._stop_all()
            self._selector.close()

    def _has_more(self) -> bool:
        fed = self._feed is not None and self._feed.is_open
        return bool(self._ready or self._running or self._locked or fed)

    # Starting

    def _start_what_can_be(self) -> None:
        there = self._machines is not None and self._machines.have_room()
        tried: set[str] = set()
        # What turns out to be made already lets others go: nothing else would wake us for these.
        while untried := [drv_path for drv_path in (*self._locked, *self._ready) if drv_path not in tried]:
            tried.update(untried)
            for drv_path in untried:
                if not (there or self._has_room_here()) or (self.failures and not self._settings.keep_going):
                    return
                try:
                    slot, wait = self._place(drv_path)
                    if not wait:
                        self._try_to_start(drv_path, slot)
                except BuildError as error:
                    self._locked.pop(drv_path, None)
                    self._discard_ready(drv_path)
                    self._fail(drv_path, error)

    def _has_room_here(self) -> bool:
        return sum(running.slot is None for running in self._running) < max(1, self._settings.max_jobs)

    def _place(self, drv_path: str) -> tuple[Slot | None, bool]:
        """Where a build is to be: a slot on a machine, or None for here; and whether it has to wait for a place.

        As in Nix: on a machine that suits and has a slot; else here, if that can be; else when there is a slot.
        """
        if not self._machines:
            return None, not self._has_room_here()
        derivation = self._plan.derivations[drv_path]
        if builtin_name(derivation.builder) is not None or drv_path in self._plan.native:
            return None, not self._has_room_here()
        here = self._settings.max_jobs > 0 and self._suits(derivation)
        is_check = self._settings.check or drv_path in self._rounds
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

    def _discard_ready(self, drv_path: str) -> None:
        with contextlib.suppress(ValueError):
            self._ready.remove(drv_path)

    def _try_to_start(self, drv_path: str, slot: Slot | None) -> None:
        """Start a build, unless another process is building the same, or has done so; gives back a slot not used."""
        try:
            started = self._start_if_needed(drv_path, slot)
        except BaseException:
            started = False
            raise
        finally:
            if not started and slot is not None:
                slot.release()

    def _start_if_needed(self, drv_path: str, slot: Slot | None) -> bool:
        derivation = self._plan.derivations[drv_path]
        paths = [output.path for output in derivation.outputs.values()]
        locks = self._locked.get(drv_path) or self._store.lock(paths)
        self._discard_ready(drv_path)
        if not locks.acquire(blocking=False):
            if drv_path not in self._locked:
                self._observer.message(f"waiting for another process, which is building '{drv_path}'")
            self._locked[drv_path] = locks
            return False
        self._locked.pop(drv_path, None)
        try:
            valid = frozenset(path for path in paths if self._store.is_valid(path))
            check = self._is_check(drv_path, valid)
            if len(valid) == len(paths) and not check:
                self._done(drv_path)
                locks.release()
                return False
            self._start(drv_path, derivation, valid, check, locks, slot)
        except BaseException:
            locks.release()
            raise
        return True

    def _is_check(self, drv_path: str, valid: frozenset[str]) -> bool:
        """Whether this is a build whose result is only compared: a wanted one under `check`, or a further round."""
        if drv_path in self._rounds:
            return True
        if not self._settings.check or drv_path not in self._plan.outputs:
            return False
        if len(valid) < len(self._plan.derivations[drv_path].outputs):
            raise BuildRejected(
                f"some outputs of '{drv_path}' are not valid, so checking is not possible", drv_path=drv_path
            )
        return True

    def _start(
        self,
        drv_path: str,
        derivation: Derivation,
        valid: frozenset[str],
        check: bool,
        locks: PathLocks,
        slot: Slot | None,
    ) -> None:
        builtin = self._builtin(drv_path, derivation)
        isolation = Isolation.NONE
        if slot is None and builtin is None:
            self._require_platform(drv_path, derivation)
            isolation = self._isolation_for(drv_path, derivation)
        inputs = self._inputs(drv_path, derivation)
        build = Build(
            store=self._store,
            drv_path=drv_path,
            derivation=derivation,
            input_closure=tuple(self._input_closure(inputs)),
            valid=valid,
            isolation=isolation,
            settings=self._settings,
            builtin=builtin,
            check=check,
            inputs=tuple(inputs),
        )
        now = time.monotonic()
        log = BuildLog(
            log_path(self._store.log_root, drv_path),
            self._settings.log_lines,
            lambda line: self._log_line(drv_path, builtin, line),
        )
        if slot is not None:
            self._observer.placed(drv_path, slot.machine.name)
        process = processes.start(build, None if slot is None else self._work_on(slot))
        running = Running(build, process, log, locks, now, now, slot=slot)
        self._running.append(running)
        self._selector.register(process.log_fd, selectors.EVENT_READ, running)
        self._selector.register(process.report_fd, selectors.EVENT_READ, running)
        self._observer.started(drv_path, process.pid)

    def _work_on(self, slot: Slot) -> processes.Work:
        from lixeval.build.on_machine import build_there

        assert self._machines is not None
        machine, load = slot.machine, self._machines.load
        return lambda build: build_there(build, machine, load)

    def _log_line(self, drv_path: str, builtin: Builtin | None, line: str) -> None:
        """A line of a log; what builders of our own warn of is for everybody."""
        self._observer.log_line(drv_path, line)
        if builtin is not None and line.startswith("warning: "):
            self._observer.message(line)

    def _builtin(self, drv_path: str, derivation: Derivation) -> Builtin | None:
        native = self._plan.native.get(drv_path)
        if native is not None:
            return Builtin(native.build)
        name = builtin_name(derivation.builder)
        if name is None:
            return None
        if name not in self._builtin_builders:
            raise BuildError(f"unsupported builtin builder '{name}', which '{drv_path}' asks for", drv_path=drv_path)
        builder = self._builtin_builders[name]
        machine_paths(derivation.fixed_output is not None, isinstance(builder, Builtin) and builder.reads_host)
        builtin = builder if isinstance(builder, Builtin) else Builtin(builder)
        if builtin.fetches and derivation.fixed_output is None:
            raise BuildError(
                f"'{derivation.builder}' must be a fixed-output or impure derivation",
                drv_path=drv_path,
                hint="what is fetched needs a hash: outputHash, outputHashAlgo, outputHashMode",
            )
        return builtin

    def _require_platform(self, drv_path: str, derivation: Derivation) -> None:
        """Raise BuildRejected unless this machine can run the builder, and may."""
        rejected = rejection(self._settings, drv_path, derivation)
        if rejected is not None:
            rejected.hint = self._about_machines() or rejected.hint
            raise rejected

    def _suits(self, derivation: Derivation) -> bool:
        """Whether this machine can run a builder."""
        settings = self._settings
        return derivation.platform in settings.platforms and required_features(derivation) <= settings.system_features

    def _about_machines(self) -> str | None:
        """Which remote builders have failed, and why, for a build that cannot be anywhere."""
        if not self._reasons:
            return None
        return "; ".join(f"{name}: {reason}" for name, reason in self._reasons.items())

    def _isolation_for(self, drv_path: str, derivation: Derivation) -> Isolation:
        """The kind of isolation that the settings want for a derivation; each that is used is announced once."""
        # Beside a daemon's store paths lie in several places: only mounts bring them together.
        setting = "required" if self._store.is_daemons else self._settings.sandbox
        wants_none = derivation.environment.get("__noChroot") == "1"
        if setting == "relaxed" and (wants_none or derivation.fixed_output is not None):
            setting = "off"
        elif wants_none and setting != "off":
            raise BuildRejected(
                f"derivation '{drv_path}' has '__noChroot' set, but that's not allowed when 'sandbox' is 'true'",
                drv_path=drv_path,
                hint="--sandbox relaxed builds it, and fixed outputs, without a sandbox",
            )
        if setting not in self._isolations:
            kind = self._isolations[setting] = choose(setting, diverted=self._store.root != "/")
            self._observer.isolated(f"builders run in: {describe(kind)}")
            warning = shortcoming(setting, kind)
            if warning is not None:
                self._observer.message(warning)
        if derivation.fixed_output is not None:
            lacking = why_no_own_network(self._isolations[setting])
            self._observer.message(
                "fixed outputs are built with a network of their own (pasta)"
                if lacking is None
                else "fixed outputs are built with the machine's network, and so see its abstract sockets "
                f"({lacking}); what is kept of them is a copy that no other process has ever had open"
            )
        return self._isolations[setting]

    def _inputs(self, drv_path: str, derivation: Derivation) -> list[str]:
        """Its sources and the outputs that it uses; without its own builder, those that it speaks of."""
        roots = list(derivation.input_sources)
        for input_path, names in derivation.input_derivations.items():
            known = self._plan.derivations.get(input_path)
            if known is not None:
                paths = {name: output.path for name, output in known.outputs.items()}
            else:
                paths = self._store.query_deriver_outputs(input_path)
            roots += [paths[name] for name in names]
        native = self._plan.native.get(drv_path)
        return sorted({path for path in roots if native is None or path in native.mentions})

    def _input_closure(self, roots: Iterable[str]) -> list[str]:
        """Everything a builder may see and refer to: the closure of its inputs."""
        closure = self._store.closure(roots)
        for path in closure:
            if not os.path.lexists(self._store.real(path)):
                raise StoreError(
                    f"path '{path}' is registered, but has disappeared", hint=f"lixeval store repair {path}"
                )
        return closure

    # Watching

    def _wait(self) -> None:
        """Wait for something to happen, and deal with it."""
        for key, _ in self._selector.select(self._patience()):
            if key.data is self._feed:
                self._take_what_is_fed()
                continue
            running: Running = key.data
            if running not in self._running:
                continue
            if key.fd == running.process.log_fd:
                self._read_log(running)
            else:
                self._read_reports(running)
        now = time.monotonic()
        for running in list(self._running):
            self._check_limits(running, now)

    def _take_what_is_fed(self) -> None:
        assert self._feed is not None
        for plan in self._feed.take():
            self._take_in(plan)
        if not self._feed.is_open:
            self._selector.unregister(self._feed)

    def _patience(self) -> float | None:
        """Seconds until something must be looked at even if nothing happens."""
        now = time.monotonic()
        times = [limit for running in self._running for limit in self._limits(running)]
        times += [running.stop_at for running in self._running if running.stop_at is not None]
        if self._locked:
            times.append(now + _LOCK_POLL_SECONDS)
        if self._ready and self._machines:
            times.append(now + _SLOT_POLL_SECONDS)  # another process may give a slot back
        if threading.get_native_id() != os.getpid():
            # Not the main thread, so signals do not wake us; `threading` itself takes for that one whoever imported it.
            times.append(now + _INTERRUPT_POLL_SECONDS)
        return max(0.0, min(times) - now) if times else None

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

    def _read_reports(self, running: Running) -> None:
        try:
            data = os.read(running.process.report_fd, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._finish(running)
            return
        running.reports += data
        *lines, rest = bytes(running.reports).split(b"\n")
        running.reports = bytearray(rest)
        for line in lines:
            self._take_report(running, json.loads(line))

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

    # Finishing

    def _finish(self, running: Running) -> None:
        """The build's process has closed its pipe: it is over."""
        status = os.waitpid(running.process.pid, 0)[1]
        self._close(running)
        drv_path = running.build.drv_path
        try:
            if running.outputs:
                self._store.register([info_from_json(described) for described in running.outputs])
        except StoreError as error:
            running.error = running.error or BuildError(str(error), drv_path=drv_path)
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
        self._observer.finished(drv_path, time.monotonic() - running.started)
        self.built[drv_path] = None
        self._done(drv_path)

    def _move(self, drv_path: str, machine: Machine, error: MachineFailed) -> None:
        """A machine could not build something: it is tried elsewhere, as if it had not been begun."""
        assert self._machines is not None
        self._tried.setdefault(drv_path, set()).add(machine.url)
        reason = error.message.strip().partition("\n")[0]
        self._reasons[machine.name] = reason
        if error.is_gone and self._machines.fail(machine):
            self._observer.message(f"warning: no more builds on '{machine.name}': {reason}")
        elif not error.is_gone:
            self._observer.message(f"warning: '{drv_path}' is not built on '{machine.name}': {reason}")
        self._observer.moved(drv_path)
        self._ready.appendleft(drv_path)

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

    def _done(self, drv_path: str) -> None:
        """The outputs are valid: build once more if asked to, else let the dependents go."""
        rounds = self._rounds.get(drv_path, 0)
        if rounds < self._settings.repeat and drv_path in self.built:
            self._rounds[drv_path] = rounds + 1
            self._ready.appendleft(drv_path)
            return
        self._pending.discard(drv_path)
        for dependent in self._dependents.get(drv_path, ()):
            waiting = self._waiting[dependent]
            waiting.discard(drv_path)
            if not waiting and dependent not in self.failures:
                self._ready.append(dependent)

    def _fail(self, drv_path: str, error: BuildError, log: BuildLog | None = None) -> None:
        error.drv_path = drv_path
        if log is not None:
            error.log_tail, error.log_path = tuple(log.tail), log.path
        self.failures[drv_path] = error
        self._observer.failed(drv_path, error)

    def _stop_all(self) -> None:
        """End all builds that still run, politely first, and give up all locks."""
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
        self._locked.clear()

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


def _machines(settings: BuildSettings, store: LocalStore) -> Machines | None:
    """The remote builders that there are, if there are any."""
    if not settings.builders:
        return None
    from lixeval.build.machines import Machines, parse

    return Machines(parse(settings.builders, settings.system), store.state_dir + "/current-load") or None
