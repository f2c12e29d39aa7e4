"""What two closures have of each package: versions that came and went, and by how much they grew.

Printed by `lixeval store diff-closures` as `nix store diff-closures` prints it.  C++: diff-closures.cc.
"""

from __future__ import annotations

import re

from lixeval.formats import store_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore

_OUTPUT = re.compile(r"(.*)-([a-z]+|lib32|lib64)")
_LEAST = 8 * 1024
"""Bytes by which a package must have grown to be named for that."""


class Change:
    """One package: versions that are gone, versions that are new, and how many bytes more it takes."""

    def __init__(self, name: str, removed: list[str], added: list[str], grown: int) -> None:
        self.name = name
        self.removed = removed
        self.added = added
        self.grown = grown

    @property
    def shows_size(self) -> bool:
        """Whether it grew or shrank enough to be told."""
        return abs(self.grown) >= _LEAST


def closure_difference(store: LocalStore, before: StorePath, after: StorePath) -> Iterator[Change]:
    """The packages that differ, by name."""
    old, new = _packages(store, before), _packages(store, after)
    for name in sorted({*old, *new}):
        ours, theirs = old.get(name, {}), new.get(name, {})
        removed = sorted(version for version in ours if version not in theirs)
        added = sorted(version for version in theirs if version not in ours)
        change = Change(name, removed, added, sum(theirs.values()) - sum(ours.values()))
        if removed or added or change.shows_size:
            yield change


def _packages(store: LocalStore, path: StorePath) -> dict[str, dict[str, int]]:
    """Package -> version -> bytes of all that has both."""
    found: dict[str, dict[str, int]] = {}
    for one, info in store.infos(store.closure([path])).items():
        full = store_path.parse(one).name
        matched = _OUTPUT.fullmatch(full)
        name, version = split_name(matched.group(1) if matched else full)
        versions = found.setdefault(name, {})
        versions[version] = versions.get(version, 0) + info.nar_size
    return found


def split_name(full: str) -> tuple[str, str]:
    """Name and version, as builtins.parseDrvName: the version begins behind the first dash that no letter follows."""
    for position, character in enumerate(full):
        if character == "-" and full[position + 1 : position + 2] and not full[position + 1].isalpha():
            return full[:position], full[position + 1 :]
    return full, ""
