"""Builds for a daemon's clients: what `lixeval.daemon` asks for, made by `realise`.

What happens is told to the client in the words of Nix's activities, so that its own progress shows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lixeval.build.builders.builder import BuiltinBuilder
from lixeval.build.observer import BuildObserver
from lixeval.build.plan import Plan, Wanted, plan
from lixeval.build.realise import realise
from lixeval.build.results import BuildsFailed
from lixeval.build.scheduler import Scheduler
from lixeval.build.settings import BuildSettings
from lixeval.build.task import Task
from lixeval.daemon import messages as m
from lixeval.daemon import values as v
from lixeval.daemon.connection import Missing
from lixeval.errors import (
    BuildError,
    BuildRejected,
    BuildTimeout,
    HashMismatch,
    LixevalError,
    NotDeterministic,
    StoreError,
)
from lixeval.system.signals import ending_politely

if TYPE_CHECKING:
    from lixeval.formats.derivation import Derivation
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore
    from lixeval.substituters.fetching import Substituter

_HARMLESS = ("timeout", "max-silent-time", "connect-timeout", "poll-interval", "build-timeout", "build-max-silent-time")
"""Settings by name that every client may choose, as in Nix."""
_STATUS: dict[type[BuildError], int] = {
    BuildTimeout: v.TIMED_OUT,
    HashMismatch: v.OUTPUT_REJECTED,
    NotDeterministic: v.NOT_DETERMINISTIC,
    BuildRejected: v.MISC_FAILURE,
}


class BuildsForClients:
    """Builds into `store` for one client; `caches()` gives who may be asked for what is ready made."""

    def __init__(
        self,
        store: LocalStore,
        settings: BuildSettings,
        builtin_builders: Mapping[str, BuiltinBuilder],
        caches: Callable[[], Substituter | None] = lambda: None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._own_builders = settings.builders
        self._builtin_builders = builtin_builders
        self._make_caches = caches
        self._caches: Substituter | None = None
        self._substitute = True

    def set_options(self, numbers: Sequence[int], others: dict[str, str], *, trusted: bool) -> list[str]:
        """See `daemon.engine`."""
        keep_failed, keep_going, fallback, _, max_jobs, silent, _, _, _, _, cores, substitute = numbers
        self._substitute = bool(substitute)
        self._settings = replace(
            self._settings,
            keep_failed=bool(keep_failed),
            keep_going=bool(keep_going),
            fallback=bool(fallback),
            max_jobs=min(max_jobs, 1 << 16),
            max_silent_time=silent,
            cores=min(cores, 1 << 16),
        )
        warnings = []
        for name, value in sorted(others.items()):
            if name in ("timeout", "build-timeout") and value.isascii() and value.isdecimal():
                self._settings = replace(self._settings, timeout=int(value[:9]))
            elif name == "builders" and (trusted or not value):
                self._settings = replace(self._settings, builders=value)
            elif name == "builders-use-substitutes" and trusted:
                self._settings = replace(self._settings, builders_use_substitutes=value in ("true", "1"))
            elif not trusted and name not in _HARMLESS:
                warnings.append(
                    f"ignoring the client-specified setting '{name}', because it is a restricted setting and you are "
                    "not a trusted user"
                )
        return warnings

    def substituter(self) -> Substituter | None:
        """Who is asked for what is ready made, if anybody is."""
        if not self._substitute:
            return None
        if self._caches is None:
            self._caches = self._make_caches()
        return self._caches

    # Questions

    def missing(self, wanted: Sequence[str]) -> Missing:
        """See `daemon.engine`."""
        outputs, paths = _divided(wanted)
        planned = self._plan(outputs)
        absent = [path for path in paths if not self._store.is_valid(path)]
        caches = self.substituter()
        offered = caches.available(absent) if caches is not None and absent else set()
        fetched = {one.path: one for one in planned.to_fetch}
        if caches is not None and offered:
            fetched.update((one.path, one) for one in caches.missing(sorted(offered)))
        unknown = [*planned.unknown, *(path for path in absent if path not in offered)]
        packed = sum(one.file_size or 0 for one in fetched.values())
        return Missing(
            list(planned.to_build), sorted(fetched), unknown, packed, sum(one.nar_size for one in fetched.values())
        )

    def _plan(self, outputs: Sequence[Wanted]) -> Plan:
        known = [want for want in outputs if self._store.is_valid(want.drv_path)]
        planned = plan(self._store, known, substituter=self.substituter())
        absent = tuple(want.drv_path for want in outputs if want not in known)
        planned.unknown += absent
        return planned

    def substitutable(self, paths: Iterable[StorePath]) -> dict[StorePath, tuple[str, list[StorePath], int, int]]:
        """See `daemon.engine`."""
        caches = self.substituter()
        if caches is None:
            return {}
        wanted = [path for path in paths if not self._store.is_valid(path)]
        available = caches.available(wanted)
        found = {}
        for one in caches.missing(sorted(available)):
            if one.path in available:
                found[one.path] = (one.deriver or "", list(one.references), one.file_size or 0, one.nar_size)
        return found

    def substitute(self, paths: Sequence[StorePath], say: m.Speaker) -> None:
        """See `daemon.engine`."""
        caches = self.substituter()
        if caches is None:
            return
        available = sorted(caches.available(paths))
        if available:
            with ending_politely():
                caches.substitute(available, _Telling(say))

    # Building

    def build(self, wanted: Sequence[str], mode: int, say: m.Speaker) -> dict[str, v.BuildResult]:
        """See `daemon.engine`."""
        results: dict[str, v.BuildResult] = {}
        outputs, paths = _divided(wanted)
        self.substitute([path for path in paths if not self._store.is_valid(path)], say)
        for path in paths:
            valid = self._store.is_valid(path)
            results[path] = (
                v.BuildResult(v.ALREADY_VALID)
                if valid
                else v.BuildResult(v.NO_SUBSTITUTERS, f"path '{path}' does not exist and cannot be created")
            )
        by_name = dict(zip((one for one in wanted if "!" in one), outputs, strict=True))
        for name, result in self._build(by_name, mode, say).items():
            results[name] = result
        return {name: results[name] for name in wanted}

    def _build(self, wanted: Mapping[str, Wanted], mode: int, say: m.Speaker) -> dict[str, v.BuildResult]:
        if not wanted:
            return {}
        start = int(time.time())
        settings = replace(self._settings, check=mode == 2)
        self.substitute([want.drv_path for want in wanted.values() if not self._store.is_valid(want.drv_path)], say)
        built: Iterable[StorePath] = ()
        failures: list[LixevalError] = []
        try:
            done = realise(
                self._store,
                list(wanted.values()),
                settings,
                _Telling(say),
                self._builtin_builders,
                self.substituter(),
            )
            built = done.built
        except BuildsFailed as error:
            failures = list(error.failures)
        except (BuildError, StoreError) as error:
            failures = [error]
        return {name: self._result(want, set(built), failures, start) for name, want in wanted.items()}

    def _result(
        self, want: Wanted, built: set[StorePath], failures: Sequence[LixevalError], start: int
    ) -> v.BuildResult:
        stop = int(time.time())
        for failure in failures:
            if isinstance(failure, BuildError) and failure.drv_path == want.drv_path:
                return v.BuildResult(_STATUS.get(type(failure), v.PERMANENT_FAILURE), _told(failure), start, stop)
        try:
            declared = self._store.query_deriver_outputs(want.drv_path)
            paths = {name: declared[name] for name in (want.outputs or declared)}
        except (StoreError, KeyError) as error:
            return v.BuildResult(v.MISC_FAILURE, str(error))
        if all(self._store.is_valid(path) for path in paths.values()):
            status = v.BUILT if want.drv_path in built else v.ALREADY_VALID
            return v.BuildResult(status, "", start, stop, paths)
        if not failures:
            return v.BuildResult(v.MISC_FAILURE, f"'{want.drv_path}' was not built", start, stop)
        if not isinstance(failures[0], BuildError):
            return v.BuildResult(v.MISC_FAILURE, _told(failures[0]), start, stop)
        message = f"{len(failures)} dependencies of derivation '{want.drv_path}' failed to build"
        return v.BuildResult(v.DEPENDENCY_FAILED, message, start, stop)

    def build_derivation(self, drv_path: StorePath, derivation: Derivation, mode: int, say: m.Speaker) -> v.BuildResult:
        """See `daemon.engine`."""
        start = int(time.time())
        paths = {name: output.path for name, output in derivation.outputs.items()}
        self._store.hold(paths.values())
        # Who asks for this has chosen us as a builder, and Nix says on the way which builders it has: us among them.
        settings = replace(self._settings, check=mode == 2, builders=self._own_builders)
        alone = Plan(
            to_build=(drv_path,),
            outputs={drv_path: paths},
            derivations={drv_path: derivation},
            dependencies={drv_path: ()},
        )
        telling = _Telling(say)
        scheduler = Scheduler(Task(self._store, alone, settings, telling, self._builtin_builders))
        with ending_politely():
            scheduler.run()
        for failure in scheduler.failures.values():
            status = _STATUS.get(type(failure), v.PERMANENT_FAILURE)
            return v.BuildResult(status, _told(failure), start, int(time.time()))
        status = v.BUILT if drv_path in scheduler.built else v.ALREADY_VALID
        return v.BuildResult(status, "", start, int(time.time()), paths)


def _divided(wanted: Iterable[str]) -> tuple[list[Wanted], list[StorePath]]:
    """The outputs of derivations, and the paths, that are wanted."""
    outputs, paths = [], []
    for derived in wanted:
        path, names = v.split_derived(derived)
        if names is None:
            paths.append(path)
        else:
            outputs.append(Wanted(path, names))
    return outputs, paths


def _told(error: LixevalError) -> str:
    lines = [error.message]
    if isinstance(error, BuildError) and error.log_tail and error.log_tail[-1] not in lines[0].split("\n"):
        lines += [f"last {len(error.log_tail)} log lines:", *(f"> {line}" for line in error.log_tail)]
    if error.hint:
        lines.append(error.hint)
    return "\n       ".join(lines)


class _Telling(BuildObserver):
    """Tells a client what happens."""

    def __init__(self, say: m.Speaker) -> None:
        self._say = say
        self._activities: dict[str, int] = {}

    def fetching(self, path: StorePath, size: int | None) -> None:
        self._activities[path] = self._say.start(m.COPY_PATH, f"copying path '{path}'", (path, "", ""))

    def fetched_bytes(self, path: StorePath, count: int) -> None:
        self._say.result(self._activities[path], m.PROGRESS, (count, 0, 0, 0))

    def fetched(self, path: StorePath, cache: str) -> None:
        self._say.stop(self._activities.pop(path))

    def started(self, drv_path: StorePath, pid: int) -> None:
        self._activities[drv_path] = self._say.start(m.BUILD, f"building '{drv_path}'", (drv_path, "", 1, 1))

    def log_line(self, drv_path: StorePath, line: str) -> None:
        if drv_path in self._activities:
            self._say.result(self._activities[drv_path], m.BUILD_LOG_LINE, (line,))

    def finished(self, drv_path: StorePath, seconds: float) -> None:
        self._say.stop(self._activities.pop(drv_path))

    def failed(self, drv_path: StorePath, error: LixevalError) -> None:
        self._say.line(f"error: {_told(error)}")
        if drv_path in self._activities:
            self._say.stop(self._activities.pop(drv_path))

    def message(self, text: str) -> None:
        if text.startswith("warning"):
            self._say.line(text)
