"""Removing whole trees, whatever others have left in them: read-only folders, and folders so deep that no path names
them, which would otherwise stay for ever (a builder makes them by entering each one).
"""

from __future__ import annotations

import os
import stat

_LONG = 2048
"""Bytes of a path from which on folders are taken nearer to the top; the kernel takes no path of more than 4096."""


def remove_tree(path: str) -> None:
    """Delete what is at `path`; nothing there is fine.  Links are not followed.  Raises OSError."""
    root = os.fsencode(path)
    try:
        status = os.lstat(root)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(status.st_mode):
        os.unlink(root)
        return
    pending, directories = [root], []
    while pending:
        directory = pending.pop()
        directories.append(directory)
        os.chmod(directory, 0o700)
        with os.scandir(directory) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                elif len(entry.path) < _LONG:
                    pending.append(entry.path)
                else:
                    pending.append(_nearer(entry.path, root))
    for directory in reversed(directories):
        os.rmdir(directory)


def _nearer(directory: bytes, root: bytes) -> bytes:
    os.chmod(directory, 0o700)  # its entry for what is above it changes
    place = b"%s/%s" % (root, os.urandom(8).hex().encode())
    os.rename(directory, place)
    return place
