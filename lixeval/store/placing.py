"""How files come to their places in the store: checked as they are unpacked, renamed, and what is said when that fails.

Needed by whoever writes; a run that finds everything in the store does without.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from lixeval.errors import LixevalError, StoreError, no_room_hint
from lixeval.formats import nar
from lixeval.store.path_info import PathInfo
from lixeval.system import syscalls
from lixeval.system.removing import remove_tree

if TYPE_CHECKING:
    from lixeval.formats.nar_events import Read
    from lixeval.formats.store_path import RealPath


_BLOCK = 1 << 17


def restore_checked(info: PathInfo, read: Read, destination: RealPath) -> None:
    """Unpacks a NAR; StoreError where its hash or size are not those of `info`."""
    reading = _InBlocks(read, info.nar_size)
    nar.restore(reading.read, destination)
    found, size = reading.hashing.result()
    size -= reading.rest()
    if found != info.nar_hash or size != info.nar_size:
        raise StoreError(
            f"hash mismatch importing path '{info.path}': "
            f"specified {info.nar_hash.sri} ({info.nar_size} bytes), got {found.sri} ({size} bytes)"
        )


class _InBlocks:
    """A NAR read and hashed in blocks, which never reach beyond the size that it is said to have.

    Its tokens are a few bytes each; asked for one by one, a decompressor and a hash in another thread cost more than
    what they do.
    """

    __slots__ = ("_at", "_block", "_read", "_size", "hashing")

    def __init__(self, read: Read, size: int) -> None:
        self._read = read
        self._size = size
        self.hashing = nar.HashingWriter()
        self._block = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """At most so many bytes, none at the end."""
        if self._at == len(self._block):
            # What is longer than it should be is counted as well.
            inside = self._size - self.hashing.size
            self._block, self._at = self._read(min(inside, _BLOCK) if inside > 0 else size), 0
            self.hashing.write(self._block)
        piece = self._block[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def rest(self) -> int:
        """How many bytes have been read for nobody: the NAR ended before."""
        return len(self._block) - self._at


def put_in_place(temporary: RealPath, real: RealPath) -> None:
    """Renames; what lies there already is not valid, so it is the rest of some failed attempt and goes.

    Or another process has put it there a moment ago and will register it: so the name must never be missing.
    """
    try:
        os.rename(temporary, real)
    except OSError:
        if not os.path.lexists(temporary):
            raise
        _replace(real, temporary)


def _replace(real: RealPath, temporary: RealPath) -> None:
    try:
        syscalls.exchange(temporary, real)
        remove_tree(temporary)
    except (OSError, AttributeError):  # a file system, or a C library, that cannot
        remove_tree(real)
        os.rename(temporary, real)


Failure = TypeVar("Failure", bound=LixevalError)


def cannot_write(real_path: str, error: OSError, kind: Callable[..., Failure]) -> Failure:
    """The error of a `kind` that says what the system says, and of which file."""
    return kind(f"cannot write '{real_path}': {_reason(error)}", hint=no_room_hint(error))


def cannot_read(real_path: str, error: OSError) -> StoreError:
    """What the system says of a source."""
    return StoreError(f"cannot read '{real_path}': {_reason(error)}")


def _reason(error: OSError) -> str:
    return f"{error.strerror} at '{os.fsdecode(error.filename)}'" if error.filename else str(error.strerror)
