"""What of a host package goes into its store path: the plan that both the description and the build follow.

A plan is a sorted list of entries (where on the host, where in the prefix, what), from which the description derives
dependencies and a fingerprint and which the builder carries out.  The same installed packages give the same fingerprint
on every host: it is made of paths, kinds and digests, never of times or inode numbers.

Digests are the package manager's where a file looks untouched since it was unpacked (its mtime is no later; the ctime
would be stricter, but in a container it is when the image's layer was unpacked, and everything would be hashed), else
they are computed.  The build compares each file with its digest while it copies.

Configuration files are taken only as shipped: what an administrator wrote into them is this host's own business, and
maybe secret.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lixeval.host.database import PackageDatabase, canonical
from lixeval.host.digests import file_digest_like
from lixeval.host.programs import Program

_UNPACKING = 60.0
"""Seconds between the first file of a package being written and its list being complete, generously."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One file or symlink: `target` is its place in the prefix, `path` its canonical place on the host.

    A file has `digest` (see `digests`), a symlink has `link`: its text on the host, which the builder translates.  An
    added link (`path` is "") has the text as it shall be.
    """

    target: str
    path: str
    link: str = ""
    digest: str = ""
    executable: bool = False
    inode: tuple[int, int] = (0, 0)

    def line(self) -> str:
        """The entry's line in the fingerprint."""
        kind = f"link {self.link}" if self.link else f"{'program' if self.executable else 'file'} {self.digest}"
        return f"{self.target}\0{self.path}\0{kind}\n"


def plan(database: PackageDatabase, members: Sequence[str], program: Program, main_program: str = "") -> list[Entry]:
    """The entries of a group of packages, sorted by target; of two for one target the first member's wins.

    Programs that are not in bin by themselves get links there (`_exposed`).
    """
    entries: dict[str, Entry] = {}
    for member in members:
        for entry in _entries(database, member):
            if program.only and not entry.target.startswith(program.only):
                continue
            known = entries.get(entry.target)
            if known is None or (known.link and not entry.link):  # /sbin/ip -> /bin/ip: both become bin/ip
                entries[entry.target] = entry
    for target, candidates in program.generated.items():
        path = next((path for path in candidates if os.path.isfile(path)), None)
        if path is not None:
            entries[target] = Entry(target, path, digest=file_digest_like(None, path))
    for target, link in program.links.items():
        beside = os.path.normpath(os.path.join(os.path.dirname(target), link))
        if target not in entries and beside in entries:
            entries[target] = Entry(target, "", link=link)
    for name, target in _exposed(database, members, entries, program, main_program):
        entries.setdefault(f"bin/{name}", Entry(f"bin/{name}", "", link=os.path.relpath(target, "bin")))
    if any(entry.path.startswith("/usr/lib64/") for entry in entries.values()):
        entries.setdefault("lib64", Entry("lib64", "", link="lib"))  # Fedora's Python looks there, wherever it lies
    return [entries[target] for target in sorted(entries)]


def _exposed(
    database: PackageDatabase, members: Iterable[str], entries: Mapping[str, Entry], program: Program, main_program: str
) -> list[tuple[str, str]]:
    """Names for bin and the places they point to: alternatives (java, vim for vim.basic), exposed programs, applets.

    An alternative to a program that is in bin already is taken for the main program only: `editor` and `pager` belong
    to no package, and two packages with them could not be in one environment.
    """
    found: list[tuple[str, str]] = []
    for member in members:
        for link, path in sorted(database.alternatives(member).items()):
            name, place, target = os.path.basename(link), database.place(link), database.place(path)
            if (
                target is not None
                and place == f"bin/{name}"
                and target in entries
                and (name == main_program or not target.startswith("bin/"))
            ):
                found.append((name, target))
    for target, entry in entries.items():
        if entry.executable and any(fnmatchcase(target, pattern) for pattern in program.expose):
            found.append((os.path.basename(target), target))
    if program.applets in entries:
        listed = subprocess.run([entries[program.applets].path, "--list"], capture_output=True, text=True, check=False)
        found += [(name, program.applets) for name in sorted(listed.stdout.split()) if "/" not in name]
    return found


def fingerprint(circumstances: Iterable[str], entries: Iterable[Entry]) -> str:
    """sha256, base 16, over circumstances (how the package is laid out and wrapped, its members) and entries."""
    digest = hashlib.sha256()
    for circumstance in circumstances:
        digest.update(circumstance.encode() + b"\n")
    for entry in entries:
        digest.update(os.fsencode(entry.line()))
    return digest.hexdigest()


def _entries(database: PackageDatabase, member: str) -> Iterator[Entry]:
    digests = database.digests(member)
    trusted_until = database.installed_at(member) + _UNPACKING
    for path in database.files(member):
        target = database.place(path)
        if target is None:
            continue
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                entry = _link(database, path, target)
            else:
                entry = _file(path, target, status, digests.get(path), status.st_mtime <= trusted_until)
        except (FileNotFoundError, NotADirectoryError):
            continue  # left out when the package was unpacked (a slim container without man pages), or removed since
        if entry is not None:
            yield entry


def _link(database: PackageDatabase, path: str, target: str) -> Entry | None:
    """A symlink, unless both its ends are one place in the prefix: /lib64/ld-linux.so -> /lib/TRIPLE/ld-linux.so."""
    link = os.readlink(path)
    pointed = canonical(os.path.normpath(os.path.join(os.path.dirname(path), link)))
    return None if database.place(pointed) == target else Entry(target, path, link=link)


def _file(path: str, target: str, status: os.stat_result, recorded: str | None, untouched: bool) -> Entry | None:
    if not stat.S_ISREG(status.st_mode):
        return None
    if not status.st_mode & stat.S_IROTH and not os.access(path, os.R_OK):
        return None  # a helper that only root may read; whoever is not root could not have used it either
    if target.startswith("etc/"):
        if recorded is None or file_digest_like(recorded, path) != recorded:
            return None
        digest = recorded
    else:
        digest = recorded if recorded is not None and untouched else file_digest_like(recorded, path)
    inode = (status.st_dev, status.st_ino) if status.st_nlink > 1 else (0, 0)
    return Entry(target, path, digest=digest, executable=bool(status.st_mode & stat.S_IXUSR), inode=inode)
