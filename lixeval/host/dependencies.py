"""What one group of host packages needs from others, seen from its files.

Declared dependencies say too much (debconf, init tools, documentation) and too little (the essential packages), so they
only vouch for interpreters.  What counts:

- the loader and the libraries of every ELF file;
- the interpreter of every executable script: a shell always, another language only if the package declares that it
  needs it (a stray perl script must not pull all of perl in);
- the target of a symlink that leaves the package;
- what `programs.PROGRAMS` mentions.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from lixeval.host.contents import Entry
from lixeval.host.database import PackageDatabase, canonical
from lixeval.host.elf import Elf
from lixeval.host.linking import Libraries
from lixeval.host.names import Group, Names
from lixeval.host.scripts import SHELLS, read_shebang
from lixeval.host.unpackaged import Unpackaged

_ALTERNATIVES = "/etc/alternatives/"
_NOT_PROGRAMS = ("share/man/", "share/doc/", "share/zoneinfo/", "share/info/", "include/", "etc/")


class Dependencies:
    """Finds the needs of groups; remembers which package owns which file."""

    def __init__(self, database: PackageDatabase, names: Names, libraries: Libraries) -> None:
        self._database = database
        self._names = names
        self._libraries = libraries
        self._owners: dict[str, str | None] = {}

    def owner(self, path: str, group: Group) -> str | None:
        """The principal of the group that owns the canonical `path`, asked on behalf of `group`."""
        if path not in self._owners:
            likely = (*group.members, *sorted(self._names.needed_by(group.principal)))
            name = self._database.owner(path, likely)
            self._owners[path] = self._names.group(name).principal if name is not None else None
        return self._owners[path]

    def needs(self, group: Group, entries: Iterable[Entry]) -> set[str]:
        """The principals of the groups that the files of `group` need; the group itself is not among them."""
        paths = {path for entry in entries for path in self._mentioned(group, entry)}
        owners = {owner for path in sorted(paths) if (owner := self.owner(path, group)) is not None}
        return owners - {group.principal}

    def _mentioned(self, group: Group, entry: Entry) -> Iterator[str]:
        """The host paths that an entry needs."""
        if entry.link:
            if entry.path:
                target = link_target(entry.path, entry.link)
                if self._database.place(target) is not None and self._is_recorded(target, group):
                    yield target
        elif not entry.target.startswith(_NOT_PROGRAMS):
            elf = self._libraries.read(entry.path) if _may_be_elf(entry) else None
            if elf is not None:
                yield from self.libraries_of(elf, entry.path)
            elif entry.executable:
                yield from self._interpreter(group, entry.path)

    def libraries_of(self, elf: Elf, path: str) -> Iterator[str]:
        """The loader and the libraries of an ELF file: those that this host has."""
        if elf.interpreter is not None:
            yield link_chain(canonical(elf.interpreter))
        for name in elf.needed:
            library = self._libraries.resolve(name, elf, path)
            if library is not None:
                yield library

    def _is_recorded(self, path: str, group: Group) -> bool:
        """Whether a package of the package manager's owns a path; a link to anything else is left out."""
        owner = self.owner(path, group)
        return owner is not None and not Unpackaged.is_name(owner)

    def _interpreter(self, group: Group, path: str) -> Iterator[str]:
        shebang = read_shebang(path)
        if shebang is None:
            return
        if shebang.name in SHELLS:
            yield canonical("/bin/bash")
            return
        program = link_chain(shebang.program)
        owner = self.owner(program, group)
        declared = {self._names.group(name).principal for member in group.members for name in self._declared(member)}
        if owner in declared:
            yield program

    def _declared(self, member: str) -> Iterator[str]:
        package = self._database.find(member)
        for clause in package.depends if package else ():
            for name in clause:
                if self._database.find(name) is not None:
                    yield name


def link_target(path: str, link: str) -> str:
    """Where the symlink at `path` with text `link` points, canonical; alternatives are looked through."""
    target = canonical(os.path.normpath(os.path.join(os.path.dirname(path), link)))
    if os.path.islink(target):
        further = os.readlink(target)
        if target.startswith(_ALTERNATIVES) or further.startswith(_ALTERNATIVES):
            return link_target(target, further)
    return target


def link_chain(path: str) -> str:
    """`path`, or where it points if it is a symlink into another directory under the same or another name."""
    return canonical(os.path.realpath(path)) if os.path.islink(path) else path


def _may_be_elf(entry: Entry) -> bool:
    return entry.executable or ".so" in entry.target or entry.target.endswith(".node")
