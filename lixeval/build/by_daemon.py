"""Making outputs valid in a daemon's store: the daemon builds and fetches, but for what only lixeval can build.

    what is missing, as the daemon sees it -> is a builder of ours among it?
        no   -> one request for everything
        yes  -> the daemon makes the inputs of those that nothing of ours is in the way of; they are built here, and
                sent; and so on; then one request for what is wanted

What the daemon says of builds and downloads on the way is told to the observer, as if it happened here.
"""

from __future__ import annotations

import time
from dataclasses import replace

from lixeval.build.observer import BuildObserver
from lixeval.build.plan import Plan, Wanted, is_own
from lixeval.build.results import Results, failed, failure_of
from lixeval.build.scheduler import Scheduler
from lixeval.build.task import Task
from lixeval.daemon import messages as m
from lixeval.daemon import values as v
from lixeval.daemon.protocol import NOT_TRUSTED
from lixeval.errors import BuildError, StoreError
from lixeval.formats.store_path import STORE_DIR, StorePath, is_store_path
from lixeval.system.graphs import dependencies_first
from lixeval.system.signals import ending_politely

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import NoReturn, TypeGuard

    from lixeval.build.builders.builder import BuiltinBuilder
    from lixeval.build.settings import BuildSettings
    from lixeval.daemon.connection import Missing
    from lixeval.daemon.store import DaemonStore
    from lixeval.formats.derivation import Derivation


def realise_there(
    store: DaemonStore,
    wanted: Sequence[Wanted],
    settings: BuildSettings,
    observer: BuildObserver,
    builtin_builders: Mapping[str, BuiltinBuilder],
) -> Results:
    """As `realise.realise`, in a daemon's store."""
    store.flush()
    outputs = _outputs(store, wanted)
    store.hold([path for paths in outputs.values() for path in paths.values()])
    missing = store.link.call(lambda daemon: daemon.missing([_derived(want) for want in wanted]))
    missing.to_build = [drv_path for drv_path in missing.to_build if not _is_beside(store, drv_path)]
    plan = _plan(store, missing, outputs)
    observer.plan(plan)
    if settings.dry_run:
        return Results(outputs, (), plan)
    if missing.unknown:
        paths = "".join(f"\n  {path}" for path in missing.unknown)
        raise StoreError(f"don't know how to build these paths:{paths}")
    hearer = _Told(observer, set(missing.to_build))
    store.link.hearer = hearer
    store.link.options = _options(settings)
    store.link.call(lambda daemon: daemon.set_options(**store.link.options))  # type: ignore[arg-type]  # of the names that `_options` gives
    try:
        with ending_politely():
            own = _build_own(store, missing, Task(store, plan, settings, observer, builtin_builders), hearer)
            rest = [want for want in wanted if want.drv_path not in own or settings.check]
            if rest:
                _build(store, rest, 2 if settings.check else 0, hearer)
    finally:
        store.link.hearer = m.Hearer()
    store.remote.forget_answers()
    return Results(outputs, tuple(missing.to_build), plan)


def _outputs(store: DaemonStore, wanted: Iterable[Wanted]) -> dict[StorePath, dict[str, StorePath]]:
    found: dict[StorePath, dict[str, StorePath]] = {}
    for want in wanted:
        declared = store.query_deriver_outputs(want.drv_path)
        names = want.outputs or tuple(declared)
        absent = [name for name in names if name not in declared]
        if absent:
            raise StoreError(f"derivation '{want.drv_path}' does not have wanted outputs '{', '.join(absent)}'")
        found.setdefault(want.drv_path, {}).update((name, declared[name]) for name in names)
    return found


def _derived(want: Wanted) -> str:
    return f"{want.drv_path}!{','.join(want.outputs) if want.outputs else '*'}"


class _Fetched:
    """What is known of a path that the daemon will fetch: nothing but its name, and a share of the sizes."""

    def __init__(self, path: StorePath, file_size: int, nar_size: int) -> None:
        self.path = path
        self.file_size: int | None = file_size
        self.nar_size = nar_size


