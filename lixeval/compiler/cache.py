"""The on-disk cache of compiled programs: nothing is parsed or compiled twice.

An entry is a file named by a hash of everything that its code depends on: the source's name and text, the names in
scope, the Python that compiled it, and lixeval's own compiler (by the size and time of its files).  So an entry is
never out of date; it is only ever absent.

    CACHE/lixeval/code/KE/Y    `lixeval.system.cache`: the program's environment and pieces (`compiled.Program.parts`)
"""

from __future__ import annotations

import os
from _blake2 import blake2b

from lixeval import __version__
from lixeval.compiler.compiled import PYTHON_TAG, Program
from lixeval.runtime import code_info
from lixeval.system.cache import Cache

MOST_PROGRAMS = 16384
"""Two versions of nixpkgs, all of whose files were evaluated, and as many again."""

MOST_BYTES = 512 << 20


class CodeCache:
    """Compiled programs under one folder; `directory` None keeps nothing."""

    def __init__(self, directory: str | None) -> None:
        self._cache = Cache(directory, MOST_PROGRAMS, MOST_BYTES, spread=True)
        self._seed: bytes | None = None

    def key(self, *parts: str) -> str:
        """The name of the entry that depends on these texts."""
        if self._seed is None:
            self._seed = _fingerprint()
        state = blake2b(self._seed, digest_size=20)
        for part in parts:
            data = part.encode("utf-8", "surrogateescape")
            state.update(len(data).to_bytes(8, "little"))
            state.update(data)
        return state.hexdigest()

    def load(self, key: str) -> Program | None:
        """The program stored under a key, or None where there is none that is sound."""
        parts = self._cache.load(key)
        return None if parts is None else Program(*parts)

    def save(self, key: str, program: Program) -> None:
        """Stores a program.

        Pieces that another process has stored meanwhile are kept: several that evaluate the same files share the work.
        """
        stored = self.load(key)
        if stored is not None:
            program.pieces = stored.pieces | program.pieces
        self._cache.save(key, program.parts())


def _fingerprint() -> bytes:
    """What identifies the compiler: versions, and size and time of each file that takes part in compiling."""
    here = os.path.dirname(os.path.abspath(__file__))
    named = os.stat(code_info.__file__)
    known = f"{__version__} {PYTHON_TAG} {named.st_size} {named.st_mtime_ns}"
    state = blake2b(known.encode(), digest_size=20)
    for folder in (here, os.path.join(os.path.dirname(here), "syntax")):
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith((".py", ".lark")):
                    about = entry.stat()
                    state.update(f"{entry.name} {about.st_size} {about.st_mtime_ns}\n".encode())
    return state.digest()
