"""NARs of trees in the file system: dumping, hashing, copying and restoring them, each byte read once.

The two ends join `nar_events` to files: `walk` reads a tree as events, `materialise` writes them down and passes
them on.  So a copy that is hashed on the way is `encode(materialise(walk(source), destination), hasher.update)`.

Paths are bytes at the border to the system, since a locale may say that file names are something else than UTF-8.
"""

from __future__ import annotations

import os
import stat

from lixeval.errors import FormatError
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.formats.hashes import Hash, hasher
from lixeval.formats.nar_events import CHUNK, Directory, File, Leave, Symlink, decode, encode, encode_file
from lixeval.system.opening import open_soon

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lixeval.formats.nar_events import Event, Read

    Filter = Callable[[str, str], bool]
    """Whether to take an entry: its path, and "regular", "directory", "symlink" or "unknown"."""

__all__ = [
    "dump",
    "dump_hash",
    "encode_file",
    "entry_type",
    "materialise",
    "read_small_file",
    "read_small_tree",
    "restore",
    "walk",
]


def dump(path: str, write: Callable[[bytes], object], filter: Filter | None = None) -> None:
    """Write the NAR of the tree at `path`, in pieces.

    `filter` is asked about every entry below the root, a directory before its entries, in the archive's order.
    `FormatError` for sockets and other files that a NAR cannot hold; `OSError` where something cannot be read.
    """
    encode(walk(path, filter), write)


def dump_hash(path: str, algorithm: str = "sha256", filter: Filter | None = None) -> tuple[Hash, int]:
    """The hash of the NAR of the tree at `path`, and the NAR's size in bytes."""
    counting = HashingWriter(algorithm)
    dump(path, counting.write, filter)
    return counting.result()


def restore(read: Read, destination: str) -> None:
    """Unpack one NAR to `destination`, which must not exist yet.

    Files come out 0644 or 0755 and links untouched.  `FormatError` for a bad archive: nothing outside of
    `destination` is ever written, but what is there then is incomplete and to be removed by the caller.
    """
    for _ in materialise(decode(read), destination):
        pass


class HashingWriter:
    """Something to write to that keeps only the hash and the size of what was written."""

    __slots__ = ("_hasher", "algorithm", "size")

    def __init__(self, algorithm: str = "sha256") -> None:
        self.algorithm = algorithm
        self.size = 0
        self._hasher = hasher(algorithm)

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self._hasher.update(data)

    def result(self) -> tuple[Hash, int]:
        """The hash, and the size in bytes."""
        return Hash(self.algorithm, self._hasher.digest()), self.size


def entry_type(mode: int) -> str:
    """What Nix calls a file with this `st_mode`."""
    if stat.S_ISREG(mode):
        return "regular"
    if stat.S_ISDIR(mode):
        return "directory"
    return "symlink" if stat.S_ISLNK(mode) else "unknown"


def walk(path: str, filter: Filter | None = None) -> Iterator[Event]:
    """The tree at `path` as events; see `dump` for the filter and the errors."""
    for relative, full, status in entries(path, filter):
        yield Leave(relative) if status is None else _node(full, relative, status)


def entries(path: str, filter: Filter | None = None) -> Iterator[tuple[str, bytes, os.stat_result | None]]:
    """What is in the tree at `path`, in the archive's order: each entry's path below it, its path for the system, and
    its status; None for that at the end of a directory.
    """
    root = bytes_of(path)
    below = "" if path == "/" else path
    status = os.lstat(root)
    kind = _checked_type(root, status)
    yield "", root, status
    if kind != "directory":
        return
    pending = [("", root, _names(root))]  # directories begun, with the names still to come, the next one last
    while pending:
        directory, place, names = pending[-1]
        if not names:
            pending.pop()
            yield directory, place, None
            continue
        name = text_of(names.pop())
        relative = f"{directory}/{name}" if directory else name
        full = bytes_of(f"{below}/{relative}")
        status = os.lstat(full)
        if filter is not None and not filter(f"{below}/{relative}", entry_type(status.st_mode)):
            continue
        kind = _checked_type(full, status)
        yield relative, full, status
        if kind == "directory":
            pending.append((relative, full, _names(full)))


def _names(directory: bytes) -> list[bytes]:
    return sorted(os.listdir(directory), reverse=True)


def _checked_type(full: bytes, status: os.stat_result) -> str:
    kind = entry_type(status.st_mode)
    if kind == "unknown":
        raise FormatError(f"file '{text_of(full)}' has an unsupported type")
    return kind


def _node(full: bytes, relative: str, status: os.stat_result) -> Event:
    if stat.S_ISDIR(status.st_mode):
        return Directory(relative)
    if stat.S_ISLNK(status.st_mode):
        return Symlink(relative, text_of(os.readlink(full)))
    return File(relative, bool(status.st_mode & stat.S_IXUSR), status.st_size, _read_file(full, status.st_size))


