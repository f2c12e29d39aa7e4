"""Reading what was written on a terminal of a test's own."""

from __future__ import annotations

import contextlib
import os


def read_piece(leader: int) -> bytes:
    """What was written on the terminal since, waited for; nothing when all who could write have closed it.

    Linux tells the end by an error, EIO, and may do so in the moment before what was written last is there: it has
    looked for that first and for closed sides afterwards.  Asked once more it has all of it.
    """
    for _ in range(2):
        with contextlib.suppress(OSError):
            return os.read(leader, 1 << 16)
    return b""


def read_all(leader: int) -> bytes:
    """All that is written on the terminal until nobody has it open."""
    return b"".join(iter(lambda: read_piece(leader), b""))
