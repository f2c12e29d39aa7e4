"""A store that a daemon has, used as a local one is: what is asked of it goes over the wire, what is added too.

    questions      `remote_database`, a round trip for many
    additions      derivations and texts are collected while an evaluation runs, and sent together: one question which
                   of them are there, one request with the rest; sources and NARs as they come
    files          read where they are, if they are on this machine; else fetched, one path at a time, checked, and kept
                   in the user's own folder
    built here     what only lixeval can build (layers, images) is made in a folder of this process's own, then sent;
                   where the daemon does not trust us it stays beside the store for the time of the run

The daemon checks what it is sent, as we check what it sends.  C++: remote-store.cc, remote-fs-accessor.cc.
"""

from __future__ import annotations

import os

from lixeval.daemon import protocol as p
from lixeval.daemon.link import Link
from lixeval.daemon.messages import DaemonRefused
from lixeval.daemon.remote_database import RemoteDatabase
from lixeval.errors import StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats import nar, store_path
from lixeval.formats.store_path import STORE_DIR, RealPath, StorePath
from lixeval.store.batch import Batch
from lixeval.store.local import LocalStore
from lixeval.system.directories import cache_directory
from lixeval.system.forks import forks
from lixeval.system.removing import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lixeval.daemon.connection import Connection, Dump
    from lixeval.daemon.store_urls import Place
    from lixeval.formats.derivation import Derivation
    from lixeval.formats.nar_events import Read
    from lixeval.store.garbage import Collected
    from lixeval.store.locks import PathLocks
    from lixeval.store.path_info import PathInfo
    from lixeval.system.scratch import Scratch

_UNLIMITED = (1 << 64) - 1
_MANY = 64 << 20
"""Bytes of texts that are collected at most before they are sent."""


