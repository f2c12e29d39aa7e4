"""Garbage of any store: a local one is collected by us (`store.garbage`), a daemon's by the daemon."""

from __future__ import annotations

from lixeval.store import garbage
from lixeval.store.garbage import Collected, Keeping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lixeval.daemon.store import DaemonStore
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore


def _daemons(store: LocalStore) -> DaemonStore | None:
    return store if store.is_daemons else None  # type: ignore[return-value]  # only those say so


def add_indirect_root(store: LocalStore, link: str) -> None:
    """Keep what the link at `link` points to from being collected, as long as the link is there."""
    daemons = _daemons(store)
    if daemons is None:
        garbage.add_indirect_root(store, link)
    else:
        daemons.add_root(link)


def roots(store: LocalStore) -> list[tuple[str, StorePath]]:
    """What keeps something alive, each with the valid path that it keeps."""
    daemons = _daemons(store)
    return garbage.roots(store) if daemons is None else daemons.roots()


def alive(store: LocalStore, keeping: Keeping) -> set[StorePath]:
    """What a collector would leave."""
    daemons = _daemons(store)
    return garbage.alive(store, keeping=keeping) if daemons is None else daemons.living()


def dead(store: LocalStore, keeping: Keeping) -> Collected:
    """What a collector would take."""
    daemons = _daemons(store)
    return garbage.dead(store, keeping=keeping) if daemons is None else daemons.dead()


def collect(store: LocalStore, keeping: Keeping, waiting: Callable[[], None], most: int | None = None) -> Collected:
    """Delete what is not alive, until `most` bytes have been freed."""
    daemons = _daemons(store)
    if daemons is not None:
        return daemons.collect(most)
    from lixeval.store.optimise import remove_unused_links

    collected = garbage.collect(store, keeping=keeping, waiting=waiting, most=most)
    remove_unused_links(store)
    return collected


def delete(store: LocalStore, paths: Iterable[StorePath], waiting: Callable[[], None]) -> Collected:
    """Delete these paths and no others; `StoreError`, and nothing happens, where one of them is still needed."""
    daemons = _daemons(store)
    return garbage.delete(store, paths, waiting) if daemons is None else daemons.delete(paths)
