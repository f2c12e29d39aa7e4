"""What may be done to the folder in which the heaps of libraries are kept: to have others' values taken for them, to
reach a file outside of it, or to have whoever reads it wait for ever.

Each is done to a folder with one description, and the one file of records that it names.
"""

from __future__ import annotations

import marshal
import os
import shutil
import socket
import time
from binascii import crc32
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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
        _, *rest = known.volumes[0]
        known.volumes[0] = (file.replace("SECRET", str(secret)), *rest)  # type: ignore[assignment]  # the rest of a volume
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


class OnDisk(NamedTuple):
    """What another user, or a failing disk, does to what is remembered of a cache: to the folder of all, to the file of
    one answer, with a file of the user's elsewhere.
    """

    name: str
    do: Callable[[Path, Path, Path], object]
    by_root: bool = False


def _changed(file: Path, change: Callable[[bytes], bytes]) -> None:
    file.write_bytes(change(file.read_bytes()))


def _with_payload(file: Path, payload: bytes) -> None:
    """As it is written, for the same key, but with another value."""
    key = file.parent.name + file.name
    checksum = crc32(payload, crc32(key.encode())).to_bytes(4, "little")
    file.write_bytes(b"lixeval\0" + checksum + payload)


ON_DISK = (
    OnDisk("the folder is a stranger's", lambda f, one, s: os.chown(f, STRANGER, -1), by_root=True),
    OnDisk("the folder is everybody's", lambda f, one, s: f.chmod(0o777)),
    OnDisk("the folder is a file", lambda f, one, s: instead(f, lambda path: path.write_text("x"))),
    OnDisk("the folder leads to itself", lambda f, one, s: instead(f, lambda path: path.symlink_to(path.name))),
    OnDisk("the folder leads to a stranger's", lambda f, one, s: linked_folder(f, s.parent / "e"), by_root=True),
    OnDisk("an answer of a stranger's", lambda f, one, s: os.chown(one, STRANGER, -1), by_root=True),
    OnDisk("an answer that all may write", lambda f, one, s: one.chmod(0o666)),
    OnDisk("an answer that leads out", lambda f, one, s: in_place(one, lambda path: path.symlink_to(s))),
    OnDisk("an answer of zeros", lambda f, one, s: in_place(one, lambda path: path.symlink_to("/dev/zero"))),
    OnDisk("an answer that is a pipe", lambda f, one, s: in_place(one, os.mkfifo)),
    OnDisk("an answer that is a socket", lambda f, one, s: in_place(one, listening)),
    OnDisk("an answer that is a folder", lambda f, one, s: in_place(one, Path.mkdir)),
    OnDisk(
        "an answer that is a device",
        lambda f, one, s: in_place(one, lambda path: os.mknod(path, 0o020600, os.makedev(1, 5))),
        by_root=True,
    ),
    OnDisk("an answer without end", lambda f, one, s: os.truncate(one, 1 << 40)),
    OnDisk("half of an answer", lambda f, one, s: os.truncate(one, one.stat().st_size // 2)),
    OnDisk("no answer", lambda f, one, s: os.truncate(one, 0)),
    OnDisk("a bit that is turned", lambda f, one, s: _changed(one, lambda data: data[:-1] + bytes([data[-1] ^ 1]))),
    OnDisk("more behind it", lambda f, one, s: _changed(one, lambda data: data + b"x")),
    OnDisk("the answer of another question", lambda f, one, s: one.write_bytes((f / OTHER_ANSWER).read_bytes())),
    OnDisk("a value of another kind", lambda f, one, s: _with_payload(one, marshal.dumps(["a"]))),
    OnDisk("a time that is none", lambda f, one, s: _with_payload(one, marshal.dumps((float("nan"), b"x")))),
    OnDisk("a time to come", lambda f, one, s: _with_payload(one, marshal.dumps((1e300, b"x")))),
    OnDisk("a text as content", lambda f, one, s: _with_payload(one, marshal.dumps((time.time(), "x")))),
    OnDisk("code as content", lambda f, one, s: _with_payload(one, marshal.dumps((time.time(), (lambda: 0).__code__)))),
    OnDisk("lists in lists", lambda f, one, s: _with_payload(one, b"[\x01\x00\x00\x00" * 100_000)),
    OnDisk("a list of a hundred million", lambda f, one, s: _with_payload(one, b"[\x00\xe1\xf5\x05")),
)

OTHER_ANSWER = "00/other"
"""A sound answer to another question, in the same folder."""
