"""Nix's base 32: the alphabet of store paths.

Thirty-two digits and letters without e, o, t and u, so that hashes spell no words.  The bytes are one little-endian
number whose most significant digit is written first; so the text of a digest starts with the bits of its last byte,
and where the bits do not divide by five the *first* character carries the zero padding.

Nix manual, "Store Path" (the grammar of `digest`); C++: `Hash::to_string(HashFormat::Nix32)`.
"""

from __future__ import annotations

from lixeval.errors import FormatError

ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz"
_PAIRS: list[str] = []
"""Every two digits, so that encoding takes ten bits at a time: each derivation makes a few of these texts.

Made at the first of them, which most short runs never come to.
"""
_TO_PYTHON = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
"""Our digits as those that `int(text, 32)` reads, which makes decoding one call into C."""


def encoded_length(size: int) -> int:
    """How many characters `size` bytes take."""
    return (size * 8 + 4) // 5


def encode(data: bytes) -> str:
    """`data` in base 32, without a prefix; 20 bytes give 32 characters, 32 bytes 52."""
    number = int.from_bytes(data, "little")
    length = encoded_length(len(data))
    pairs = _PAIRS
    if not pairs:
        pairs += [high + low for high in ALPHABET for low in ALPHABET]
    text = "".join([pairs[number >> shift & 1023] for shift in range(5 * (length - 2 + length % 2), -1, -10)])
    return text[length % 2 :]


def decode(text: str) -> bytes:
    """The bytes of a base-32 text; `FormatError` for a foreign character, or padding bits that are not zero."""
    if text.strip(ALPHABET):
        position = next(i for i, character in enumerate(text) if character not in ALPHABET)
        raise FormatError(f"invalid base-32 text '{text}': character '{text[position]}' at offset {position}")
    size = len(text) * 5 // 8
    number = int(text.translate(_TO_PYTHON), 32) if text else 0
    if number >> 8 * size or encoded_length(size) != len(text):
        raise FormatError(f"invalid base-32 text '{text}': the first character carries bits beyond the last byte")
    return number.to_bytes(size, "little")
