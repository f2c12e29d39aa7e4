"""What is remembered of blobs between runs: what a tar was packed to, and which repositories have a blob.

    FOLDER/HEX.json     {"packed": {RECIPE: [digest, size]}, "places": {REGISTRY: [repository, ...]}}

It only saves work.  Everything in it is checked when it is used (a blob is looked for with HEAD, packed bytes are
hashed), so a folder that is deleted, damaged or not writable changes nothing but the time it takes.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import publish

_MOST_PLACES = 8
_LARGEST = 1 << 20


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
