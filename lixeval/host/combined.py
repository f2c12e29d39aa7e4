"""A host's packages: what its package manager recorded, and behind that what is in no records.

Everything above asks this one.  The names made by `unpackaged` contain a colon, which no package manager allows, so a
name tells who is to answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from lixeval.host.database import InstalledPackage, PackageRecords, canonical
from lixeval.host.unpackaged import PYTHON, Unpackaged


class Combined:
    """`records`, with `unpackaged` for the rest; a host without a package manager has only the latter."""

    def __init__(self, records: PackageRecords | None, unpackaged: Unpackaged) -> None:
        self._records: PackageRecords = records if records is not None else unpackaged
        self._unpackaged = unpackaged
        self.manager = self._records.manager

    def _whose(self, name: str) -> PackageRecords:
        return self._unpackaged if self._unpackaged.is_name(name) else self._records

    def names(self) -> Sequence[str]:
        return self._records.names()

    def find(self, name: str) -> InstalledPackage | None:
        return self._whose(name).find(name)

    def files(self, name: str) -> Sequence[str]:
        return self._whose(name).files(name)

    def digests(self, name: str) -> dict[str, str]:
        return self._whose(name).digests(name)

    def installed_at(self, name: str) -> float:
        return self._whose(name).installed_at(name)

    def owner(self, path: str, among: Iterable[str] = ()) -> str | None:
        return self._records.owner(path, among) or self._unpackaged.owner(path)

    def alternatives(self, name: str) -> dict[str, str]:
        return self._whose(name).alternatives(name)

    def place(self, path: str) -> str | None:
        return self._unpackaged.place(path)

    def how_to_install(self, names: Sequence[str]) -> str:
        return self._records.how_to_install(names)

    def search_path(self) -> str:
        return self._unpackaged.search_path()

    def program(self, name: str) -> str | None:
        """The package of a program: the recorded owner of what PATH finds, else the program by itself.

        For python3 it is the Python that runs lixeval: what PATH finds may be a shim of a version switcher.
        """
        path = self._unpackaged.on_path(name)
        if path is not None:
            owner = self._records.owner(path) or self._records.owner(canonical(os.path.realpath(path)))
            if owner is not None:
                return owner
        if name == "python3":
            return PYTHON if self._unpackaged.find(PYTHON) is not None else None
        return self._unpackaged.owner(path) if path is not None else None
