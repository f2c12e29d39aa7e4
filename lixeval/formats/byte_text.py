"""Texts that stand for bytes.

A string of Nix is bytes, and so are a file name and a field of a .drv.  In lixeval they are `str`, decoded as UTF-8
with `surrogateescape`: a byte that is no UTF-8 becomes a lone surrogate, and comes back as the same byte.
"""

from __future__ import annotations


def bytes_of(text: str) -> bytes:
    """The bytes that `text` stands for."""
    return text.encode("utf-8", "surrogateescape")


def text_of(data: bytes) -> str:
    """The text that stands for `data`."""
    return data.decode("utf-8", "surrogateescape")
