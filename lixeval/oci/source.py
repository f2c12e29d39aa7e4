"""Reading images back: the documents and blobs of a layout, whether a folder or inside an archive.

open_source(path)      a folder with oci-layout, or a tar whose members are one
source.read(name)      a whole document
source.blocks(name)    a blob in pieces
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Protocol, Self

from lixeval.errors import ImageError
from lixeval.oci import digest as digests

_BLOCK = 1 << 20
_LARGEST_DOCUMENT = 64 << 20


class Source(Protocol):
    """Named members with contents."""

    def names(self) -> list[str]:
        """All members that are files, sorted."""

    def open(self, name: str) -> IO[bytes]:
        """A member's contents; raises ImageError if it is not there."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def blob_name(digest: str) -> str:
    """Where a layout keeps a blob."""
    return "blobs/sha256/" + digests.encoded(digest)


def read(source: Source, name: str) -> bytes:
    """A document, read whole; raises ImageError if it is not there or absurdly large."""
    with source.open(name) as stream:
        data = stream.read(_LARGEST_DOCUMENT + 1)
    if len(data) > _LARGEST_DOCUMENT:
        raise ImageError(f"'{name}' is too large to be a document of an image")
    return data


def blocks(source: Source, name: str) -> Iterator[bytes]:
    """The contents of a member, piece by piece."""
    with source.open(name) as stream:
        while block := stream.read(_BLOCK):
            yield block


class FolderSource:
    """The files below a folder."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def names(self) -> list[str]:
        found = []
        for folder, _, files in os.walk(self._path):
            found += [os.path.relpath(os.path.join(folder, name), self._path) for name in files]
        return sorted(found)

    def open(self, name: str) -> IO[bytes]:
        try:
            return open(os.path.join(self._path, name), "rb")
        except OSError as error:
            raise ImageError(f"'{self._path}' has no readable '{name}': {error.strerror}") from error


class TarSource:
    """The members of a tar."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._tar = tarfile.open(path, "r:")  # noqa: SIM115 - closed by __exit__
            self._members = {os.path.normpath(member.name): member for member in self._tar if member.isfile()}
        except (OSError, tarfile.TarError) as error:
            raise ImageError(f"'{path}' is not a readable tar: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tar.close()

    def names(self) -> list[str]:
        return sorted(self._members)

    def open(self, name: str) -> IO[bytes]:
        member = self._members.get(name)
        stream = self._tar.extractfile(member) if member is not None else None
        if stream is None:
            raise ImageError(f"'{self._path}' has no member '{name}'")
        return stream


def open_source(path: str) -> Source:
    """A layout at `path`: a folder, or a tar of one; use it as a context manager."""
    return FolderSource(path) if os.path.isdir(path) else TarSource(path)
