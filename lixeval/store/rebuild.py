"""A database made again from what lies in the store, where it is lost or damaged.

    a path comes back if     its record (see `records`) has the hash of its NAR
                             | or its name is the hash of its content: a .drv, a source
                             | or a .drv that comes back declares it, and its files look as only finished ones do
    and if                   all that it refers to comes back

What does not come back lies there until the next collection.  The old database is kept beside the new one.
"""

from __future__ import annotations

import fcntl
import os
import stat

from lixeval.errors import FormatError, StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats import store_path
from lixeval.formats.byte_text import bytes_of
from lixeval.formats.hashes import digest
from lixeval.formats.store_path import RealPath, StorePath
from lixeval.store import records
from lixeval.store.canonical import MTIME
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo, content_address
from lixeval.store.references import scan_and_hash


class Rebuilt:
    """What came of it: how many paths are `valid` again, the `lost` ones, and where the `old` database is."""

    def __init__(self, valid: int, lost: list[StorePath], old: str | None) -> None:
        self.valid = valid
        self.lost = lost
        self.old = old


def rebuild_database(root: str | None) -> Rebuilt:
    """Make the database of the store below `root` again; `StoreError` while another process has it open."""
    store = LocalStore(root)
    store.prepare()
    directory = store.state_dir + "/db"
    lock = os.open(directory + "/big-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError("another process uses the store's database", hint="try again when it has ended") from None
        infos, lost = _found(store, records.read(directory))
        old = _set_aside(directory)
    finally:
        os.close(lock)
    store.register(infos)
    store.close()
    records.replace(directory, infos)
    return Rebuilt(len(infos), lost, old)


def _set_aside(directory: str) -> str | None:
    """Rename the old database, and make sure that a new one is begun."""
    number = 1
    while os.path.lexists(f"{directory}/damaged-{number}.sqlite"):
        number += 1
    found = None
    for name in ("schema", "db.sqlite-wal", "db.sqlite-shm", "db.sqlite"):
        if os.path.lexists(f"{directory}/{name}"):
            if name in ("schema", "db.sqlite-shm"):
                os.unlink(f"{directory}/{name}")
            else:
                found = f"{directory}/damaged-{number}.sqlite"
                os.rename(f"{directory}/{name}", found + name.removeprefix("db.sqlite"))
    return found


def _found(store: LocalStore, recorded: dict[StorePath, PathInfo]) -> tuple[list[PathInfo], list[StorePath]]:
    """What comes back, and what does not."""
    names = [f"{store.store_dir}/{name}" for name in sorted(os.listdir(store.real_store_dir))]
    paths = [path for path in names if store_path.is_store_path(path) and not path.endswith((".lock", ".chroot"))]
    by_hash = {os.path.basename(path)[:32]: path for path in paths}
    infos: dict[StorePath, PathInfo] = {}
    derivers: dict[StorePath, StorePath] = {}
    for path in paths:
        info = _derivation(store, path, derivers) if path.endswith(".drv") else None
        if info is not None:
            infos[path] = info
    for path in paths:
        if path not in infos:
            info = _judged(store, path, by_hash, recorded.get(path), derivers.get(path))
            if info is not None:
                infos[path] = info
    while missing := [path for path, info in infos.items() if not infos.keys() >= set(info.references)]:
        for path in missing:
            del infos[path]
    return list(infos.values()), [path for path in paths if path not in infos]


def _derivation(store: LocalStore, path: StorePath, derivers: dict[StorePath, StorePath]) -> PathInfo | None:
    """A .drv whose name is what its contents and references make it; its outputs go to `derivers`."""
    from lixeval.formats.nar_events import encode_file

    real = store.real(path)
    try:
        if not stat.S_ISREG(os.lstat(real).st_mode):
            return None
        with open(real, "rb") as file:
            contents = file.read()
        parsed = derivations.parse(contents)
    except (OSError, FormatError):
        return None
    references = parsed.references()
    content_hash = digest("sha256", contents)
    if store_path.text_path(store_path.parse(path).name, content_hash, references) != path:
        return None
    derivers.update((output.path, path) for output in parsed.outputs.values() if output.path)
    whole = encode_file(contents)
    address = content_address("text", content_hash)
    return PathInfo(path, digest("sha256", whole), len(whole), references, ca=address)


def _judged(
    store: LocalStore,
    path: StorePath,
    by_hash: dict[str, StorePath],
    recorded: PathInfo | None,
    deriver: StorePath | None,
) -> PathInfo | None:
    """What is known of any other path; None where it may be the rest of something."""
    real = store.real(path)
    try:
        found, nar_hash, nar_size = scan_and_hash(real, by_hash)
    except (OSError, FormatError):
        return None
    if recorded is not None:
        return recorded if (recorded.nar_hash, recorded.nar_size) == (nar_hash, nar_size) else None
    references = tuple(sorted(by_hash[hash_part] for hash_part in found))
    name = store_path.parse(path).name
    for used in ((), references):
        if store_path.fixed_output_path(name, "recursive", nar_hash, used) == path:
            return PathInfo(path, nar_hash, nar_size, used, ca=content_address("recursive", nar_hash))
        if os.path.isfile(real) and not os.path.islink(real):
            with open(real, "rb") as file:
                content_hash = digest("sha256", file.read())
            if store_path.text_path(name, content_hash, used) == path:
                return PathInfo(path, nar_hash, nar_size, used, ca=content_address("text", content_hash))
            if not used and store_path.fixed_output_path(name, "flat", content_hash) == path:
                return PathInfo(path, nar_hash, nar_size, ca=content_address("flat", content_hash))
    if deriver is None or not _looks_finished(real):
        return None
    return PathInfo(path, nar_hash, nar_size, references, deriver, ultimate=True)


def _looks_finished(real_path: RealPath) -> bool:
    """Whether a tree has a store's metadata, which it is given when its builder has succeeded."""
    pending = [bytes_of(real_path)]
    while pending:
        path = pending.pop()
        status = os.lstat(path)
        if int(status.st_mtime) != MTIME or (not stat.S_ISLNK(status.st_mode) and status.st_mode & 0o222):
            return False
        if stat.S_ISDIR(status.st_mode):
            pending += [path + b"/" + name for name in os.listdir(path)]
    return True
