"""What a folder or an archive holds, by name: `oci-layout`, `index.json`, `blobs/sha256/…`.

A name never leads out: not by `..`, not by a symlink in a folder that somebody else made, not by a link in an archive.
An archive that is packed as a whole (`docker save … | gzip`) is unpacked into a nameless temporary file first.
"""

from __future__ import annotations

import os
import posixpath
import stat
import tempfile
from typing import Protocol

from lixeval.errors import ImageError
from lixeval.oci.reading import packing, tar_reader
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.stream import FileRange, Stream, blocks, document, of_file
from lixeval.oci.reading.tar_reader import TarReader
from lixeval.system.atomic import write_all

_LONGEST_CHAIN = 8


class Files(Protocol):
    """Named contents; close it when done."""

    where: str
    repeated: tuple[str, ...]

    def names(self) -> list[str]:
        """All files, sorted."""

    def size(self, name: str) -> int | None:
        """How many bytes a file has; None if there is none of that name."""

    def open(self, name: str) -> Stream:
        """A file's bytes; raises ImageError if there is none of that name."""

    def close(self) -> None: ...


def read(files: Files, name: str, limits: Limits = LIMITS) -> bytes:
    """A document, read whole."""
    stream = files.open(name)
    try:
        return document(stream, limits.document, f"'{name}' in {files.where}")
    finally:
        stream.close()


def has(files: Files, name: str) -> bool:
    """Whether there is a file of that name."""
    return files.size(name) is not None


class FolderFiles:
    """The regular files below a folder."""

    repeated: tuple[str, ...] = ()

    def __init__(self, path: str, limits: Limits = LIMITS) -> None:
        self.where = f"'{path}'"
        self._top = os.path.realpath(path)
        self._limits = limits

    def names(self) -> list[str]:
        found: list[str] = []
        for folder, _, names in os.walk(self._top):
            found += [os.path.relpath(os.path.join(folder, name), self._top) for name in names]
            if len(found) > self._limits.entries:
                raise ImageError(f"{self.where} has more than {self._limits.entries} files")
        return sorted(found)

    def _real(self, name: str) -> str:
        if "\0" in name:
            raise ImageError(f"{name!r} in {self.where} is no name of a file")
        path = os.path.realpath(os.path.join(self._top, name))
        if not path.startswith(self._top.rstrip("/") + "/"):
            raise ImageError(f"'{name}' in {self.where} is a link that leads out of it, and is not followed")
        return path

    def size(self, name: str) -> int | None:
        try:
            status = os.stat(self._real(name))
        except OSError:
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def open(self, name: str) -> Stream:
        path = self._real(name)
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                raise ImageError(f"'{name}' in {self.where} is not a file")
            return of_file(path)
        except OSError as error:
            raise ImageError(f"{self.where} has no readable '{name}': {error.strerror}") from error

    def close(self) -> None:
        return None


class ArchiveFiles:
    """The members of a tar.  Raises ImageError if `path` cannot be read as one."""

    def __init__(self, path: str, limits: Limits = LIMITS) -> None:
        self.where = f"'{path}'"
        self._fd = _plain(path, self.where, limits)
        self._places: dict[str, tuple[int, int]] = {}
        self._links: dict[str, str] = {}
        try:
            self.repeated = self._read_index(limits)
        except BaseException:
            os.close(self._fd)
            raise

    def _read_index(self, limits: Limits) -> tuple[str, ...]:
        repeated: list[str] = []
        reader = TarReader(FileRange(self._fd, 0, os.fstat(self._fd).st_size, self.where), self.where, limits)
        for member in reader:
            components = tar_reader.place(member.name)
            if not components:
                continue
            name = os.fsdecode(b"/".join(components))
            if name in self._places or name in self._links:
                repeated.append(name)
                self._places.pop(name, None)
                self._links.pop(name, None)
            if member.kind == tar_reader.FILE:
                self._places[name] = (reader.position, member.size)
            elif member.kind in (tar_reader.SYMLINK, tar_reader.HARD_LINK):
                base = posixpath.dirname(name) if member.kind == tar_reader.SYMLINK else ""
                self._links[name] = posixpath.normpath(posixpath.join(base, os.fsdecode(member.link)))
        return tuple(repeated)

    def _place(self, name: str) -> tuple[int, int] | None:
        for _ in range(_LONGEST_CHAIN):
            if name in self._places:
                return self._places[name]
            if name not in self._links:
                break
            name = self._links[name]
        return None

    def names(self) -> list[str]:
        return sorted(self._places)

    def size(self, name: str) -> int | None:
        found = self._place(name)
        return None if found is None else found[1]

    def open(self, name: str) -> Stream:
        found = self._place(name)
        if found is None:
            raise ImageError(f"{self.where} has no member '{name}'")
        return FileRange(self._fd, *found, self.where)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _plain(path: str, where: str, limits: Limits) -> int:
    """A descriptor of the tar at `path`, which may be packed."""
    try:
        stream = of_file(path)
    except OSError as error:
        raise ImageError(f"cannot read {where}: {error.strerror}") from error
    try:
        tar, how = packing.unpacked(stream, where, limits)
        if how == packing.PLAIN:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with tempfile.TemporaryFile() as unpacked:
            for block in blocks(tar):
                write_all(unpacked.fileno(), block)
            return os.dup(unpacked.fileno())
    finally:
        stream.close()


def open_files(path: str, limits: Limits = LIMITS) -> Files:
    """The files of a folder, or the members of an archive."""
    if os.path.isdir(path):
        return FolderFiles(path, limits)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ImageError(f"'{path}' is neither a file nor a folder")
    except OSError as error:
        raise ImageError(f"cannot read '{path}': {error.strerror}") from error
    return ArchiveFiles(path, limits)
