"""What kind of place the output goes to: a terminal that can be drawn on, one with colours, a pipe; how wide it is.

A `Display` is a drawing that moves; whoever says something for good takes it off first (`clear`).
"""

from __future__ import annotations

from lixeval.system.terminal_text import is_drawable, said, wants_colour

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Display(Protocol):
        def close(self) -> None: ...


__all__ = ["clear", "hide", "is_drawable", "said", "show", "wants_colour"]

_shown: list[Display] = []


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
