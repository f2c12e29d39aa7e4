"""Making derivation outputs exist: what is wanted → a plan → builds → valid paths.

    realise:  plan what is missing → substitute what others have → build the rest, dependencies first

The pieces: `plan` (what to do), `scheduler` (when), `processes` (one build: its world, its builder, its outputs),
`isolation` (how builders are kept apart from the machine).  Source: Nix manual, "nix-store --realise".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lixeval.build.builders.builder import BuiltinBuilder
from lixeval.build.observer import BuildObserver
from lixeval.build.plan import Plan, Substituter, Wanted, plan
from lixeval.build.platforms import require_builders
from lixeval.build.results import BuildsFailed, Results, failed
from lixeval.build.scheduler import Scheduler
from lixeval.build.settings import BuildSettings
from lixeval.build.task import Task
from lixeval.errors import StoreError
from lixeval.system.signals import ending_politely

if TYPE_CHECKING:
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore

__all__ = [
    "BuildObserver",
    "BuildSettings",
    "BuildsFailed",
    "Plan",
    "Results",
    "Substituter",
    "Wanted",
    "ending_politely",
    "plan",
    "realise",
]


def realise(
    store: LocalStore,
    wanted: Sequence[Wanted],
    settings: BuildSettings | None = None,
    observer: BuildObserver | None = None,
    builtin_builders: Mapping[str, BuiltinBuilder] | None = None,
    substituter: Substituter | None = None,
) -> Results:
    """Make the wanted outputs valid; gives their paths.

    Raises BuildError (BuildTimeout, HashMismatch, NotDeterministic) for the first build that fails, or, under
    `keep_going`, BuildsFailed at the end if there were several; StoreError if something can neither be built nor
    substituted.  With `dry_run` nothing is done but to show the plan to the observer.
    """
    settings = settings or BuildSettings()
    observer = observer or BuildObserver()
    if store.is_daemons:
        from lixeval.build.by_daemon import realise_there

        return realise_there(store, wanted, settings, observer, builtin_builders or {})  # type: ignore[arg-type]  # see is_daemons
    planned = plan(
        store,
        wanted,
        check=settings.check,
        substituter=substituter,
        hold=not settings.dry_run,
        platforms=settings.platforms,
    )
    observer.plan(planned)
    if settings.dry_run:
        return Results(planned.outputs, (), planned)
    if not settings.keep_going:
        require_builders(settings, planned)
    if planned.to_substitute and substituter is not None:
        planned = _substitute(store, wanted, settings, observer, substituter, planned)
    if planned.unknown:
        paths = "".join(f"\n  {path}" for path in planned.unknown)
        raise StoreError(f"don't know how to build these paths:{paths}")
    scheduler = Scheduler(Task(store, planned, settings, observer, builtin_builders or {}))
    with ending_politely():
        scheduler.run()
    failed(scheduler.failures.values())
    return Results(planned.outputs, tuple(scheduler.built), planned)


def fetch(
    store: LocalStore,
    paths: Sequence[StorePath],
    substituter: Substituter | None,
    observer: BuildObserver,
    *,
    dry_run: bool = False,
) -> None:
    """Make paths valid that nobody knows how to build; with `dry_run` only show the observer what it takes.

    Raises StoreError for what the substituter does not have, or cannot send.
    """
    missing = [path for path in paths if not store.is_valid(path)]
    absent = set(missing) - (set() if substituter is None else substituter.available(missing))
    if absent:
        raise StoreError(
            f"path '{min(absent)}' cannot be had from any cache that is asked",
            hint="a cache must have it with all that it refers to; --substituters, or copy --from, names one",
        )
    if substituter is None or not missing:
        return
    observer.plan(Plan(to_substitute=tuple(missing), to_fetch=tuple(substituter.missing(missing))))
    if not dry_run:
        with ending_politely():
            substituter.substitute(missing, observer)


def _substitute(
    store: LocalStore,
    wanted: Sequence[Wanted],
    settings: BuildSettings,
    observer: BuildObserver,
    substituter: Substituter,
    planned: Plan,
) -> Plan:
    """Fetch what the plan wants to be fetched; the plan of what is still to be done."""
    try:
        with ending_politely():
            substituter.substitute(planned.to_substitute, observer)
    except StoreError as error:
        if not settings.fallback:
            raise
        observer.message(f"warning: {error.message}; building instead")
    again = plan(store, wanted, check=settings.check, hold=True, platforms=settings.platforms)
    if again.to_build != planned.to_build:
        observer.plan(again)
    return again
