"""Many entries of a cache in one file: a run that keeps hundreds of them at once does not write hundreds of files, and
another one reads what it wants of each, when it wants it, and holds none of them whole.

    pack:   entries, directory, b"lixepack" + CRC-32 of the directory + its size
    entry:  a head, whose checksum is in the directory, and parts, whose checksums whoever keeps them has in the head

The directory is {key: (where the entry begins, the size of its head, the head's checksum, the size of all)} by
`marshal`.  Packs are trusted as the files of `system.cache` are, in a folder of the cache's own, and go when those
would; what is damaged counts as none.  There are few of them, since one that is looked for in vain was looked for in
all: where there are enough, and each is in use, entries are kept in files of their own.

An entry that grows is written whole again, into a new pack, so packs of which half was written again go, and what else
they have goes with it: all of them take no more than twice what is in them.
"""

from __future__ import annotations

import marshal
import os
from binascii import crc32
from time import time

from lixeval.system.cache import DAY, is_private, keep_in_use, make_private, opened, value_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Set

    Entry = tuple[bytes, list[bytes | memoryview]]
    """A head, and the bytes behind it in one part or more."""

    Place = tuple[int, int, int, int]

MOST = 24
UNUSED = 7 * DAY
"""A pack that was not used for so long makes room for another one."""

_MARKER = b"lixepack"
_TRAILER = len(_MARKER) + 4 + 8
_DIGITS = 12
"""Of a name's that tell when the file was made."""
_UNFINISHED = "."
"""What the names of files begin with that are not complete (`system.atomic`)."""


class Packs:
    """The packs in a folder, each of no more than `largest` bytes; looked at when the first entry is wanted."""

    __slots__ = ("_directory", "_largest", "_packs")

    def __init__(self, directory: str, largest: int) -> None:
        self._directory = directory
        self._largest = largest
        self._packs: list[Pack] | None = None

    def get(self, key: str) -> Packed | None:
        """An entry; None where there is none that is sound."""
        if self._packs is None:
            self._packs = self._found()
        for pack in self._packs:
            found = pack.get(key)
            if found is not None:
                return found
        return None

    def look_again(self) -> None:
        """Forgets which packs there were: others may have come."""
        self._packs = None

    def keep(self, entries: dict[str, Entry]) -> bool:
        """Keeps entries in a pack of their own, or in several where it would become too large; whether there was room.

        They have what was kept under their keys before.  OSErrors are those of writing.
        """
        if not self._has_room():
            return False
        make_private(self._directory)
        emptied = self._to_be_emptied(set(entries))
        self._packs = None
        self._write_all([*entries.items(), *[pair for _, kept in emptied for pair in kept]])
        for pack, _ in emptied:
            pack.remove()
        return True

    def _to_be_emptied(self, known: set[str]) -> list[tuple[Pack, list[tuple[str, Entry]]]]:
        """The packs no more than half of which is of use where such keys are in a later one, and that half."""
        found = []
        for pack in self._found():
            others = pack.places.keys() - known
            known |= others
            if pack.places and pack.is_mostly_without(others):
                found.append((pack, pack.entries(others)))
        return found

    def _write_all(self, entries: Iterable[tuple[str, Entry]]) -> None:
        part: list[tuple[str, Entry]] = []
        size = 0
        for key, entry in entries:
            length = len(entry[0]) + sum(map(len, entry[1]))
            if part and size + length > self._largest // 2:
                self._write(part)
                part, size = [], 0
            part.append((key, entry))
            size += length
        self._write(part)

    def _write(self, entries: list[tuple[str, Entry]]) -> None:
        from lixeval.system.atomic import complete_file, write_all

        places: dict[str, Place] = {}
        end = 0
        with complete_file(f"{self._directory}/{self._next_name()}", 0o600) as fd:
            for key, (head, parts) in entries:
                data = b"".join([head, *parts])
                write_all(fd, data)
                places[key] = end, len(head), crc32(head), len(data)
                end += len(data)
            directory = marshal.dumps(places)
            sizes = crc32(directory).to_bytes(4, "little") + len(directory).to_bytes(8, "little")
            write_all(fd, directory + _MARKER + sizes)

    def _next_name(self) -> str:
        """A name that comes before all others in `_names`, whatever the clock was when they were made: an entry that
        was kept again is whole in the later pack.
        """
        try:
            latest = int(self._names()[0][:_DIGITS], 16)
        except (IndexError, ValueError):
            latest = 0
        return f"{max(int(time() * 1000), latest + 1):0{_DIGITS}x}-{os.urandom(6).hex()}"

    def _names(self) -> list[str]:
        """Of files, those named last first."""
        try:
            with os.scandir(self._directory) as found:
                files = [file.name for file in found if file.is_file(follow_symlinks=False)]
        except OSError:
            return []
        return sorted([name for name in files if name[0] != _UNFINISHED], reverse=True)

    def _found(self) -> list[Pack]:
        if not hasattr(os, "pread") or not is_private(self._directory):
            return []
        names = self._names()
        while True:
            packs = [_pack(f"{self._directory}/{name}", self._largest) for name in names[: 2 * MOST]]
            before, names = names, self._names()
            if names == before or None not in packs:  # else one of them may have been emptied into another meanwhile
                return [pack for pack in packs if pack is not None]

    def _has_room(self) -> bool:
        """Whether there are few packs, or the one that was not used for the longest time could go."""
        paths = [f"{self._directory}/{name}" for name in self._names()]
        if len(paths) < MOST:
            return hasattr(os, "pread")
        try:
            used, path = min([(os.lstat(path).st_mtime, path) for path in paths])
            if used > time() - UNUSED:
                return False
            os.unlink(path)
        except OSError:
            return False  # another process was faster
        return True


