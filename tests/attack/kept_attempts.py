"""What may be done to the folder in which the heaps of libraries are kept: to have others' values taken for them, to
reach a file outside of it, or to have whoever reads it wait for ever.

Each is done to a folder with one description, and the one file of records that it names.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lixeval.evaluation.remembered.heaps import Heaps

STRANGER = 65534


@dataclass(frozen=True)
class Attempt:
    """`do` is given the folder, the description, the records and a file of the user's elsewhere."""

    name: str
    do: Callable[[Path, Path, Path, Path], object]
    by_root: bool = False


def in_place(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


def instead(folder: Path, make: Callable[[Path], object]) -> None:
    shutil.rmtree(folder)
    make(folder)


def listening(path: Path) -> None:
    """A socket that nobody answers."""
    here = os.getcwd()
    os.chdir(path.parent)  # its name may be too long for one
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def linked_folder(folder: Path, elsewhere: Path) -> None:
    """The folder is a link to one of a stranger's."""
    folder.rename(elsewhere)
    os.chown(elsewhere, STRANGER, STRANGER)
    folder.symlink_to(elsewhere)


def names(file: str) -> Callable[[Path, Path, Path, Path], None]:
    """A description, sound otherwise, that names another file of records."""

    def do(folder: Path, description: Path, records: Path, secret: Path) -> None:
        heaps = Heaps(str(folder.parent))
        known = heaps.load(description.name)
        assert known is not None
        known.file = file.replace("SECRET", str(secret))
        heaps.describe(description.name, known)

    return do


ATTEMPTS = [
    Attempt("the folder is a stranger's", lambda f, d, r, s: os.chown(f, STRANGER, -1), by_root=True),
    Attempt("the folder is a link to a stranger's", lambda f, d, r, s: linked_folder(f, s.parent / "e"), by_root=True),
    Attempt("the folder is everybody's", lambda f, d, r, s: f.chmod(0o777)),
    Attempt("the folder is a link to itself", lambda f, d, r, s: instead(f, lambda path: path.symlink_to(path.name))),
    Attempt("the folder is a file", lambda f, d, r, s: instead(f, lambda path: path.write_text("x"))),
    *[
        attempt
        for which, place in (("description", 1), ("file of records", 2))
        for attempt in (
            Attempt(f"a {which} of a stranger's", lambda *a, p=place: os.chown(a[p], STRANGER, -1), by_root=True),
            Attempt(f"a {which} that all may write", lambda *a, p=place: a[p].chmod(0o666)),
            Attempt(
                f"a {which} that is a link out",
                lambda *a, p=place: in_place(a[p], lambda path: path.symlink_to(a[3])),
            ),
            Attempt(
                f"a {which} that is a link to zeros",
                lambda *a, p=place: in_place(a[p], lambda path: path.symlink_to("/dev/zero")),
            ),
            Attempt(
                f"a {which} that is a device",
                lambda *a, p=place: in_place(a[p], lambda path: os.mknod(path, 0o020600, os.makedev(1, 5))),
                by_root=True,
            ),
            Attempt(f"a {which} that is a pipe", lambda *a, p=place: in_place(a[p], os.mkfifo)),
            Attempt(f"a {which} that is a socket", lambda *a, p=place: in_place(a[p], listening)),
            Attempt(
                f"a {which} without end",
                lambda *a, p=place: os.truncate(a[p], 1 << 40),
            ),
        )
    ],
    Attempt("a description that names a file elsewhere", names("SECRET")),
    Attempt("a description that names a file above", names("../../../secret")),
    Attempt("a description that names its own folder", names("")),
    Attempt("a description that names a device", names("/dev/zero")),
]
