"""Replacements in a stream: wherever pieces begin and end, they are those of the whole."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from lixeval.formats import rewriting
from lixeval.formats.hashes import digest
from lixeval.formats.rewriting import ModuloHashing, Rewriting, rewritten

OLD, NEW = b"01234567890123456789012345678901", b"abcdfghijklmnpqrsvwxyzabcdfghijk"
PIECES = st.lists(st.one_of(st.sampled_from([OLD, OLD[:7], OLD[7:], b"/", b"\0"]), st.binary(max_size=40)), max_size=30)


@given(PIECES, st.integers(1, 100))
def test_pieces_are_rewritten_as_the_whole(pieces: list[bytes], block: int) -> None:
    whole, found = b"".join(pieces), bytearray()
    usual, rewriting._BLOCK = rewriting._BLOCK, 64
    try:
        written = Rewriting({OLD: NEW}, found.extend)
        for piece in pieces:
            written.write(piece)
        written.flush()
        read = rewritten(io.BytesIO(whole).read, {OLD: NEW})
        blocks = b"".join(iter(lambda: read(block), b""))
    finally:
        rewriting._BLOCK = usual
    assert found == whole.replace(OLD, NEW)
    assert blocks == whole.replace(OLD, NEW)


def test_without_replacements_everything_passes() -> None:
    assert rewritten(io.BytesIO(OLD).read, {})(100) == OLD


@given(PIECES)
def test_a_hash_modulo_is_over_zeros(pieces: list[bytes]) -> None:
    hashing = ModuloHashing("sha256", OLD.decode())
    for piece in pieces:
        hashing.write(piece)
    whole = b"".join(pieces).replace(OLD, bytes(32))
    assert hashing.result() == (digest("sha256", whole), len(whole))
