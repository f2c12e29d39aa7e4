"""What a store may forget: everything that no root leads to.

    root  = a link below gcroots/ or profiles/ that points into the store,
          | or to a link elsewhere that does (`result`; see `add_indirect_root`)
          | a file there that is called like a store path
          | something that a running program uses (see `runtime_roots`) or says that it does (`temporary_roots`)
    alive = the closure of the roots, and of the derivations of what is in it

What a process uses, it says beforehand in a file of its own (see `temporary_roots`), as Nix does: so nothing is
collected between being made and being used, by us or by Nix.  One collector works at a time, and the next one waits.

C++: gc.cc (`findRoots`, `collectGarbage`; keep-derivations as by default).
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager

from lixeval.errors import StoreError
from lixeval.formats import store_path
from lixeval.formats.byte_text import bytes_of
from lixeval.formats.hashes import digest
from lixeval.formats.store_path import StorePath
from lixeval.store import records
from lixeval.store.runtime_roots import runtime_roots
from lixeval.store.temporary_roots import open_collectors_lock, temporary_roots
from lixeval.system.atomic import write_link
from lixeval.system.graphs import dependencies_first
from lixeval.system.removing import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Final

    from lixeval.store.local import LocalStore


class Collected:
    """What was (or would be) deleted: `paths`, those that refer to others first, and the `size` of their NARs."""

    __slots__ = ("paths", "size")

    def __init__(self, paths: tuple[StorePath, ...], size: int) -> None:
        self.paths: Final = paths
        self.size: Final = size


def add_indirect_root(store: LocalStore, link: str) -> None:
    """Keep what the link at `link` points to from being collected, as long as the link is there."""
    root = indirect_root(store, link)
    os.makedirs(os.path.dirname(root), exist_ok=True)
    write_link(root, os.path.abspath(link))


def indirect_root(store: LocalStore, link: str) -> str:
    """The root in the store that points to the link at `link`."""
    return f"{store.state_dir}/gcroots/auto/{digest('sha1', bytes_of(os.path.abspath(link))).nix32}"


def roots(store: LocalStore) -> list[tuple[str, StorePath]]:
    """The links, files and running programs that keep something alive, each with the valid path that it keeps."""
    found: set[tuple[str, StorePath]] = set()
    for start in ("gcroots", "profiles"):
        for path in _files_below(f"{store.state_dir}/{start}"):
            for link, kept in _kept_by(store, path):
                found.add((link, kept))
    for place, names in runtime_roots((store.store_dir, store.real_store_dir)).items():
        found.update((place, StorePath(f"{store.store_dir}/{name}")) for name in names)
    valid = store.database.valid_among({kept for _, kept in found})
    return sorted((place, kept) for place, kept in found if kept in valid)


def _files_below(directory: str) -> Iterator[str]:
    for folder, folders, names in os.walk(directory):
        # A link to a directory is a link all the same.
        yield from (f"{folder}/{name}" for name in [*names, *folders] if os.path.islink(f"{folder}/{name}"))
        yield from (f"{folder}/{name}" for name in names if not os.path.islink(f"{folder}/{name}"))


def _kept_by(store: LocalStore, path: str) -> Iterator[tuple[str, StorePath]]:
    if not os.path.islink(path):
        kept = f"{store.store_dir}/{os.path.basename(path)}"
        if store_path.is_store_path(kept):
            yield path, kept
        return
    target = _target(path)
    kept_directly = _store_path_of(store, target)
    if kept_directly is not None:
        yield path, kept_directly
    elif os.path.islink(target):
        kept_indirectly = _store_path_of(store, _target(target))
        if kept_indirectly is not None:
            yield target, kept_indirectly


def _target(link: str) -> str:
    """Where a link leads to; itself where it has gone meanwhile."""
    try:
        return os.path.join(os.path.dirname(link), os.readlink(link))
    except FileNotFoundError:
        return link


def _store_path_of(store: LocalStore, target: str) -> StorePath | None:
    """The store path that a link leads to, by its logical or its real name."""
    for prefix in (store.store_dir, store.real_store_dir):
        base_name = target.removeprefix(prefix + "/").partition("/")[0]
        kept = f"{store.store_dir}/{base_name}"
        if target.startswith(prefix + "/") and store_path.is_store_path(kept):
            return kept
    return None


class Keeping:
    """What stays besides what roots lead to: the derivations that made it, what living derivations make."""

    __slots__ = ("derivations", "outputs")

    def __init__(self, derivations: bool = True, outputs: bool = False) -> None:
        self.derivations = derivations
        self.outputs = outputs


def alive(store: LocalStore, keep: Iterable[StorePath] = (), keeping: Keeping | None = None) -> set[StorePath]:
    """What must stay: what the roots and `keep` lead to, and by `keeping` what belongs to it."""
    keeping = keeping or Keeping()
    reached: set[StorePath] = set()
    wanted = {*keep, *(kept for _, kept in roots(store))}
    while not wanted <= reached:
        reached |= set(store.closure(wanted - reached))
        infos = store.infos(reached)
        wanted = set()
        if keeping.derivations:
            derivers = {info.deriver for info in infos.values() if info.deriver is not None}
            wanted |= store.database.valid_among(derivers)
        if keeping.outputs:
            made = [path for drv in reached if drv.endswith(".drv") for path in _outputs(store, drv)]
            wanted |= store.database.valid_among(made)
    return reached


def _outputs(store: LocalStore, drv_path: StorePath) -> list[StorePath]:
    return [output.path for output in store.read_derivation(drv_path).outputs.values() if output.path]


def dead(store: LocalStore, keep: Iterable[StorePath] = (), keeping: Keeping | None = None) -> Collected:
    """What `collect` would delete; what `store` itself holds is given up."""
    store.flush()
    store.let_go()
    paths = set(store.all_paths())  # asked first: what is registered after this is not dead
    used = store.database.valid_among(temporary_roots(store.state_dir)) if os.path.isdir(store.state_dir) else set()
    paths -= alive(store, {*keep, *used}, keeping)
    order = dependencies_first(paths, store.database.edges(paths))
    return Collected(tuple(reversed(order)), sum(info.nar_size for info in store.infos(paths).values()))


def collect(
    store: LocalStore,
    keep: Iterable[StorePath] = (),
    keeping: Keeping | None = None,
    waiting: Callable[[], None] = lambda: None,
    most: int | None = None,
) -> Collected:
    """Delete what is not alive, and what lies in the store without being valid; `keep` are further roots.

    It ends when `most` bytes have been freed.

    What `store` itself holds is given up.  `waiting` is called where another collector works.  Where there is no store
    none is made.
    """
    if not os.path.isdir(store.state_dir) and not os.path.isdir(store.real_store_dir):
        return Collected((), 0)
    with _alone(store, waiting):
        collected = _first(store, dead(store, keep, keeping), most)
        store.forget(*collected.paths)
        _remove_leftovers(store, temporary_roots(store.state_dir))
        if collected.paths:
            records.replace(store.state_dir + "/db", store.infos(store.all_paths()).values())
        return collected


def _first(store: LocalStore, collected: Collected, most: int | None) -> Collected:
    """As much of what could be deleted, users before what they use, as frees `most` bytes."""
    if most is None or collected.size <= most:
        return collected
    infos, paths, size = store.infos(collected.paths), [], 0
    for path in collected.paths:
        if size >= most:
            break
        paths.append(path)
        size += infos[path].nar_size
    return Collected(tuple(paths), size)


def delete(store: LocalStore, paths: Iterable[StorePath], waiting: Callable[[], None] = lambda: None) -> Collected:
    """Delete these paths and no others; `StoreError`, and nothing happens, where one of them is still needed."""
    wanted = set(paths)
    for path in sorted(wanted):
        store.info(path)
        users = [user for user in store.referrers(path) if user not in wanted]
        if users:
            raise StoreError(
                f"cannot delete path '{path}' because '{users[0]}' refers to it", hint="lixeval store delete takes both"
            )
    with _alone(store, waiting):
        living = wanted & alive(store, store.database.valid_among(temporary_roots(store.state_dir)))
        if living:
            raise StoreError(
                f"cannot delete path '{min(living)}' since it is still alive",
                hint=f"lixeval store query --roots {min(living)}",
            )
        infos = store.infos(wanted)
        order = dependencies_first(wanted, store.database.edges(wanted))
        store.forget(*reversed(order))
        return Collected(tuple(reversed(order)), sum(info.nar_size for info in infos.values()))


@contextmanager
def _alone(store: LocalStore, waiting: Callable[[], None]) -> Iterator[None]:
    """No other collector works meanwhile, and nobody begins to use something that he has not used before."""
    store.prepare()
    store.flush()
    store.let_go()  # else the one who collects would keep what he has looked at
    lock = open_collectors_lock(store.state_dir)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _remove_leftovers(store: LocalStore, temporary: set[StorePath]) -> None:
    """Delete what is not valid: the rests of what failed.

    What belongs to a path in use, which its hash tells (its lock, its scratch), or is locked, is on its way to become
    valid.
    """
    valid = set(store.all_paths())
    in_use = {os.path.basename(path)[:32] for path in temporary}
    for name in os.listdir(store.real_store_dir):
        path = f"{store.store_dir}/{name}"
        if name == ".links" or path in valid or name[:32] in in_use or _is_locked_directory(store.real(path)):
            continue
        locks = store.lock([StorePath(path.removesuffix(".lock"))])
        if locks.acquire(blocking=False):
            try:
                remove_tree(store.real(path))
            finally:
                locks.release()


def _is_locked_directory(real_path: str) -> bool:
    """Whether this is a `tmp-…` directory that a Nix is unpacking something in."""
    if not os.path.basename(real_path).startswith("tmp-") or not os.path.isdir(real_path):
        return False
    try:
        descriptor = os.open(real_path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
