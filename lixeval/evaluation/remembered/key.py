"""The key of a command line: all that its result depends on before anything is read.

The words, the folder it runs in, the user, the machine, the places of store, cache and search path (with the variables
behind them), what nix.conf and NIX_CONFIG say, Python, and lixeval itself: every file of the package that a result can
depend on, by its stamp, and the folders that other packages are installed in.  So a lixeval that was changed finds no
entry of its former self.
"""

from __future__ import annotations

import os
import sys
from _blake2 import blake2b
from marshal import dumps
from time import time_ns

from lixeval import __version__
from lixeval.environment.nix_conf import assignments
from lixeval.environment.variables import search_path, store_root
from lixeval.system.cache import Cache
from lixeval.system.directories import PACKAGE, cache_directory, host_directory
from lixeval.system.fingerprints import Clock, honest_devices, stamp_of
from lixeval.system.machines import current_system, user

FORMAT = 3
"""Of the entries; raised when their form changes (the code's stamp changes with it: this is for the reader)."""

BASE = os.path.dirname(PACKAGE)
"""The folder of the package."""

TELL_NO_RESULT = frozenset(("cli/notebook", "cli/repl", "compiled", "debugger", "parity", "site", "teach"))
"""Rooms that nothing imports whose result is kept, a fifth of the files, and what follows from other files by their
content (`compiled`), a sixth of the rest."""

_VARIABLES = ("HOME", "NIX_ABORT_ON_WARN", "NIX_PATH", "XDG_CACHE_HOME", "XDG_DATA_HOME")


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.environment.settings import Settings
    from lixeval.system.fingerprints import Stamp

    Surroundings = tuple[object, ...]


def surroundings() -> Surroundings:
    """All of it but the words; OSError where the working folder is gone, UsageError where the store is none or nix.conf
    is wrong.
    """
    return (
        FORMAT,
        __version__,
        sys.version,
        sys.base_prefix,
        sys.getfilesystemencoding(),
        current_system(),
        user(),
        os.getcwd(),
        os.path.expanduser("~"),
        [os.environ.get(name) for name in _VARIABLES],
        cache_directory(),
        host_directory(store_root(None)),
        store_root(None),
        search_path(()),
        assignments(),
        code_stamps(),
    )


def key_of(words: list[str], around: Surroundings) -> str:
    """The key of a command line."""
    return _digest((*around, words))


def key_of_project(folders: Iterable[str], settings: Settings, around: Surroundings, *, faithful: bool) -> str:
    """The key of what is evaluated for the files in some folders, whatever of them is asked for.

    `faithful` code makes other thunks than other code does.
    """
    told = [(name, getattr(settings, name)) for name in settings.__slots__ if name not in _TOLD_OTHERWISE]
    return _digest(
        (*around, sorted({folder.rstrip("/") for folder in folders}), told, sorted(settings.experimental), faithful)
    )


_TOLD_OTHERWISE = ("cache_directory", "experimental", "patience", "verbose")
"""Settings that no value depends on, and one that has an order."""


def _digest(parts: object) -> str:
    return blake2b(repr(parts).encode("utf-8", "surrogateescape"), digest_size=20).hexdigest()


def code_stamps() -> tuple[str, list[tuple[str, int]]]:
    """What identifies lixeval's files, as a digest, and the packages beside it."""
    files = own_files()
    stamps: list[object] = [BASE, files]
    base = os.open(BASE, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
    try:
        for name in files:  # beginning where all of them are takes a tenth to a fifth less, as that lies deep
            status = os.stat(name, dir_fd=base)
            stamps += (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    finally:
        os.close(base)
    packages = [
        (folder, os.stat(folder).st_mtime_ns)
        for folder in sys.path
        if folder.endswith("-packages") and os.path.isdir(folder)
    ]
    return blake2b(dumps(stamps), digest_size=20).hexdigest(), packages


def own_files() -> list[str]:
    """The files of lixeval that a result can depend on, from `BASE` on.

    Looking through the folders takes a third of what their files take: so their names are kept, and hold while each
    folder's stamp does.
    """
    cache = Cache(os.path.join(cache_directory(), "own"), 8, 1 << 20)
    name = _digest((PACKAGE, FORMAT, sorted(TELL_NO_RESULT)))
    kept = cache.load(name)
    if kept is not None and kept[0] == _stamps(kept[1]):
        files: list[str] = kept[2]
        return files
    folders, files = _look_through()
    clock = Clock(time_ns(), honest_devices())
    stamps = [clock.settled(os.stat(folder)) for folder in folders]  # of after: what came meanwhile has not settled
    if None not in stamps:
        cache.save(name, (stamps, folders, files))
    return files


def _stamps(folders: list[str]) -> list[Stamp] | None:
    try:
        return [stamp_of(os.stat(folder)) for folder in folders]
    except OSError:
        return None  # one is gone


def _look_through() -> tuple[list[str], list[str]]:
    """The folders of the package in which is what results can depend on, and their files."""
    grammar = os.path.join(BASE, "grammar", "nix.lark")  # beside the package, before it is a wheel
    files = [grammar] if os.path.exists(grammar) else []
    folders = [PACKAGE]
    for folder in folders:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_dir():
                    files.append(entry.path)
                elif entry.name != "__pycache__" and entry.path[len(PACKAGE) + 1 :] not in TELL_NO_RESULT:
                    folders.append(entry.path)
    return folders, sorted(file[len(BASE) + 1 :] for file in files)
