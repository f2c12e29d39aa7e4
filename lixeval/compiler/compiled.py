"""What a compiled file is, apart from how it is made: light enough for a run that finds everything in the cache.

Code depends on a file's text alone, not on where the file lies: a copy of a tree, another checkout, a new revision of
nixpkgs find theirs in the cache.  The file's name is put in when code is loaded, in place of a stand-in, where marshal
has written that; paths are made at the file's folder when they are needed.
"""

from __future__ import annotations

import marshal
import sys
from binascii import crc32

MAGIC: bytes = sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
PYTHON_TAG = f"{sys.implementation.cache_tag}-{MAGIC.hex()}"
"""What compiled code depends on besides its source: the form of code of the Python that made it."""

_KEPT = 0x80
"""In the byte that begins a value of marshal's: the value is referred to again (`FLAG_REF` in marshal.c)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from lixeval.system.packs import Packed

    Cells = tuple[tuple[str, Any, Any], ...]
    Names = tuple[str, ...]
    Functions = tuple[tuple[str, CodeType], ...]
    Nodes = tuple[tuple[str, Any], ...]
    Piece = tuple[
        tuple[CodeType, ...], Names, Names, Cells, tuple[tuple[str, str], ...], Nodes, Functions, Names, Names
    ]
    """The code that defines a unit and what belongs to it, in one part or more; the builtins whose values it names; the
    builtins that it calls; cells that are evaluated from the beginning, each with its name, value and position; paths,
    text and name of each; what is walked, and the code of functions that are walked, each with its name; the pieces of
    which it makes cells, which are compiled when such a cell is forced; those of which it makes the cells of a crowd.
    """

    Written = tuple[bytes | memoryview, ...]
    """A `Piece` as marshal writes it, parted where the name of its file stands."""


def without_name(data: bytes, stand_in: str) -> Written:
    """What marshal has written, parted where a short ASCII string stands, which is the same object each time."""
    name = stand_in.encode("ascii")
    place = data.find(name)
    if place < 0:
        return (data,)
    parts = tuple(data.split(data[place - 2 : place] + name))
    if not data[place - 2] & _KEPT or data.count(name) != len(parts) - 1:
        raise RuntimeError("marshal writes the name of a file in several forms")
    return parts


def written_name(name: str) -> bytes:
    """A file's name as it stands between the parts of a piece."""
    data = marshal.dumps(name)
    return bytes((data[0] | _KEPT,)) + data[1:]


class Program:
    """A compiled file, in pieces.

    Each piece is kept without the name of its file; `environment` are the names from outside that the root's cell must
    bring: none (None), one (the value), or a tuple.  `globals` are the names that the pieces have in their namespace.
    `grown` tells that pieces were added since the program was loaded.

    As bytes, a head and then what it tells the places of, for a run wants a third of a file's pieces, and should look
    at no others.  The head is a table and the names: `{identifier: (checksum, where its parts begin, …, where they
    end)}`.
    """

    __slots__ = ("_data", "_names", "_pieces", "_places", "environment", "globals", "grown")

    def __init__(self, environment: tuple[str, ...], names: bytes | memoryview) -> None:
        """A program without pieces; `names` are those in the text, in the order of `syntax.symbols`, by marshal."""
        self.environment = environment
        self.globals: dict[str, None] = {}
        self.grown = False
        self._names = names
        self._pieces: dict[str, Written] = {}
        """Those that were added."""
        self._places: dict[str, tuple[int, ...]] = {}
        self._data: Whole | Packed = Whole(memoryview(b""))

    @classmethod
    def whole(cls, payload: memoryview, table: Any) -> Program:
        """The program in such bytes, which begin with the table; TypeError and ValueError as for `read`."""
        end = len(payload) - table[0]
        return cls.read(payload[:end], table, Whole(payload[end:]))

    @classmethod
    def read(cls, head: bytes | memoryview, table: Any, data: Whole | Packed) -> Program:
        """The program of such a head, and of what is behind it; TypeError or ValueError where it is no such head."""
        _, environment, globals_, places, names = table
        if not 0 < names < len(head) or environment.__class__ is not tuple or places.__class__ is not dict:
            raise ValueError("a head of another form")
        program = cls(environment, head[len(head) - names :])
        program.globals = dict.fromkeys(globals_)
        program._places = places
        program._data = data
        return program

    def written(self) -> tuple[bytes, list[bytes | memoryview]]:
        """The program as bytes: the head, and what is behind it."""
        places: dict[str, tuple[int, ...]] = {}
        parts: list[bytes | memoryview] = []
        end = 0
        for identifier in {**self._places, **self._pieces}:
            piece = self.piece(identifier)
            if piece is None:
                continue
            bounds = [end]
            checksum = 0
            for part in piece:
                parts.append(part)
                end += len(part)
                bounds.append(end)
                checksum = crc32(part, checksum)
            places[identifier] = (checksum, *bounds)
        table = marshal.dumps((end, self.environment, tuple(self.globals), places, len(self._names)))
        return b"".join([table, self._names]), parts

    def piece(self, identifier: str) -> Written | None:
        """A piece; None where it has not been compiled, or cannot be read any more."""
        added = self._pieces.get(identifier) if self._pieces else None
        if added is not None:
            return added
        places = self._places.get(identifier)
        if places is None:
            return None
        try:
            checksum, begin, *ends = places
            data = self._data.part(begin, places[-1], checksum)
        except (TypeError, ValueError):
            return None
        if data is None:
            return None
        if len(ends) == 1:
            return (data,)
        found = []
        view = memoryview(data)
        start = 0
        for end in ends:
            found.append(view[start : end - begin])
            start = end - begin
        return tuple(found)

    def has(self, identifier: str) -> bool:
        """Whether a piece has been compiled."""
        return identifier in self._pieces or identifier in self._places

    def is_packed(self) -> bool:
        """Whether the program was read from a pack."""
        return self._data.__class__ is not Whole

    def add(self, identifier: str, piece: Written) -> None:
        """Adds a piece that was compiled."""
        self._pieces[identifier] = piece
        self.grown = True

    def add_all_of(self, other: Program) -> None:
        """Adds what another program of the same text has besides."""
        for identifier in {**other._places, **other._pieces}:
            if not self.has(identifier):
                piece = other.piece(identifier)
                if piece is not None:
                    self._pieces[identifier] = piece
        self.globals |= other.globals

    def names_met(self) -> tuple[str, ...]:
        """The names in the text, in order."""
        found: tuple[str, ...] = marshal.loads(self._names)
        return found


class Whole:
    """Bytes that were looked through when they were read."""

    __slots__ = ("_bytes",)

    def __init__(self, data: memoryview) -> None:
        self._bytes = data

    def part(self, begin: int, end: int, checksum: int) -> memoryview:
        """Those from one place to another."""
        return self._bytes[begin:end]