class DaemonStore(LocalStore):
    """The store of the daemon at `place`."""

    is_daemons = True

    def __init__(self, place: Place, *, source_memory: str | None = None) -> None:
        super().__init__(place.files or None, source_memory=source_memory)
        self.place = place
        self.link = Link(place)
        self.remote = RemoteDatabase(self.link)
        self.database = self.remote  # type: ignore[assignment]  # the questions are the same
        self._texts: dict[StorePath, tuple[PathInfo, bytes]] = {}
        self._texts_size = 0
        self._derivations: dict[StorePath, Derivation | bytes] = {}
        self._batches = 0
        self._scratch: Scratch | None = None
        self._forks = forks()
        self._fetched: dict[str, RealPath] = {}
        self.root = self._mirror()
        self.state_dir = self.root + "/nix/var/nix"  # of what is built here: the daemon's own is not ours to write

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.place.url

    # Files

    def real(self, path: str) -> RealPath:
        """Where the files of a path can be read; of a store that is elsewhere they are fetched now."""
        if path == STORE_DIR or self.place.files is None or self._is_own(path) or self._texts:
            return self._found(path)
        prefixed = super().real(path)
        return prefixed if os.path.lexists(prefixed) else self._found(path)

    def _found(self, path: str) -> RealPath:
        if path == STORE_DIR:
            return RealPath(self.real_store_dir)
        base, rest = store_path.split(path)
        if base in self._texts:
            self.flush()
        if self._is_own(base):
            return RealPath(self._own_place(base) + rest)
        if self.place.files is not None and os.path.lexists(self.place.files + base):
            return RealPath(self.place.files + base + rest)
        if base not in self._fetched:
            self._fetched[base] = self._fetch(base)
        return RealPath(self._fetched[base] + rest)

    def _mirror(self) -> str:
        """The folder in which paths of this daemon are kept that were fetched to be read."""
        from lixeval.formats.hashes import digest

        return os.path.join(cache_directory(), "daemons", digest("sha256", self.place.url.encode()).nix32[:32])

    def _fetch(self, path: StorePath) -> RealPath:
        """A path's files in the mirror: checked when they came, and only there when they are whole."""
        from lixeval.store import canonical
        from lixeval.system.scratch import sweep

        info = self.database.infos([path]).get(path)
        place = RealPath(f"{self._mirror()}{path}")
        if info is None:
            return place  # which is not there either
        marked = RealPath(f"{place}-{info.nar_hash.nix32}")
        if os.path.lexists(marked):
            return marked
        folder = os.path.dirname(place)
        os.makedirs(folder, exist_ok=True)
        sweep(folder)
        temporary = RealPath(f"{folder}/.{os.getpid()}-{os.urandom(6).hex()}")
        try:
            self.fetch_to(info, temporary)
            canonical.canonicalise(temporary)
            os.rename(temporary, marked)
        finally:
            remove_tree(temporary)
        return marked

    def fetch_to(self, info: PathInfo, destination: RealPath) -> None:
        """Unpacks a path of the daemon's; StoreError where it is not what it is said to be."""
        hashing = nar.HashingWriter()

        def fetch(daemon: Connection) -> None:
            reader = daemon.ask(p.NAR_FROM_PATH, _text(info.path))

            def read(size: int) -> bytes:
                data = reader.read(size)
                hashing.write(data)
                if hashing.size > info.nar_size:
                    raise daemon.channel.lost(f"the NAR of '{info.path}' is longer than {info.nar_size} bytes")
                return data

            nar.restore(read, destination)

        self.link.call(fetch, again=False)
        found, size = hashing.result()
        if found != info.nar_hash or size != info.nar_size:
            raise StoreError(
                f"'{self.name}' has sent something else as '{info.path}': its hash is {found.sri}, and "
                f"{info.nar_hash.sri} was said"
            )

    def send_nar(self, path: StorePath, write: Callable[[bytes], object]) -> None:
        """Writes the NAR of a valid path."""
        real = self.place.files is not None and self.real(path)
        if real:
            nar.dump(real, write)
        else:
            self.link.call(lambda daemon: daemon.nar(path, write), again=False)

    @property
    def log_root(self) -> str:
        """Where logs of what is built here are left."""
        return self.root

    @property
    def log_roots(self) -> list[str]:
        """There, and where the daemon leaves its own."""
        return [self.root, *([] if self.place.files is None else [self.place.files])]

    # Questions

    def is_valid(self, path: StorePath) -> bool:
        """As for any store; no collector takes it while this process is connected."""
        if path in self._valid:
            return True
        return path in self.valid_among([path])

    def valid_among(self, paths: Iterable[StorePath]) -> set[StorePath]:
        """Those that are valid; they are in use from now on.  One round trip."""
        wanted = list(dict.fromkeys(paths))
        unknown = [path for path in wanted if path not in self._valid]
        if unknown:
            self.flush()
            answers = self.link.call(lambda daemon: daemon.hold_and_ask(unknown))
            self.link.held.update(dict.fromkeys(unknown))
            valid = [path for path, answer in zip(unknown, answers, strict=True) if answer]
            self._valid.update(valid)
            self._relied_on.update(valid)
        return {path for path in wanted if path in self._valid}

    def _is_registered(self, path: StorePath) -> bool:
        return self.database.is_valid(path)

    def hold(self, paths: Iterable[StorePath]) -> bool:
        """As for any store."""
        fresh = [path for path in dict.fromkeys(paths) if path not in self.link.held]
        if fresh:
            self.link.call(lambda daemon: daemon.hold(fresh))
            self.link.held.update(dict.fromkeys(fresh))
        return True

    def _hold(self, paths: Iterable[StorePath]) -> None:
        self.hold(paths)

    def let_go(self) -> None:
        """Hold nothing any more: with the connection."""
        self._valid.clear()
        self.link.held.clear()
        self.link.close()
        self.remote.forget_answers()

    def read_derivation(self, drv_path: StorePath) -> Derivation:
        """The derivation in a .drv; of what this process has added without asking."""
        known = self._derivations.get(drv_path)
        if known is None:
            known = super().read_derivation(drv_path)
        elif isinstance(known, bytes):
            known = derivations.parse(known)
        self._derivations[drv_path] = known
        return known

    # Additions

    def prepare(self) -> None:
        """There is always a place: the daemon sees to it."""

    def _take_text(self, info: PathInfo, contents: bytes, nar: bytes, outputs: Mapping[str, StorePath]) -> None:
        with self.link.lock:
            self._texts[info.path] = info, nar
            self._texts_size += len(nar)
            if info.path.endswith(".drv"):
                self._derivations[info.path] = contents
        self._valid.add(info.path)
        self._relied_on.add(info.path)
        if not self._batches or self._texts_size > _MANY:
            self.flush()

    def _is_at_hand(self, path: StorePath) -> bool:
        # In a batch nobody is asked about texts one by one.
        return path in self._valid if self._batches else self.is_valid(path)

    def batch(self) -> Batch:
        """As for any store: what is added meanwhile is sent at its end, or when somebody asks about something else."""
        return Batch(self)

    def change_batches(self, by: int) -> None:
        """A batch begins (1) or ends (-1); they may be nested."""
        with self.link.lock:
            self._batches += by
        if not self._batches:
            self.flush()

    def flush(self) -> None:
        """Send the texts that are not there."""
        with self.link.lock:
            texts, self._texts, self._texts_size = self._texts, {}, 0
            if not texts:
                return
            try:
                answers = self.link.call(lambda daemon: daemon.hold_and_ask(list(texts)))
                absent = [one for one, is_there in zip(texts.values(), answers, strict=True) if not is_there]
                self.link.held.update(dict.fromkeys(texts))
                pieces = [(info, _dump_of(whole)) for info, whole in absent]
                if pieces:
                    self.link.call(lambda daemon: daemon.add_many(pieces, len(pieces), check_signatures=True))
            except BaseException:
                self._valid.difference_update(texts)
                raise

    def add_nar(self, info: PathInfo, read: Read) -> None:
        """As for any store."""
        from lixeval.formats.nar_events import decode, encode

        if self.is_valid(info.path):
            return
        self._send(info, lambda write: encode(decode(read), write))

    def _add_tree(self, info: PathInfo, write_to: Callable[[RealPath], None]) -> None:
        from lixeval.store import canonical

        temporary = RealPath(f"{self._scratch_directory()}/{os.urandom(6).hex()}")
        try:
            write_to(temporary)
            canonical.canonicalise(temporary)
            self._send(info, lambda write: nar.dump(temporary, write))
        except OSError as error:
            raise self._cannot_write(temporary, error) from error
        finally:
            remove_tree(temporary)

    def _send(self, info: PathInfo, dump: Dump) -> None:
        self.flush()
        self.link.call(lambda daemon: daemon.add_nar(info, dump, check_signatures=not self._trusts_us), again=False)
        self._valid.add(info.path)
        self._relied_on.add(info.path)
        self.hold([info.path])

    @property
    def _trusts_us(self) -> bool:
        # Before 1.35 a daemon did not say: it is asked for the most, and refuses what it does not grant.
        return self.link.trust != p.NOT_TRUSTED

    def add_many(self, infos: Sequence[PathInfo], dump: Callable[[StorePath], Dump], *, checked: bool) -> None:
        """Sends paths, each after what it refers to, in one request; `checked`: their signatures count."""
        self.flush()

        def pieces() -> Iterator[tuple[PathInfo, Dump]]:
            for info in infos:
                yield info, dump(info.path)

        self.link.call(lambda daemon: daemon.add_many(pieces(), len(infos), check_signatures=checked), again=False)
        self._valid.update(info.path for info in infos)

    # What is built here

    def _scratch_directory(self) -> str:
        """A folder of this process's own, and of its children."""
        if self._scratch is None:
            from lixeval.system.scratch import Scratch

            parent = os.path.join(cache_directory(), "daemons")
            os.makedirs(parent, exist_ok=True)
            self._scratch = Scratch("built-", parent)
            self._forks = forks()
        return self._scratch.path

    def _own_place(self, path: StorePath) -> RealPath:
        return RealPath(f"{self._scratch_directory()}/{path.rpartition('/')[2]}")

    def _is_own(self, path: str) -> bool:
        return self._scratch is not None and os.path.lexists(self._own_place(store_path.split(path)[0]))

    def place_for_build(self, path: StorePath) -> RealPath:
        """Where a build's process leaves what shall become `path`."""
        return self._own_place(path)

    def scratch_for(self, drv_path: StorePath) -> RealPath:
        return RealPath(self._own_place(drv_path) + ".chroot")

    def lock(self, paths: Iterable[StorePath], waiting: Callable[[str], None] | None = None) -> PathLocks:
        """Locks between this process's own builds; between processes the daemon does it."""
        from lixeval.store.locks import PathLocks

        return PathLocks([self._own_place(path) for path in paths], waiting)

    def register(self, infos: Iterable[PathInfo]) -> None:
        """Sends what was built here; where the daemon does not trust us it stays beside the store."""
        for info in infos:
            if not self._takes(info):
                self.remote.beside[info.path] = info
                self._valid.add(info.path)
                self._relied_on.add(info.path)

    def _takes(self, info: PathInfo) -> bool:
        """Sends a path that was built here; False where the daemon would have somebody else vouch for it."""
        if any(self.is_beside(path) for path in info.references) or not (self._trusts_us or info.ca is not None):
            return False
        place = self._own_place(info.path)
        try:
            self._send(info, lambda write: nar.dump(place, write))
        except DaemonRefused:
            if self.link.trust == p.TRUSTED:
                raise
            return False  # before 1.35 this is how a daemon says that it does not trust us
        return True

    def is_beside(self, path: StorePath) -> bool:
        """Whether a path was built here and the daemon does not have it."""
        return path in self.remote.beside

    def forget(self, *paths: StorePath) -> None:
        """Only a collector does that."""
        self.database.forget(paths)

    # Garbage

    def roots(self) -> list[tuple[str, StorePath]]:
        """The links that keep something alive, each with the path that it keeps."""
        return sorted(self.link.call(lambda daemon: daemon.roots()))

    def add_root(self, link: str) -> None:
        """Keeps what a link leads to."""
        if self.place.kind == "unix":
            self.link.call(lambda daemon: daemon.add_indirect_root(os.path.abspath(link)))

    def living(self) -> set[StorePath]:
        """What a collector would leave."""
        self.let_go()
        return set(self.link.call(lambda daemon: daemon.collect(p.ONLY_LIVE))[0])

    def dead(self) -> Collected:
        """What a collector would take."""
        from lixeval.store.garbage import Collected

        self.let_go()
        paths = self.link.call(lambda daemon: daemon.collect(p.ONLY_DEAD))[0]
        return Collected(tuple(paths), sum(info.nar_size for info in self.database.infos(paths).values()))

    def collect(self, most: int | None = None) -> Collected:
        """Deletes what nothing leads to, until `most` bytes have been freed."""
        return self._collect(p.DELETE_DEAD, (), _UNLIMITED if most is None else most)

    def delete(self, paths: Iterable[StorePath]) -> Collected:
        """Deletes these paths; StoreError where one is needed."""
        return self._collect(p.DELETE_SPECIFIC, list(paths))

    def _collect(self, action: int, paths: Iterable[StorePath], most: int = _UNLIMITED) -> Collected:
        from lixeval.store.garbage import Collected

        self.let_go()
        deleted, size = self.link.call(lambda daemon: daemon.collect(action, paths, most_bytes=most), again=False)
        self._derivations.clear()
        return Collected(tuple(deleted), size)

    def close(self) -> None:
        """Send what is pending, let the connection go, remove what was built here."""
        try:
            if self._forks == forks():
                self.flush()
        finally:
            self.let_go()
            if self._scratch is not None and self._forks == forks():
                self._scratch.close()
                self._scratch = None


def _dump_of(whole: bytes) -> Dump:
    return lambda write: write(whole)


def _text(path: StorePath) -> bytes:
    from lixeval.daemon.wire import text

    return text(path)
