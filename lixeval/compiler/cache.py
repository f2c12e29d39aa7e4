"""The on-disk cache of compiled programs: nothing is parsed or compiled twice.

An entry is a file named by a hash of everything that its code depends on: the source's text, the names in scope, the
form of code of the Python that compiled it, and lixeval's own compiler, by content.  So an entry is never out of date;
it is only ever absent.  It serves wherever a file of that text lies, and every lixeval of that compiler.

    CACHE/lixeval/code/KE/Y    `lixeval.system.cache`: the program's environment and pieces (`compiled.Program.written`)

The programs of lixeval's own Nix files come whole with a wheel, for the Python that made it; they are never written.
"""

from __future__ import annotations

import os
from _blake2 import blake2b

from lixeval import __version__
from lixeval.compiler.compiled import PYTHON_TAG, Program
from lixeval.runtime import code_info
from lixeval.system.cache import Cache, Shipped, value_in
from lixeval.system.directories import PACKAGE, SHIPPED, grammar_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
        payload = self._cache.load_bytes(key)
        if payload is None:
            payload = self._shipped.load_bytes(key)
        table = value_in(payload)
        return None if payload is None or table is None else Program.read(payload, table)

    def save(self, key: str, program: Program) -> None:
        """Stores a program.

        Pieces that another process has stored meanwhile are kept: several that evaluate the same files share the work.
        """
        stored = self.load(key)
        if stored is not None:
            program.add_all_of(stored)
        self._cache.save_bytes(key, program.written())

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


def compiler_files() -> list[str]:
    """The files that decide what a text is compiled to, in an order that does not depend on where they lie.

    In a browser there are no sources, but modules compiled beforehand.
    """
    table = f"{PACKAGE}/builtins/table.py"
    found = [code_info.__file__, table if os.path.exists(table) else f"{table}c", grammar_file()]
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
