"""Files of the user's own cache folder: written in one step, and checked before anybody trusts them.

What is kept goes through `marshal`, which a hostile file can crash, and a file of half its length must count as none.
So the folder must belong to the user and be writable by nobody else, and the content must have its checksum.

    file:  b"lixeval\\0" + blake2b-128 of the payload + payload
"""

from __future__ import annotations

import os
from _blake2 import blake2b

_MARKER = b"lixeval\0"
_DIGEST_SIZE = 16
_START = len(_MARKER) + _DIGEST_SIZE

ABANDONED = 3600
"""After so many seconds a temporary file is one that a crash has left."""


def digest(data: bytes) -> bytes:
    """A short checksum: what tells contents apart in all caches."""
    return blake2b(data, digest_size=_DIGEST_SIZE).digest()


def load(path: str) -> bytes | None:
    """The payload of the file at `path`; None where there is none that is whole."""
    try:
        with open(path, "rb", buffering=0) as file:
            data = file.read()
    except OSError:
        return None
    payload = data[_START:]
    return payload if data[:_START] == _MARKER + digest(payload) else None


def save(path: str, payload: bytes) -> None:
    """Writes a file under a temporary name and puts it in its place; OSError where that cannot be done."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "wb", buffering=0) as file:
            file.write(_MARKER + digest(payload) + payload)
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise


def make_private(directory: str) -> None:
    """Makes the folder, or refuses (PermissionError) one in which somebody else could put something."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    if not is_private(directory):
        raise PermissionError(directory)


def is_private(directory: str) -> bool:
    """Whether a folder is there in which nobody but the user can put something."""
    try:
        state = os.stat(directory)
    except OSError:
        return False
    return state.st_uid == os.geteuid() and not state.st_mode & 0o022


def shrink(directory: str, most_files: int, most_bytes: int) -> None:
    """Removes what was written longest ago until the rest is within bounds, and what crashes have left."""
    found: list[tuple[float, int, str]] = []
    with os.scandir(directory) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            found.append((status.st_mtime, status.st_size, entry.path))
    found.sort(reverse=True)
    newest = found[0][0] if found else 0.0
    total = 0
    for number, (written, size, path) in enumerate(found):
        total += size
        abandoned = path.endswith(".tmp") and written < newest - ABANDONED
        if number >= most_files or total > most_bytes or abandoned:
            _remove(path)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return  # another process was faster
