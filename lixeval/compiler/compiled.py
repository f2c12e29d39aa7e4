"""What a compiled file is, apart from how it is made: light enough for a run that finds everything in the cache."""

from __future__ import annotations

import marshal
import sys

PYTHON_TAG = f"{sys.implementation.cache_tag}-{sys.hexversion:x}"
"""What compiled code depends on besides its source: the Python that made it."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    Piece = tuple[CodeType, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    """The code that defines a unit and what belongs to it; the builtins whose values it names; the builtins that it
    calls; the pieces of which it makes cells, which are compiled when such a cell is forced."""


class Program:
    """A compiled file, in pieces.

    `pieces` holds each piece that has been compiled, as marshal writes a `Piece`; `environment` are the names from
    outside that the root's cell must bring: none (None), one (the value), or a tuple.  `names` are those in the text,
    in the order of `syntax.symbols`, as marshal writes them: hardly any run asks.  `grown` tells that pieces were added
    since the program was loaded.
    """

    __slots__ = ("environment", "grown", "names", "pieces")

    def __init__(self, environment: tuple[str, ...], pieces: dict[str, bytes], names: bytes) -> None:
        self.environment = environment
        self.pieces = pieces
        self.names = names
        self.grown = False

    def names_met(self) -> tuple[str, ...]:
        """The names in the text, in order."""
        found: tuple[str, ...] = marshal.loads(self.names)
        return found

    def parts(self) -> tuple[tuple[str, ...], dict[str, bytes], bytes]:
        """What the constructor takes: plain values that marshal can write."""
        return self.environment, self.pieces, self.names
