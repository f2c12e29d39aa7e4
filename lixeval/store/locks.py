"""Locks on store paths, as Nix has them, so that our processes and Nix's keep out of each other's way.

Who makes a path holds an exclusive `flock` on `<path>.lock` beside it.  The file is removed when the lock is given up;
a process that was waiting then holds a lock on a file that nobody else can find, so the one who removes it writes a
byte into it first, and whoever gets a lock on a file with something in it starts over.

C++: pathlocks.cc (`PathLocks::lockPaths`, `deleteLockFile`).
"""

from __future__ import annotations

import fcntl
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from lixeval.formats.store_path import RealPath


class PathLocks:
    """Exclusive locks on some real paths, held from `acquire` to `release`; a context manager that does both.

    Locks belong to the object, not to the process: two threads exclude each other, and a thread that asks for a lock
    it holds waits for ever.  `waiting` is called with a path when another holds it.
    """

    __slots__ = ("_held", "_paths", "_waiting")

    def __init__(self, real_paths: Iterable[RealPath], waiting: Callable[[str], None] | None = None) -> None:
        # One order for everybody, or two processes could wait for each other.
        self._paths = sorted(set(real_paths))
        self._waiting = waiting
        self._held: list[tuple[str, int]] = []

    def acquire(self, blocking: bool = True) -> bool:
        """Take all locks; without `blocking`, none of them and False if another holds one."""
        try:
            for path in self._paths:
                if not self._acquire_one(path, blocking):
                    self.release()
                    return False
        except BaseException:
            self.release()
            raise
        return True

    def release(self) -> None:
        """Give up all locks and remove their files."""
        while self._held:
            lock_file, descriptor = self._held.pop()
            try:
                os.unlink(lock_file)
                os.write(descriptor, b"d")
            except OSError:
                pass  # Removed by somebody else, or a full disk: the lock ends with the descriptor all the same.
            finally:
                os.close(descriptor)

    def __enter__(self) -> PathLocks:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def _acquire_one(self, path: str, blocking: bool) -> bool:
        lock_file = path + ".lock"
        while True:
            descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                locked = self._lock(descriptor, path, blocking)
                stale = locked and os.fstat(descriptor).st_size != 0
            except BaseException:
                os.close(descriptor)
                raise
            if locked and not stale:
                self._held.append((lock_file, descriptor))
                return True
            os.close(descriptor)
            if not locked:
                return False

    def _lock(self, descriptor: int, path: str, blocking: bool) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not blocking:
                return False
            if self._waiting is not None:
                self._waiting(path)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return True
