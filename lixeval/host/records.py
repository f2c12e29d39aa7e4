"""What the package managers have in common whose whole records fit into one reading: apk, pacman, rpm.

They hand over all packages with their files at once; looking things up is then the same for each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lixeval.host.database import InstalledPackage, canonical
from lixeval.host.layout import in_prefix


@dataclass(frozen=True, slots=True)
class Record:
    """One package as read: `provides` are further names that others may need it by."""

    package: InstalledPackage
    files: Sequence[str]
    digests: Mapping[str, str] = field(default_factory=dict)
    provides: Sequence[str] = ()
    installed_at: float = 0.0


class Records(ABC):
    """A package manager's records, read at once; subclasses say how."""

    manager = ""
    install_command = ""

    @abstractmethod
    def read(self) -> Iterable[Record]:
        """All installed packages."""

    @cached_property
    def _records(self) -> dict[str, Record]:
        return {record.package.name: record for record in self.read()}

    @cached_property
    def _provided(self) -> dict[str, str]:
        return {name: record.package.name for record in self._records.values() for name in record.provides}

    @cached_property
    def _owners(self) -> dict[str, str]:
        return {path: name for name, record in self._records.items() for path in record.files}

    def names(self) -> Sequence[str]:
        return sorted(self._records)

    def find(self, name: str) -> InstalledPackage | None:
        record = self._records.get(name) or self._records.get(self._provided.get(name, name))
        return record.package if record is not None else None

    def files(self, name: str) -> Sequence[str]:
        return self._records[name].files

    def digests(self, name: str) -> dict[str, str]:
        return dict(self._records[name].digests)

    def installed_at(self, name: str) -> float:
        return self._records[name].installed_at

    def owner(self, path: str, among: Iterable[str] = ()) -> str | None:
        return self._owners.get(path)

    def alternatives(self, name: str) -> dict[str, str]:
        return {}

    def place(self, path: str) -> str | None:
        return in_prefix(path)

    def how_to_install(self, names: Sequence[str]) -> str:
        return f"{self.install_command} {' '.join(names)}"


def canonical_files(paths: Iterable[str]) -> list[str]:
    """The paths, with or without a leading slash, as canonical ones."""
    return [canonical("/" + path.lstrip("/")) for path in paths]
