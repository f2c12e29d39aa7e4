"""The key of a command line: all that its result depends on before anything is read.

The words, the folder it runs in, the user, the machine, the places of store, cache and search path (with the variables
behind them), what nix.conf and NIX_CONFIG say, Python, and lixeval itself: every file of the package, by its stamp, and
the folders that other packages are installed in.  So a lixeval that was changed in any way finds no entry of its former
self.
"""

from __future__ import annotations

import os
import sys
from _blake2 import blake2b

from lixeval import __version__
from lixeval.environment.nix_conf import assignments
from lixeval.environment.variables import search_path, store_root
from lixeval.system.directories import PACKAGE, cache_directory, host_directory
from lixeval.system.machines import current_system, user

FORMAT = 2
"""Of the entries; raised when their form changes (the code's stamp changes with it: this is for the reader)."""

_VARIABLES = ("HOME", "NIX_ABORT_ON_WARN", "NIX_PATH", "XDG_CACHE_HOME", "XDG_DATA_HOME")


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.environment.settings import Settings

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


def code_stamps() -> list[tuple[object, ...]]:
    """What identifies lixeval's files and the packages beside it."""
    found: list[tuple[object, ...]] = []
    folders = [PACKAGE]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        folders.append(entry.path)
                else:
                    status = entry.stat()
                    found.append((entry.path, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    found.sort()
    grammar = os.path.join(os.path.dirname(PACKAGE), "grammar", "nix.lark")  # beside the package, before it is a wheel
    if os.path.exists(grammar):
        found.append((grammar, os.stat(grammar).st_mtime_ns))
    for folder in sys.path:
        if folder.endswith("-packages") and os.path.isdir(folder):
            found.append((folder, os.stat(folder).st_mtime_ns))
    return found
