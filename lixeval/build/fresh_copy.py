"""Copies of outputs whose files nobody but us has ever had open.

A builder with the machine's network can hand an open file of its output to a process outside of its sandbox, through
an abstract socket, and that process can change the file when it has long been hashed and registered (CVE-2024-27297).
What is hashed and kept is therefore a copy, made when all processes of the build are dead, in a folder that they
could not reach: no link that they left there can be followed (CVE-2026-39860), and none in what is copied is.
"""

from __future__ import annotations

import os
import shutil
import stat

from lixeval.errors import StoreError
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.system import syscalls
from lixeval.system.opening import open_soon

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


def copy_tree(source: str, destination: str) -> None:
    """Copy files, folders and links; of their metadata the executable bit.  `destination` must not exist.

    Raises StoreError for anything else that is found, be it only while copying.
    """
    parent = os.open(os.path.dirname(source), _FOLDER)
    try:
        _copy_entry(parent, bytes_of(os.path.basename(source)), bytes_of(destination))
        if not stat.S_ISDIR(os.lstat(destination).st_mode):
            return
        top = os.open(os.path.basename(source), _FOLDER, dir_fd=parent)
    finally:
        os.close(parent)
    try:
        waiting = [b""]
        while waiting:
            place = waiting.pop()
            folder = syscalls.open_beneath(top, text_of(place) or ".", _FOLDER)
            try:
                for name in os.listdir(folder):
                    inner = os.path.join(place, bytes_of(name))
                    if _copy_entry(folder, bytes_of(name), os.path.join(bytes_of(destination), inner)):
                        waiting.append(inner)
            finally:
                os.close(folder)
    finally:
        os.close(top)


def _copy_entry(folder: int, name: bytes, destination: bytes) -> bool:
    """Copy one entry of an open folder, of a folder only itself; whether it is one."""
    mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        os.symlink(os.readlink(name, dir_fd=folder), destination)
        return False
    if stat.S_ISDIR(mode):
        os.mkdir(destination, 0o755)
        return True
    with open(open_soon(name, _FILE, folder), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise StoreError(f"file '{text_of(name)}' has an unsupported type")
        with open(os.open(destination, _NEW, 0o600), "wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
            os.fchmod(copy.fileno(), 0o555 if mode & stat.S_IXUSR else 0o444)
    return False