def read_small_file(path: str, most: int = CHUNK) -> tuple[bytes, bool] | None:
    """The bytes of the regular file at `path`, and whether its owner may execute it; None for what is no such file, or
    has more than `most`.
    """
    full = bytes_of(path)
    status = os.lstat(full)
    if not stat.S_ISREG(status.st_mode) or status.st_size > most:
        return None
    return b"".join(_read_file(full, status.st_size)), bool(status.st_mode & stat.S_IXUSR)


def read_small_tree(path: str, most: int, filter: Filter | None = None) -> bytes | None:
    """The NAR of the directory at `path`, each entry looked at once; None where it would have more than about so many
    bytes, or something is the matter, which who walks it says.  The `filter` may be asked again by him.
    """
    parts: list[bytes] = []
    try:
        encode(_small_tree(path, most, filter), parts.append)
    except (OSError, _NotSmall):
        return None
    return b"".join(parts)


class _NotSmall(Exception):
    """A tree is larger than was hoped, or not as plain."""


_OVERHEAD = 128
"""Bytes of the NAR for each entry, besides its contents."""


def _small_tree(path: str, most: int, filter: Filter | None) -> Iterator[Event]:
    yield Directory("")
    below = "" if path == "/" else path
    pending = [("", _entries(bytes_of(path)))]
    while pending:
        folder, rest = pending[-1]
        if not rest:
            pending.pop()
            yield Leave(folder)
            continue
        entry = rest.pop()
        name = text_of(entry.name)
        relative = f"{folder}/{name}" if folder else name
        kind = _kind_of(entry)
        if filter is not None and not filter(f"{below}/{relative}", kind):
            continue
        most -= _OVERHEAD
        if most < 0 or kind == "unknown":
            raise _NotSmall
        if kind == "regular":
            contents, executable = _whole_file(entry.path, most)
            most -= len(contents)
            yield File(relative, executable, len(contents), (contents,))
        elif kind == "directory":
            yield Directory(relative)
            pending.append((relative, _entries(entry.path)))
        else:
            yield Symlink(relative, text_of(os.readlink(entry.path)))


def _kind_of(entry: os.DirEntry[bytes]) -> str:
    if entry.is_file(follow_symlinks=False):
        return "regular"
    if entry.is_dir(follow_symlinks=False):
        return "directory"
    return "symlink" if entry.is_symlink() else "unknown"


def _entries(directory: bytes) -> list[os.DirEntry[bytes]]:
    """What is in a directory, the first one last."""
    with os.scandir(directory) as found:
        return sorted(found, key=_name_of, reverse=True)


def _name_of(entry: os.DirEntry[bytes]) -> bytes:
    return entry.name


def _whole_file(full: bytes, most: int) -> tuple[bytes, bool]:
    """The bytes of a regular file that has no more, and whether its owner may execute it."""
    descriptor = open_soon(full, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        status = os.fstat(descriptor)
        data = os.read(descriptor, status.st_size) if status.st_size <= most and stat.S_ISREG(status.st_mode) else b""
        if len(data) != status.st_size:
            raise _NotSmall
        return data, bool(status.st_mode & stat.S_IXUSR)
    finally:
        os.close(descriptor)


def _read_file(full: bytes, size: int) -> Iterator[bytes]:
    """The bytes of a file that had `size` of them when it was met; the archive has said so already."""
    descriptor = open_soon(full, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        rest = size
        while rest:
            data = os.read(descriptor, min(rest, CHUNK))
            if not data:
                raise FormatError(f"file '{text_of(full)}' shrank while it was read")
            rest -= len(data)
            yield data
    finally:
        os.close(descriptor)


def materialise(events: Iterable[Event], destination: str) -> Iterator[Event]:
    """Write a tree to `destination` and pass its events on; a file's chunks are written as they are taken.

    Everything is created anew and nothing is opened through a link, so a tree cannot reach out of itself.  Chunks that
    the taker of the events leaves are written before the next event.
    """
    root = bytes_of(destination)
    for event in events:
        full = root + b"/" + bytes_of(event.path) if event.path else root
        if isinstance(event, File):
            chunks = _write_file(full, event)
            yield File(event.path, event.executable, event.size, chunks)
            for _ in chunks:
                pass
        elif isinstance(event, Symlink):
            os.symlink(bytes_of(event.target), full)
            yield event
        else:
            if isinstance(event, Directory):
                os.mkdir(full, 0o755)
            yield event


def _write_file(full: bytes, event: File) -> Iterator[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(full, flags, 0o755 if event.executable else 0o644)
    try:
        for chunk in event.chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            yield chunk
    finally:
        os.close(descriptor)
