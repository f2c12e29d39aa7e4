"""What kind of place the output goes to: a terminal that can be drawn on, one with colours, a pipe; how wide it is.

A `Display` is a drawing that moves; whoever says something for good takes it off first (`clear`).
"""

from __future__ import annotations

import sys

from lixeval.errors import UsageError
from lixeval.system.terminal_text import is_drawable, said, wants_colour

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    class Display(Protocol):
        def close(self) -> None: ...


__all__ = ["bytes_out", "clear", "hide", "is_dialogue", "is_drawable", "said", "say", "show", "wants_colour", "width"]

_shown: list[Display] = []


def is_dialogue() -> bool:
    """Whether somebody sits there, who reads and types."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def width(elsewhere: int = 80) -> int:
    """How many columns a line of results has on the terminal; in a file or a pipe it has that many."""
    import shutil

    return max(40, shutil.get_terminal_size((80, 24)).columns) if sys.stdout.isatty() else elsewhere


def bytes_out(what: str, hint: str) -> BinaryIO:
    """Where results go that are no text; UsageError where that is a terminal."""
    if sys.stdout.isatty():
        raise UsageError(f"{what} is no text for a terminal", hint=hint)
    return sys.stdout.buffer


def say(text: str) -> None:
    """One line or more on the error output, for good."""
    print(said(text, sys.stderr), file=sys.stderr, flush=True)


def show(display: Display) -> None:
    """A display is on the terminal from now on."""
    if display not in _shown:
        _shown.append(display)


def hide(display: Display) -> None:
    """It has been taken off."""
    if display in _shown:
        _shown.remove(display)


def clear() -> bool:
    """Takes every display off the terminal: what comes next stays there.  Whether there was one."""
    shown = list(_shown)
    for display in shown:
        display.close()
    return bool(shown)
