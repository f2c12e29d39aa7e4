"""Blobs: bytes with a known digest and size, that can be copied to a file descriptor from wherever they are.

Whoever says which file a blob is in may be wrong or lie, and a file may have changed: bytes are hashed whenever they
are copied, and what is copied is exactly what was hashed; ImageError is raised where it is not what the digest says.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from lixeval.errors import ImageError
from lixeval.oci.publish import failures_of
from lixeval.oci.sources import cannot_read, read_at
from lixeval.system.atomic import complete_file, write_all

_BLOCK = 1 << 20
_LARGE = 8 << 20


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
        found = "sha256:" + hashlib.sha256(self.data).hexdigest()
        if found != self.digest:
            raise damaged(self.digest, found, "a document")
        write_all(fd, self.data)


@dataclass(frozen=True, slots=True)
class FileBlob:
    """A file of its own."""

    digest: str
    size: int
    path: str

    def copy_to(self, fd: int) -> None:
        with open_file(self) as source:
            copy_hashed(source, fd, self, f"'{self.path}'")


@dataclass(frozen=True, slots=True)
class MadeBlob:
    """A blob made when it is wanted: `make` writes it to a descriptor and returns the digest and size it got.

    `changes` is asked where it got others: what it is made of that has changed, in words.
    """

    digest: str
    size: int
    make: Callable[[int], tuple[str, int]]
    what: str
    changes: Callable[[], Sequence[str]] = tuple

    def copy_to(self, fd: int) -> None:
        digest, size = self.make(fd)
        if (digest, size) != (self.digest, self.size):
            raise self.changed(f"expected {self.digest} ({self.size} bytes), now it is {digest} ({size} bytes)")

    def changed(self, found: str) -> ImageError:
        """The error of what was made being another thing: what has changed of its sources, else what was `found`."""
        changes = "; ".join(self.changes())
        return ImageError(
            f"{self.what} changed since it was recorded: {changes or found}",
            hint="lixeval store repair PATH makes it what it was" if changes else None,
        )


@dataclass(frozen=True, slots=True)
class OpenBlob:
    """A file that is open and perhaps has no name; it lives as long as the blob."""

    digest: str
    size: int
    stream: IO[bytes]

    def copy_to(self, fd: int) -> None:
        self.stream.seek(0)
        copy_hashed(self.stream.fileno(), fd, self, "a temporary file")


@dataclass(frozen=True, slots=True)
class KeptBlob:
    """A blob that is made when it is wanted and then kept in the file `path`, for who wants it again."""

    made: MadeBlob
    path: str

    @property
    def digest(self) -> str:
        return self.made.digest

    @property
    def size(self) -> int:
        return self.made.size

    def copy_to(self, fd: int) -> None:
        kept = self._kept()
        if kept is None:
            self.made.copy_to(fd)
            return
        with kept:
            copy_hashed(kept.fileno(), fd, self, f"'{self.path}'")

    def file(self) -> IO[bytes] | None:
        """Its file, open, and made if need be; None where it cannot be kept.

        The name may be gone by then: another process that has used the blob lets go of it.
        """
        kept = self._kept()
        if kept is not None:
            return kept
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            with complete_file(self.path) as fd:
                self.made.copy_to(fd)
                kept = os.fdopen(os.dup(fd), "rb", buffering=0)
        except OSError:
            return None
        return kept

    def _kept(self) -> IO[bytes] | None:
        """The file, open, if it is there and sound; the name of a damaged one is gone then."""
        try:
            with open_file(FileBlob(self.digest, self.size, self.path)) as fd:
                check_hash(fd, self)
                return os.fdopen(os.dup(fd), "rb", buffering=0)
        except (OSError, ImageError):
            with contextlib.suppress(OSError):
                os.unlink(self.path)
            return None


@contextlib.contextmanager
def open_file(blob: FileBlob) -> Iterator[int]:
    """A descriptor of a blob's file, which has as many bytes as the blob."""
    try:
        source = open(blob.path, "rb", buffering=0)  # noqa: SIM115 - what fails in the block is not told as this is
    except OSError as error:
        raise cannot_read(f"'{blob.path}'", error) from error
    with source:
        found = os.fstat(source.fileno()).st_size
        if found != blob.size:
            raise ImageError(f"the blob '{blob.path}' has {found} bytes where {blob.size} are expected")
        yield source.fileno()


