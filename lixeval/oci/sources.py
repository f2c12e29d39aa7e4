"""What images are read from: failures of reading name it.

The system's errors do not say which file they are about once it is open.  Where one file is read and another written,
they would be told of the one that is written.
"""

from __future__ import annotations

import os

from lixeval.errors import ImageError


def cannot_read(where: str, error: OSError) -> ImageError:
    """What the system says of a source, which `where` names in words, or in quotes."""
    return ImageError(f"cannot read {where}: {error.strerror}")


def read_at(fd: int, size: int, position: int, where: str) -> bytes:
    """`os.pread`; raises ImageError."""
    try:
        return os.pread(fd, size, position)
    except OSError as error:
        raise cannot_read(where, error) from error
