"""The files of a kept heap: records by number, read where they are wanted, each page checked before it is trusted.

    offsets   where each record begins and the last one ends: unsigned, 4 bytes each, little-endian
    records   one after the other, each by `marshal`

A heap begins with one file; what later runs find out is appended in files of their own, whose numbers go on, and a
record there may take the place of one of before.  What describes the files (their sizes, the digests of their pages,
the kinds of the records) is kept elsewhere, with a checksum of its own (`heaps`).  A file that is not as described, or
a page that has another digest, raises `DamagedHeap`.
"""

from __future__ import annotations

import marshal
import os
from _blake2 import blake2b
from array import array
from mmap import ACCESS_READ, mmap
from stat import S_ISREG

from lixeval.system.machines import user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PAGE = 1 << 14
_DIGEST = 8
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)

# The kinds of records.  A *reference* is what stands for a value in a record: the number of another record, a text, a
# float, True, False or None themselves, or (n,) for the integer n.

WAITING = 0
"""A cell: (code, payload, position), references all but the position, the number of a record or None.  Where it has the
place of an argument, that is the record.  A reference to what its code is told besides stands before the position.
"""

ANSWERED = 1
"""A cell that has its value: (value, position)."""

DEPENDING = 2
"""A cell that has its value as long as the parts that it has looked at are the same: (value, what it has looked at in
all, at what by itself, code, payload, position), the last ones as above.  At what it has looked by itself is a tuple,
in that order, of records of cells that depend on parts, and of -1 - bit for parts.
"""

GIVING = 3
"""A cell that gives a part: (part, what was looked at and the value, or None and None where nobody has asked)."""

LAST_CELL = GIVING

SET = 4
"""A set: the number of its names, then a reference for each."""

NAMES = 5
"""The names of sets: a tuple of texts."""

LIST = 6
"""A list, or what cells and code have captured: references."""

FUNCTION = 7
"""A function that compiled code has made: (number of its code, name, number of its defaults or None, *variables)."""

VARIABLE = 8
"""What several functions have captured together: (value,), or () where it has none yet."""

CURRIED = 9
"""A fused function: (arity, function), or (arity, function, first argument)."""

STRING = 10
"""A string with a context: (text, *context)."""

PATH = 11
"""A path: its text."""

TEXT = 12
"""A long text."""

POSITION = 13
"""Where an attribute is written: (number of the file's name, line, column)."""

PLAIN = 14
"""Texts, numbers and tuples of these, as they are."""

UNIT = 15
"""Code of a thunk: (file, name, piece); the piece is "" of code that all thunks of a kind in a file share.  Or the
file's namespace, which it has in itself."""

WITHIN = 16
"""Code within a piece: (file, piece, which of the piece's codes)."""

OWN = 17
"""A function of lixeval's: (module, name)."""

OWN_WITHIN = 18
"""A function that one of lixeval's has made: (module, name, which of its codes, defaults, *variables)."""

BUILTIN = 19
"""A builtin, its value or its cell: ("function" | "value" | "cell", name); ("builtins",) for the set of all."""

SERVICE = 20
"""What evaluation is offered: its name."""

ARGUMENT = 21
"""What a call was given: (number of the call, whether its value is meant, *way to it)."""

CONTEXT = 22
"""A set of texts."""

MUTABLE = 23
"""A list of Python's that is no cell: references."""

PART = 24
"""A part of what the project's files give (see `parts`): (way, shape); shape is None where nobody has looked at it.  In
a way a part is its record, and an argument a reference.
"""

PROJECTS = 25
"""A function or a set that is a part: the part's record."""

LOOKED_AT = 26
"""Which parts a cell has looked at: their bits."""

WITHS = 27
"""The sets of several `with`s that code has captured as one: references."""

NODE = 28
"""What a cell of code is told that is walked: (file, piece, which of the piece's nodes)."""


Volume = tuple[str, int, bytes, int]
"""One file: its name, its size, the digests of its pages, how many records it has."""


class DamagedHeap(Exception):
    """A kept heap is not what it was."""


class HeapWriter:
    """Takes records, at most so many bytes of them, and gives the bytes of the file."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.kinds = bytearray()
        self._offsets = array("I", [0])
        self._records = bytearray()

    def add(self, record: Any) -> None:
        """The next record; ValueError where one is nothing that can be kept."""
        self._records += marshal.dumps(record, 2)
        if len(self._records) > self._most:
            raise ValueError("it is too large")
        self._offsets.append(len(self._records))

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self._offsets) - 1

    def content(self) -> bytes:
        """The whole file."""
        return self._offsets.tobytes() + bytes(self._records)


def digests(content: bytes) -> bytes:
    """The digests of the pages."""
    view = memoryview(content)
    return b"".join(
        [blake2b(view[at : at + PAGE], digest_size=_DIGEST).digest() for at in range(0, len(content), PAGE)]
    )


class HeapFiles:
    """The records of a heap: those of `volumes`, one after the other; a record that has `changed` stands elsewhere."""

    def __init__(self, place: Callable[[str], str], volumes: list[Volume], changed: dict[int, int]) -> None:
        self.changed = changed
        self._volumes: list[tuple[int, HeapFile]] = []
        """The latest first, each with the number of its first record."""
        first = 0
        for name, size, digests, count in volumes:
            self._volumes.insert(0, (first, HeapFile(place(name), size, count, digests)))
            first += count

    def record(self, number: int) -> Any:
        """A record."""
        number = self.changed.get(number, number)
        for first, file in self._volumes:
            if number >= first:
                return file.record(number - first)
        raise DamagedHeap("no such record")


class HeapFile:
    """A file of `count` records, opened; OSError where it cannot be, `DamagedHeap` where it is another one."""

    def __init__(self, path: str, size: int, count: int, digests: bytes) -> None:
        descriptor = os.open(path, _OPEN)
        try:
            status = os.fstat(descriptor)
            if not S_ISREG(status.st_mode) or status.st_uid != user() or status.st_mode & 0o022:
                raise DamagedHeap(path)
            self._start = 4 * (count + 1)
            if status.st_size != size or size < self._start or len(digests) != -(-size // PAGE) * _DIGEST:
                raise DamagedHeap(path)
            self._map = mmap(descriptor, size, access=ACCESS_READ)
        finally:
            os.close(descriptor)
        self._view = memoryview(self._map)
        self._digests = digests
        self._checked = bytearray(-(-size // PAGE))
        self._count = count

    def record(self, number: int) -> Any:
        """A record."""
        if not 0 <= number < self._count:
            raise DamagedHeap("no such record")
        place = 4 * number
        edges = self._bytes(place, place + 8)
        first, last = int.from_bytes(edges[:4], "little"), int.from_bytes(edges[4:], "little")
        if first > last:
            raise DamagedHeap("a record ends before it begins")
        try:
            return marshal.loads(self._bytes(self._start + first, self._start + last))
        except (ValueError, TypeError, EOFError):
            raise DamagedHeap("a record is none") from None

    def _bytes(self, first: int, last: int) -> memoryview:
        for page in range(first // PAGE, (last - 1) // PAGE + 1):
            if not self._checked[page]:
                self._check(page)
        return self._view[first:last]

    def _check(self, page: int) -> None:
        content = self._view[page * PAGE : (page + 1) * PAGE]
        expected = self._digests[page * _DIGEST : (page + 1) * _DIGEST]
        if blake2b(content, digest_size=_DIGEST).digest() != expected:
            raise DamagedHeap("a page has changed")
        self._checked[page] = 1
