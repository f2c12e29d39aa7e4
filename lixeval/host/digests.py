"""Digests of files in whichever algorithm a package manager records: told apart by their length.

32 hex digits: md5 (dpkg, pacman)    40: sha1 (apk)    64: sha256 (rpm, and what nobody has recorded)
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256"}
_UNRECORDED = "0" * 64


def digest_like(recorded: str | None, data: bytes) -> str:
    """The digest of `data` in the algorithm of `recorded`, base 16."""
    return _hasher(recorded, data).hexdigest()


def file_digest_like(recorded: str | None, path: str) -> str:
    """The digest of a file's contents in the algorithm of `recorded`, base 16."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: _hasher(recorded, b"")).hexdigest()


def is_digest(text: str) -> bool:
    """Whether `text` has the length of a digest that is understood here."""
    return len(text) in _ALGORITHMS


def _hasher(recorded: str | None, data: bytes) -> _Hash:
    return hashlib.new(_ALGORITHMS[len(recorded or _UNRECORDED)], data, usedforsecurity=False)
