"""Derivations that an evaluation has completed, and of which nobody knows yet whether they are in the store.

Nearly always they are, and a question for each, with a line in a file that collectors read, costs more than completing
a small one.  So in a batch they wait, and one question is asked for hundreds.  They are nowhere before that: whoever
asks the store about one of them, or where it lies, has them settled first.
"""

from __future__ import annotations

import _thread

from lixeval.formats.store_path import STORE_DIR, StorePath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lixeval.formats.derivation import Completed

MOST = 256
MOST_BYTES = 4 << 20

_BEGIN = len(STORE_DIR) + 1


class WaitingDerivations:
    """The derivations of one store that wait, each after those that it uses; threads may share it.

    One that is being settled counts until that is done, so that another thread waits for it as well.
    """

    __slots__ = ("_bytes", "_completed", "_is_settling", "_lock")

    def __init__(self) -> None:
        self._completed: dict[StorePath, Completed] = {}
        self._bytes = 0
        self._lock = _thread.RLock()
        self._is_settling = False

    def add(self, completed: Completed) -> bool:
        """One more; whether they should be settled by now."""
        if completed.drv_path not in self._completed:
            self._bytes += len(completed.contents)
            self._completed[completed.drv_path] = completed
        return len(self._completed) >= MOST or self._bytes > MOST_BYTES

    def concerns(self, path: str) -> bool:
        """Whether a path is one of them, lies below it, or is the store's directory."""
        if not self._completed:
            return False
        end = path.find("/", _BEGIN)
        return path == STORE_DIR or (path if end < 0 else path[:end]) in self._completed

    def has_one_of(self, paths: Iterable[StorePath]) -> bool:
        """Whether one of the paths waits."""
        return bool(self._completed) and not self._completed.keys().isdisjoint(paths)

    def settle(self, ask: Callable[[list[StorePath]], set[StorePath]], add: Callable[[Completed], None]) -> None:
        """Has those added of which `ask` does not say that they are there.

        Where that fails the rest goes on waiting, to be tried again.
        """
        if not self._completed:
            return
        with self._lock:
            if self._is_settling:  # what `add` does asks about what it adds
                return
            self._is_settling = True
            try:
                paths = list(self._completed)
                there = ask(paths)
                for path in paths:
                    completed = self._completed[path]
                    if path not in there:
                        add(completed)
                    del self._completed[path]
                    self._bytes -= len(completed.contents)
            finally:
                self._is_settling = False
