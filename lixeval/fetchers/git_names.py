"""Names that no Git tree may hold, by the rules of `git fsck`.

A repository is whatever its author made it: git's own programs refuse most of these names when somebody adds a file,
but a tree object is bytes and can say anything.  Each rule bears the name that `git fsck` gives it.

    emptyName, hasDot, hasDotdot, fullPathname      names that are no names, or lead elsewhere
    hasDotgit                                       `.git` in any spelling that some file system takes for it
    largePathname                                   what no file system takes

Source: git's fsck.c (`fsck_tree`), utf8.c (`is_hfs_dotgit`), path.c (`is_ntfs_dotgit`); CVE-2014-9390, CVE-2019-1352.
"""

from __future__ import annotations

import re

MOST_BYTES = 255

_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_DOT_GIT_ON_NTFS = re.compile(rb"(?:\.git|git~1)[. ]*(?:[\\:]|\Z)", re.IGNORECASE)


def problem_with(name: bytes) -> str | None:
    """What `git fsck` says against an entry of that name; None where it says nothing."""
    if len(name) > MOST_BYTES:
        return "largePathname: contains excessively large pathname"
    if name.isalnum():
        return None
    if not name:
        return "emptyName: contains empty pathname"
    if name == b".":
        return "hasDot: contains '.'"
    if name == b"..":
        return "hasDotdot: contains '..'"
    if b"/" in name:
        return "fullPathname: contains full pathnames"
    if is_dot_git(name):
        return "hasDotgit: contains '.git'"
    return None


def is_dot_git(name: bytes) -> bool:
    """Whether some file system takes a name, or what stands after a backslash in it, for `.git`."""
    if b"~" not in name and not _has_dot_then_letters(name):
        return False
    return _folded_as_on_hfs(name) == ".git" or any(_DOT_GIT_ON_NTFS.match(part) for part in name.split(b"\\"))


def is_dot_gitmodules(name: bytes) -> bool:
    """Whether some file system takes a name for `.gitmodules`."""
    return _folded_as_on_hfs(name).rstrip(". ") == ".gitmodules"


def _has_dot_then_letters(name: bytes) -> bool:
    # Everything that is taken for .git begins, or goes on after a backslash, with a dot or with what HFS leaves out.
    return name[0] == 0x2E or name[0] >= 0x80 or b"\\" in name


def _folded_as_on_hfs(name: bytes) -> str:
    return _IGNORED_BY_HFS.sub("", name.decode("utf-8", "replace")).lower()
