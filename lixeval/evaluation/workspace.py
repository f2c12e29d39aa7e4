"""The rooms wired together for one run: the store, the evaluator, and what builds for both.

`Workspace` is made once a run, by the command line or by a program that uses lixeval as a library.
"""

from __future__ import annotations

import os

from lixeval.environment.services import cannot_fetch_closure
from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.observer import NOBODY
from lixeval.formats.store_path import StorePath
from lixeval.store.unopened import local_store
from lixeval.system.deep_stack import run_deep
from lixeval.system.directories import cache_directory, host_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    from lixeval.build.builders.builder import BuiltinBuilder
    from lixeval.build.observer import BuildObserver
    from lixeval.build.plan import Wanted
    from lixeval.build.realise import Results
    from lixeval.build.settings import BuildSettings
    from lixeval.environment.machine import Machine
    from lixeval.evaluation.limits import Limits
    from lixeval.evaluation.observer import Observer
    from lixeval.runtime.values import Value
    from lixeval.store.local import LocalStore
    from lixeval.substituters.caches import Asking
    from lixeval.substituters.fetching import Substituter

    T = TypeVar("T")


class Workspace:
    """The store and the evaluator of one run, and what builds for both; `asking` says which binary caches are asked.

    `store` is the store to use, if it is not the local one below `root`; the host's answers are at `root` all the same.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        root: str | None,
        store: LocalStore | None = None,
        build_settings: Callable[[], BuildSettings] | None = None,
        asking: Callable[[Sequence[str]], Asking | None] = lambda named: None,
        observer: Callable[[], BuildObserver | None] = lambda: None,
        say: Callable[[str], None] = lambda text: None,
        faithful: bool = False,
        cache: str | None = None,
        machine: Machine | None = None,
        watch: Observer = NOBODY,
        limits: Limits | None = None,
    ) -> None:
        self._watch = watch
        self.last_flake: tuple[object, int, Value] = (None, -1, None)
        """What is known of the flake that was evaluated last, how many lines had been said before, and its outputs."""
        self.limits = limits
        """What the evaluation may take; calls and steps are counted by code that is made for it, from the start."""
        self._settings = settings
        self._root = root
        self._cache = cache
        self.has_own_store = store is None
        self.store = store or local_store(root, source_memory=source_memory())
        self._build_settings = build_settings
        self._asking = asking
        self._caches: Substituter | None = None
        self._make_observer = observer
        self._observer: BuildObserver | None = None
        self.printed: object = None
        """What is held until the process ends, as freeing it would take long (`cli.output.values`)."""
        self.evaluator = Evaluator(
            settings,
            self.store,
            cache_directory=cache if cache is not None else os.path.join(cache_directory(), "code"),
            realise=self._realise_context,
            fetch_closure=self._fetch_closure,
            say=say,
            host_directory=host_directory(root),
            faithful=faithful,
            pipe_operators="pipe-operators" in settings.experimental,
            machine=machine,
            watch=watch,
            meter=None if limits is None else limits.meter(),
        )

    def another(self, machine: Machine, say: Callable[[str], None], watch: Observer = NOBODY) -> Workspace:
        """A workspace with the same settings and the same store, whose evaluator asks another machine."""
        from copy import copy  # only a run that is remembered in part asks for it

        settings = copy(self._settings)
        settings.verbose = False  # nothing is to be said of it
        faithful = self.evaluator.faithful
        return Workspace(
            settings, root=self._root, say=say, faithful=faithful, cache=self._cache, machine=machine, watch=watch
        )

    @property
    def observer(self) -> BuildObserver:
        """Who is told of builds, made when there are some: hardly any evaluation has."""
        if self._observer is None:
            from lixeval.build.observer import BuildObserver

            self._observer = self._make_observer() or BuildObserver()
        return self._observer

    def evaluate(self, function: Callable[[], T], look: Callable[[int], None] | None = None, every: float = 0.001) -> T:
        """`function()`, an evaluation: run deep, what it adds to the store registered together, its code kept.

        `look` is called `every` so many seconds where nobody else watches (see `run_deep`).
        """

        def body() -> T:
            with self.store.batch():
                return function()

        try:
            with self._watch.phase("evaluating"):
                return self._run(body, look, every)
        finally:
            self.evaluator.save_code()

    def leave(self) -> None:
        """Nothing more will be evaluated: the store is let go, and what was not registered stays so."""
        self.evaluator.has_ended()
        self.store.leave()

    def close(self) -> None:
        """As `leave`, with everything registered; it can be used again."""
        self.evaluator.has_ended()
        self.store.close()

    def _run(self, body: Callable[[], T], look: Callable[[int], None] | None, every: float) -> T:
        watching = self._watch.look
        if self.limits is not None:
            return self.limits.run(body, watching)
        return run_deep(body, look=look, every=every) if watching is None else run_deep(body, look=watching)

    def realise(self, wanted: Sequence[Wanted]) -> Results:
        """Builds what is not there; see `build.realise`."""
        from lixeval.build.realise import BuildSettings, realise
        from lixeval.host.shell import sandbox_shell

        self.store.flush()
        given = self._build_settings
        settings = BuildSettings(sandbox_shell=sandbox_shell) if given is None else given()
        return realise(self.store, wanted, settings, self.observer, builtin_builders(), self.caches())

    def fetch(self, paths: Sequence[StorePath], *, dry_run: bool = False) -> None:
        """Makes store paths valid that caches have; see `build.realise.fetch`."""
        from lixeval.build.realise import fetch

        self.store.flush()
        fetch(self.store, paths, self.caches(), self.observer, dry_run=dry_run)

    def caches(self) -> Substituter | None:
        """The binary caches of this run, asked nothing yet; None where none may be asked."""
        if self._caches is None:
            asking = self._asking(())
            if asking is None:
                return None
            from lixeval.substituters.fetching import Substituter

            self._caches = Substituter(self.store, asking, self.observer.message)
        return self._caches

    def _fetch_closure(self, cache: str, path: StorePath, rewritten: bool) -> StorePath:
        """What `builtins.fetchClosure` wants: from that cache, whatever others there are."""
        from lixeval.build.realise import fetch
        from lixeval.substituters.fetching import Substituter

        asking = self._asking((cache,))
        if asking is None:
            return cannot_fetch_closure(cache, path, rewritten)
        self.store.flush()
        if rewritten:
            from lixeval.substituters.rewriting import fetch_rewritten

            return fetch_rewritten(self.store, asking, path, self.observer.message)
        fetch(self.store, [path], Substituter(self.store, asking, self.observer.message), self.observer)
        return path

    def _realise_context(self, elements: Iterable[str]) -> None:
        """Builds what evaluation wants to read; elements of a string context, `!OUTPUT!DRV`."""
        from lixeval.build.plan import Wanted

        outputs: dict[StorePath, list[str]] = {}
        for element in elements:
            _, output, drv_path = element.split("!", 2)
            outputs.setdefault(StorePath(drv_path), []).append(output)
        wanted = [Wanted(drv_path, tuple(names)) for drv_path, names in outputs.items()]
        if self.limits is None:
            self.realise(wanted)
        else:
            self.limits.unbounded(lambda: self.realise(wanted))


def source_memory() -> str:
    """Where is remembered what unchanged sources hashed to."""
    return os.path.join(cache_directory(), "sources")


def builtin_builders() -> Mapping[str, BuiltinBuilder]:
    """All builders that run inside lixeval, by the NAME of `builtin:NAME`."""
    from lixeval.build.builders import texts
    from lixeval.containers import builders as containers
    from lixeval.host.builders import builders as host

    return {**texts.builders, **host, **containers.builders}
