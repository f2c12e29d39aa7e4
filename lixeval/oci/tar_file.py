"""The tar around an image: members with known sizes, whose data blobs copy in by themselves.

Like a layer's tar but for two things: owners have no names, and big members never pass through this process.
"""

from __future__ import annotations

import os

from lixeval.oci import tar_header
from lixeval.oci.blob import Blob
from lixeval.oci.tar_header import Entry
from lixeval.system.atomic import write_all


class TarFile:
    """Writes members to `fd` one after the other; all times are 0 and all owners root."""

    def __init__(self, fd: int, file_mode: int) -> None:
        self._fd = fd
        self._file_mode = file_mode

    def _header(self, name: str, typeflag: bytes, mode: int, size: int, link: str = "") -> bytes:
        entry = Entry(os.fsencode(name), typeflag, mode, size, os.fsencode(link), uname=b"", gname=b"", mtime=0)
        return tar_header.header(entry)

    def add_folder(self, name: str) -> None:
        write_all(self._fd, self._header(name, tar_header.DIRECTORY, 0o755, 0))

    def add_link(self, name: str, target: str) -> None:
        write_all(self._fd, self._header(name, tar_header.SYMLINK, 0, 0, target))

    def add_bytes(self, name: str, data: bytes) -> None:
        header = self._header(name, tar_header.REGULAR, self._file_mode, len(data))
        write_all(self._fd, header + data + bytes(tar_header.padding(len(data))))

    def add_blob(self, name: str, blob: Blob) -> None:
        write_all(self._fd, self._header(name, tar_header.REGULAR, self._file_mode, blob.size))
        blob.copy_to(self._fd)
        write_all(self._fd, bytes(tar_header.padding(blob.size)))

    def finish(self) -> None:
        write_all(self._fd, tar_header.END)
