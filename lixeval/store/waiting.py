"""What an evaluation wants in the store, and of which nobody knows yet whether it is there: derivations that it has
completed, small sources that it has read.

Nearly always they are there, and a question for each, with a line in a file that collectors read, costs more than
completing a small derivation or hashing a small file.  So in a batch they wait, and one question is asked for hundreds.
They are nowhere before that: whoever asks the store about one of them, or where it lies, has them settled first.
"""

from __future__ import annotations

import _thread

from lixeval.formats.store_path import STORE_DIR, StorePath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST = 256
MOST_BYTES = 4 << 20

_BEGIN = len(STORE_DIR) + 1


class WaitingPaths:
    """The paths of one store that wait, each after those that it refers to; threads may share it.

    One that is being settled counts until that is done, so that another thread waits for it as well.
    """

    __slots__ = ("_bytes", "_is_settling", "_lock", "_paths")

    def __init__(self) -> None:
        self._paths: dict[StorePath, tuple[int, Callable[[], None]]] = {}
        self._bytes = 0
        self._lock = _thread.RLock()
        self._is_settling = False

    def add(self, path: StorePath, size: int, put: Callable[[], None]) -> bool:
        """One more, which takes so many bytes of memory and is put into the store so; whether they should be settled
        by now.
        """
        if path not in self._paths:
            self._bytes += size
            self._paths[path] = size, put
        return len(self._paths) >= MOST or self._bytes > MOST_BYTES

    def concerns(self, path: str) -> bool:
        """Whether a path is one of them, lies below it, or is the store's directory."""
        if not self._paths:
            return False
        end = path.find("/", _BEGIN)
        return path == STORE_DIR or (path if end < 0 else path[:end]) in self._paths

    def has_one_of(self, paths: Iterable[StorePath]) -> bool:
        """Whether one of the paths waits."""
        return bool(self._paths) and not self._paths.keys().isdisjoint(paths)

    def settle(self, ask: Callable[[list[StorePath]], set[StorePath]]) -> None:
        """Has those put into the store of which `ask` does not say that they are there.

        Where that fails the rest goes on waiting, to be tried again.
        """
        if not self._paths:
            return
        with self._lock:
            if self._is_settling:  # who puts one there asks about it
                return
            self._is_settling = True
            try:
                paths = list(self._paths)
                there = ask(paths)
                for path in paths:
                    size, put = self._paths[path]
                    if path not in there:
                        put()
                    del self._paths[path]
                    self._bytes -= size
            finally:
                self._is_settling = False
