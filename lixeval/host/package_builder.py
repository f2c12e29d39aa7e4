"""`builtin:host-package`: makes a store path from a package of the host.

    environment: hostPackage        the principal (see `names`)
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
from collections.abc import Iterator, Mapping

from lixeval.errors import BuildError
from lixeval.host.contents import Entry
from lixeval.host.database import canonical
from lixeval.host.dependencies import link_chain, link_target
from lixeval.host.describe import Described, Host
from lixeval.host.detect import detect
from lixeval.host.digests import digest_like
from lixeval.host.elf import MAGIC, Elf
from lixeval.host.linking import expanded_search
from lixeval.host.patching import Patch, apply_patches
from lixeval.host.scripts import SHELLS, parse_shebang
from lixeval.host.wrappers import write_wrappers
from lixeval.store.builders import BuildContext

_LOADERS = ("lib/ld-linux", "lib/ld-musl", "lib/ld64", "lib/ld.so")
"""How the dynamic loaders of the C libraries begin."""


def build(context: BuildContext, host: Host) -> None:
    """The builtin builder, for packages of `host`."""
    environment = context.environment
    principal = environment["hostPackage"]
    if host.database.find(principal) is None:
        raise BuildError(f"the host no longer has the package '{principal}'", drv_path=context.drv_path)
    described = host.described(principal)
    if host.description(described)["fingerprint"] != environment["fingerprint"]:
        raise BuildError(
            f"the host's package '{principal}' has changed since it was evaluated",
            drv_path=context.drv_path,
            hint="run again",
        )
    names, paths = environment["dependencyNames"].split(), environment["dependencies"].split()
    _Build(host, described, context, dict(zip(names, paths, strict=True))).run()


class _Build:
    """One store path in the making: `paths` are the store paths of its dependencies, by principal."""

    def __init__(self, host: Host, described: Described, context: BuildContext, paths: Mapping[str, str]) -> None:
        self._host = host
        self._place = host.database.place
        self._described = described
        self._context = context
        self._root = context.outputs["out"]
        self._paths = {**paths, described.group.principal: context.environment["out"]}
        self._targets = {entry.target for entry in described.entries}
        self._directories = {parent for target in self._targets for parent in _parents(target)}
        self._copied: dict[tuple[int, int], str] = {}
        self._patches: dict[Patch, list[str]] = {}
        self._is_libc = any(target.startswith(_LOADERS) for target in self._targets)

    def run(self) -> None:
        os.mkdir(self._root)
        made = {self._root}
        for entry in self._described.entries:
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
        program = self._host.program(self._described.group)
        if not program.wrappers:
            return
        references = {
            name: self._paths[principal]
            for name in program.references()
            if (principal := self._host.principal(name)) in self._paths
        }
        references["out"] = self._paths[self._described.group.principal]
        shell = self._store_path(canonical("/bin/bash")) or ""
        write_wrappers(program, self._root, references, shell, self._context.store.real)

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
        if store_path is None or store_path == self._paths[self._described.group.principal]:
            return None  # a man page that this host left out, the documentation that nothing needs
        return os.path.join(store_path, place)

    def _store_path(self, path: str) -> str | None:
        """The store path of the package that owns a host path, if it is this one or among the dependencies."""
        owner = self._host.dependencies.owner(path, self._described.group)
        return None if owner is None else self._paths.get(self._host.principal_of(owner))

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
                f"'{entry.path}' is not the file that the package '{self._described.group.principal}' installed",
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
        own = self._paths[self._described.group.principal]
        for directory in expanded_search(elf, path):
            place = self._place(directory + "/")
            if place is not None and place.rstrip("/") in self._directories:
                directories[os.path.join(own, place.rstrip("/"))] = None
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
