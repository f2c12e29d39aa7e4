"""A local store that is opened when somebody first asks it something.

Most small evaluations neither write nor look anything up, and a store's modules are a fifth of all that a start loads.
"""

from __future__ import annotations

import _thread
import os

from lixeval.store.batch import Batch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.store.local import LocalStore


def local_store(root: str | None, *, source_memory: str) -> LocalStore:
    """The store below `root`, as `LocalStore` has it, not yet opened."""
    store: LocalStore = _Unopened(root, source_memory)  # type: ignore[assignment]  # what it becomes
    return store


_OPENING = _thread.allocate_lock()


class _Unopened:
    """Becomes a `LocalStore` as soon as anything is asked of it but what a command does around each evaluation."""

    def __init__(self, root: str | None, source_memory: str) -> None:
        self._root = root if root is None else os.path.abspath(root)
        self._source_memory = source_memory
        self._batches = 0

    def __getattr__(self, name: str) -> object:
        from lixeval.store.local import LocalStore

        with _OPENING:
            if self.__class__ is _Unopened:  # no other thread was faster
                store = LocalStore(self._root, source_memory=self._source_memory)
                store.change_batches(self._batches)
                self.__dict__.update(store.__dict__)
                self.__class__ = LocalStore  # type: ignore[assignment]
        return getattr(self, name)

    def batch(self) -> Batch:
        """See `LocalStore.batch`."""
        return Batch(self)

    def change_batches(self, by: int) -> None:
        """A batch begins or ends, in which nothing has been added."""
        self._batches += by

    def leave(self) -> None:
        """There is nothing to let go."""

    close = let_go = leave
