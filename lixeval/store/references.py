"""Which store paths a tree refers to: found by their hash parts, wherever these occur in its NAR.

A reference is 32 characters of nix32 anywhere in a file, a symlink's target or a file's name; what surrounds them does
not matter.  So the scanner takes the same bytes that are hashed, and a tree is read once for both.

Few candidates are searched for one by one: CPython's substring search runs at gigabytes a second.  With many it pays
to find runs of 32 characters of the alphabet first (a translation into zeros and ones, and one search); text has next
to none of them that are not hashes.

C++: references.cc (`RefScanSink`), path-references.cc.
"""

from __future__ import annotations

from lixeval.formats import nar
from lixeval.formats.nix32 import ALPHABET
from lixeval.formats.store_path import DIGEST_LENGTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.formats.hashes import Hash
    from lixeval.formats.store_path import RealPath

_FEW = 12
"""Up to so many candidates one search for each is faster than the search for runs."""
_BLOCK = 1 << 18
_LONG_RUN = 512
_IN_ALPHABET = bytes(1 if chr(byte) in ALPHABET else 0 for byte in range(256))
_RUN = b"\1" * DIGEST_LENGTH


class Scanner:
    """Something to write a tree's bytes to, in pieces of any size, that notes the hash parts in them."""

    __slots__ = ("_found", "_pending", "_pending_size", "_tail", "_wanted")

    def __init__(self, candidates: Iterable[str]) -> None:
        self._wanted = {candidate.encode("ascii") for candidate in candidates}
        self._found: set[bytes] = set()
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._tail = b""

    def write(self, data: bytes) -> None:
        """More bytes; small pieces are put together before they are looked at."""
        self._pending.append(data)
        self._pending_size += len(data)
        if self._pending_size >= _BLOCK:
            self._scan()

    def found(self) -> set[str]:
        """The candidates that occurred in what was written."""
        self._scan()
        return {hash_part.decode() for hash_part in self._found}

    def _scan(self) -> None:
        if not self._pending:
            return
        data = b"".join([self._tail, *self._pending])
        self._pending.clear()
        self._pending_size = 0
        self._tail = data[-(DIGEST_LENGTH - 1) :]
        if not self._wanted:
            return
        found = _search_each(data, self._wanted) if len(self._wanted) <= _FEW else _search_runs(data, self._wanted)
        self._found |= found
        self._wanted -= found


def _search_each(data: bytes, wanted: set[bytes]) -> set[bytes]:
    return {hash_part for hash_part in wanted if hash_part in data}


def _search_runs(data: bytes, wanted: set[bytes]) -> set[bytes]:
    """Look at every 32 characters of each run of the alphabet; a very long run (a hex dump) as if it were a file."""
    found: set[bytes] = set()
    in_alphabet = data.translate(_IN_ALPHABET)
    start = in_alphabet.find(_RUN)
    while start >= 0:
        end = in_alphabet.find(b"\0", start)
        if end < 0:
            end = len(data)
        if end - start > _LONG_RUN:
            found |= _search_each(data[start:end], wanted)
        else:
            for position in range(start, end - DIGEST_LENGTH + 1):
                hash_part = data[position : position + DIGEST_LENGTH]
                if hash_part in wanted:
                    found.add(hash_part)
        start = in_alphabet.find(_RUN, end)
    return found


def scan(real_path: RealPath, candidates: Iterable[str]) -> set[str]:
    """Which of the hash parts occur in the tree at `real_path`."""
    scanner = Scanner(candidates)
    nar.dump(real_path, scanner.write)
    return scanner.found()


def scan_and_hash(real_path: RealPath, candidates: Iterable[str]) -> tuple[set[str], Hash, int]:
    """Which of the hash parts occur in the tree, its NAR's hash and size: each file read once."""
    scanner = Scanner(candidates)
    hashing = nar.HashingWriter()

    def write(data: bytes) -> None:
        hashing.write(data)
        scanner.write(data)

    nar.dump(real_path, write)
    return scanner.found(), *hashing.result()
