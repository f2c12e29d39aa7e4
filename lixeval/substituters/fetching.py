"""Store paths fetched from caches, in parallel, and registered: each when all that it refers to is.

    lock -> download (checked: FileSize, FileHash) -> unpack (NarSize, NarHash) -> in place -> synced, registered

Threads do all up to "in place"; whatever they have finished meanwhile, and has all that it refers to, is synced and
registered together.  Paths are begun after those that they refer to, and do not wait for them to come.  A path's lock
is held until it is registered, so two processes never fetch the same; of all that any of them waits for, the first in
that order waits for nobody.  A crash leaves files that nobody refers to.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Event, Lock
from typing import IO

from lixeval.errors import LixevalError, StoreError, SystemFailure, no_room_hint
from lixeval.formats.hashes import digest_of_file
from lixeval.store.path_info import PathInfo
from lixeval.store.unpacking import unpack_nar
from lixeval.substituters import compression
from lixeval.substituters.caches import Caches
from lixeval.substituters.trust import check_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from typing import TypeVar

    from lixeval.formats.narinfo import NarInfo
    from lixeval.formats.store_path import RealPath, StorePath
    from lixeval.store.locks import PathLocks
    from lixeval.substituters.cache import BinaryCache
    from lixeval.substituters.caches import Offer
    from lixeval.substituters.observer import FetchObserver

    T = TypeVar("T")

_TELL_SECONDS = 0.2
_MOST_OVERHEAD = 1 << 16
_AHEAD = 256
"""How many paths may have come without being registered: each has a lock, which is an open file."""
_TOGETHER = 64
_SYNC_SECONDS = 1.0
"""How many paths are registered together at least, unless so much time has passed."""


class Arrived:
    """A path that lies in its place, its lock held; no `info`: it was valid already."""

    __slots__ = ("cache", "info", "locks")

    def __init__(self, info: PathInfo | None, locks: PathLocks, cache: str = "") -> None:
        self.info = info
        self.locks = locks
        self.cache = cache


class Substituter(Caches):
    """The caches of one run, to be asked and fetched from: what `build.plan` describes."""

    def substitute(self, paths: Sequence[StorePath], observer: FetchObserver) -> None:
        """Makes available paths valid, and all that they refer to.

        Raises StoreError for the first that nobody can send; what has arrived by then is registered.
        """
        offers = self.needed(paths)
        if offers:
            _Fetching(self, offers, observer).run()


class _Fetching:
    def __init__(self, caches: Caches, offers: Mapping[StorePath, Offer], observer: FetchObserver) -> None:
        self._caches = caches
        self._store = caches.store
        self._offers = offers
        self._observer = observer
        self._place = {path: number for number, path in enumerate(offers)}  # each comes after what it refers to
        self._registered: set[StorePath] = set()
        self._synced = 0.0
        self._started: deque[StorePath] = deque()
        self._stopped = Event()
        self._progress: dict[StorePath, int] = {}
        self._progress_lock = Lock()

    def run(self) -> None:
        self._store.flush()
        self._store.prepare()
        self._store.hold(self._offers)
        waiting = deque(self._offers)
        running: dict[Future[Arrived], StorePath] = {}
        arrived: dict[StorePath, Arrived] = {}
        with ThreadPoolExecutor(self._caches.asking.jobs) as threads:
            try:
                while waiting or running:
                    # More than there are threads: they go on while what has come is synced.
                    while waiting and len(running) + len(arrived) < _AHEAD:
                        path = waiting.popleft()
                        running[threads.submit(self._fetch_one, path)] = path
                    done, _ = wait(running, _TELL_SECONDS, FIRST_COMPLETED)
                    self._tell()
                    self._take({running.pop(future): future for future in done}, arrived, last=not (waiting or running))
            finally:
                self._stopped.set()
                for future in running:
                    future.cancel()
                wait(running)
                late = [future for future in running if not future.cancelled() and future.exception() is None]
                for one in (*arrived.values(), *(future.result() for future in late)):
                    one.locks.release()

    def _take(
        self, done: Mapping[StorePath, Future[Arrived]], arrived: dict[StorePath, Arrived], *, last: bool
    ) -> None:
        """Registers what has arrived, and that for which it has waited, before an error of others is raised.

        A sync costs the same for one path as for many, so that it comes once a second, or when there are many.
        """
        arrived.update({path: future.result() for path, future in done.items() if future.exception() is None})
        errors = [error for future in done.values() if (error := future.exception()) is not None]
        ready = self._ready(arrived)
        due = len(ready) >= _TOGETHER or time.monotonic() - self._synced >= _SYNC_SECONDS
        if ready and (due or last or errors):
            self._register(ready)
            for path in ready:
                del arrived[path]
        if errors:
            raise errors[0]

    def _register(self, ready: Mapping[StorePath, Arrived]) -> None:
        infos = [one.info for one in ready.values() if one.info is not None]
        if infos:
            self._store.register_unpacked(infos)
        for path, one in ready.items():
            self._registered.add(path)
            one.locks.release()
            self._observer.fetched(path, one.cache)
        self._synced = time.monotonic()

    def _ready(self, arrived: Mapping[StorePath, Arrived]) -> dict[StorePath, Arrived]:
        """Of what has arrived that of which all references are registered, or are before it."""
        ready: dict[StorePath, Arrived] = {}
        for path in sorted(arrived, key=self._place.__getitem__):
            references = self._offers[path].info.references
            if all(
                other == path or other not in self._offers or other in self._registered or other in ready
                for other in references
            ):
                ready[path] = arrived[path]
        return ready

    def _tell(self) -> None:
        while self._started:
            path = self._started.popleft()
            self._observer.fetching(path, self._offers[path].info.file_size)
        with self._progress_lock:
            progress, self._progress = self._progress, {}
        for path, count in progress.items():
            self._observer.fetched_bytes(path, count)

    # In threads

    def _fetch_one(self, path: StorePath) -> Arrived:
        locks = self._store.lock([path])
        while not locks.acquire(blocking=False):
            if self._stopped.wait(0.05):
                raise StoreError(f"fetching '{path}' was given up")
        try:
            if self._store.database.is_valid(path) and os.path.lexists(self._store.real(path)):
                return Arrived(None, locks)
            self._started.append(path)
            info, cache = self._from_somebody(path)
            return Arrived(info, locks, cache)
        except BaseException:
            locks.release()
            raise

    def _from_somebody(self, path: StorePath) -> tuple[PathInfo, str]:
        """The path unpacked in its place, from the first cache that can send what it has promised."""
        return from_somebody(
            self._caches,
            self._offers[path],
            lambda cache, info: (self._from(cache, info), cache.url),
            self._stopped.is_set,
        )

    def _from(self, cache: BinaryCache, info: NarInfo) -> PathInfo:
        with temporary_file(self._store.real_store_dir, info.path) as packed:
            watched = _Watched(packed, info.path, self._note, self._stopped)
            download(cache, info, packed, watched, self._caches.warn)  # type: ignore[arg-type]
            described = PathInfo(
                info.path,
                info.nar_hash,
                info.nar_size,
                info.references,
                info.deriver,
                ca=info.ca,
                signatures=info.signatures,
            )
            read = bounded(compression.unpacker(info.compression, packed), info)

            def check(real_path: RealPath) -> None:
                read(1)  # what follows the NAR is more than it may have
                check_content(info, real_path)

            unpack_nar(self._store, described, read, check)
        return described

    def _note(self, path: StorePath, count: int) -> None:
        with self._progress_lock:
            self._progress[path] = count


def from_somebody(
    caches: Caches, offer: Offer, get: Callable[[BinaryCache, NarInfo], T], is_given_up: Callable[[], bool]
) -> T:
    """What `get` makes of an offered path, by the first cache that can send what it has promised."""
    path, failures = offer.info.path, []
    for cache, info in caches.alternatives(path, offer):
        try:
            return get(cache, info)
        except SystemFailure:
            raise  # this machine's fault: no other cache would help
        except Exception as error:
            if not isinstance(error, (LixevalError, *compression.damage())):
                raise
            if is_given_up():
                raise StoreError(f"fetching '{path}' was given up") from None
            reason = error.message if isinstance(error, LixevalError) else f"its NAR is damaged ({error})"
            cache.doubt(path)
            failures.append(f"{cache.url}: {reason}")
    raise StoreError(f"cannot fetch '{path}': {'; '.join(failures)}", hint="--fallback builds what cannot be fetched")


def download(
    cache: BinaryCache, info: NarInfo, packed: IO[bytes], target: IO[bytes], warn: Callable[[str], None]
) -> None:
    """Brings a packed NAR to the file `packed`, which is written by way of `target`, if size and hash are right."""
    size = info.file_size
    most = info.nar_size + info.nar_size // 8 + _MOST_OVERHEAD if size is None else size
    cache.location.fetch(info.url, target, most, warn)
    found = packed.tell()
    if size is not None and found != size:
        raise StoreError(f"'{info.url}' has {found} bytes instead of {size}")
    packed.seek(0)
    if info.file_hash is not None:
        if digest_of_file(info.file_hash.algorithm, packed) != info.file_hash:
            raise StoreError(f"'{info.url}' is not the file that '{cache.url}' has described: its hash is another")
        packed.seek(0)


class _Watched:
    """A file that tells how much was written; writing fails when all is to stop, or there is no room."""

    def __init__(
        self, file: IO[bytes], path: StorePath, note: Callable[[StorePath, int], None], stopped: Event
    ) -> None:
        self._file = file
        self._path = path
        self._note = note
        self._stopped = stopped
        self.seek = file.seek
        self.truncate = file.truncate
        self.tell = file.tell

    def write(self, data: bytes) -> int:
        if self._stopped.is_set():
            raise StoreError(f"fetching '{self._path}' was given up")
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            raise no_room(self._path, error) from None
        self._note(self._path, self._file.tell())
        return len(data)


def temporary_file(folder: str, path: StorePath) -> IO[bytes]:
    """A file without a name in a folder; SystemFailure, of the path it is for, where there is no room."""
    try:
        return tempfile.TemporaryFile(dir=folder)
    except OSError as error:
        raise no_room(path, error) from None


def no_room(path: StorePath, error: OSError) -> SystemFailure:
    """The error of a path that cannot be written down."""
    return SystemFailure(f"cannot store '{path}': {error.strerror}", hint=no_room_hint(error))


def bounded(read: Callable[[int], bytes], info: NarInfo) -> Callable[[int], bytes]:
    """`read`, but one byte more than the NAR may have is an error."""
    rest = info.nar_size

    def read_on(size: int) -> bytes:
        nonlocal rest
        data = read(min(size, rest + 1))
        rest -= len(data)
        if rest < 0:
            raise StoreError(f"the NAR of '{info.path}' is longer than {info.nar_size} bytes")
        return data

    return read_on