class Pack:
    """A file of entries, which is open as long as one of them may be read; its directory is read when one is looked for
    in it, which most runs do in the latest alone.
    """

    __slots__ = ("_fd", "_path", "_places", "_size", "_used")

    def __init__(self, path: str, fd: int, size: int, used: float) -> None:
        self._path = path
        self._fd = fd
        self._size = size
        self._used: float | None = used
        self._places: dict[str, Place] | None = None

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        close(self._fd)

    @property
    def places(self) -> dict[str, Place]:
        """Where entries are; none are anywhere where the directory is not sound."""
        if self._places is None:
            self._places = self._directory()
        return self._places

    def _directory(self) -> dict[str, Place]:
        end = self._size - _TRAILER
        trailer = self.read(end, _TRAILER)
        if trailer[: len(_MARKER)] != _MARKER:
            return {}
        length = int.from_bytes(trailer[-8:], "little")
        directory = self.read(end - length, length)
        if crc32(directory).to_bytes(4, "little") != trailer[len(_MARKER) : -8]:
            return {}
        places = value_in(memoryview(directory))
        return places if places.__class__ is dict else {}

    def get(self, key: str) -> Packed | None:
        """An entry; None where there is none that is sound."""
        place = self.places.get(key)
        if place is None:
            return None
        if self._used is not None:
            keep_in_use(self._path, self._used)
            self._used = None
        try:
            begin, size, checksum, _ = place
            head = self.read(begin, size)
        except (TypeError, ValueError):
            return None
        return Packed(self, head, begin + size) if head and crc32(head) == checksum else None

    def entries(self, keys: Set[str]) -> list[tuple[str, Entry]]:
        """The entries under keys; none of those that are not sound."""
        found: list[tuple[str, Entry]] = []
        for key in keys:
            entry = self.get(key)
            if entry is not None:
                begin, size, _, whole = self.places[key]
                found.append((key, (entry.head, [self.read(begin + size, whole - size)])))
        return found

    def is_mostly_without(self, keys: Set[str]) -> bool:
        """Whether the entries under keys are no more than half of it."""
        try:
            all_ = sum([place[3] for place in self.places.values()])
            return 2 * sum([self.places[key][3] for key in keys]) <= all_
        except (TypeError, IndexError):
            return False  # the directory has another form

    def remove(self) -> None:
        """Takes the file away; who has it open reads on."""
        try:
            os.unlink(self._path)
        except OSError:
            return  # another process was faster

    def read(self, begin: int, size: int) -> bytes:
        """So many bytes at a place; none where there are not so many."""
        if begin < 0 or not 0 < size <= self._size - begin:
            return b""
        try:
            return os.pread(self._fd, size, begin)
        except OSError:
            return b""


class Packed:
    """An entry in a pack: its head, and what is behind that."""

    __slots__ = ("_begin", "_pack", "head")

    def __init__(self, pack: Pack, head: bytes, begin: int) -> None:
        self._pack = pack
        self._begin = begin
        self.head = head

    def part(self, begin: int, end: int, checksum: int) -> bytes | None:
        """The bytes behind the head from one place to a later one; None where they do not have the checksum."""
        data = self._pack.read(self._begin + begin, end - begin)
        return data if data and crc32(data) == checksum else None


def _pack(path: str, largest: int) -> Pack | None:
    """The pack in a file; None where there is no such file, or one that others could have written."""
    found = opened(path, largest)
    if found is None:
        return None
    fd, status = found
    return Pack(path, fd, status.st_size, status.st_mtime)
