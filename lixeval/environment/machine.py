"""What an evaluation asks of the machine: files, environment variables, the clock.

Every such question goes through one `Machine`, so that whoever wants to know what a result depends on hands in one that
takes notes (`lixeval.evaluation.remembered.recording`).  This one just answers.  Paths are real ones; what they stand
for is the business of `files`.
"""

from __future__ import annotations

import os
import sys
import time
from errno import ENOENT
from stat import S_ISDIR, S_ISLNK, S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from lixeval.system.fingerprints import Clock, Stamp

    Identity = tuple[int, int, int]
    """A directory's device, inode and time of change."""

    Listing = tuple[Stamp | None, dict[str, str]]
    """A folder's stamp, if it will prove that nothing has changed, and its entries with their kinds."""

    Filter = Callable[[str, str], bool]


SETTLING = 3_000_000_000
"""So many ns before a run folders must have been changed last to be told from others; the coarsest clocks take two
seconds for a tick.
"""

if sys.getfilesystemencoding() == "utf-8":

    def native(path: str) -> str:
        """A path as Python wants it to name the same bytes to the system; there is none with a NUL."""
        if "\0" in path:
            raise FileNotFoundError(ENOENT, "No such file or directory", path)
        return path

    def as_text(found: str) -> str:
        """What the system gave as Python tells it, as the text that stands for its bytes."""
        return found

else:
    # The command never comes here: it starts again.  A program that uses the library may.
    from lixeval.formats.byte_text import bytes_of, text_of

    def native(path: str) -> str:
        return os.fsdecode(bytes_of(path))

    def as_text(found: str) -> str:
        return text_of(os.fsencode(found))


def open_at_once(path: str, flags: int) -> int:
    """Opens a file, as the `opener` of `open`; a pipe that nobody writes to is not waited for."""
    try:
        return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    except BlockingIOError:
        from lixeval.system.opening import open_soon  # somebody holds a lease, which is rare

        return open_soon(path, flags)


def content_of(path: str) -> tuple[os.stat_result, bytes]:
    """What is known of a file, and its bytes; links are followed.

    A device and a pipe have none, as in Nix, so that no file is without end and none is waited for.
    """
    with open(native(path), "rb", buffering=0, opener=open_at_once) as file:
        status = os.fstat(file.fileno())
        return status, file.read() if S_ISREG(status.st_mode) else b""


class Machine:
    """The machine as it is; OSErrors are those of the system."""

    __slots__ = ("_honest", "_listed", "_settled")

    def __init__(self) -> None:
        self._settled = time.time_ns() - SETTLING
        self._honest: frozenset[int] | None = None
        self._listed: dict[str, Listing | None] = {}
        """The entries of folders, to be told again where a stamp says that they are the same."""

    takes_notes = False
    """Whether anything comes of the methods at the end, which only tell."""

    # Questions

    def kind(self, path: str, *, follow: bool = False) -> str | None:
        """The type of a file by `readFileType`'s names; None where there is nothing.  `follow` follows a last link."""
        try:
            return _kind((os.stat(native(path)) if follow else os.lstat(native(path))).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def look(self, path: str) -> tuple[str | None, Identity | None]:
        """The type of a file, its own link not followed; of a directory also what tells it from any other.

        That is nothing of one that changed a moment before this machine was first asked: another one might get its
        number within the same tick of the clock.
        """
        try:
            status = os.lstat(native(path))
        except (FileNotFoundError, NotADirectoryError):
            return None, None
        kind, changed = _kind(status.st_mode), status.st_ctime_ns
        is_told = kind == "directory" and changed < self._settled
        return kind, (status.st_dev, status.st_ino, changed) if is_told else None

    def is_there(self, path: str) -> bool:
        """Whether there is such a path, be it a link that leads nowhere."""
        return "\0" not in path and os.path.lexists(native(path))

    def target(self, path: str) -> str:
        """What a symbolic link says."""
        return as_text(os.readlink(native(path)))

    def read(self, path: str) -> bytes:
        """The bytes of a file; links are followed."""
        return content_of(path)[1]

    def is_as_known(self, path: str, stamp: Stamp, content: bytes) -> bool:
        """Whether a file still has a stamp that stands for its content, of which `content` is the digest."""
        from lixeval.system.fingerprints import stamp_of  # a run of one file does not need it

        try:
            return stamp_of(os.stat(native(path))) == stamp
        except OSError:
            return False

    def entries(self, path: str) -> dict[str, str]:
        """The entries of a directory, each with its kind."""
        if path not in self._listed:
            self._listed[path] = None  # most folders are asked for once
            return _entries(path)
        return self._listing(path)[0][1]

    def _listing(self, path: str) -> tuple[Listing, bool]:
        """What is in a directory, and whether that was known: package sets look through the same ones for each stage.

        The entries are the caller's own.
        """
        from lixeval.system.fingerprints import stamp_of

        status = os.stat(native(path))
        known = self._listed.get(path)
        if known is not None and known[0] == stamp_of(status):
            return (known[0], {**known[1]}), True
        stamp = self._clock().settled(status)
        found = _entries(path)
        self._listed[path] = stamp, {**found}
        return (stamp, found), False

    def _clock(self) -> Clock:
        from lixeval.system.fingerprints import Clock, honest_devices

        if self._honest is None:
            self._honest = honest_devices()
        return Clock(time.time_ns(), self._honest)

    def variable(self, name: str) -> str:
        """An environment variable; "" where it is not set."""
        return as_text(os.environ.get(native(name), ""))

    def now(self) -> int:
        """Seconds since 1970."""
        from time import time

        return int(time())

    def newest(self, path: str) -> int:
        """The time of the last change in a tree, in seconds since 1970."""
        newest = os.lstat(native(path)).st_mtime
        for directory, directories, files in os.walk(native(path)):
            for entry in (*directories, *files):
                newest = max(newest, os.lstat(os.path.join(directory, entry)).st_mtime)
        return int(newest)

    # What else a result may depend on, asked for elsewhere

    def depends_on(self, path: str) -> None:
        """An answer depends on what is at a path itself, no link followed: a file and its content, a link, a folder and
        its owner, or nothing.  Said before it is looked at.
        """

    def copy(self, path: str, name: str, method: str, filter: Filter | None, do: Callable[[Filter | None], str]) -> str:
        """The store path of a copy of the tree at `path`, which `do` makes, to be given a filter."""
        return do(filter)

    def relies_on(self, paths: Iterable[str]) -> None:
        """An answer was found out earlier, and holds while these files are the same."""

    def good_for(self, seconds: float) -> None:
        """An answer holds no longer than that."""

    def unrepeatable(self, reason: str) -> None:
        """An answer may be another one the next time, and nothing would show it."""

    def notes(self) -> Any:
        """What was noted, as plain data for `take_over`."""

    def take_over(self, notes: Any) -> None:
        """Another process has been told this by the machine, for the same evaluation."""


def _entries(path: str) -> dict[str, str]:
    with os.scandir(native(path)) as entries:
        return {
            as_text(entry.name): "regular" if entry.is_file(follow_symlinks=False) else _other_kind(entry)
            for entry in entries
        }


def _kind(mode: int) -> str:
    if S_ISREG(mode):
        return "regular"
    if S_ISDIR(mode):
        return "directory"
    return "symlink" if S_ISLNK(mode) else "unknown"


def _other_kind(entry: os.DirEntry[str]) -> str:
    if entry.is_dir(follow_symlinks=False):
        return "directory"
    return "symlink" if entry.is_symlink() else "unknown"
