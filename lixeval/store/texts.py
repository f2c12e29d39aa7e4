"""Texts and derivations on their way into the store: written at once, registered one by one or in batches.

An evaluation makes hundreds of .drv files.  Each must be on disk before it is registered, and a sync and a transaction
for each cost far more than the file.  So inside a batch they are written as they come and registered together, with one
sync and one transaction, at its end or as soon as somebody asks the store a question.  A crash before that leaves
files that nobody refers to.
"""

from __future__ import annotations

import os

from lixeval.errors import StoreError
from lixeval.store import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Final

    from lixeval.store.local import LocalStore
    from lixeval.store.path_info import PathInfo


class Text:
    """A text for the store: what will be known of its path, its bytes, and the outputs that it declares if a .drv."""

    __slots__ = ("contents", "info", "outputs")

    def __init__(self, info: PathInfo, contents: bytes, outputs: Mapping[str, str]) -> None:
        self.info: Final = info
        self.contents: Final = contents
        self.outputs: Final = outputs


class Texts:
    """The texts of one store that are written and not registered yet."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._pending: dict[str, Text] = {}
        self._batches = 0

    def add(self, text: Text) -> None:
        """Write a text and, unless this is a batch, register it; what it refers to is valid or pending."""
        path = text.info.path
        with self._store.lock([path]), self._store.database.lock:
            if self._store.database.is_valid(path):
                return
            self._write(text)
            self._pending[path] = text
            if not self._batches:
                self._register()

    def change_batches(self, by: int) -> None:
        """A batch begins (1) or ends (-1); they may be nested."""
        with self._store.database.lock:
            self._batches += by
        if not self._batches:
            self.flush()

    def flush(self) -> None:
        """Register what is pending."""
        if self._pending:
            with self._store.database.lock:
                self._register()

    def _register(self) -> None:
        """Sync what was written since the last time and register it; where that fails it stays, to be tried again."""
        pending = list(self._pending.values())
        if not pending:
            return
        for text in pending:
            if not os.path.lexists(self._store.real(text.info.path)):
                # A garbage collector took it for what it looked like.
                self._write(text)
        files = [self._store.real(text.info.path) for text in pending]
        canonical.sync_files([*files, self._store.real_store_dir])
        outputs = {text.info.path: text.outputs for text in pending}
        self._store.database.register([text.info for text in pending], outputs)
        self._pending.clear()

    def _write(self, text: Text) -> None:
        """Put a text under its path: written beside it and renamed, so that no reader sees half of it."""
        path = text.info.path
        temporary = self._store.temporary_output(path)
        real = self._store.real(path)
        try:
            canonical.write_file(temporary, text.contents)
            if os.path.isdir(real) and not os.path.islink(real):
                canonical.remove_tree(real)
            os.rename(temporary, real)
        except OSError as error:
            canonical.remove_tree(temporary)
            raise StoreError(f"cannot write '{path}': {error.strerror}") from error


class Batch:
    """See `LocalStore.batch`."""

    __slots__ = ("_texts",)

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __enter__(self) -> None:
        self._texts.change_batches(1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._texts.change_batches(-1)
