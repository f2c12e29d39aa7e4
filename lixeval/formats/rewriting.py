"""Bytes with others of equal length in their place, while they are read: paths that change what they are called.

What refers to itself cannot contain a hash of all its bytes.  The hash of such a tree is made "modulo" its own name:
over the NAR with zeros wherever the hash part of its path stands.

C++: `RewritingSink`, `HashModuloSink` in references.cc.  The positions of the zeros, which other versions of Nix hash
as well, 2.26.3 leaves out.
"""

from __future__ import annotations

from lixeval.formats.nar import HashingWriter
from lixeval.formats.store_path import DIGEST_LENGTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lixeval.formats.hashes import Hash
    from lixeval.formats.nar_events import Read

_BLOCK = 1 << 18
_ZEROS = bytes(DIGEST_LENGTH)


class Rewriting:
    """Something to write to that passes everything on, with replacements made; `flush` comes last.

    Each text is replaced by one of its own length, wherever pieces may begin and end.
    """

    __slots__ = ("_held", "_pending", "_pending_size", "_replacements", "_write")

    def __init__(self, replacements: Mapping[bytes, bytes], write: Callable[[bytes], object]) -> None:
        self._replacements = dict(replacements)
        self._write = write
        self._held = max(map(len, self._replacements), default=1) - 1
        self._pending: list[bytes] = []
        self._pending_size = 0

    def write(self, data: bytes) -> None:
        """More bytes; small pieces are put together before they are looked at."""
        self._pending.append(data)
        self._pending_size += len(data)
        if self._pending_size >= _BLOCK:
            self._pass_on(self._held)

    def flush(self) -> None:
        """Passes on what may have been the beginning of something."""
        self._pass_on(0)

    def _pass_on(self, held: int) -> None:
        data = b"".join(self._pending)
        for old, new in self._replacements.items():
            data = data.replace(old, new)
        ready = len(data) - held
        self._pending = [data[ready:]] if held else []
        self._pending_size = held
        self._write(data[:ready] if held else data)


def rewritten(read: Read, replacements: Mapping[bytes, bytes]) -> Read:
    """The `read` of bytes with replacements made."""
    ready = bytearray()
    rewriting = Rewriting(replacements, ready.extend)
    ended = False

    def read_on(size: int) -> bytes:
        nonlocal ended
        while len(ready) < size and not ended:
            data = read(_BLOCK)
            if data:
                rewriting.write(data)
            else:
                rewriting.flush()
                ended = True
        data = bytes(ready[:size])
        del ready[:size]
        return data

    return read_on


class ModuloHashing(HashingWriter):
    """Hashes a NAR modulo the hash part of the path that it has, or is to have."""

    __slots__ = ("_rewriting",)

    def __init__(self, algorithm: str, hash_part: str) -> None:
        super().__init__(algorithm)
        self._rewriting = Rewriting({hash_part.encode("ascii"): _ZEROS}, super().write)

    def write(self, data: bytes) -> None:
        self._rewriting.write(data)

    def result(self) -> tuple[Hash, int]:
        self._rewriting.flush()
        return super().result()
