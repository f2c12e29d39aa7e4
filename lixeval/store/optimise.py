"""Equal files of a store as one: hard links to `.links/HASH`, as `nix store optimise` leaves them.

    ROOT/nix/store/.links/HASH      HASH: sha256 of the file's NAR, in nix32

What is linked is read-only and never written again, so that one file can stand for many.  Files that only one path has
get their link too: the next one that is equal finds it.  C++: optimise-store.cc.
"""

from __future__ import annotations

import os
import stat

from lixeval.formats.byte_text import bytes_of
from lixeval.formats.nar import dump_hash
from lixeval.store.canonical import MTIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.store.local import LocalStore

_MOST_LINKS = 60000
"""ext4 allows 65000 names for a file; a file that has so many stays as it is."""


class Saved:
    """What came of it: `files` that are links now, and the `bytes` that their copies took."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0


def optimise(store: LocalStore) -> Saved:
    """Makes one file of equal ones in all valid paths."""
    saved = Saved()
    links = os.path.join(store.real_store_dir, ".links")
    paths = store.all_paths()
    if paths:
        os.makedirs(links, exist_ok=True)
    for path in paths:
        pending = [bytes_of(store.real(path))]
        while pending:
            name = pending.pop()
            status = os.lstat(name)
            if stat.S_ISDIR(status.st_mode):
                pending += [name + b"/" + member for member in os.listdir(name)]
            elif stat.S_ISREG(status.st_mode) and not _is_writable(status):
                _link(name, status, links, saved)
    return saved


def _is_writable(status: os.stat_result) -> bool:
    """Somebody has touched it: then it is not what the database says, and others must not become it."""
    return bool(status.st_mode & 0o222)


def _link(name: bytes, status: os.stat_result, links: str, saved: Saved) -> None:
    digest, _ = dump_hash(os.fsdecode(name))
    link = bytes_of(f"{links}/{digest.nix32}")
    try:
        os.link(name, link, follow_symlinks=False)
        return
    except FileExistsError:
        pass
    there = os.lstat(link)
    if there.st_ino == status.st_ino or there.st_nlink >= _MOST_LINKS:
        return
    if there.st_size != status.st_size or stat.S_IMODE(there.st_mode) != stat.S_IMODE(status.st_mode):
        return
    _replace(name, link)
    saved.files += 1
    saved.bytes += status.st_size if status.st_nlink == 1 else 0


def _replace(name: bytes, link: bytes) -> None:
    """Puts a link in a file's place; the folder around it is as it was before."""
    folder = os.path.dirname(name)
    status = os.lstat(folder)
    # In no path of the store, which others read meanwhile; a collector removes it there, should this process be killed.
    temporary = b"%s/.tmp-link-%s" % (os.path.dirname(os.path.dirname(link)), os.urandom(6).hex().encode())
    os.chmod(folder, stat.S_IMODE(status.st_mode) | 0o200)
    try:
        os.link(link, temporary, follow_symlinks=False)
        os.rename(temporary, name)
    finally:
        os.chmod(folder, stat.S_IMODE(status.st_mode))
        if stat.S_IMODE(status.st_mode) & 0o222 == 0:
            os.utime(folder, (MTIME, MTIME))


def remove_unused_links(store: LocalStore) -> int:
    """Deletes links that no path needs any more; how many bytes that frees."""
    links = os.path.join(store.real_store_dir, ".links")
    freed = 0
    for name in os.listdir(links) if os.path.isdir(links) else ():
        try:
            status = os.lstat(f"{links}/{name}")
            if status.st_nlink == 1 and not stat.S_ISDIR(status.st_mode):
                os.unlink(f"{links}/{name}")
                freed += status.st_size
        except FileNotFoundError:
            continue  # another collector was faster
    return freed
