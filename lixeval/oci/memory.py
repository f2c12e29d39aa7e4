"""What is remembered of blobs between runs: what a tar was packed to, and which repositories have a blob.

    FOLDER/HEX           `lixeval.system.cache`
    FOLDER/packed/HEX    a layer packed for a push that has not succeeded yet, so that the next one need not pack it

It only saves work.  Everything in it is checked when it is used: a blob is looked for with HEAD, packed bytes are
hashed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable

from lixeval.oci import digest as digests
from lixeval.oci.publish import failures_of
from lixeval.system.atomic import named_later
from lixeval.system.cache import Cache, digest, make_private, shrink

MOST_FILES = 5000
MOST_BYTES = 16 << 20
_MOST_PLACES = 8
_MOST_KEPT = 10000
_MOST_KEPT_BYTES = 8 << 30
_KEPT_SECONDS = 7 * 24 * 3600


class BlobMemory:
    """Such a memory, in a folder of its own; without one nothing is remembered."""

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder
        self._cache = Cache(folder, MOST_FILES, MOST_BYTES)

    def packed(self, diff_id: str, recipe: str) -> tuple[str, int] | None:
        """Digest and size of what a tar was packed to by a recipe."""
        found: tuple[str, int] | None = self._cache.load(_key("packed", diff_id, recipe))
        return found

    def remember_packed(self, diff_id: str, recipe: str, digest: str, size: int) -> None:
        """Keep that."""
        self._cache.save(_key("packed", diff_id, recipe), (digest, size))

    def places(self, registry: str, digest: str) -> list[str]:
        """Repositories of a registry that had a blob, the latest first."""
        return self._cache.load(_key("places", registry, digest)) or []

    def remember_place(self, registry: str, repository: str, digest: str) -> None:
        """Keep that a repository has a blob."""
        known = self.places(registry, digest)
        if known[:1] != [repository]:
            names = [repository, *(name for name in known if name != repository)]
            self._cache.save(_key("places", registry, digest), names[:_MOST_PLACES])

    def kept(self, digest: str) -> str | None:
        """Where the packed blob of a digest is kept, or would be; None where nothing is."""
        return None if self._folder is None else os.path.join(self._folder, "packed", digests.encoded(digest))

    def keep(self, make: Callable[[int], tuple[str, int]]) -> tuple[str, int] | None:
        """Have a blob made into a file that is kept; its digest and size.  None where files cannot be kept; raises
        ImageError where this one cannot be written.
        """
        if self._folder is None:
            return None
        folder = os.path.join(self._folder, "packed")
        try:
            make_private(folder)
            shrink([folder], _MOST_KEPT, _MOST_KEPT_BYTES, _MOST_KEPT_BYTES, _KEPT_SECONDS)
        except OSError:
            return None
        with failures_of(folder), named_later(folder, 0o600) as (fd, put):
            digest, size = make(fd)
            put(digests.encoded(digest))
        return digest, size

    def let_go(self, blobs: Iterable[str]) -> None:
        """Packed blobs that have arrived are not needed any more."""
        for path in map(self.kept, blobs):
            if path is not None:
                with contextlib.suppress(OSError):
                    os.unlink(path)


def _key(*parts: str) -> str:
    return digest("\0".join(parts).encode("utf-8", "surrogateescape")).hex()
