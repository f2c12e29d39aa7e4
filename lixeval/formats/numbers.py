"""Whole numbers as people, files and servers write them."""

from __future__ import annotations

_LONGEST = 4000
_LARGEST = (1 << 63) - 1


def whole(text: str) -> int | None:
    """The number that is written in ASCII digits; None for every other text, and for what 64 bits do not hold.

    Python alone would take the digits of all scripts, and ends in an error of its own where there are 4,300 of them.
    """
    if not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST:
        return None
    number = int(text)
    return number if number <= _LARGEST else None
