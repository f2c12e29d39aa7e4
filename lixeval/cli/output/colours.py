"""Escape sequences for colours, as Nix has them; plain text, so that an error needs no library to be seen."""

from __future__ import annotations

OFF = "\x1b[0m"
BOLD, DIM = "\x1b[1m", "\x1b[2m"
RED, GREEN, BLUE, MAGENTA, CYAN = (f"\x1b[{code};1m" for code in (31, 32, 34, 35, 36))
GREY = "\x1b[38;5;244m"


def painted(colour: str, text: str) -> str:
    """A text in a colour."""
    return f"{colour}{text}{OFF}"
