"""What the Nix side learns about this host, found out from packages and files.

`embedded/host.nix` asks by name; `answers` keeps what is found out here.

    index             manager, system, packages: the names of all installed packages
    attributes/NAME   package: the principal that the nixpkgs name means | missing: how to get it, install, how, other;
                      searched: the PATH that was looked on, where the records had no answer
    known/NAME        the same; nothing for a name that the package set does not have
    packages/NAME     a description | group: the package that this one is merged into | missing
    python/NAME       modules: the packages with Python modules among this one and what it declares to need
    compression/FORM  recipe: all that the bytes of a tar packed so depend on besides the tar

    description = name, pname, version, system, manager, attribute, members (["NAME VERSION ARCH"], the principal's
                  first), fingerprint (sha256, base 16), dependencies (names of packages), description, homepage,
                  mainProgram
    any answer may have watch: files and directories besides the records whose change makes it wrong

Packages that need one another in a circle become one: strongly connected groups are merged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from lixeval.errors import EvalError, ImageError
from lixeval.host.answers import LAYOUT_VERSION
from lixeval.host.contents import Entry, fingerprint, plan
from lixeval.host.database import PackageDatabase
from lixeval.host.dependencies import Dependencies
from lixeval.host.layout import upstream_version
from lixeval.host.linking import Libraries
from lixeval.host.names import Group, Names
from lixeval.host.patching import patcher
from lixeval.host.programs import PROGRAMS, Program
from lixeval.host.table import read_table
from lixeval.system.graphs import components
from lixeval.system.machines import current_system

_PATTERN = re.compile(r"[*?\[]")
_MODULES = re.compile(r"/python3[.0-9]*/(dist|site)-packages/")
_NO_PROGRAM = Program()


@dataclass(frozen=True, slots=True)
class Described:
    """One store path to be: its group, what goes into it and the principals of the groups it needs."""

    group: Group
    entries: tuple[Entry, ...]
    dependencies: tuple[str, ...]


class Host:
    """One host and its packages; `table` is the table of names (default: the one that comes along)."""

    def __init__(
        self,
        database: PackageDatabase,
        table: Mapping[str, Mapping[str, Any]] | None = None,
        libraries: Libraries | None = None,
    ) -> None:
        self.database = database
        self.libraries = libraries if libraries is not None else Libraries()
        self._table = table
        self._names: Names | None = None
        self._dependencies: Dependencies | None = None
        self._described: dict[str, Described] = {}
        self._merged: dict[str, str] = {}

    # -- questions ---------------------------------------------------------------------------------------------------

    def describe(self, question: str) -> dict[str, Any]:
        """The answer to one of the questions above, a JSON object; EvalError for any other."""
        kind, _, name = question.partition("/")
        if name and kind != "compression" and not current_system().endswith("-linux"):
            return {"missing": f"the package '{name}' would be taken from the host, which works on Linux only"}
        if kind == "compression":
            return _compression(name)
        if question == "index":
            return {
                "manager": self.database.manager,
                "system": current_system(),
                "packages": list(self.database.names()),
            }
        if kind == "attributes" and name:
            return self._attribute(name)
        if kind == "packages" and name:
            return self._package(name)
        if kind == "python" and name:
            return {"modules": self._python_modules(name)}
        if kind == "known" and name:
            return self._attribute(name) if self.names.is_known(name) else {}
        raise EvalError(f"the host knows nothing of '{question}'")

    @property
    def names(self) -> Names:
        """The table of names, read when first needed."""
        if self._names is None:
            self._names = Names(self.database, self._table if self._table is not None else read_table())
        return self._names

    @cached_property
    def patcher(self) -> str:
        """What identifies the program that will patch the files."""
        return patcher()

    @property
    def dependencies(self) -> Dependencies:
        """Who needs and owns what."""
        if self._dependencies is None:
            self._dependencies = Dependencies(self.database, self.names, self.libraries)
        return self._dependencies

    def principal(self, attribute: str) -> str | None:
        """The package that an attribute means, merges considered; None if the host lacks it."""
        name = self.names.principal(attribute)
        return None if name is None else self.principal_of(name)

    def principal_of(self, name: str) -> str:
        """The package whose store path holds the installed package `name`."""
        principal = self.names.group(name).principal
        self.described(principal)
        return self._merged.get(principal, principal)

    def described(self, principal: str) -> Described:
        """The plan of the store path that holds the group of `principal`."""
        if self._merged.get(principal, principal) not in self._described:
            self._explore(principal)
        return self._described[self._merged.get(principal, principal)]

    def planned(self, members: Sequence[str], attribute: str) -> tuple[Program, tuple[Entry, ...]]:
        """What goes into the store path of a group whose `members` (the principal first) and attribute are known."""
        program = PROGRAMS.get(attribute, _NO_PROGRAM)
        main_program = self.names.program(attribute) if attribute else ""
        return program, tuple(plan(self.database, members, program, main_program))

    def fingerprint(self, members: Sequence[str], program: Program, entries: Iterable[Entry]) -> str:
        """The digest of a planned group; the same on every host with the same packages."""
        made_by = [f"layout {LAYOUT_VERSION}", f"patcher {self.patcher}", repr(program)]
        return fingerprint([*made_by, *self.member_lines(members)], entries)

    def member_lines(self, members: Sequence[str]) -> list[str]:
        """ "NAME VERSION ARCHITECTURE" of each member."""
        packages = [self.database.find(name) for name in members]
        return [
            f"{package.name} {package.version} {package.architecture}" for package in packages if package is not None
        ]

    # -- answers -----------------------------------------------------------------------------------------------------

    def _attribute(self, attribute: str) -> dict[str, Any]:
        principal = self.principal(attribute)
        if principal is not None:
            answer: dict[str, Any] = {"package": principal}
        else:
            answer = self._missing(attribute, self.names.candidates(attribute))
        if not self.names.is_recorded(attribute):  # another PATH may have another answer
            path = self.database.search_path()
            answer |= {"searched": path, "watch": path.split(":")}
        return answer

    def _missing(self, name: str, candidates: list[list[str]]) -> dict[str, Any]:
        """missing: the whole text; install: what to ask the package manager for; how: its command, with {} for that."""
        if not candidates:
            return {"missing": f"the package '{name}' is taken from the host, whose package manager has none"}
        lacks, found = "which does not have it", self._other_version(name)
        if found is not None:
            lacks = f"which has another version: '{found[0]}' is {found[1]}"
        answer: dict[str, Any] = {"other": "" if found is None else found[1]}
        text = f"the package '{name}' is taken from the host, {lacks}"
        install = _installable(candidates[0])
        if self.database.find(install) is not None:  # in the other version
            return {**answer, "missing": f"{text}; other versions are in nixpkgs itself: -I nixpkgs=…"}
        how = self.database.how_to_install(["{}"])
        return {**answer, "missing": f"{text}; to get it: {how.format(install)}", "install": install, "how": how}

    def _other_version(self, name: str) -> tuple[str, str] | None:
        """The attribute, and its version on this host, of which another version was asked for."""
        variant = self.names.variant(name)
        principal = None if variant is None else self.names.principal(variant.base)
        package = None if principal is None else self.database.find(principal)
        if variant is None or package is None:
            return None
        return variant.base, upstream_version(package.version)

    def _python_modules(self, name: str) -> list[str]:
        """The packages with Python modules among `name` and what it declares to need."""
        needed = sorted(self.names.needed_by(name) | {name})
        return [each for each in needed if any(_MODULES.search(path) for path in self.database.files(each))]

    def _package(self, name: str) -> dict[str, Any]:
        if self.database.find(name) is None:
            return self._missing(name, [[name]])
        principal = self.principal_of(name)
        if principal != name:
            return {"group": principal}
        return self.description(self.described(name))

    def description(self, described: Described) -> dict[str, Any]:
        """The description of one store path, as the module's docstring lists it."""
        group = described.group
        package = self.database.find(group.principal)
        assert package is not None
        attribute = self.names.attribute(group.principal)
        pname = attribute if attribute is not None else os.path.basename(unquote(package.name.rpartition(":")[2]))
        version = upstream_version(package.version)
        program = self.names.program(attribute) if attribute is not None else pname
        programs = {entry.target for entry in described.entries}
        special = PROGRAMS.get(attribute, _NO_PROGRAM) if attribute is not None else _NO_PROGRAM
        return {
            "name": _store_name(f"{pname}-{version}"),
            "pname": pname,
            "version": version,
            "system": current_system(),
            "manager": self.database.manager,
            "attribute": attribute if attribute is not None else "",
            "members": self.member_lines(group.members),
            "fingerprint": self.fingerprint(group.members, special, described.entries),
            "dependencies": list(described.dependencies),
            "description": package.description,
            "homepage": package.homepage,
            "mainProgram": program if f"bin/{program}" in programs else "",
            "watch": [entry.path for entry in described.entries if entry.target in special.generated],
        }

    # -- the graph of groups -----------------------------------------------------------------------------------------

    def _explore(self, principal: str) -> None:
        """Describe everything that `principal` needs, and merge what needs one another."""
        groups: dict[str, Described] = {}
        pending = [principal]
        while pending:
            name = pending.pop()
            if name in groups or name in self._merged or name in self._described:
                continue
            groups[name] = self._alone(self.names.group(name))
            pending.extend(groups[name].dependencies)
        graph = {name: [n for n in described.dependencies if n in groups] for name, described in groups.items()}
        for component in components(dict(sorted(graph.items()))):
            described = groups[component[0]] if len(component) == 1 else self._together(component, groups)
            for name in component:
                self._merged[name] = described.group.principal
            own = described.group.principal
            dependencies = {self._merged.get(name, name) for name in described.dependencies} - {own}
            self._described[own] = replace(described, dependencies=tuple(sorted(dependencies)))

    def _alone(self, group: Group) -> Described:
        """One group by itself."""
        program, entries = self.planned(group.members, self.names.attribute(group.principal) or "")
        needs = self.dependencies.needs(group, entries)
        for reference in program.references():
            name = self.names.principal(reference)
            if name is not None:
                needs.add(self.names.group(name).principal)
        if program.wrappers:
            shell = self.names.principal("bash")
            if shell is not None:
                needs.add(shell)
        needs.discard(group.principal)
        return Described(group, entries, tuple(sorted(needs)))

    def _together(self, component: list[str], groups: Mapping[str, Described]) -> Described:
        """Groups that need one another, as one; the first name stands for all, one that nixpkgs knows before others."""
        principal = min(component, key=lambda name: (self.names.attribute(name) is None, name))
        members = {member for name in component for member in groups[name].group.members} - {principal}
        needed = {needed for name in component for needed in groups[name].dependencies} - set(component)
        group = Group(principal, (principal, *sorted(members)))
        _, entries = self.planned(group.members, self.names.attribute(principal) or "")
        return Described(group, entries, tuple(sorted(needed)))


def _compression(form: str) -> dict[str, Any]:
    from lixeval.oci import compress

    try:
        compression = compress.parse(form)
    except ImageError as error:
        return {"recipe": form, "missing": error.message}
    if compression is None:
        return {"recipe": "none"}
    return {"recipe": compression.recipe, "watch": compression.libraries()}


def _installable(candidate: list[str]) -> str:
    """What to ask the package manager for: the principal, or a part without a pattern, or what precedes the pattern."""
    literal = next((name for name in candidate if not _PATTERN.search(name)), "")
    return literal or _PATTERN.split(candidate[0])[0].rstrip("-.")


def _store_name(text: str) -> str:
    """`text` with what a store path's name may not contain replaced."""
    return re.sub(r"[^A-Za-z0-9+._?=-]", "-", text)
