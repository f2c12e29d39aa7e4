"""Builds while others are still evaluated: a process that is told of derivations one by one.

    evaluating parent  --record-->  builder  --built-->  giver: to caches, stores, registries (see `giving`)
                                       └ a line of JSON for each attribute: built, there, or why not

What the builder is told joins the plan that it is working on, so nothing waits for a batch to end.  A derivation that
several attributes need is built once.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lixeval.build.observer import BuildObserver
from lixeval.build.plan import Plan, Wanted, plan
from lixeval.build.scheduler import Scheduler
from lixeval.build.task import Task
from lixeval.errors import BuildError, LixevalError, StoreError
from lixeval.formats.store_path import StorePath
from lixeval.system.signals import ending_politely

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lixeval.build.builders.builder import BuiltinBuilder
    from lixeval.build.settings import BuildSettings
    from lixeval.jobs.record import Record
    from lixeval.store.local import LocalStore
    from lixeval.substituters.fetching import Substituter

    Result = dict[str, object]
    Tell = Callable[[Result], None]


class Job:
    """One attribute: its record, when it was begun, and which derivations it waits for."""

    __slots__ = ("needs", "record", "since")

    def __init__(self, record: Record, needs: set[StorePath]) -> None:
        self.record = record
        self.needs = needs
        self.since = time.monotonic()

    @property
    def drv_path(self) -> StorePath:
        """The derivation that is to be built."""
        return StorePath(str(self.record["drvPath"]))

    def result(self, error: str = "", *, built: bool) -> Result:
        """What is told of it, in nix-fast-build's words."""
        found: Result = {
            "attr": self.record["attr"],
            "type": "BUILD",
            "success": not error,
            "duration": round(time.monotonic() - self.since, 3),
            "drvPath": self.drv_path,
            "outputs": self.record.get("outputs", {}),
        }
        if "imageName" in self.record:
            found["image"] = f"{self.record['imageName']}:{self.record['imageTag']}"
        if error:
            found["error"] = error
        else:
            found["built"] = built
        return found


def build_all(
    tasks: int,
    store: LocalStore,
    settings: BuildSettings,
    observer: BuildObserver,
    builtin_builders: Mapping[str, BuiltinBuilder],
    caches: Substituter | None,
    tell: Tell,
) -> None:
    """Builds what the descriptor `tasks` tells of, a record a line, until its end; `tell` hears of each."""
    watching = _Watching(observer, tell)
    settings = replace(settings, keep_going=True)
    feed = _Feed(tasks, store, caches, watching)
    scheduler = Scheduler(Task(store, Plan(), settings, watching, builtin_builders), feed)
    with ending_politely():
        scheduler.run()
    watching.settle(store)


class _Watching(BuildObserver):
    """Passes on what happens to `shown`, and finds out which attributes are done."""

    def __init__(self, shown: BuildObserver, tell: Tell) -> None:
        self.shown = shown
        self.total = Plan()
        self._tell = tell
        self._jobs: list[Job] = []
        self._failed: dict[str, str] = {}

    def add(self, job: Job, planned: Plan) -> None:
        """One attribute more, whose derivations are to be built."""
        known = set(self.total.to_build)
        self.total.to_build += tuple(drv_path for drv_path in planned.to_build if drv_path not in known)
        self.shown.planned_more(self.total)
        broken = next((drv_path for drv_path in planned.to_build if drv_path in self._failed), None)
        if not job.needs:
            self._tell(job.result(built=False))
        elif broken is not None:
            self._tell(job.result(self._failed[broken], built=False))
        else:
            self._jobs.append(job)

    def refuse(self, job: Job, error: LixevalError) -> None:
        """One that cannot be built at all."""
        self._tell(job.result(error.message, built=False))

    def settle(self, store: LocalStore) -> None:
        """Nothing more is built: what was made by somebody else meanwhile is there, too."""
        for job in self._jobs:
            outputs = store.query_deriver_outputs(job.drv_path).values()
            there = all(store.is_valid(path) for path in outputs)
            self._tell(job.result("" if there else "it was not built", built=False))
        self._jobs.clear()

    # What happens

    def placed(self, drv_path: StorePath, machine: str) -> None:
        self.shown.placed(drv_path, machine)

    def moved(self, drv_path: StorePath) -> None:
        self.shown.moved(drv_path)

    def started(self, drv_path: StorePath, pid: int) -> None:
        self.shown.started(drv_path, pid)

    def log_line(self, drv_path: StorePath, line: str) -> None:
        self.shown.log_line(drv_path, line)

    def isolated(self, how: str) -> None:
        self.shown.isolated(how)

    def message(self, text: str) -> None:
        self.shown.message(text)

    def fetching(self, path: StorePath, size: int | None) -> None:
        self.shown.fetching(path, size)

    def fetched_bytes(self, path: StorePath, count: int) -> None:
        self.shown.fetched_bytes(path, count)

    def fetched(self, path: StorePath, cache: str) -> None:
        self.shown.fetched(path, cache)

    def finished(self, drv_path: StorePath, seconds: float) -> None:
        self.shown.finished(drv_path, seconds)
        for job in [job for job in self._jobs if job.drv_path == drv_path]:
            self._jobs.remove(job)
            self._tell(job.result(built=True))

    def failed(self, drv_path: StorePath, error: LixevalError) -> None:
        self.shown.failed(drv_path, error)
        tail = error.log_tail if isinstance(error, BuildError) else ()
        reason = "\n".join([error.message, *(f"> {line}" for line in tail)])
        self._failed[drv_path] = reason
        for job in [job for job in self._jobs if drv_path in job.needs]:
            self._jobs.remove(job)
            self._tell(job.result(reason, built=False))


class _Feed:
    """Records that come through a pipe, as plans; see `build.scheduler.Feed`."""

    def __init__(self, tasks: int, store: LocalStore, caches: Substituter | None, watching: _Watching) -> None:
        os.set_blocking(tasks, False)
        self._tasks = tasks
        self._store = store
        self._caches = caches
        self._watching = watching
        self._rest = b""
        self.is_open = True

    def fileno(self) -> int:
        """What becomes readable when there is more."""
        return self._tasks

    def take(self) -> Iterator[Plan]:
        """The plans of what has come."""
        try:
            data = os.read(self._tasks, 1 << 20)
        except BlockingIOError:
            return
        self.is_open = bool(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            job = Job(json.loads(line), set())
            try:
                planned = self._planned(job)
            except LixevalError as error:
                self._watching.refuse(job, error)
                continue
            job.needs = set(planned.to_build)
            self._watching.add(job, planned)
            if planned.to_build:
                yield planned

    def _planned(self, job: Job) -> Plan:
        """What is to be built for an attribute; what can be fetched is fetched now."""
        wanted = [Wanted(job.drv_path)]
        planned = plan(self._store, wanted, substituter=self._caches, hold=True)
        if planned.to_substitute and self._caches is not None:
            self._caches.substitute(planned.to_substitute, self._watching)
            planned = plan(self._store, wanted, hold=True)
        if planned.unknown:
            raise StoreError(f"don't know how to build '{planned.unknown[0]}'")
        return planned
