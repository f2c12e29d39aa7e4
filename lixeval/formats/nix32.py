"""Nix's base 32: the alphabet of store paths.

Thirty-two digits and letters without e, o, t and u, so that hashes spell no words.  The bytes are one little-endian
number whose most significant digit is written first; so the text of a digest starts with the bits of its last byte,
and where the bits do not divide by five the *first* character carries the zero padding.

Nix manual, "Store Path" (the grammar of `digest`); C++: `Hash::to_string(HashFormat::Nix32)`.
"""

from __future__ import annotations

from lixeval.errors import FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz"
_DIGITS = bytes.maketrans(bytes(range(32)), ALPHABET.encode())
"""Five bits in a byte as the digit that stands for them."""
_STEPS: dict[int, list[tuple[int, int, int]]] = {}
"""What spreads numbers of so many digits, powers of two: see `_spread`."""
_TO_PYTHON = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
"""Our digits as those that `int(text, 32)` reads, which makes decoding one call into C."""


def encoded_length(size: int) -> int:
    """How many characters `size` bytes take."""
    return (size * 8 + 4) // 5


def encode(data: bytes) -> str:
    """`data` in base 32, without a prefix; 20 bytes give 32 characters, 32 bytes 52."""
    length = encoded_length(len(data))
    digits = _spread(int.from_bytes(data, "little"), length).to_bytes(length, "big")
    return digits.translate(_DIGITS).decode()


def _spread(number: int, digits: int) -> int:
    """`number` with every five bits of it in a byte of their own.

    The upper half of the digits moves to where the upper half of the bytes begins, then so in both halves, and so on:
    each derivation has a few of these texts, and five steps take less than thirty-two digits.
    """
    size = 1 << (digits - 1).bit_length()
    if size not in _STEPS:
        _STEPS[size] = list(_steps(size))
    for shift, lower, upper in _STEPS[size]:
        number = number & lower | number << shift & upper
    return number


def _steps(size: int) -> Iterator[tuple[int, int, int]]:
    """How far each step moves the upper halves, where the lower halves are, and where the upper ones come to be."""
    half = size // 2
    while half:
        lower = sum([(1 << 5 * half) - 1 << 8 * at for at in range(0, size, 2 * half)])
        yield 3 * half, lower, lower << 8 * half
        half //= 2


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
