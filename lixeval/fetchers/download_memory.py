"""What a URL gave last time: a small file in the cache folder for each.

{"path": "/nix/store/…", "etag": "…"}        and the file's time says when that was
"""

from __future__ import annotations

import os
from hashlib import sha256
from time import time


class DownloadMemory:
    """The memory of one download; `path` is "" where there is none, `age` is in seconds."""

    __slots__ = ("age", "etag", "file", "modified", "path")

    def __init__(self, cache_directory: str | None, key: str) -> None:
        self.path = ""
        self.etag = ""
        self.age = 0.0
        self.modified = 0
        self.file: str | None = None
        if cache_directory is not None:
            name = sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:40]
            self.file = os.path.join(cache_directory, "downloads", name + ".json")
            self._read(self.file)

    def _read(self, file: str) -> None:
        import json

        try:
            with open(file, encoding="utf-8") as stream:
                known = json.load(stream)
            self.age = max(0.0, time() - os.stat(file).st_mtime)
            self.path, self.etag, self.modified = str(known["path"]), str(known["etag"]), int(known["modified"])
        except (OSError, ValueError, KeyError, TypeError):
            # A memory that cannot be read is none: everything is downloaded again.
            return

    def is_kept(self) -> bool:
        """Whether the next one to ask would be told the same."""
        if self.file is None:
            return False
        again = DownloadMemory(None, "")
        again._read(self.file)
        return (again.path, again.modified) == (self.path, self.modified)

    def keep(self, path: str, etag: str, modified: int) -> None:
        """Remembers a download; where the folder cannot be written nothing is remembered."""
        if self.file is None:
            return
        import json

        self.path, self.etag, self.modified, self.age = path, etag, modified, 0.0
        temporary = f"{self.file}.{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(self.file), mode=0o700, exist_ok=True)
            with open(temporary, "w", encoding="utf-8") as stream:
                json.dump({"path": path, "etag": etag, "modified": modified}, stream)
            os.replace(temporary, self.file)
        except OSError:
            return
