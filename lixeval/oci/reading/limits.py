"""How much an image may ask of whoever reads it.  Real images stay far below; what does not is refused by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are in bytes.

    `expansion` bounds what a packed layer may become: that many times its size, once it is more than
    `free_expansion`.  gzip's own bound is 1032; layers of text come to 20, and 200 is met by nothing honest.
    """

    document: int = 16 << 20
    images: int = 256
    layers: int = 2048
    entries: int = 1_000_000
    name: int = 1 << 14
    extended_header: int = 1 << 20
    extended_headers: int = 128 << 20
    headers_in_a_row: int = 16
    components: int = 16_000_000
    tar: int = 1 << 40
    expansion: int = 200
    free_expansion: int = 1 << 30
    index_depth: int = 4


LIMITS = Limits()
