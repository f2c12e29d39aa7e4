"""The on-disk cache of compiled programs: nothing is parsed or compiled twice.

An entry is a file named by a hash of everything that its code depends on: the source's name and text, the names in
scope, the Python that compiled it, and lixeval's own compiler (by the size and time of its files).  So an entry is
never out of date; it is only ever absent.  It lies in the user's own cache folder, is written to a temporary file and
renamed, and is checked (marker, checksum) before `marshal` sees it.  marshal of a hostile file can crash Python: the
folder must belong to the user and be writable by nobody else, or it is not used.

    entry:  b"lixeval\\0" + blake2b-128 of the payload + payload = marshal of (code, builtins, codes, environment)
"""

from __future__ import annotations

import marshal
import os
from _blake2 import blake2b

from lixeval import __version__
from lixeval.compiler.compiled import PYTHON_TAG, Program

_MARKER = b"lixeval\0"
_DIGEST_SIZE = 16


class CodeCache:
    """Compiled programs under one folder; `directory` None keeps nothing."""

    def __init__(self, directory: str | None) -> None:
        self.directory = directory
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
        if self.directory is None:
            return None
        try:
            with open(self._file(key), "rb") as file:
                data = file.read()
        except OSError:
            return None
        start = len(_MARKER) + _DIGEST_SIZE
        payload = data[start:]
        if data[: len(_MARKER)] != _MARKER or data[len(_MARKER) : start] != _digest(payload):
            return None
        try:
            return Program(*marshal.loads(payload))
        except (ValueError, TypeError, EOFError):
            return None

    def save(self, key: str, program: Program) -> None:
        """Stores a program; a folder that cannot be written is no error, the work is only done again next time."""
        if self.directory is None:
            return
        payload = marshal.dumps(program.parts())
        path = self._file(key)
        temporary = f"{path}.{os.getpid()}.tmp"
        try:
            _private_folder(self.directory)
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(_MARKER + _digest(payload) + payload)
            os.replace(temporary, path)
        except OSError:
            self.directory = None

    def _file(self, key: str) -> str:
        assert self.directory is not None
        return f"{self.directory}/{key[:2]}/{key[2:]}"


def _digest(payload: bytes) -> bytes:
    return blake2b(payload, digest_size=_DIGEST_SIZE).digest()


def _private_folder(directory: str) -> None:
    """Makes the folder, or refuses (OSError) one in which somebody else could put code."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    state = os.stat(directory)
    if state.st_uid != os.geteuid() or state.st_mode & 0o022:
        raise PermissionError(directory)


def _fingerprint() -> bytes:
    """What identifies the compiler: versions, and size and time of each file that takes part in compiling."""
    here = os.path.dirname(os.path.abspath(__file__))
    state = blake2b(f"{__version__} {PYTHON_TAG}".encode(), digest_size=20)
    for folder in (here, os.path.join(os.path.dirname(here), "syntax")):
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith((".py", ".lark")):
                    about = entry.stat()
                    state.update(f"{entry.name} {about.st_size} {about.st_mtime_ns}\n".encode())
    return state.digest()
