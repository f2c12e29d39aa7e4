"""Paths that lie in the store and are not registered yet: one by one, or many in a batch.

An evaluation adds hundreds of .drv files and sources.  Each must be on disk before it is registered, and a sync and a
transaction for each cost far more than the file.  So inside a batch they are written as they come and registered
together, with one sync and one transaction, at its end or as soon as somebody asks the store a question.  A crash
before that leaves files that nobody refers to; collectors wait until the store is closed.
"""

from __future__ import annotations

from lixeval.formats.store_path import STORE_DIR, RealPath, StorePath
from lixeval.store import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lixeval.store.database import Database
    from lixeval.store.path_info import PathInfo


class PendingPaths:
    """The paths of one store that are to be registered; guarded by its database's lock."""

    def __init__(self, database: Database, real_store_dir: str) -> None:
        self._database = database
        self._real_store_dir = real_store_dir
        self._infos: dict[StorePath, PathInfo] = {}
        self._outputs: dict[StorePath, Mapping[str, StorePath]] = {}
        self._batches = 0

    @property
    def is_batch(self) -> bool:
        """Whether what is added waits to be registered."""
        return self._batches > 0

    def add(self, info: PathInfo, outputs: Mapping[str, StorePath]) -> None:
        """A path is in its place, with canonical metadata; a .drv comes with the `outputs` that it declares.

        Registered at once unless this is a batch; what it refers to is valid or has been added before.
        """
        with self._database.lock:
            self._infos[info.path] = info
            self._outputs[info.path] = outputs
            if not self._batches:
                self._register()

    def change_batches(self, by: int) -> None:
        """A batch begins (1) or ends (-1); they may be nested."""
        with self._database.lock:
            self._batches += by
        if not self._batches:
            self.flush()

    def flush(self) -> None:
        """Register what has been added."""
        if self._infos:
            with self._database.lock:
                self._register()

    def _register(self) -> None:
        """Sync and register; where that fails it stays, to be tried again."""
        if self._infos:
            places = [RealPath(self._real_store_dir + path.removeprefix(STORE_DIR)) for path in self._infos]
            canonical.sync_trees(places, self._real_store_dir)
            self._database.register(list(self._infos.values()), self._outputs)
            self._infos.clear()
            self._outputs.clear()
