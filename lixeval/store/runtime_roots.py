"""Store paths that running programs use: they must not be deleted below them.

For each process that may be looked at: its program, its working directory, its open files, what it has mapped, and its
environment, which often names programs to be run later.  A path may stand there by its logical or by its real name.

proc(5); C++: `LocalStore::findRuntimeRootsUnchecked` in gc.cc.
"""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BASE_NAME = rb"/([0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]+)"


def runtime_roots(store_directories: Iterable[str], proc: str = "/proc") -> dict[str, set[str]]:
    """Where in /proc a store path is mentioned -> the base names of those that are.

    `store_directories` are the names that the store has; whether the paths are valid is for the caller to know.
    """
    names = b"|".join(re.escape(os.fsencode(name)) for name in dict.fromkeys(store_directories))
    pattern = re.compile(rb"(?:" + names + rb")" + _BASE_NAME)
    found: dict[str, set[str]] = {}
    for place, text in _mentions(proc):
        for name in pattern.findall(text):
            found.setdefault(place, set()).add(os.fsdecode(name))
    return found


def _mentions(proc: str) -> Iterator[tuple[str, bytes]]:
    """The texts in which processes mention paths, each with the name of its file."""
    own = str(os.getpid())
    for process in _entries(proc):
        if not process.isdecimal() or process == own:
            continue
        directory = f"{proc}/{process}"
        for link in ("exe", "cwd", *(f"fd/{number}" for number in _entries(f"{directory}/fd"))):
            yield f"{directory}/{link}", _target(f"{directory}/{link}")
        for file in ("maps", "environ"):
            yield f"{directory}/{file}", _contents(f"{directory}/{file}")


def _entries(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []  # the process has ended, or is somebody else's


def _target(link: str) -> bytes:
    try:
        return os.fsencode(os.readlink(link))
    except OSError:
        return b""


def _contents(file: str) -> bytes:
    try:
        with open(file, "rb", buffering=0) as stream:
            return stream.readall()
    except OSError:
        return b""
