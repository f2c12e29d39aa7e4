"""An output in the making: files, folders and links below one path, and never anywhere else.

Where things go is often said by an attribute (`destination`, `extraPrefix`, the names of a link farm), and what is
there already may be a link that another attribute has made.  So every folder is opened below the output's own, by
openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS (`syscalls.open_beneath`), and everything is made relative to that
descriptor.  This holds without any sandbox.

    place = { "/" } component { "/" component }      "" is the output itself; ".." takes a component back
"""

from __future__ import annotations

import contextlib
import os

from lixeval.errors import BuildError
from lixeval.system import syscalls

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def components(place: str) -> tuple[str, ...]:
    """The names of a place below an output; raises BuildError for what would lead out of it."""
    parts: list[str] = []
    for part in place.split("/"):
        if (part == ".." and not parts) or "\0" in part:
            raise BuildError(f"'{place}' is not a place inside the output")
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return tuple(parts)


class OutputTree:
    """The output at a real path whose parent is ours; a context manager.  Failures are BuildErrors."""

    def __init__(self, real_path: str) -> None:
        self._root = real_path
        self._root_folder = -1
        self._last: tuple[tuple[str, ...], int] = ((), -1)

    def __enter__(self) -> OutputTree:
        return self

    def __exit__(self, *details: object) -> None:
        self._keep((), -1)
        if self._root_folder >= 0:
            os.close(self._root_folder)

    def folder(self, place: str = "") -> None:
        """Make a folder and those above it; one that is there is fine."""
        parts = components(place)
        try:
            self._folder(parts, make=True)
        except OSError as error:
            raise _cannot("make the folder", place, error) from None

    def write(self, place: str, data: bytes, *, executable: bool = False) -> None:
        """Make a new file, and the folders above it."""
        with open(self.create(place, executable=executable), "wb") as file:
            file.write(data)

    def create(self, place: str, *, executable: bool = False) -> int:
        """Make a new file, and the folders above it; the descriptor to write it by."""
        parts = components(place)
        mode = 0o755 if executable else 0o644
        try:
            if not parts:
                return os.open(self._root, _NEW_FILE, mode)
            return os.open(parts[-1], _NEW_FILE, mode, dir_fd=self._folder(parts[:-1], make=True))
        except OSError as error:
            raise _cannot("write", place, error) from None

    def link(self, place: str, target: str) -> None:
        """Make a symlink, and the folders above it."""
        parts = components(place)
        try:
            if parts:
                os.symlink(target, parts[-1], dir_fd=self._folder(parts[:-1], make=True))
            else:
                os.symlink(target, self._root)
        except (OSError, ValueError) as error:
            raise _cannot("make a link at", place, error) from None

    def mode(self, place: str) -> int:
        """The mode of what is at a place, links not followed; 0 if nothing is there."""
        parts = components(place)
        try:
            if not parts:
                return os.lstat(self._root).st_mode
            return os.stat(parts[-1], dir_fd=self._folder(parts[:-1]), follow_symlinks=False).st_mode
        except OSError:
            return 0

    def target(self, place: str) -> str:
        """Where the symlink at a place leads."""
        parts = components(place)
        return os.readlink(parts[-1], dir_fd=self._folder(parts[:-1]))

    def remove(self, place: str) -> None:
        """Remove a file or link; nothing there is fine, a folder is an error."""
        parts = components(place)
        try:
            os.unlink(parts[-1], dir_fd=self._folder(parts[:-1]))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _cannot("remove", place, error) from None

    def _folder(self, parts: tuple[str, ...], *, make: bool = False) -> int:
        """The descriptor of a folder; it stays open until another one is asked for."""
        if self._root_folder < 0:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(self._root, 0o755)
            self._root_folder = os.open(self._root, _FOLDER)
        if not parts:
            return self._root_folder
        if self._last[0] != parts:
            try:
                found = syscalls.open_beneath(self._root_folder, "/".join(parts), _FOLDER)
            except FileNotFoundError:
                if not make:
                    raise
                found = self._made(parts)
            self._keep(parts, found)
        return self._last[1]

    def _made(self, parts: tuple[str, ...]) -> int:
        at = os.dup(self._root_folder)
        for part in parts:
            try:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o755, dir_fd=at)
                below = os.open(part, _FOLDER, dir_fd=at)
            finally:
                os.close(at)
            at = below
        return at

    def _keep(self, parts: tuple[str, ...], descriptor: int) -> None:
        if self._last[1] >= 0:
            os.close(self._last[1])
        self._last = (parts, descriptor)


def _cannot(what: str, place: str, error: Exception) -> BuildError:
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return BuildError(f"cannot {what} '{place or '/'}' in the output: {reason}")
