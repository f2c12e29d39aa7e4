"""Numbers and foreign text as people read them on a terminal.

Names and labels of an image are anybody's: what would steer the terminal is shown as an escape and steers nothing.
"""

from __future__ import annotations

from lixeval.system.terminal_text import visible


def percent(share: float) -> str:
    """A part of a whole: `12.3 %`, and `<0.1 %` for what is not nothing."""
    if 0 < share < 0.0005:
        return "<0.1 %"
    return f"{share * 100:.1f} %"


def plural(count: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def clean(text: str) -> str:
    """Text for a place in a line, without anything that steers a terminal."""
    return visible(text).replace("\n", "\\x0a").replace("\t", "\\x09")


def short_path(path: str) -> str:
    """A store path without folder and hash, anything else as it is."""
    base = path.removeprefix("/nix/store/")
    return base[33:] if base != path and len(base) > 33 and base[32] == "-" else path
