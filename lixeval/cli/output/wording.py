"""Numbers and foreign text as people read them on a terminal.

Names and labels of an image are anybody's: what would steer the terminal is shown as an escape and steers nothing.
"""

from __future__ import annotations

import re

# Controls, DEL, C1, lone surrogates, and the characters that turn the direction of writing.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def percent(share: float) -> str:
    """A part of a whole: `12.3 %`, and `<0.1 %` for what is not nothing."""
    if 0 < share < 0.0005:
        return "<0.1 %"
    return f"{share * 100:.1f} %"


def plural(count: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def clean(text: str) -> str:
    """Text without anything that steers a terminal."""
    return _STEERING.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def short_path(path: str) -> str:
    """A store path without folder and hash, anything else as it is."""
    base = path.removeprefix("/nix/store/")
    return base[33:] if base != path and len(base) > 33 and base[32] == "-" else path
