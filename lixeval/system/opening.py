"""Files that others have made, opened without being kept waiting by them.

    a pipe that nobody writes to       is open at once, and has nothing
    a file on which a lease is held    is waited for some seconds; the kernel would wait as long as the machine's
                                       /proc/sys/fs/lease-break-time says, which is 45 seconds for each open

A server of files gives its lease (fcntl(2)) back at once when it is asked.  Whoever does not keeps others waiting.
"""

from __future__ import annotations

import errno
import os
import time

SECONDS = 2.0
"""For so long a lease is waited for."""
_STEP = 0.02
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)


def open_soon(path: str | bytes, flags: int, folder: int | None = None) -> int:
    """`os.open` (of a name in an open `folder`, if one is given), also as the `opener` of `open`.

    Raises OSError, with a text of its own where a lease is not given back.
    """
    end = 0.0
    while True:
        try:
            return os.open(path, flags | _AT_ONCE, dir_fd=folder)
        except BlockingIOError:
            now = time.monotonic()
            end = end or now + SECONDS
            if now >= end:
                raise OSError(errno.EBUSY, "another process holds a lease on it", os.fsdecode(path)) from None
            time.sleep(_STEP)