def _plan(store: DaemonStore, missing: Missing, outputs: dict[StorePath, dict[str, StorePath]]) -> Plan:
    count = max(1, len(missing.to_substitute))
    fetched = [
        _Fetched(path, missing.download_size // count, missing.nar_size // count) for path in missing.to_substitute
    ]
    return Plan(
        to_build=tuple(missing.to_build),
        to_substitute=tuple(missing.to_substitute),
        to_fetch=tuple(fetched),
        unknown=tuple(missing.unknown),
        outputs=outputs,
    )


def _is_beside(store: DaemonStore, drv_path: StorePath) -> bool:
    """Whether its outputs are here, where the daemon cannot see them."""
    return all(store.is_beside(path) for path in store.query_deriver_outputs(drv_path).values())


def _options(settings: BuildSettings) -> dict[str, object]:
    others = dict(settings.for_daemons)
    if settings.timeout:
        others["timeout"] = f"{int(settings.timeout)}"
    return {
        "keep_failed": settings.keep_failed,
        "keep_going": settings.keep_going,
        "fallback": settings.fallback,
        "max_jobs": settings.max_jobs,
        "max_silent_time": int(settings.max_silent_time),
        "cores": settings.cores,
        "others": others,
    }


# What only lixeval can build


def _build_own(store: DaemonStore, missing: Missing, task: Task, hearer: _Told) -> set[StorePath]:
    """Builds here what only lixeval can, with the inputs that the daemon makes; what has been built."""
    derivations = {drv_path: store.read_derivation(drv_path) for drv_path in missing.to_build}
    own = {drv_path for drv_path, derivation in derivations.items() if is_own(derivation)}
    if not own:
        return own
    edges = [(drv_path, used) for drv_path, one in derivations.items() for used in one.input_derivations]
    needs: dict[StorePath, set[str]] = {}
    for drv_path in dependencies_first(derivations, edges):
        used = [path for path in derivations[drv_path].input_derivations if path in derivations]
        needs[drv_path] = {need for path in used for need in (needs[path] | ({path} & own))}
    done: set[StorePath] = set()
    while True:
        # What the daemon was not given it cannot build on: all that needs it is built here, too.
        here = own if not _keeps_out(store) else own.union(drv_path for drv_path in needs if needs[drv_path])
        if done == here:
            return here
        ready = [drv_path for drv_path in sorted(here - done) if _is_ready(derivations[drv_path], here, done, needs)]
        inputs: dict[StorePath, set[str]] = {}
        for drv_path in ready:
            for input_path, names in derivations[drv_path].input_derivations.items():
                if input_path not in here and not _is_beside(store, input_path):
                    inputs.setdefault(input_path, set()).update(names)
        if inputs:
            requests = [Wanted(path, tuple(sorted(names))) for path, names in sorted(inputs.items())]
            _build(store, requests, 0, hearer)
        _build_here(task, ready)
        done.update(ready)


def _keeps_out(store: DaemonStore) -> bool:
    """Whether the daemon does not take what is built here: it says so (from 1.35), or has refused something."""
    return store.link.trust == NOT_TRUSTED or bool(store.remote.beside)


def _is_ready(
    derivation: Derivation, here: set[StorePath], done: set[StorePath], needs: Mapping[StorePath, set[str]]
) -> bool:
    """Whether nothing that is to be built here is in the way of a derivation's inputs."""
    return all(
        used in done if used in here else needs.get(used, set()) <= done for used in derivation.input_derivations
    )


def _build_here(task: Task, ready: Sequence[StorePath]) -> None:
    plan = Plan(
        to_build=tuple(ready),
        derivations={drv_path: task.store.read_derivation(drv_path) for drv_path in ready},
        dependencies=dict.fromkeys(ready, ()),
        outputs=task.plan.outputs,
    )
    scheduler = Scheduler(replace(task, plan=plan))
    scheduler.run()
    failed(scheduler.failures.values())


# What the daemon builds


def _build(store: DaemonStore, wanted: Sequence[Wanted], mode: int, hearer: _Told) -> None:
    """Has the daemon make outputs valid; raises the error of the first that it could not."""
    derived = {_derived(want): want.drv_path for want in wanted}
    try:
        results = store.link.call(lambda daemon: daemon.build(list(derived), mode))
    except m.DaemonRefused as error:
        raise BuildError(error.message, drv_path=next(iter(derived.values()))) from None
    failures = {derived.get(key, StorePath(key)): result for key, result in results.items() if not result.is_success}
    if failures:
        _raise(failures, hearer)


def _raise(results: Mapping[StorePath, v.BuildResult], hearer: _Told) -> NoReturn:
    """Raises what failed: of what others wait for the build that failed itself, where the daemon has named it."""
    results = dict(results)
    errors = []
    for drv_path, reason in hearer.reasons.items():
        own = results.pop(drv_path, None)
        errors.append(failure_of(drv_path, own or v.BuildResult(v.PERMANENT_FAILURE, reason)))
    errors += [
        failure_of(drv_path, result)
        for drv_path, result in results.items()
        if result.status != v.DEPENDENCY_FAILED or not hearer.reasons
    ]
    for error in errors:
        assert error.drv_path is not None
        drv_path = StorePath(error.drv_path)
        error.log_tail = tuple(hearer.tails.get(drv_path, ()))
        hearer.observer.failed(drv_path, error)
    failed(errors)
    raise AssertionError("nothing failed")


class _Told(m.Hearer):
    """Tells the observer of builds what a daemon says of its work."""

    def __init__(self, observer: BuildObserver, planned: set[StorePath]) -> None:
        self.observer = observer
        self.tails: dict[StorePath, list[str]] = {}
        self.reasons: dict[StorePath, str] = {}
        """Why builds failed, as the daemon said at once; its results speak of what was wanted only."""
        self._planned = planned
        self._builds: dict[int, tuple[StorePath, float]] = {}
        self._copies: dict[int, tuple[StorePath, str]] = {}

    def line(self, message: str) -> None:
        message = message.rstrip("\n")
        failed = next((drv for drv, _ in self._builds.values() if f"'{drv}'" in message), None)
        if failed is not None and message.startswith("error:"):
            self.reasons.setdefault(failed, message.removeprefix("error:").strip())
            return
        for one in message.split("\n"):
            self.observer.message(one)

    def started(self, activity: int, kind: int, message: str, fields: Sequence[int | str]) -> None:
        if kind == m.BUILD and fields and isinstance(fields[0], str):
            drv_path = StorePath(fields[0])
            self._builds[activity] = drv_path, time.monotonic()
            self.observer.started(drv_path, 0)
        elif kind == m.COPY_PATH and len(fields) >= 2 and _is_path(path := fields[0]):
            self._copies[activity] = path, str(fields[1]) or "where the daemon has found it"
            self.observer.fetching(path, None)

    def stopped(self, activity: int) -> None:
        if activity in self._builds:
            drv_path, since = self._builds.pop(activity)
            if drv_path in self._planned and drv_path not in self.reasons:
                self.observer.finished(drv_path, time.monotonic() - since)
        elif activity in self._copies:
            self.observer.fetched(*self._copies.pop(activity))

    def result(self, activity: int, kind: int, fields: Sequence[int | str]) -> None:
        if kind == m.BUILD_LOG_LINE and activity in self._builds and fields:
            drv_path, line = self._builds[activity][0], m.plain(str(fields[0]))
            tail = self.tails.setdefault(drv_path, [])
            tail.append(line)
            del tail[:-25]
            self.observer.log_line(drv_path, line)
        elif kind == m.PROGRESS and activity in self._copies and fields and isinstance(fields[0], int):
            self.observer.fetched_bytes(self._copies[activity][0], fields[0])


def _is_path(field: int | str) -> TypeGuard[StorePath]:
    return isinstance(field, str) and field.startswith(STORE_DIR + "/") and is_store_path(field)
