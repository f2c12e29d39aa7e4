"""What this process uses of a store: a collector leaves it alone for as long as the process, or its store, lives.

    ROOT/nix/var/nix/temproots/PID-RANDOM     store paths, each ended by a NUL; locked exclusively while they count

A path is written there before the question whether it is valid, and a collector reads the files after it has taken
`gc.lock` exclusively, which is held shared while something is written: so either the collector sees the path, or the
process waits until the collector is done and then finds what it has left.  The lock is held for microseconds, so a
program that lives for days keeps no collector waiting, and a collector fails no build.

A forked child writes to the file of its parent, and the roots last as long as either.  Files whose process is gone are
removed by the next one.  C++: gc.cc (`addTempRoot`, `findTempRoots`).
"""

from __future__ import annotations

import fcntl
import os

from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.formats.store_path import StorePath
from lixeval.system.atomic import write_all
from lixeval.system.forks import forks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class TemporaryRoots:
    """The paths that one store object of this process uses; they are given up by `close`, or with the object."""

    __slots__ = ("_descriptor", "_file", "_forks", "_state_dir", "paths")

    def __init__(self, state_dir: str) -> None:
        self._state_dir = state_dir
        self._descriptor: int | None = None
        self._file = ""
        self._forks = 0
        self.paths: set[StorePath] = set()

    def add(self, paths: Iterable[StorePath]) -> None:
        """Keep paths, valid or not; waits while a collector works.  Raises OSError."""
        fresh = [path for path in paths if path not in self.paths]
        if not fresh:
            return
        if self._descriptor is None:
            self._create()
        assert self._descriptor is not None
        lock = open_collectors_lock(self._state_dir)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            write_all(self._descriptor, b"".join(bytes_of(path) + b"\0" for path in fresh))
        finally:
            os.close(lock)
        self.paths.update(fresh)

    def close(self) -> None:
        """Use nothing any more; a child leaves its parent's file where it is."""
        descriptor, self._descriptor = self._descriptor, None
        self.paths = set()
        if descriptor is not None:
            if self._forks == forks():
                _remove(self._file)
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()

    def _create(self) -> None:
        directory = self._state_dir + "/temproots"
        for _ in live_files(directory):
            pass  # what is not live is removed
        while True:
            file = f"{directory}/{os.getpid()}-{os.urandom(4).hex()}"
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(file, flags, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink == 1:
                self._file, self._descriptor, self._forks = file, descriptor, forks()
                return
            os.close(descriptor)  # a collector came between, and took it for one that is left over


def open_collectors_lock(state_dir: str) -> int:
    """A descriptor of `gc.lock`: held shared by who announces that he uses something, exclusively by who collects."""
    return os.open(state_dir + "/gc.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def temporary_roots(state_dir: str) -> set[StorePath]:
    """What running processes, also of Nix's, have announced that they use; all of it while `gc.lock` is held."""
    found: set[StorePath] = set()
    for descriptor in live_files(state_dir + "/temproots"):
        content = b""
        while data := os.pread(descriptor, 1 << 20, len(content)):
            content += data
        found.update(StorePath(text_of(path)) for path in content.split(b"\0") if path)
    return found


def live_files(directory: str) -> Iterator[int]:
    """Descriptors of the files whose processes live, each open until the next; removes the others."""
    for name in os.listdir(directory):
        if name.startswith("."):
            continue  # as some package managers put into folders to keep them
        file = f"{directory}/{name}"
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue  # it has gone meanwhile, or is somebody else's
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield descriptor
            else:
                _remove(file)
                os.write(descriptor, b"d")  # for a Nix that was about to lock it
        finally:
            os.close(descriptor)


def _remove(file: str) -> None:
    try:
        os.unlink(file)
    except OSError:
        return
