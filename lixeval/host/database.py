"""What lixeval asks of a host's package manager, whichever it is.

The rooms below speak of packages as the host knows them: `name`, `version`, `architecture`, and the files they own.
`dpkg`, `apk`, `pacman` and `rpm` answer from their own records, `unpackaged` for what is in none, one "package" a
program or library.  Records are read lazily: nothing is asked about a package that nobody uses.

Host paths are *canonical*: where /bin, /sbin, /lib… are links into /usr (a merged /usr), the path under /usr is used,
because package managers record either spelling for the same file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """One package of the host.

    `version` is the package manager's full spelling ("1:2.39.5-0+deb12u3"); `depends` are the names it declares to
    need, each the alternatives of one clause.
    """

    name: str
    version: str
    architecture: str
    description: str = ""
    homepage: str = ""
    depends: tuple[tuple[str, ...], ...] = ()


class PackageRecords(Protocol):
    """The records of one package manager."""

    @property
    def manager(self) -> str:
        """ "dpkg", "rpm", "apk", "pacman" or "none": also the key of the table of names."""

    def names(self) -> Sequence[str]:
        """The installed packages, sorted."""

    def find(self, name: str) -> InstalledPackage | None:
        """The installed package of that name."""

    def files(self, name: str) -> Sequence[str]:
        """The canonical paths that the package owns, as recorded: directories too, and what is gone since."""

    def digests(self, name: str) -> dict[str, str]:
        """Canonical path -> digest as shipped (see `digests`), configuration files included; only what is recorded."""

    def installed_at(self, name: str) -> float:
        """When the package's files were unpacked: a file modified later may differ from its record."""

    def owner(self, path: str, among: Iterable[str] = ()) -> str | None:
        """The package that owns the canonical `path`; those in `among` are asked first."""

    def alternatives(self, name: str) -> dict[str, str]:
        """Links outside any package's records that point to this one: link -> target, both canonical."""

    def place(self, path: str) -> str | None:
        """Where a canonical path lies in its package's prefix (`layout.in_prefix`); None: in no prefix."""

    def how_to_install(self, names: Sequence[str]) -> str:
        """The command that would install them."""


class PackageDatabase(PackageRecords, Protocol):
    """All that a host has: the records of its package manager, and what is in no records (`combined`)."""

    def program(self, name: str) -> str | None:
        """The package, recorded or not, of the program that PATH finds."""

    def search_path(self) -> str:
        """The PATH that `program` searches."""


@lru_cache(maxsize=64)
def _merged(first: str) -> str:
    """The real path of a directory right under the root: "/lib" -> "/usr/lib" on a merged /usr."""
    top = "/" + first
    return os.path.realpath(top) if os.path.islink(top) else top


def canonical(path: str) -> str:
    """`path` with a top-level link such as /bin -> usr/bin replaced; the rest is taken as it stands."""
    first, separator, rest = path[1:].partition("/")
    return _merged(first) + separator + rest if rest else path
