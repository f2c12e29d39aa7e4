"""What a daemon knows of its store, asked like the database of a local one (`store.database.Database`).

What was found out about valid paths is kept as long as the store is open: a path that is in use does not change.
"""

from __future__ import annotations

import threading

from lixeval.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import NoReturn

    from lixeval.daemon.connection import Connection
    from lixeval.daemon.link import Link
    from lixeval.formats.store_path import StorePath
    from lixeval.store.path_info import PathInfo


class RemoteDatabase:
    """Asks through `link`; `beside` are paths that only this process knows of (see `store`)."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._known: dict[StorePath, PathInfo] = {}
        self.beside: dict[StorePath, PathInfo] = {}
        self.read_only = False

    @property
    def lock(self) -> threading.RLock:
        """What keeps threads apart."""
        return self._link.lock

    def close(self) -> None:
        """Let the connection go; the next question makes another."""
        self._known.clear()
        self._link.close()

    def forget_answers(self) -> None:
        """Paths may have gone."""
        self._known.clear()

    def is_valid(self, path: StorePath) -> bool:
        """Whether `path` is valid there."""
        return path in self.beside or self._link.call(lambda daemon: daemon.is_valid(path))

    def valid_among(self, paths: Iterable[StorePath]) -> set[StorePath]:
        """Those of the paths that are valid, in one question."""
        wanted = set(paths)
        beside = wanted & self.beside.keys()
        rest = wanted - beside
        return beside | (self._link.call(lambda daemon: daemon.valid_among(rest)) if rest else set())

    def all_paths(self) -> list[StorePath]:
        """Every valid path, sorted."""
        return self._link.call(lambda daemon: daemon.all_valid())

    def infos(self, paths: Iterable[StorePath]) -> dict[StorePath, PathInfo]:
        """What is known of those of the paths that are valid, in one round trip."""
        wanted = list(dict.fromkeys(paths))
        unknown = [path for path in wanted if path not in self._known and path not in self.beside]
        if unknown:
            self._known.update(self._link.call(lambda daemon: daemon.infos(unknown)))
        together = {**self._known, **self.beside}
        return {path: together[path] for path in wanted if path in together}

    def references(self, path: StorePath) -> list[StorePath]:
        """What `path` refers to, sorted."""
        info = self.infos([path]).get(path)
        return [] if info is None else list(info.references)

    def referrers(self, path: StorePath) -> list[StorePath]:
        """What refers to `path`, sorted."""
        return sorted(self._link.call(lambda daemon: daemon.referrers([path]))[0])

    def closure(self, paths: Iterable[StorePath], reverse: bool = False) -> set[StorePath]:
        """The paths and everything they refer to (or all that refers to them): a round trip for each level."""
        found: set[StorePath] = set()
        level = sorted(set(paths))
        while level:
            if reverse:
                lists: Iterable[Iterable[StorePath]] = self._link.call(_referrers_of(level))
                found |= self.valid_among(level)
            else:
                infos = self.infos(level)
                found |= infos.keys()
                lists = [info.references for info in infos.values()]
            level = sorted({path for paths in lists for path in paths} - found)
        return found

    def edges(self, paths: Iterable[StorePath]) -> list[tuple[StorePath, StorePath]]:
        """(referrer, reference) for all references of the given paths."""
        return [(info.path, other) for info in self.infos(paths).values() for other in info.references]

    def derivation_outputs(self, drv_path: StorePath) -> dict[str, StorePath]:
        """Nothing: what a derivation declares is in the derivation."""
        return {}

    def derivers(self, path: StorePath) -> list[StorePath]:
        """The valid .drv files that have `path` as an output, sorted."""
        return self._link.call(lambda daemon: daemon.derivers(path))

    def path_from_hash_part(self, prefix: str) -> StorePath | None:
        """The valid path that begins with `prefix` (store directory, slash and 32 characters)."""
        return self._link.call(lambda daemon: daemon.path_from_hash_part(prefix.rpartition("/")[2]))

    def add_signatures(self, path: StorePath, signatures: Iterable[str]) -> None:
        """Let further keys vouch for a path."""
        every = list(signatures)
        self._link.call(lambda daemon: daemon.add_signatures(path, every))
        self._known.pop(path, None)

    def register(self, infos: Sequence[PathInfo], outputs: Mapping[StorePath, Mapping[str, StorePath]]) -> NoReturn:
        """Only the daemon does that, of what it is sent."""
        raise StoreError("paths of a daemon's store are registered by the daemon alone")

    def forget(self, paths: Iterable[StorePath]) -> NoReturn:
        """Only its collector does that."""
        raise StoreError("paths of a daemon's store are deleted by the daemon's collector alone")


def _referrers_of(paths: list[StorePath]) -> Callable[[Connection], list[list[StorePath]]]:
    return lambda daemon: daemon.referrers(paths)
