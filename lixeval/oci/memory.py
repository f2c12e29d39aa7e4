"""What is remembered of blobs between runs: what a tar was packed to, and which repositories have a blob.

    FOLDER/HEX.json      {"packed": {RECIPE: [digest, size]}, "places": {REGISTRY: [repository, ...]}}
    FOLDER/packed/HEX    a layer packed for a push that has not succeeded yet, so that the next one need not pack it

It only saves work.  Everything in it is checked when it is used (a blob is looked for with HEAD, packed bytes are
hashed), so a folder that is deleted, damaged or not writable changes nothing but the time it takes.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import publish

_MOST_PLACES = 8
_LARGEST = 1 << 20
_MOST_KEPT = 8 << 30
_KEPT_SECONDS = 7 * 24 * 3600


class BlobMemory:
    """A folder of such files; without one nothing is remembered."""

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder

    def packed(self, diff_id: str, recipe: str) -> tuple[str, int] | None:
        """Digest and size of what a tar was packed to by a recipe."""
        found = self._load(diff_id).get("packed")
        entry = found.get(recipe) if isinstance(found, dict) else None
        match entry:
            case [str(digest), int(size)] if size >= 0:
                with contextlib.suppress(ImageError):
                    return digests.check(digest), size
        return None

    def remember_packed(self, diff_id: str, recipe: str, digest: str, size: int) -> None:
        """Keep that."""
        content = self._load(diff_id)
        packed = content.get("packed")
        content["packed"] = {**(packed if isinstance(packed, dict) else {}), recipe: [digest, size]}
        self._save(diff_id, content)

    def places(self, registry: str, digest: str) -> list[str]:
        """Repositories of a registry that had a blob, the latest first."""
        found = self._load(digest).get("places")
        names = found.get(registry) if isinstance(found, dict) else None
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    def remember_place(self, registry: str, repository: str, digest: str) -> None:
        """Keep that a repository has a blob."""
        known = self.places(registry, digest)
        if known[:1] == [repository]:
            return
        content = self._load(digest)
        places = content.get("places")
        names = [repository, *(name for name in known if name != repository)][:_MOST_PLACES]
        content["places"] = {**(places if isinstance(places, dict) else {}), registry: names}
        self._save(digest, content)

    def kept(self, digest: str) -> str | None:
        """Where the packed blob of a digest is kept, or would be; None where nothing is."""
        return None if self._folder is None else os.path.join(self._folder, "packed", digests.encoded(digest))

    def keep(self, make: Callable[[int], tuple[str, int]]) -> tuple[str, int] | None:
        """Have a blob made into a file that is kept; its digest and size.  None where files cannot be kept."""
        if self._folder is None:
            return None
        folder = os.path.join(self._folder, "packed")
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            _sweep(folder)
            fd, part = tempfile.mkstemp(prefix=".packing-", dir=folder)
        except OSError:
            return None
        try:
            digest, size = make(fd)
            os.replace(part, os.path.join(folder, digests.encoded(digest)))
        except BaseException:
            os.unlink(part)
            raise
        finally:
            os.close(fd)
        return digest, size

    def let_go(self, blobs: Iterable[str]) -> None:
        """Packed blobs that have arrived are not needed any more."""
        for digest in blobs:
            path = self.kept(digest)
            if path is not None:
                with contextlib.suppress(OSError):
                    os.unlink(path)

    def _path(self, digest: str) -> str:
        return os.path.join(self._folder or "", digests.encoded(digest) + ".json")

    def _load(self, digest: str) -> dict[str, Any]:
        if self._folder is None:
            return {}
        try:
            with open(self._path(digest), "rb") as file:
                content = json.loads(file.read(_LARGEST))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _save(self, digest: str, content: dict[str, Any]) -> None:
        if self._folder is None:
            return
        # A folder that cannot be written is no reason to fail: see above.
        with contextlib.suppress(OSError):
            os.makedirs(self._folder, exist_ok=True)
            publish.write_file(self._path(digest), json.dumps(content, sort_keys=True).encode())


def _sweep(folder: str) -> None:
    """Remove what was kept long ago, and the oldest of what is too much."""
    found: list[tuple[float, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                found.append((status.st_mtime, status.st_size, entry.path))
    total, now = 0, time.time()
    for moment, size, path in sorted(found, reverse=True):
        total += size
        if total > _MOST_KEPT or now - moment > _KEPT_SECONDS:
            with contextlib.suppress(OSError):
                os.unlink(path)
