"""Nothing half-written: a file appears under its name complete, or not at all.

A file is written without a name where the file system can do that (O_TMPFILE), so that even a killed process leaves
nothing; elsewhere under a hidden name in the same folder, removed on any failure.  Then it replaces in one step
whatever stood there.  Errors of the operating system stay what they are.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

UNFINISHED = ".part"
"""How the hidden names end."""

COMPLETED: set[tuple[int, int, int, int]] = set()
"""The identities of the files that this process has completed, so that it can tell later what is its own work: another
process may have put its own in the same place a moment after."""


def identity(status: os.stat_result) -> tuple[int, int, int, int]:
    """What tells a file from every other that was ever written: device, inode, size and time of its last change."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def beside(path: str) -> str:
    """A hidden name that nobody else uses, in the folder of `path`."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name[:200]}.{os.urandom(6).hex()}{UNFINISHED}")


class NamedLater:
    """A new file in a folder, which gets its name later, or is gone in the end; see `named_later`.

    A class, as contextlib takes three of the milliseconds of a run that keeps something.
    """

    __slots__ = ("_fd", "_folder", "_mode", "_nameless", "_part")

    def __init__(self, folder: str, mode: int) -> None:
        self._folder = folder
        self._mode = mode
        self._part = beside(os.path.join(folder, "file"))
        self._nameless = False
        self._fd = -1

    def __enter__(self) -> tuple[int, Callable[[str], None]]:
        fd = _open_nameless(self._folder or ".", self._mode)
        self._nameless = fd is not None
        if fd is None:
            fd = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, self._mode)
        self._fd = fd
        return fd, self.put

    def __exit__(self, *ended: object) -> None:
        os.close(self._fd)
        if os.path.lexists(self._part):
            os.unlink(self._part)

    def put(self, name: str) -> None:
        """Puts the file under a name in its folder."""
        if self._nameless:
            _name(self._fd, self._part, self._mode)
        COMPLETED.add(identity(os.lstat(self._part)))
        os.replace(self._part, os.path.join(self._folder, name))


class CompleteFile:
    """See `complete_file`."""

    __slots__ = ("_file", "_name")

    def __init__(self, target: str, mode: int) -> None:
        folder, self._name = os.path.split(target)
        self._file = NamedLater(folder, mode)

    def __enter__(self) -> int:
        return self._file.__enter__()[0]

    def __exit__(self, kind: type[BaseException] | None, *ended: object) -> None:
        try:
            if kind is None:
                self._file.put(self._name)
        finally:
            self._file.__exit__()


def named_later(folder: str, mode: int = 0o666) -> NamedLater:
    """A descriptor of a new file in `folder`, and a function that puts it under its name there; without it the file is
    gone in the end.
    """
    return NamedLater(folder, mode)


def complete_file(target: str, mode: int = 0o666) -> CompleteFile:
    """A descriptor to write to; when the block ends well, what was written stands under `target`."""
    return CompleteFile(target, mode)


def write_file(path: str, data: bytes, mode: int = 0o666) -> None:
    """Puts `data` under `path`."""
    with complete_file(path, mode) as fd:
        write_all(fd, data)


def write_link(path: str, target: str) -> None:
    """Makes `path` a symbolic link that says `target`."""
    part = beside(path)
    os.symlink(target, part)
    try:
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def write_all(fd: int, data: bytes | bytearray | memoryview) -> None:
    """Writes all of `data`, however many calls it takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _open_nameless(folder: str, mode: int) -> int | None:
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not os.path.isdir("/proc/self/fd"):
        return None
    try:
        return os.open(folder, flag | os.O_RDWR | os.O_CLOEXEC, mode)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT):
            return None
        raise


def _name(fd: int, part: str, mode: int) -> None:
    """Gives a nameless file a name; linkat() does not replace, so it is one beside the target."""
    try:
        # The descriptor of a folder that an absolute path ignores makes Python call linkat(), which follows the link;
        # without one it calls link(), which on Linux does not, whatever `follow_symlinks` says.
        os.link(f"/proc/self/fd/{fd}", part, src_dir_fd=fd, follow_symlinks=True)
    except OSError:
        # A file system that makes nameless files but does not link them: copy, which may fail for its own reasons.
        from shutil import copyfileobj

        copied = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with open(copied, "wb") as copy, open(f"/proc/self/fd/{fd}", "rb") as written:
            copyfileobj(written, copy, 1 << 20)