@contextlib.contextmanager
def opened(blob: Blob) -> Iterator[int]:
    """A descriptor to read a blob's bytes at any position (`os.pread`): of its own file, or of a nameless copy.

    They are those of its digest.
    """
    if isinstance(blob, OpenBlob):
        yield blob.stream.fileno()
    elif isinstance(blob, KeptBlob) and (kept := blob.file()) is not None:
        with kept:
            yield kept.fileno()
    elif isinstance(blob, FileBlob):
        with open_file(blob) as fd:
            check_hash(fd, blob)
            yield fd
    else:
        with tempfile.TemporaryFile(dir=temporary_folder(), buffering=0) as copy:
            with failures_of(temporary_folder()):
                blob.copy_to(copy.fileno())
            yield copy.fileno()


def temporary_folder() -> str:
    """Where big temporary files go: /tmp is often memory."""
    usual = os.environ.get("TMPDIR") or not os.access("/var/tmp", os.W_OK)
    return tempfile.gettempdir() if usual else "/var/tmp"


@contextlib.contextmanager
def streamed(blob: Blob) -> Iterator[int]:
    """A descriptor to read a blob's bytes from, once and in order: of a file from its beginning, or of a pipe into
    which a thread makes the blob.

    What making it raises is raised when the block ends, so what was read then is what the digest says.  Of a file that
    is for who reads it to find out.
    """
    if isinstance(blob, FileBlob):
        with open_file(blob) as fd:
            yield fd
        return
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
    if failures and isinstance(failures[0], BrokenPipeError):
        raise blob.changed(f"it has more than {blob.size} bytes")
    if failures:
        raise failures[0]


def copy_hashed(source: int, target: int, blob: Blob, where: str) -> None:
    """Copy a blob's bytes from the position of one descriptor to that of another; raises ImageError where those
    copied are others than they should be.
    """
    digest = hashlib.sha256()
    if blob.size > _LARGE:
        _copy_beside(source, target, blob.size, digest.update, where)
    else:
        for data in _read(source, blob.size, [memoryview(bytearray(min(_BLOCK, max(blob.size, 1))))], where):
            digest.update(data)
            write_all(target, data)
    found = "sha256:" + digest.hexdigest()
    if found != blob.digest:
        raise damaged(blob.digest, found, where)


def _copy_beside(source: int, target: int, size: int, update: Callable[[memoryview], None], where: str) -> None:
    """The same for much: while one block is written, a second thread hashes it."""
    from concurrent.futures import ThreadPoolExecutor  # small images are written without what that loads

    buffers = [memoryview(bytearray(_BLOCK)) for _ in range(2)]
    hashing = None
    with ThreadPoolExecutor(1, thread_name_prefix="hash") as worker:
        for data in _read(source, size, buffers, where):
            if hashing is not None:
                hashing.result()
            hashing = worker.submit(update, data)
            write_all(target, data)


def _read(source: int, size: int, buffers: list[memoryview], where: str) -> Iterator[memoryview]:
    """`size` bytes in blocks, in the buffers by turns."""
    left = size
    for buffer in itertools.cycle(buffers):
        if not left:
            return
        try:
            count = os.readv(source, [buffer[: min(left, len(buffer))]])
        except OSError as error:
            raise cannot_read(where, error) from error
        if not count:
            raise ImageError(f"{where} ended {left} bytes early: it had {size}")
        yield buffer[:count]
        left -= count


def check_hash(fd: int, blob: Blob) -> None:
    """Raise ImageError unless a blob's file has the bytes that its digest says."""
    digest, position = hashlib.sha256(), 0
    while data := read_at(fd, _BLOCK, position, place_of(blob)):
        digest.update(data)
        position += len(data)
    found = "sha256:" + digest.hexdigest()
    if found != blob.digest:
        raise damaged(blob.digest, found, place_of(blob))


def place_of(blob: Blob) -> str:
    """What a blob is read from, in words."""
    return f"'{blob.path}'" if isinstance(blob, FileBlob) else f"the blob {blob.digest}"


def damaged(digest: str, found: str, where: str) -> ImageError:
    """The error of a blob that has another digest than it should have."""
    return ImageError(
        f"the blob {digest} is damaged: {where} has the digest {found}",
        hint="where it is of a layer in the store: lixeval store verify --check-contents says what has changed",
    )
