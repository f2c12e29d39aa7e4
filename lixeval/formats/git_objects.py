r"""Hashes of files and trees as git has them: what `outputHashMode = "git"` declares.

    object = kind ' ' size '\0' body          its name is its SHA-1
    blob   = the bytes of a file, or what a symbolic link says
    tree   = { mode ' ' name '\0' digest }    by name, a directory's as if it ended in a slash
    mode   = 100644 | 100755 (executable) | 120000 (link) | 40000 (directory)

Unlike git, which knows no empty directories, Nix takes them as empty trees.

Source: gitformat-pack(5), git-hash-object(1); C++: git.cc (`dump`, `dumpHash`).
"""

from __future__ import annotations

import hashlib
import os
import stat

from lixeval.errors import FormatError
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.formats.hashes import Hash

_BLOCK = 1 << 20


def git_hash(path: str) -> Hash:
    """The name that git gives the file or tree at a real path; FormatError for what it cannot hold."""
    return Hash("sha1", _entry(bytes_of(path))[1])


def _entry(path: bytes) -> tuple[bytes, bytes]:
    """Mode and digest."""
    status = os.lstat(path)
    if stat.S_ISDIR(status.st_mode):
        return b"40000", _tree(path)
    if stat.S_ISLNK(status.st_mode):
        return b"120000", _named(b"blob", os.readlink(path))
    if stat.S_ISREG(status.st_mode):
        mode = b"100755" if status.st_mode & stat.S_IXUSR else b"100644"
        return mode, _file(path, status.st_size)
    raise FormatError(f"file '{text_of(path)}' has an unsupported type")


def _tree(path: bytes) -> bytes:
    entries = []
    for name in os.listdir(path):
        mode, digest = _entry(path + b"/" + name)
        entries.append((name + b"/" if mode == b"40000" else name, mode + b" " + name + b"\0" + digest))
    return _named(b"tree", b"".join(line for _, line in sorted(entries)))


def _named(kind: bytes, body: bytes) -> bytes:
    return hashlib.sha1(b"%s %d\0" % (kind, len(body)) + body).digest()


def _file(path: bytes, size: int) -> bytes:
    hashing = hashlib.sha1(b"blob %d\0" % size)
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            hashing.update(block)
            size -= len(block)
    if size:
        raise FormatError(f"file '{text_of(path)}' changed while it was read")
    return hashing.digest()
