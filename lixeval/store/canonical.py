"""Trees as they lie in a store: metadata that says nothing of who made them, on disk before anybody hears of them.

What a NAR does not keep must not show either: every file is 0444, or 0555 where its owner may execute it, directories
too; every modification time is 1; extended attributes and foreign owners are gone.

A hard link is one file in two places, so making one read-only does the same to the other.  Links whose names all lie
in the tree stay; a file that is also linked from elsewhere (`ln` of a file of the user's into an output) is replaced by
a copy of its own.

C++: posix-fs-canonicalise.cc.
"""

from __future__ import annotations

import os
import stat

from lixeval.errors import StoreError
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.system.opening import open_soon

MTIME = 1
"""Seconds: what Nix gives to everything in a store; not 0, which some programs take for "none"."""
_KEPT_ATTRIBUTES = ("security.selinux", "system.nfs4_acl", "btrfs.compression")
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.formats.store_path import RealPath

_LINUX = hasattr(os, "listxattr")


def canonicalise(real_path: RealPath, builder_uid: int | None = None) -> None:
    """Give the tree at `real_path` a store's metadata.

    Files must be ours, or `builder_uid`'s (who built it): anything else is a `StoreError`, since it was smuggled in by
    a hard link.  Sockets, devices and pipes are a `StoreError` too.
    """
    linked: dict[tuple[int, int], list[bytes]] = {}
    pending = [bytes_of(real_path)]
    directories = []
    while pending:
        path = pending.pop()
        status = os.lstat(path)
        _check(path, status, builder_uid)
        if stat.S_ISDIR(status.st_mode):
            directories.append((path, status))
            # Listing needs permission that the builder may have taken away.
            os.chmod(path, stat.S_IMODE(status.st_mode) | 0o700)
            pending += [path + b"/" + name for name in os.listdir(path)]
        elif status.st_nlink > 1 and stat.S_ISREG(status.st_mode):
            linked.setdefault((status.st_dev, status.st_ino), []).append(path)
        else:
            _apply(path, status)
    for names in linked.values():
        _canonicalise_links(names)
    for path, status in reversed(directories):
        _apply(path, status, must_chmod=True)


def _check(path: bytes, status: os.stat_result, builder_uid: int | None) -> None:
    shown = text_of(path)
    kind = stat.S_IFMT(status.st_mode)
    if kind not in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise StoreError(f"file '{shown}' has an unsupported type")
    if status.st_uid not in (os.geteuid(), builder_uid):
        raise StoreError(f"invalid ownership on file '{shown}'")


def _canonicalise_links(names: list[bytes]) -> None:
    """One file under several names in the tree, and perhaps outside of it."""
    status = os.lstat(names[0])
    if status.st_nlink > len(names):
        first, *others = names
        _replace_by_copy(first)
        for other in others:
            os.unlink(other)
            os.link(first, other)
        status = os.lstat(first)
    _apply(names[0], status)


def _replace_by_copy(path: bytes) -> None:
    """A file of its own in the place of a link to one that is also elsewhere."""
    from shutil import copyfileobj

    temporary = path + b".lixeval-unlinked"
    with open(path, "rb", opener=open_soon) as source, open(temporary, "xb") as copy:
        copyfileobj(source, copy, 1 << 20)
        os.fchmod(copy.fileno(), stat.S_IMODE(os.fstat(source.fileno()).st_mode))
    os.rename(temporary, path)


def _apply(path: bytes, status: os.stat_result, must_chmod: bool = False) -> None:
    """Owner first: changing it clears bits; then attributes, mode, and the time last, which the others may touch."""
    if status.st_uid != os.geteuid():
        os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)
    if _LINUX:
        _remove_attributes(path)
    if not stat.S_ISLNK(status.st_mode):
        mode = stat.S_IMODE(status.st_mode)
        # A folder that could not be entered would be lost to everybody but root.
        wanted = 0o555 if mode & stat.S_IXUSR or stat.S_ISDIR(status.st_mode) else 0o444
        if mode != wanted or must_chmod:
            os.chmod(path, wanted)
    if status.st_mtime_ns != MTIME * 10**9 or must_chmod:
        os.utime(path, ns=(status.st_atime_ns, MTIME * 10**9), follow_symlinks=False)


def _remove_attributes(path: bytes) -> None:
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return  # a file system without them
    for name in names:
        if name not in _KEPT_ATTRIBUTES:
            os.removexattr(path, name, follow_symlinks=False)


_FEW = 32
"""Up to so many files each is synced by itself; beyond that, one call that syncs the whole file system is faster."""


def sync_tree(real_path: RealPath) -> None:
    """Return when everything below `real_path` is on disk."""
    sync_trees([real_path])


def sync_trees(real_paths: Iterable[RealPath], directory: str | None = None) -> None:
    """Return when some trees of one file system, and the names in `directory`, are on disk."""
    files: list[bytes] = [] if directory is None else [bytes_of(directory)]
    pending = [bytes_of(path) for path in real_paths]
    while pending and len(files) <= _FEW:
        path = pending.pop()
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode):  # a link lies in its directory, and cannot be opened anyway
            files.append(path)
        if stat.S_ISDIR(mode):
            pending += [path + b"/" + name for name in os.listdir(path)]
    for path in files if len(files) <= _FEW else files[:1]:
        descriptor = open_soon(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            if len(files) <= _FEW:
                os.fsync(descriptor)
            else:
                sync_file_system(descriptor)
        finally:
            os.close(descriptor)


def sync_file_system(descriptor: int) -> None:
    """Write back the file system that holds an open file: `syncfs`, or all of them where there is no such call."""
    try:
        import ctypes

        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) == 0:
            return
    except (ImportError, AttributeError, OSError):
        pass
    os.sync()


def write_file(real_path: RealPath, contents: bytes) -> None:
    """A new file with a store's metadata."""
    descriptor = os.open(real_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o444)
    try:
        rest = memoryview(contents)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fchmod(descriptor, 0o444)
        os.utime(descriptor, (MTIME, MTIME))
    finally:
        os.close(descriptor)
