"""Bytes with a position, read once from front to back: what tars and packed layers are read from.

`skip` is what makes big tars cheap: a range of a file goes on without reading, everything else reads and forgets.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from typing import Protocol

from lixeval.errors import ImageError
from lixeval.oci.sources import read_at
from lixeval.system.opening import open_soon

BLOCK = 1 << 20


class Stream(Protocol):
    """A source of bytes; use `closing` from contextlib, or close it."""

    def read(self, size: int) -> bytes:
        """At most `size` bytes, and none only at the end."""

    def skip(self, size: int) -> int:
        """Go on by `size` bytes; how many there were."""

    def close(self) -> None: ...


class FileRange:
    """`size` bytes of an open file from `offset` on, which are there; the file is closed only if it is `owned`.

    `where` they are is told in errors.
    """

    def __init__(self, fd: int, offset: int, size: int, where: str, *, owned: bool = False) -> None:
        self._fd = fd
        self._position = offset
        self._end = offset + size
        self._where = where
        self._owned = owned

    def read(self, size: int) -> bytes:
        wanted = max(0, min(size, self._end - self._position))
        data = read_at(self._fd, wanted, self._position, self._where)
        self._position += len(data)
        return data

    def skip(self, size: int) -> int:
        moved = min(size, self._end - self._position)
        self._position += moved
        return moved

    def close(self) -> None:
        if self._owned:
            self._owned = False
            os.close(self._fd)


def of_file(path: str) -> FileRange:
    """The bytes of a regular file; raises OSError if it cannot be opened."""
    fd = open_soon(path, os.O_RDONLY | os.O_CLOEXEC)
    return FileRange(fd, 0, os.fstat(fd).st_size, f"'{path}'", owned=True)


def of_bytes(data: bytes) -> Stream:
    """Bytes in memory."""
    return Reading(io.BytesIO(data))


class Reading:
    """Whatever Python can read, as a stream."""

    def __init__(self, source: io.BufferedIOBase) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        return self._source.read(size)

    def skip(self, size: int) -> int:
        return discard(self, size)

    def close(self) -> None:
        self._source.close()


def discard(stream: Stream, size: int) -> int:
    """Read `size` bytes for nothing; how many there were."""
    left = size
    while left:
        data = stream.read(min(left, BLOCK))
        if not data:
            break
        left -= len(data)
    return size - left


def blocks(stream: Stream) -> Iterator[bytes]:
    """All that is left, piece by piece."""
    while data := stream.read(BLOCK):
        yield data


def digest_of(stream: Stream) -> tuple[str, int]:
    """The digest of all that is left, and how many bytes that is."""
    state, size = hashlib.sha256(), 0
    for block in blocks(stream):
        state.update(block)
        size += len(block)
    return "sha256:" + state.hexdigest(), size


def exactly(stream: Stream, size: int) -> bytes:
    """`size` bytes, or fewer only if there are no more."""
    first = stream.read(size)
    if len(first) == size or not first:
        return first
    data = bytearray(first)
    while len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            break
        data += more
    return bytes(data)


def document(stream: Stream, limit: int, what: str) -> bytes:
    """All of a small thing; raises ImageError for a large one."""
    data = exactly(stream, limit + 1)
    if len(data) > limit:
        raise ImageError(f"{what} is larger than {limit} bytes, which no document of an image is")
    return data
