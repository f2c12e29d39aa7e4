"""A tar stream written once and hashed on the way: files are read into the very buffer that is hashed and written.

Memory is a few buffers, whatever the size of the layer.  While a second thread hashes and writes the full ones (both
let go of the interpreter's lock), the next is filled, so a layer costs about as much as reading its files.

Example: `writer = LayerWriter(fd); writer.add(entry); writer.add_file(entry, path); digest, size = writer.finish()`.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lixeval.errors import ImageError
from lixeval.oci import tar_header
from lixeval.oci.publish import reserve
from lixeval.oci.sources import cannot_read
from lixeval.oci.tar_header import Entry
from lixeval.system.atomic import write_all

if TYPE_CHECKING:
    from concurrent.futures import Future

BUFFER_SIZE = 1 << 19
_BUFFERS = 4
_ZEROS = bytes(tar_header.BLOCK)


class LayerWriter:
    """Writes a tar to `fd` (or nowhere: None only computes the digest).  Use as a context manager, or call `finish`."""

    def __init__(self, fd: int | None) -> None:
        from concurrent.futures import ThreadPoolExecutor  # who reads layers only does not need it

        self._fd = fd
        self._hash = hashlib.sha256()
        self._size = 0
        self._free = [memoryview(bytearray(BUFFER_SIZE)) for _ in range(_BUFFERS)]
        self._view = self._free.pop()
        self._used = 0
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="layer")
        self._full: deque[tuple[Future[None], memoryview]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.shutdown()

    def _flush(self) -> None:
        """Hand the filled buffer to the other thread, and go on with a free one."""
        self._full.append((self._worker.submit(self._take, self._view[: self._used]), self._view))
        self._size += self._used
        self._used = 0
        if not self._free:
            self._await_one()
        self._view = self._free.pop()

    def _take(self, data: memoryview) -> None:
        self._hash.update(data)
        if self._fd is not None:
            write_all(self._fd, data)

    def _await_one(self) -> None:
        """Wait for the oldest full buffer; raises what writing it has raised."""
        taken, view = self._full.popleft()
        taken.result()
        self._free.append(view)

    def _append(self, data: bytes) -> None:
        end = self._used + len(data)
        if end < BUFFER_SIZE:
            self._view[self._used : end] = data
            self._used = end
            return
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
        more, or if they cannot be read.
        """
        self._append(tar_header.header(entry))
        size = entry.size
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise cannot_read(f"'{path}'", error) from error
        try:
            start = self._used
            if start + size < BUFFER_SIZE:
                # One byte more than there should be: the read that finds the end also finds a file that has grown.
                count = _read_into(self._view[start : start + size + 1], fd, path)
                self._used += min(count, size)
                if count != size:
                    self._append_from(fd, size, count, path)
            else:
                self._append_from(fd, size, 0, path)
        finally:
            os.close(fd)
        self._append(_ZEROS[: tar_header.padding(size)])

    def _append_from(self, fd: int, size: int, done: int, path: str) -> None:
        """What is left of a file of which `done` bytes have been read."""
        while done < size:
            room = min(BUFFER_SIZE - self._used, size - done)
            count = _read_into(self._view[self._used : self._used + room], fd, path)
            if not count:
                raise ImageError(
                    f"'{path}' became shorter while it was read: {size - done} of {size} bytes are missing"
                )
            self._used += count
            done += count
            if self._used == BUFFER_SIZE:
                self._flush()
        if done > size or os.read(fd, 1):
            raise ImageError(f"'{path}' became longer while it was read: it had {size} bytes")

    def finish(self) -> tuple[str, int]:
        """Write the end of the archive; the digest and the size of all that was written."""
        self._append(tar_header.END)
        if self._used:
            self._flush()
        while self._full:
            self._await_one()
        self._worker.shutdown()
        return "sha256:" + self._hash.hexdigest(), self._size


def _read_into(view: memoryview, fd: int, path: str) -> int:
    """How many bytes of a file came; what the other thread raises of writing must not be told of the file."""
    try:
        return os.readv(fd, [view])
    except OSError as error:
        raise cannot_read(f"'{path}'", error) from error
