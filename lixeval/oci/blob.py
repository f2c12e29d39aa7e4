"""Blobs: bytes with a known digest and size, that can be copied to a file descriptor from wherever they are.

A blob was hashed when it was written, so copying one does not hash it again: the kernel moves the bytes from file to
file (`copy_file_range`, which shares blocks on file systems that can, else `sendfile`, else read and write).  What is
checked on the way is that there are exactly `size` of them.  `lixeval.oci.validate` recomputes digests.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from lixeval.errors import ImageError
from lixeval.oci.publish import write_all

_CHUNK = 1 << 30
# "This pair of files cannot be copied that way": another file system, a pipe, a kernel without the call.
_CANNOT = frozenset(
    {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.ENOTSOCK, errno.ESPIPE}
)


class Blob(Protocol):
    """Some bytes of an image."""

    @property
    def digest(self) -> str: ...
    @property
    def size(self) -> int: ...
    def copy_to(self, fd: int) -> None:
        """Write exactly `size` bytes at the position of `fd`; raises ImageError if they cannot be had."""


@dataclass(frozen=True, slots=True)
class BytesBlob:
    """A document in memory."""

    digest: str
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def copy_to(self, fd: int) -> None:
        write_all(fd, self.data)


@dataclass(frozen=True, slots=True)
class FileBlob:
    """A file of its own."""

    digest: str
    size: int
    path: str

    def copy_to(self, fd: int) -> None:
        with open(self.path, "rb", buffering=0) as source:
            found = os.fstat(source.fileno()).st_size
            if found != self.size:
                raise ImageError(f"the blob '{self.path}' has {found} bytes where {self.size} are expected")
            copy_range(source.fileno(), fd, self.size)


@dataclass(frozen=True, slots=True)
class MadeBlob:
    """A blob made when it is wanted: `make` writes it to a descriptor and returns the digest and size it got."""

    digest: str
    size: int
    make: Callable[[int], tuple[str, int]]
    what: str

    def copy_to(self, fd: int) -> None:
        digest, size = self.make(fd)
        if (digest, size) != (self.digest, self.size):
            raise ImageError(
                f"{self.what} changed since it was recorded: expected {self.digest} ({self.size} bytes), "
                f"now it is {digest} ({size} bytes)"
            )


@dataclass(frozen=True, slots=True)
class OpenBlob:
    """A file that is open and perhaps has no name; it lives as long as the blob."""

    digest: str
    size: int
    stream: IO[bytes]

    def copy_to(self, fd: int) -> None:
        self.stream.seek(0)
        copy_range(self.stream.fileno(), fd, self.size)


@contextlib.contextmanager
def opened(blob: Blob) -> Iterator[int]:
    """A descriptor to read a blob's bytes at any position (`os.pread`): of its own file, or of a nameless copy."""
    if isinstance(blob, OpenBlob):
        yield blob.stream.fileno()
    elif isinstance(blob, FileBlob):
        with open(blob.path, "rb", buffering=0) as file:
            found = os.fstat(file.fileno()).st_size
            if found != blob.size:
                raise ImageError(f"the blob '{blob.path}' has {found} bytes where {blob.size} are expected")
            yield file.fileno()
    else:
        with tempfile.TemporaryFile(dir=temporary_folder(), buffering=0) as copy:
            blob.copy_to(copy.fileno())
            yield copy.fileno()


def temporary_folder() -> str | None:
    """Where big temporary files go: /tmp is often memory."""
    return None if os.environ.get("TMPDIR") or not os.access("/var/tmp", os.W_OK) else "/var/tmp"


@contextlib.contextmanager
def streamed(blob: Blob) -> Iterator[int]:
    """A descriptor to read a blob's bytes from, once and in order: of a file from its beginning, or of a pipe into
    which a thread makes the blob.

    What making it raises is raised when the block ends.
    """
    if not isinstance(blob, MadeBlob):
        with opened(blob) as fd:
            os.lseek(fd, 0, os.SEEK_SET)
            yield fd
        return
    reading, writing = os.pipe()
    with contextlib.suppress(OSError, AttributeError):  # only on Linux; a small pipe does as well
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1 << 20)
    failures: list[BaseException] = []

    def make() -> None:
        try:
            blob.copy_to(writing)
        except BaseException as error:
            failures.append(error)
        finally:
            os.close(writing)

    thread = threading.Thread(target=make, name="blob")
    thread.start()
    try:
        yield reading
    except ImageError:
        # That the pipe ended too early is only the consequence of what happened at its other end.
        os.close(reading)
        thread.join()
        if failures and not isinstance(failures[0], BrokenPipeError):
            raise failures[0] from None
        raise
    except BaseException:
        os.close(reading)
        thread.join()
        raise
    os.close(reading)
    thread.join()
    if failures:
        raise failures[0]


def copy_range(source: int, target: int, size: int) -> None:
    """Move `size` bytes from the position of one descriptor to that of another, by the fastest way that works."""
    left = size
    if hasattr(os, "copy_file_range"):
        left = _kernel_copy(lambda count: os.copy_file_range(source, target, count), left)
    if left and hasattr(os, "sendfile"):
        left = _kernel_copy(lambda count: os.sendfile(target, source, None, count), left)
    while left:
        data = os.read(source, min(left, 1 << 20))
        if not data:
            raise ImageError(f"a blob ended {left} bytes early")
        write_all(target, data)
        left -= len(data)


def _kernel_copy(step: Callable[[int], int], left: int) -> int:
    while left:
        try:
            moved = step(min(left, _CHUNK))
        except (OSError, TypeError) as error:
            # TypeError: macOS's sendfile takes no None offset, and would only write to sockets anyhow.
            if isinstance(error, TypeError) or error.errno in _CANNOT:
                return left
            raise
        if not moved:
            return left
        left -= moved
    return 0
