"""The on-disk cache of compiled programs: nothing is parsed or compiled twice.

An entry is a file named by a hash of everything that its code depends on: the source's text, the names in scope, the
form of code of the Python that compiled it, and lixeval's own compiler, by content.  So an entry is never out of date;
it is only ever absent.  It serves wherever a file of that text lies, and every lixeval of that compiler.

    CACHE/lixeval/code/KE/Y    `lixeval.system.cache`: the program's environment and pieces (`compiled.Program.written`)
    CACHE/lixeval/code/packs/  `lixeval.system.packs`: what runs have compiled that compiled much

The programs of lixeval's own Nix files come whole with an installation, for the Python that made it; they are never
written.
"""

from __future__ import annotations

import os
from _blake2 import blake2b

from lixeval import __version__
from lixeval.compiler.compiled import PYTHON_TAG, Program
from lixeval.system.cache import Cache, Shipped, make_private, value_in
from lixeval.system.directories import PACKAGE, SHIPPED, grammar_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set
    from typing import Any

    from lixeval.system.packs import Packs

MANY = 8
"""So many programs are stored together."""

PACKS = "packs"
"""The folder of those that are, in the cache's."""

MOST_PROGRAMS = 16384
"""Two versions of nixpkgs, all of whose files were evaluated, and as many again."""

MOST_BYTES = 512 << 20
LARGEST = 128 << 20
"""A text with 100,000 bindings of their own thunks takes 77 MB, and 15 s to compile again."""


class CodeCache:
    """Compiled programs under one folder; `directory` None keeps nothing."""

    def __init__(self, directory: str | None) -> None:
        self._cache = Cache(directory, MOST_PROGRAMS, MOST_BYTES, largest=LARGEST, spread=True)
        self._shipped = Shipped(SHIPPED)
        self._seed: bytes | None = None
        self._packs: Packs | None = None
        self._folders: Set[str] | None = None
        """Those of the cache, once an entry was found in a pack: a run that finds one there finds hundreds, and asks
        for none of them in a folder that is not there."""

    def key(self, content: bytes, *parts: str) -> str:
        """The name of the entry that depends on the text of which `content` is the digest, and on these."""
        if self._seed is None:
            self._seed = self._fingerprint()
        state = blake2b(self._seed, digest_size=20)
        state.update(content)
        for part in parts:
            data = part.encode("utf-8", "surrogateescape")
            state.update(len(data).to_bytes(8, "little"))
            state.update(data)
        return state.hexdigest()

    def load(self, key: str) -> Program | None:
        """The program stored under a key, or None where there is none that is sound."""
        payload = None
        if self._folders is None or key[:2] in self._folders:
            payload = self._cache.load_bytes(key)
        if payload is None:
            payload = self._shipped.load_bytes(key)
        if payload is None:
            return self._packed(key)
        try:
            return Program.whole(payload, value_in(payload))
        except (TypeError, ValueError):
            return None

    def _packed(self, key: str) -> Program | None:
        packs = self._looked_up()
        found = None if packs is None else packs.get(key)
        if found is None:
            return None
        if self._folders is None:
            self._folders = self._cache.folders()
        try:
            return Program.read(found.head, value_in(memoryview(found.head)), found)
        except (TypeError, ValueError):
            return None

    def _looked_up(self) -> Packs | None:
        """The packs, where there can be any."""
        if self._packs is None and self._cache.is_trusted():
            from lixeval.system.packs import Packs  # a run that has all in a few files does without

            self._packs = Packs(f"{self._cache.directory}/{PACKS}", LARGEST)
        return self._packs

    def save(self, programs: list[tuple[str, Program]]) -> None:
        """Stores programs that have grown: many together, but for those that have a file of their own, which is what is
        looked at first.

        Pieces that another process has stored meanwhile are kept: several that evaluate the same files share the work.
        """
        if self._packs is not None:
            self._packs.look_again()
            self._folders = None
        together: dict[str, Program] = {}
        for key, program in programs:
            program.grown = False
            stored = together.get(key) or self.load(key)
            if stored is not None:
                program.add_all_of(stored)
            if stored is None or key in together or stored.is_packed():
                together[key] = program
            else:
                self._save_alone(key, program)
        if len(together) < MANY or not self._save_together(together):
            for key, program in together.items():
                self._save_alone(key, program)

    def _save_alone(self, key: str, program: Program) -> None:
        head, parts = program.written()
        self._cache.save_bytes(key, b"".join([head, *parts]))

    def _save_together(self, programs: dict[str, Program]) -> bool:
        """Stores programs in a pack; whether there was room for one."""
        try:
            if self._cache.directory is not None:
                make_private(self._cache.directory)
            packs = self._looked_up()
            if packs is None or not packs.keep({key: program.written() for key, program in programs.items()}):
                return False
            self._cache.stay_within_bounds(f"{self._cache.directory}/{PACKS}")
        except OSError:
            return False
        return True

    def table(self, content: bytes, *parts: str) -> KeptTable:
        """Plain data that is kept beside the programs, under the `key` of these; it serves this compiler alone."""
        return KeptTable(self._cache, self.key(content, *parts))

    def _fingerprint(self) -> bytes:
        """What identifies the compiler: the content of its files.

        They are read when their sizes or times have changed; a start looks at these alone.  Two Pythons may run the
        same files with the same cache, and code of the one ends the other.
        """
        files = compiler_files()
        about = [os.stat(path) for path in files]
        state = blake2b(PYTHON_TAG.encode(), digest_size=20)
        for path, status in zip(files, about, strict=True):
            state.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
        known = self._cache.load(state.hexdigest())
        if known.__class__ is not bytes:
            known = compiler_version(files)
            self._cache.save(state.hexdigest(), known)
        return known


class KeptTable:
    """One entry of the cache that is no program: a value of Python's plain types."""

    __slots__ = ("_cache", "_key")

    def __init__(self, cache: Cache, key: str) -> None:
        self._cache = cache
        self._key = key

    def load(self) -> Any:
        """The value; None where there is none."""
        return self._cache.load(self._key)

    def save(self, value: Any) -> None:
        """Keeps one in its place."""
        self._cache.save(self._key, value)


READ_BY = (
    "builtins/table",
    "runtime/code_info",
    "runtime/exports",
    "runtime/runs",
    "runtime/traits",
    "runtime/walk",
    "runtime/walked_functions",
)
"""What code that was kept is read by, and must say the same to: the traits, the numbers of nodes, …"""


def compiler_files() -> list[str]:
    """The files that decide what a text is compiled to, in an order that does not depend on where they lie.

    In a browser there are no sources, but modules compiled beforehand.
    """
    read_by = [f"{PACKAGE}/{name}.py" for name in READ_BY]
    found = [*[path if os.path.exists(path) else f"{path}c" for path in read_by], grammar_file()]
    for folder in (f"{PACKAGE}/compiler", f"{PACKAGE}/syntax"):
        found += [f"{folder}/{name}" for name in sorted(os.listdir(folder)) if name.endswith((".py", ".pyc"))]
    return found


def compiler_version(files: list[str]) -> bytes:
    """A hash of the compiler's files, and of what else code depends on but its source."""
    state = blake2b(f"{__version__} {PYTHON_TAG}".encode(), digest_size=20)
    for path in files:
        with open(path, "rb") as file:
            data = file.read()
        state.update(f"{os.path.basename(path)} {len(data)}\n".encode())
        state.update(data)
    return state.digest()
