"""Folders for the time of a run, in TMPDIR: gone at its end, or, if it was killed, when the next one makes its own.

    NAME            the folder
    NAME.lixeval    a file that says the folder's name, locked by whoever uses the folder

A file that can be locked has outlived its user, so it goes, with the folder.  Only a user's own files count, that no
other name leads to and that name the folder beside them: /tmp is everybody's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile

from lixeval.system.machines import user
from lixeval.system.removing import remove_tree

_MARK = ".lixeval"
_LONGEST = 4096


class Scratch:
    """A new folder, `path`, below `parent` (default: TMPDIR), with a name that begins with `prefix`; what killed runs
    have left there is removed.  A context manager that gives the path.
    """

    def __init__(self, prefix: str, parent: str | None = None) -> None:
        parent = parent or tempfile.gettempdir()
        sweep(parent)
        self.path = tempfile.mkdtemp(prefix=prefix, dir=parent)
        self._mark = Mark(self.path)

    def close(self) -> None:
        """Remove the folder."""
        remove(self.path)
        self._mark.close()

    def __enter__(self) -> str:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()


class Mark:
    """The file that says that a folder is in use, and that it is not to outlive its user."""

    def __init__(self, folder: str) -> None:
        self._file = folder + _MARK
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self._file, flags, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        os.write(self._descriptor, os.fsencode(os.path.basename(folder)))

    def close(self) -> None:
        """The folder is gone, or is to stay."""
        try:
            os.unlink(self._file)
        except FileNotFoundError:
            pass
        finally:
            os.close(self._descriptor)


def sweep(parent: str) -> None:
    """Remove the folders in `parent` whose users were killed."""
    try:
        marks = [name for name in os.listdir(parent) if name.endswith(_MARK)]
    except OSError:
        return
    for name in marks:
        _sweep(f"{parent}/{name}")


def _sweep(file: str) -> None:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != user() or status.st_nlink != 1:
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder = file.removesuffix(_MARK)
        if os.read(descriptor, _LONGEST) == os.fsencode(os.path.basename(folder)):
            if os.path.isdir(folder) and os.lstat(folder).st_uid in (user(), *_builders(folder)):
                remove(folder)
            os.unlink(file)
    except OSError:
        return  # in use, or another process was faster
    finally:
        os.close(descriptor)


def _builders(folder: str) -> tuple[int, ...]:
    """Root's folders may have been given to a builder's user."""
    return (os.lstat(folder).st_uid,) if user() == 0 else ()


def remove(folder: str) -> None:
    """Delete a folder, read-only ones in it too, as far as it can be."""
    with contextlib.suppress(OSError):
        remove_tree(folder)
