"""`builtin:host-package`: makes a store path from a package of the host.

    environment: hostPackage        the principal (see `names`)
                 hostMembers        "NAME VERSION ARCHITECTURE" a line, the principal's first
                 hostAttribute      nixpkgs' name, or nothing
                 fingerprint        what the description promised
                 dependencies       store paths, in the order of
                 dependencyNames    their principals

The plan is made anew and must have the promised fingerprint: between evaluation and build the host may have been
upgraded.  Then every entry is copied and checked against its digest, scripts get interpreters from the store, symlinks
are translated, and ELF files get their loader and an rpath of exactly the directories that their libraries lie in.
The C library itself is left as it is: it is what the others' loader is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from lixeval.build.builders.builder import BuildContext
from lixeval.errors import BuildError
from lixeval.host.contents import Entry
from lixeval.host.database import canonical
from lixeval.host.dependencies import link_chain, link_target
from lixeval.host.describe import Host
from lixeval.host.detect import detect
from lixeval.host.digests import digest_like
from lixeval.host.elf import MAGIC, Elf
from lixeval.host.linking import expanded_search
from lixeval.host.patching import Patch, apply_patches
from lixeval.host.scripts import SHELLS, parse_shebang
from lixeval.host.wrappers import write_wrappers

_LOADERS = ("lib/ld-linux", "lib/ld-musl", "lib/ld64", "lib/ld.so")
"""How the dynamic loaders of the C libraries begin."""


def build(context: BuildContext, host: Host) -> None:
    """The builtin builder, for packages of `host`.  Refuses another package than the one that was evaluated."""
    principal = context.variable("hostPackage")
    members = [line.split(" ")[0] for line in context.variable("hostMembers").split("\n")]
    if all(host.database.find(member) is not None for member in members):
        making = _Build(context, host, members)
        if making.fingerprint == context.variable("fingerprint"):
            making.run()
            return
        problem = f"the host's package '{principal}' has changed since it was evaluated"
    else:
        problem = f"the host no longer has the package '{principal}'"
    raise BuildError(problem, drv_path=context.drv_path, hint="run again")


class _Build:
    """One store path in the making."""

    def __init__(self, context: BuildContext, host: Host, members: list[str]) -> None:
        self._context = context
        self._host = host
        self._place = host.database.place
        self._out = context.variable("out")
        self._root = context.out
        self._principal = context.variable("hostPackage")
        self._members = members
        names, paths = context.variable("dependencyNames").split(), context.variable("dependencies").split()
        if len(names) != len(paths):
            raise BuildError("'dependencies' and 'dependencyNames' are not of one length", drv_path=context.drv_path)
        self._paths = {**dict(zip(names, paths, strict=True)), **dict.fromkeys(self._members, self._out)}
        self._owners: dict[str, str | None] = {}
        self._program, self._entries = host.planned(members, context.variable("hostAttribute"))
        self.fingerprint = host.fingerprint(members, self._program, self._entries)
        self._targets = {entry.target for entry in self._entries}
        self._directories = {parent for target in self._targets for parent in _parents(target)}
        self._copied: dict[tuple[int, int], str] = {}
        self._patches: dict[Patch, list[str]] = {}
        self._is_libc = any(target.startswith(_LOADERS) for target in self._targets)

    def run(self) -> None:
        os.mkdir(self._root)
        made = {self._root}
        for entry in self._entries:
            directory = os.path.dirname(os.path.join(self._root, entry.target))
            if directory not in made:
                os.makedirs(directory, exist_ok=True)
                made.add(directory)
            if entry.link:
                self._link(entry)
            else:
                self._copy(entry)
        apply_patches(self._patches)
        self._wrap()

    def _wrap(self) -> None:
        if not self._program.wrappers:
            return
        references = {
            name: self._paths[principal]
            for name in self._program.references()
            if (principal := self._host.principal(name)) in self._paths
        }
        references["out"] = self._out
        shell = self._store_path(canonical("/bin/bash")) or ""
        write_wrappers(self._program, self._root, references, shell, self._context.store.followed)

    # -- symlinks ----------------------------------------------------------------------------------------------------

    def _link(self, entry: Entry) -> None:
        text = entry.link if not entry.path else self._translated(entry)
        if text is not None:
            os.symlink(text, os.path.join(self._root, entry.target))

    def _translated(self, entry: Entry) -> str | None:
        """The link's text in the store: relative within the package, a store path elsewhere; None: it leads nowhere."""
        target = link_target(entry.path, entry.link)
        place = self._place(target)
        if place is None:
            return None
        if place in self._targets or place in self._directories:
            return None if place == entry.target else os.path.relpath(place, os.path.dirname(entry.target))
        store_path = self._store_path(target)
        if store_path is None or store_path == self._out:
            return None  # a man page that this host left out, the documentation that nothing needs
        return os.path.join(store_path, place)

    def _store_path(self, path: str) -> str | None:
        """The store path of the package that owns a host path, if it is this one or among the dependencies."""
        if path not in self._owners:
            self._owners[path] = self._host.database.owner(path, (*self._members, *self._paths))
        owner = self._owners[path]
        if owner is None or owner in self._paths:
            return self._paths.get(owner or "")
        return self._paths.get(self._host.principal_of(owner))  # it is merged into another package

    # -- files -------------------------------------------------------------------------------------------------------

    def _copy(self, entry: Entry) -> None:
        target = os.path.join(self._root, entry.target)
        if entry.inode != (0, 0) and entry.inode in self._copied:
            os.symlink(os.path.relpath(self._copied[entry.inode], os.path.dirname(target)), target)
            return
        try:
            with open(entry.path, "rb") as file:
                data = file.read()
        except OSError as error:
            raise BuildError(f"cannot read '{entry.path}': {error.strerror}") from error
        if digest_like(entry.digest, data) != entry.digest:
            raise BuildError(
                f"'{entry.path}' is not the file that the package '{self._principal}' installed",
                hint="reinstall the package, or run again if it was just being upgraded",
            )
        if data[:4] == MAGIC:
            self._plan_patch(entry, target)
        elif entry.executable and data[:2] == b"#!":
            data = self._with_interpreter(data)
        with open(target, "wb") as file:
            file.write(data)
        os.chmod(target, 0o755 if entry.executable else 0o644)
        if entry.inode != (0, 0):
            self._copied[entry.inode] = target

    def _with_interpreter(self, data: bytes) -> bytes:
        """A script whose interpreter is in the store; unchanged if that one is no dependency of this package."""
        shebang = parse_shebang(data[:256])
        if shebang is None:
            return data
        program = canonical("/bin/bash") if shebang.name in SHELLS else shebang.program
        store_path = self._store_path(program)
        if store_path is None:
            program = link_chain(program)
            store_path = self._store_path(program)
        place = f"bin/{shebang.name}" if shebang.name in SHELLS else self._place(program)
        if store_path is None or place is None:
            return data
        line = f"#!{store_path}/{place} {shebang.rest}".rstrip()
        return os.fsencode(line) + data[shebang.length :]

    def _plan_patch(self, entry: Entry, target: str) -> None:
        elf = self._host.libraries.read(entry.path)
        if elf is None or not elf.is_dynamic or self._is_libc:
            return
        interpreter = None
        if elf.interpreter is not None:
            loader = link_chain(canonical(elf.interpreter))
            store_path, place = self._store_path(loader), self._place(loader)
            if store_path is None or place is None:
                raise BuildError(f"the loader '{elf.interpreter}' of '{entry.path}' belongs to no package of this host")
            interpreter = os.path.join(store_path, place)
        rpath = self._rpath(elf, entry.path)
        if interpreter is not None or rpath or elf.search:
            self._patches.setdefault(Patch(interpreter, rpath), []).append(target)

    def _rpath(self, elf: Elf, path: str) -> tuple[str, ...]:
        """The store directories of the libraries an ELF file needs, and of its private search path, in its order."""
        directories: dict[str, None] = {}
        for directory in expanded_search(elf, path):
            place = self._place(directory + "/")
            if place is not None and place.rstrip("/") in self._directories:
                directories[os.path.join(self._out, place.rstrip("/"))] = None
        for name in elf.needed:
            library = self._host.libraries.resolve(name, elf, path)
            place = self._place(library) if library is not None else None
            if library is None:
                continue
            store_path = self._store_path(library)
            if store_path is not None and place is not None:
                directories[os.path.join(store_path, os.path.dirname(place))] = None
        return tuple(directories)


def _parents(target: str) -> Iterator[str]:
    """ "a/b/c" -> "a/b", "a"."""
    at = target.rfind("/")
    while at > 0:
        yield target[:at]
        at = target.rfind("/", 0, at)


def with_detected_host(context: BuildContext) -> None:
    """The builtin builder for the machine it runs on."""
    build(context, Host(detect()))
