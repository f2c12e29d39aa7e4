"""What a URL gave last time: where it is in the store, the server's tag for it, when it was changed, and asked for."""

from __future__ import annotations

import os
from time import time

from lixeval.formats.store_path import StorePath
from lixeval.system.cache import Cache, digest

MOST_FILES = 5000
MOST_BYTES = 16 << 20


class DownloadMemory:
    """The memory of one download; `path` is "" where there is none, `age` is in seconds."""

    __slots__ = ("_cache", "_key", "age", "etag", "file", "modified", "path")

    def __init__(self, cache_directory: str | None, key: str) -> None:
        folder = None if cache_directory is None else os.path.join(cache_directory, "downloads")
        self._cache = Cache(folder, MOST_FILES, MOST_BYTES)
        self._key = digest(key.encode("utf-8", "surrogateescape")).hex()
        self.file = None if folder is None else self._cache.path(self._key)
        found: tuple[StorePath, str, int, float] = self._cache.load(self._key) or (StorePath(""), "", 0, 0.0)
        self.path, self.etag, self.modified, moment = found
        self.age = max(0.0, time() - moment) if self.path else 0.0

    def is_kept(self) -> bool:
        """Whether the next one to ask would be told the same."""
        found: tuple[str, str, int, float] | None = self._cache.load(self._key)
        return found is not None and found[:3] == (self.path, self.etag, self.modified)

    def keep(self, path: StorePath, etag: str, modified: int) -> None:
        """Remembers a download."""
        self.path, self.etag, self.modified, self.age = path, etag, modified, 0.0
        self._cache.save(self._key, (path, etag, modified, time()))
