"""The cache on disk: plain values by key in a folder of the user's own, bounded, checked before anybody trusts them.

What is kept goes through `marshal`, which a hostile file can crash, and a file of half its length must count as none.
So the folder and each file must belong to the user and be writable by nobody else, and key and content have their
checksum; whatever else lies there (pipes, devices, links, giants) is passed over.  Where nothing can be kept, nothing
is, and that is no error: the work is only done again.

    file:  b"lixeval\\0" + blake2b-128 of key, NUL, payload + payload; payload: the value by `marshal`

Files that were not used for `AGE` go, and those that were written longest ago while there are too many.
"""

from __future__ import annotations

import marshal
import os
from _blake2 import blake2b
from binascii import crc32
from stat import S_IMODE, S_ISREG
from time import time

from lixeval.system.machines import has_users, user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MARKER = b"lixeval\0"
_DIGEST_SIZE = 16
_START = len(_MARKER) + 4
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_OF_OTHERS = 0o022

ABANDONED = 3600
"""After so many seconds an unfinished file is one that a crash has left."""

HOUR = 3600
DAY = 86400
AGE = 90 * DAY
LARGEST = 64 << 20
_LOOKED_THROUGH = "looked-through"
"""The file whose time says when all folders were looked through; what it is named no key begins with."""

_SHARES = 256
"""Folders of a cache that is spread."""


def digest(data: bytes) -> bytes:
    """A short checksum: what tells contents apart in all caches."""
    return blake2b(data, digest_size=_DIGEST_SIZE).digest()


class Cache:
    """Values of Python's plain types under `directory` (None keeps nothing); keys are file names.

    There are at most `most_files` of `most_bytes` together, and none of more than `largest`.  A cache that is `spread`
    has a folder for each two first characters of its keys, hexadecimal digits.  All of them are looked through where
    one has more than its share, and once in an hour: what is written meanwhile may go beyond the bounds.  Of a cache
    that is nearly full half the folders have more, and to look through all takes as long as a small run.
    """

    __slots__ = ("_largest", "_looked_through", "_most_bytes", "_most_files", "_spread", "_trusted", "directory")

    def __init__(
        self, directory: str | None, most_files: int, most_bytes: int, *, largest: int = LARGEST, spread: bool = False
    ) -> None:
        self.directory = directory
        self._most_files = most_files
        self._most_bytes = most_bytes
        self._largest = largest
        self._spread = spread
        self._looked_through = False
        self._trusted = False

    def path(self, key: str) -> str:
        """The file that a value is kept in."""
        return f"{self.directory}/{key[:2]}/{key[2:]}" if self._spread else f"{self.directory}/{key}"

    def load(self, key: str) -> Any:
        """The value under a key; None where there is none that is sound."""
        return value_in(self.load_bytes(key))

    def load_bytes(self, key: str) -> memoryview | None:
        """The bytes under a key: a value as marshal writes it, or what begins with one; None as for `load`."""
        return _payload(key, _content(self.path(key), self._largest)) if self.is_trusted() else None

    def folders(self) -> frozenset[str]:
        """Those that the keys of a cache that is spread begin with, as far as they are there."""
        try:
            return frozenset() if self.directory is None else frozenset(os.listdir(self.directory))
        except OSError:
            return frozenset()

    def is_trusted(self) -> bool:
        """Whether there is a folder, into which nobody but the user can have put something."""
        if self.directory is None:
            return False
        if not self._trusted:
            self._trusted = is_private(self.directory)
        return self._trusted

    def save(self, key: str, value: Any) -> None:
        """Keeps a value, in place of the one that was there."""
        if self.directory is not None:
            self.save_bytes(key, marshal.dumps(value))

    def save_bytes(self, key: str, payload: bytes) -> None:
        """Keeps bytes, for `load_bytes`."""
        if self.directory is None:
            return
        if len(payload) + _START > self._largest:
            return
        from lixeval.system.atomic import write_file

        path = self.path(key)
        folder = os.path.dirname(path)
        try:
            make_private(self.directory)
            if self._spread:
                _make(folder)
            write_file(path, _MARKER + _checksum(key, payload) + payload, 0o600)
            self.stay_within_bounds(folder)
        except OSError:
            self.directory = None

    def stay_within_bounds(self, folder: str) -> None:
        """Makes room where something was written.

        A share is no bound: one large file would drive the others out of its folder, and the next of them drive it out.
        """
        count, total = shrink([folder], self._most_files, self._most_bytes, self._largest)
        if not self._spread or self._looked_through:
            return
        if count > self._most_files // _SHARES or total > self._most_bytes // _SHARES:
            self._looked_through = True
            if not _is_due(f"{self.directory}/{_LOOKED_THROUGH}"):
                return
            with os.scandir(self.directory) as entries:
                folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
            shrink(folders, self._most_files, self._most_bytes, self._largest)


