"""What kind of place the output goes to: a terminal that can be drawn on, one with colours, a pipe; how wide it is.

`Displays` are drawings that move; whoever says something for good takes them off first (`clear`).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TextIO

    class Display(Protocol):
        def close(self) -> None: ...


def is_drawable(stream: TextIO) -> bool:
    """Whether lines on it can be drawn over: a terminal that is none of the simplest."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def wants_colour(stream: TextIO) -> bool:
    """Whether it is a terminal whose user has not declined colours (no-color.org)."""
    return is_drawable(stream) and not os.environ.get("NO_COLOR")


_shown: list[Display] = []


def show(display: Display) -> None:
    """A display is on the terminal from now on."""
    if display not in _shown:
        _shown.append(display)


def hide(display: Display) -> None:
    """It has been taken off."""
    if display in _shown:
        _shown.remove(display)


def clear() -> None:
    """Takes every display off the terminal: what comes next stays there."""
    for display in list(_shown):
        display.close()
