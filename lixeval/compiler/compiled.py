"""What a compiled file is, apart from how it is made: light enough for a run that finds everything in the cache.

Code depends on a file's text alone, not on where the file lies: a copy of a tree, another checkout, a new revision of
nixpkgs find theirs in the cache.  The file's name is put in when code is loaded, in place of a stand-in, where marshal
has written that; paths are made at the file's folder when they are needed.
"""

from __future__ import annotations

import marshal
import sys

MAGIC: bytes = sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
PYTHON_TAG = f"{sys.implementation.cache_tag}-{MAGIC.hex()}"
"""What compiled code depends on besides its source: the form of code of the Python that made it."""

_KEPT = 0x80
"""In the byte that begins a value of marshal's: the value is referred to again (`FLAG_REF` in marshal.c)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

    Piece = tuple[tuple[CodeType, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    """The code that defines a unit and what belongs to it, in one part or more; the builtins whose values it names; the
    builtins that it calls; the pieces of which it makes cells, which are compiled when such a cell is forced."""

    Written = tuple[bytes, ...]
    """A `Piece` as marshal writes it, parted where the name of its file stands."""


def without_name(data: bytes, stand_in: str) -> Written:
    """What marshal has written, parted where a short ASCII string stands, which is the same object each time."""
    name = stand_in.encode("ascii")
    place = data.find(name)
    if place < 0:
        return (data,)
    parts = tuple(data.split(data[place - 2 : place] + name))
    if not data[place - 2] & _KEPT or any(name in part for part in parts):
        raise RuntimeError("marshal writes the name of a file in several forms")
    return parts


def written_name(name: str) -> bytes:
    """A file's name as it stands between the parts of a piece."""
    data = marshal.dumps(name)
    return bytes((data[0] | _KEPT,)) + data[1:]


class Program:
    """A compiled file, in pieces.

    `pieces` holds each piece that has been compiled, without the name of its file; `environment` are the names from
    outside that the root's cell must bring: none (None), one (the value), or a tuple.  `names` are those in the text,
    in the order of `syntax.symbols`, as marshal writes them: hardly any run asks.  `globals` are the names that the
    pieces have in their namespace.  `grown` tells that pieces were added since the program was loaded.
    """

    __slots__ = ("environment", "globals", "grown", "names", "pieces")

    def __init__(
        self, environment: tuple[str, ...], pieces: dict[str, Written], names: bytes, globals_: Iterable[str] = ()
    ) -> None:
        self.environment = environment
        self.pieces = pieces
        self.names = names
        self.globals: dict[str, None] = dict.fromkeys(globals_)
        self.grown = False

    def names_met(self) -> tuple[str, ...]:
        """The names in the text, in order."""
        found: tuple[str, ...] = marshal.loads(self.names)
        return found

    def parts(self) -> tuple[tuple[str, ...], dict[str, Written], bytes, tuple[str, ...]]:
        """What the constructor takes: plain values that marshal can write."""
        return self.environment, self.pieces, self.names, tuple(self.globals)