class Shipped:
    """Values that came with the package, kept as `Cache` keeps them; whoever can change them can change lixeval."""

    __slots__ = ("_directory", "_keys")

    def __init__(self, directory: str) -> None:
        self._directory: str | None = directory if os.path.isdir(directory) else None
        self._keys: frozenset[str] | None = None

    def load(self, key: str) -> Any:
        """The value under a key; None where there is none."""
        return value_in(self.load_bytes(key))

    def load_bytes(self, key: str) -> memoryview | None:
        """The bytes under a key; None where there are none."""
        if self._directory is None:
            return None
        try:
            if self._keys is None:
                self._keys = frozenset(os.listdir(self._directory))
            if key not in self._keys:
                return None
            with open(f"{self._directory}/{key}", "rb", buffering=0) as file:
                return _payload(key, file.read())
        except OSError:
            return None


def _is_due(mark: str) -> bool:
    """Whether what is to be done once in an hour was not done for so long; from now on it was, by this process."""
    try:
        if abs(time() - os.stat(mark).st_mtime) < HOUR:
            return False
    except FileNotFoundError:
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600))
        return True
    os.utime(mark)
    return True


def value_in(payload: memoryview | None) -> Any:
    """The value that bytes begin with; None where there is none."""
    if payload is None:
        return None
    try:
        return marshal.loads(payload)
    except (ValueError, TypeError, EOFError):
        return None


def _payload(key: str, data: bytes) -> memoryview | None:
    """What a file holds under its key, none of it copied; None where it is not sound."""
    payload = memoryview(data)[_START:]
    return payload if payload and data[:_START] == _MARKER + _checksum(key, payload) else None


def _checksum(key: str, payload: bytes | memoryview) -> bytes:
    return crc32(payload, crc32(key.encode("utf-8", "surrogateescape"))).to_bytes(4, "little")


def _content(path: str, largest: int) -> bytes:
    """The bytes of a regular file that is the user's alone; b"" for anything else."""
    found = opened(path, largest)
    if found is None:
        return b""
    fd, status = found
    try:
        keep_in_use(path, status.st_mtime)
        return _read(fd, status.st_size)
    except OSError:
        return b""
    finally:
        os.close(fd)


def opened(path: str, largest: int) -> tuple[int, os.stat_result] | None:
    """A descriptor to read a regular file by that is the user's alone, and what is known of it; None for anything else,
    and what is larger.
    """
    try:
        fd = os.open(path, _OPEN)
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        if S_ISREG(status.st_mode) and _is_ours(status) and status.st_size <= largest:
            return fd, status
    except OSError:
        pass
    os.close(fd)
    return None


def keep_in_use(path: str, used: float) -> None:
    """Notes that a file is in use, which was last noted at a time; where nobody can write it goes without saying."""
    if used < time() - DAY:
        try:
            os.utime(path)
        except OSError:
            return


def _read(fd: int, size: int) -> bytes:
    """A file of that size; as much of it as is there."""
    data = os.read(fd, size)
    while 0 < len(data) < size:
        more = os.read(fd, size - len(data))
        if not more:
            break
        data += more
    return data


def _is_ours(status: os.stat_result) -> bool:
    return not has_users() or (status.st_uid == user() and not status.st_mode & _OF_OTHERS)


def is_private(directory: str) -> bool:
    """Whether a folder is there in which nobody but the user can put something."""
    try:
        return _is_ours(os.stat(directory))
    except OSError:
        return False


def make_private(directory: str) -> None:
    """Makes a folder, or takes from others the right to write into it, which a umask of 002 gives to the group.

    PermissionError where it is somebody else's.
    """
    _make(directory)
    status = os.stat(directory)
    if not _is_ours(status):
        os.chmod(directory, S_IMODE(status.st_mode) & ~_OF_OTHERS)
        if not is_private(directory):
            raise PermissionError(directory)


def _make(directory: str) -> None:
    """Makes a folder, and those above it that are missing, for the user alone."""
    try:
        os.mkdir(directory, 0o700)
    except FileExistsError:
        return
    except FileNotFoundError:
        _make(os.path.dirname(directory))
        try:
            os.mkdir(directory, 0o700)
        except FileExistsError:
            return  # another thread or process was at it too


def shrink(directories: list[str], most_files: int, most_bytes: int, largest: int, age: float = AGE) -> tuple[int, int]:
    """Removes from folders what is too old or too large, what crashes have left, and the oldest until the rest is
    within bounds; the newest stays.  How many files and bytes were found that are not too old or too large.
    """
    now = time()
    found = [file for directory in directories for file in _files(directory)]
    found.sort(reverse=True)
    count = total = 0
    for used, size, path in found:
        if size > largest or used < now - (ABANDONED if path.endswith(".part") else age):
            _remove(path)
            continue
        count += 1
        total += size
        if count > 1 and (count > most_files or total > most_bytes):
            _remove(path)
    return count, total


def _files(directory: str) -> list[tuple[float, int, str]]:
    """When each file in a folder was used, its size, its path."""
    found: list[tuple[float, int, str]] = []
    with os.scandir(directory) as entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # another process was faster
            if S_ISREG(status.st_mode):
                found.append((status.st_mtime, status.st_size, entry.path))
    return found


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return  # another process was faster
