"""A tar stream written once and hashed on the way: files are read into the very buffer that is hashed and written.

Memory is two buffers, whatever the size of the layer.  While one buffer is being hashed in a second thread (hashlib
lets go of the interpreter's lock), the other is filled and written, so a layer costs about as much as hashing it.

Example: `writer = LayerWriter(fd); writer.add(entry); writer.add_file(entry, path); digest, size = writer.finish()`.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from lixeval.errors import ImageError
from lixeval.oci import tar_header
from lixeval.oci.publish import reserve, write_all
from lixeval.oci.tar_header import Entry

BUFFER_SIZE = 1 << 20


class LayerWriter:
    """Writes a tar to `fd` (or nowhere: None only computes the digest).  Use as a context manager, or call `finish`."""

    def __init__(self, fd: int | None) -> None:
        self._fd = fd
        self._hash = hashlib.sha256()
        self._size = 0
        self._views = (memoryview(bytearray(BUFFER_SIZE)), memoryview(bytearray(BUFFER_SIZE)))
        self._view = self._views[0]
        self._used = 0
        self._hasher = ThreadPoolExecutor(1, thread_name_prefix="layer-digest")
        self._hashing: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hasher.shutdown()

    def _flush(self) -> None:
        """Hand the filled buffer to the hashing thread, write it, and go on with the other one."""
        full = self._view[: self._used]
        if self._hashing is not None:
            self._hashing.result()
        self._hashing = self._hasher.submit(self._hash.update, full)
        if self._fd is not None:
            write_all(self._fd, full)
        self._size += self._used
        # The other buffer is free: its digest was awaited above, before this one's was started.
        self._view = self._views[1] if self._view is self._views[0] else self._views[0]
        self._used = 0

    def _append(self, data: bytes) -> None:
        start = 0
        while start < len(data):
            room = min(BUFFER_SIZE - self._used, len(data) - start)
            self._view[self._used : self._used + room] = data[start : start + room]
            self._used += room
            start += room
            if self._used == BUFFER_SIZE:
                self._flush()

    def expect(self, size: int) -> None:
        """Say that at least `size` bytes will come, so that room can be made for them."""
        if self._fd is not None:
            reserve(self._fd, size)

    def add(self, entry: Entry, data: bytes = b"") -> None:
        """A member held in memory: `entry.size` must be the length of `data`."""
        if entry.size != len(data):
            raise ValueError(f"{entry.name!r}: {len(data)} bytes of data, {entry.size} announced")
        self._append(tar_header.header(entry) + data + bytes(tar_header.padding(entry.size)))

    def add_file(self, entry: Entry, path: str) -> None:
        """A regular file: exactly `entry.size` bytes are read from `path`; raises ImageError if there are fewer or
        more.
        """
        self._append(tar_header.header(entry))
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._append_from(fd, entry.size, path)
        finally:
            os.close(fd)
        self._append(bytes(tar_header.padding(entry.size)))

    def _append_from(self, fd: int, size: int, path: str) -> None:
        left = size
        while left:
            room = min(BUFFER_SIZE - self._used, left)
            count = os.readv(fd, [self._view[self._used : self._used + room]])
            if not count:
                raise ImageError(f"'{path}' became shorter while it was read: {left} of {size} bytes are missing")
            self._used += count
            left -= count
            if self._used == BUFFER_SIZE:
                self._flush()
        if os.read(fd, 1):
            raise ImageError(f"'{path}' became longer while it was read: it had {size} bytes")

    def finish(self) -> tuple[str, int]:
        """Write the end of the archive; the digest and the size of all that was written."""
        self._append(tar_header.END)
        if self._used:
            self._flush()
        if self._hashing is not None:
            self._hashing.result()
        self._hasher.shutdown()
        return "sha256:" + self._hash.hexdigest(), self._size
