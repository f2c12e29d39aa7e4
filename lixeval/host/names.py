"""Which of the host's packages a nixpkgs name means, and which host packages make one store path together.

    table      = { attribute: entry }                 embedded/host-packages.json, in order
    entry      = { manager: candidates, "*": candidates, "program": main program, "also": rule (see `variants`) }
    candidates = candidate {" | " candidate}          the first whose principal is installed is taken
    candidate  = principal {" + " part}               names or glob patterns; parts that are installed are merged in
    manager    = dpkg | rpm | apk | pacman            one that is not listed: "*", else the attribute's own name

Debian cuts one program into several packages that only work in one prefix (python3.11, its -minimal and its -stdlib);
the parts of a candidate put it together again.  A pattern's matches must also be needed by the principal, so that of
two Pythons installed side by side each keeps its own library.  A host package belongs to one group only: the first
that claims it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from lixeval.host.database import PackageDatabase
from lixeval.host.layout import upstream_version
from lixeval.host.unpackaged import PROGRAM
from lixeval.host.variants import Variant, variants


@dataclass(frozen=True, slots=True)
class Group:
    """Host packages that become one store path: `members` start with the `principal`, the rest is sorted."""

    principal: str
    members: tuple[str, ...]


class Names:
    """The table seen from one host."""

    def __init__(self, database: PackageDatabase, table: Mapping[str, Mapping[str, Any]]) -> None:
        self._database = database
        self._table = table
        self._groups: dict[str, Group] = {}
        self._depends: dict[str, frozenset[str]] = {}
        self._principals: dict[str, str | None] = {}

    def variant(self, attribute: str) -> Variant | None:
        """What a name that is not in the table means by its rules; None for one that they do not make."""
        return None if attribute in self._table else self._variants.get(attribute)

    def is_known(self, attribute: str) -> bool:
        """Whether the package set has this name."""
        return attribute in self._table or attribute in self._variants

    @cached_property
    def _variants(self) -> dict[str, Variant]:
        return variants(self._table)

    def candidates(self, attribute: str) -> list[list[str]]:
        """The candidates of an attribute for this host's manager, each a list of principal and parts."""
        variant = self.variant(attribute)
        if variant is not None:
            return [[variant.installable(name) for name in names] for names in self.candidates(variant.base)]
        entry = self._table.get(attribute, {})
        text: str = entry.get(self._database.manager, entry.get("*", attribute))
        return [candidate.split(" + ") for candidate in text.split(" | ") if candidate]

    def program(self, attribute: str) -> str:
        """The main program of an attribute; "" for a package that has none."""
        variant = self.variant(attribute)
        if variant is not None:
            return self.program(variant.base)
        program: str = self._table[attribute].get("program", attribute)
        return program

    def principal(self, attribute: str) -> str | None:
        """The installed host package that the attribute means; a name outside the table means itself.

        Failing the table, whoever has the attribute's main program: its package may be called otherwise on this host,
        or the program be in no package at all.
        """
        if attribute not in self._principals:
            self._principals[attribute] = self._find_principal(attribute)
        return self._principals[attribute]

    def is_recorded(self, attribute: str) -> bool:
        """Whether the table alone finds the attribute, and PATH does not matter."""
        return self._recorded(attribute) is not None

    def _recorded(self, attribute: str) -> str | None:
        variant = self.variant(attribute)
        if variant is not None:
            return self._recorded_version(variant)
        if attribute not in self._table:
            return attribute if self._database.find(attribute) is not None else None
        installed = (self._installed(candidate[0]) for candidate in self.candidates(attribute))
        return next((name for name in installed if name is not None), None)

    def _recorded_version(self, variant: Variant) -> str | None:
        """The installed package of a version: the base's own, or one that has the version in its name."""
        names = [name for names in self.candidates(variant.base) for name in self._all_installed(names[0])]
        for literal in (variant.base + variant.version, f"{variant.base}-{variant.version}"):
            names += self._all_installed(literal)
        for name in names:
            package = self._database.find(name)
            if package is not None and variant.fits(upstream_version(package.version)):
                return self.group(name).principal
        return None

    def _find_principal(self, attribute: str) -> str | None:
        recorded = self._recorded(attribute)
        variant = self.variant(attribute)
        if recorded is None and variant is not None and not variant.version:
            return self.principal(variant.base)
        if recorded is not None or attribute not in self._table or not self.candidates(attribute):
            return recorded
        program = self.program(attribute)
        name = self._database.program(program) if program else None
        return self.group(name).principal if name is not None else None

    def attribute(self, principal: str) -> str | None:
        """The first attribute that means this host package: the name that its store path bears."""
        attribute = self._attributes.get(principal)
        if attribute is None and principal.startswith(PROGRAM):
            program = principal.removeprefix(PROGRAM)
            attribute = next((attribute for attribute in self._table if self.program(attribute) == program), None)
        return attribute

    def group(self, name: str) -> Group:
        """The group that the installed package `name` belongs to."""
        principal = name
        for candidate_principal in self._claims(name):
            if name in self._members(candidate_principal):
                principal = candidate_principal
                break
        if principal not in self._groups:
            members = self._members(principal)
            self._groups[principal] = Group(principal, (principal, *sorted(members - {principal})))
        return self._groups[principal]

    def needed_by(self, name: str) -> frozenset[str]:
        """The installed packages among the declared dependencies of `name`, through any number of steps."""
        if name not in self._depends:
            seen: set[str] = set()
            pending = [name]
            while pending:
                package = self._database.find(pending.pop())
                for clause in package.depends if package else ():
                    for alternative in clause:
                        if alternative not in seen and self._database.find(alternative) is not None:
                            seen.add(alternative)
                            pending.append(alternative)
            self._depends[name] = frozenset(seen)
        return self._depends[name]

    @cached_property
    def _attributes(self) -> dict[str, str]:
        attributes: dict[str, str] = {}
        for attribute in self._table:
            principal = self._recorded(attribute)
            if principal is not None:
                attributes.setdefault(principal, attribute)
        return attributes

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        """Principal -> the parts that its first attribute lists."""
        parts: dict[str, list[str]] = {}
        for attribute in self._table:
            for candidate in self.candidates(attribute):
                names = self._all_installed(candidate[0])
                for name in names:
                    parts.setdefault(name, candidate[1:])
                if names:
                    break
        return parts

    def _claims(self, name: str) -> list[str]:
        """The principals whose parts could mean `name`, in the table's order; `name` itself if it is a principal."""
        if self._parts.get(name):
            return [name]
        return [
            principal
            for principal, parts in self._parts.items()
            if any(part == name or fnmatchcase(name, part) for part in parts)
        ]

    def _members(self, principal: str) -> frozenset[str]:
        members = {principal}
        for part in self._parts.get(principal, ()):
            if "*" in part or "[" in part:
                members.update(name for name in self.needed_by(principal) if fnmatchcase(name, part))
            elif self._database.find(part) is not None:
                members.add(part)
        return frozenset(members)

    def _installed(self, pattern: str) -> str | None:
        """The installed package a principal means; of several that match a pattern the one of the highest number."""
        return next(iter(self._all_installed(pattern)), None)

    def _all_installed(self, pattern: str) -> list[str]:
        """All of them, the highest number first."""
        if "*" not in pattern and "[" not in pattern:
            return [pattern] if self._database.find(pattern) is not None else []
        matches = [name for name in self._database.names() if fnmatchcase(name, pattern)]
        return sorted(matches, key=_numbers, reverse=True)


def _numbers(name: str) -> tuple[tuple[int, ...], str]:
    return tuple(map(int, re.findall(r"\d+", name))), name
