"""Texts as a shell reads them."""

from __future__ import annotations


def quoted(text: str) -> str:
    """One word, whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"
