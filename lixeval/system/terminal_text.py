"""Text of others on the user's terminal: shown as what it is, never obeyed.

Build logs, names, traces and error messages are written by whoever wrote the expression, the builder or the registry.
A terminal would take some of their characters for orders: to move the cursor over what was said before, to set the
window's title or the clipboard, to answer as if the user had typed, to write the rest of a line backwards.

    controls (but newline and tab), delete, C1 controls      \\x1b \\x07 \\x0d \\x9b
    marks and overrides of direction, line separators        \\u202e \\u2028
    bytes that are no UTF-8                                  \\xff

Colours and the like (ESC [ numbers m) stay where they are wanted, and are ended at the end of the text; elsewhere they
are left out, as in Nix.

A command's output goes through `Shown` where it goes to a terminal, whatever prints it; what lixeval itself draws goes
to the stream below, `drawn`.  Into files and pipes goes what was said, byte for byte.
"""

from __future__ import annotations

import os
import sys
from _io import TextIOWrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
_SHOWN = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (9, 10)}
_SHOWN |= {code: f"\\u{code:04x}" for code in _DIRECTIONS}
_SHOWN |= {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}

_ESCAPE, _RESET = "\x1b", "\x1b[0m"


def visible(text: str, *, colours: bool = False) -> str:
    """`text` as it may be written to a terminal."""
    if text.isprintable():
        return text
    first, *others = text.split(_ESCAPE)
    shown, coloured = [first.translate(_SHOWN)], False
    for piece in others:
        length = _colour(piece)
        if length and colours:
            shown.append(_ESCAPE + piece[:length])
            coloured = True
        elif not length:
            shown.append(_SHOWN[ord(_ESCAPE)])
        shown.append(piece[length:].translate(_SHOWN))
    whole = "".join(shown) + (_RESET if coloured else "")
    return whole.encode("utf-8", "backslashreplace").decode()


def _colour(piece: str) -> int:
    """How much of what follows an ESC is an order that changes colours only: "[1;31m"."""
    if not piece.startswith("["):
        return 0
    end = 1
    while end < len(piece) and piece[end] in "0123456789;:":
        end += 1
    return end + 1 if piece[end : end + 1] == "m" else 0


def tell(text: str) -> None:
    """A line for the user, beside the results."""
    print(said(text, sys.stderr), file=sys.stderr)


def said(text: str, stream: TextIO) -> str:
    """A text that others may have written, as it may be said there."""
    return text if text.isprintable() else visible(text, colours=wants_colour(stream))


def is_drawable(stream: TextIO) -> bool:
    """Whether lines on it can be drawn over: a terminal that is none of the simplest."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def colour_is_declined() -> bool:
    """Whether the user wants no colours (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def wants_colour(stream: TextIO) -> bool:
    """Whether it is a terminal whose user has not declined colours."""
    return is_drawable(stream) and not colour_is_declined()


class Shown(TextIOWrapper):
    """A terminal's stream on which every text is shown as what it is.  Bytes written to its `buffer` stay bytes."""

    def __init__(self, below: TextIO) -> None:
        super().__init__(below.buffer, "utf-8", "surrogateescape", write_through=True)
        self.below = below

    def write(self, text: str) -> int:
        super().write(said(text, self))
        return len(text)


def drawn(stream: TextIO) -> TextIO:
    """Where lixeval's own orders to the terminal go."""
    return stream.below if isinstance(stream, Shown) else stream
