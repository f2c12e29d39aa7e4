"""What may be done to the folder in which compiled code is kept together: to have others' code executed, to have a
file elsewhere read or changed, to keep a run waiting, to fill its memory, to crash it.

Whoever can write a sound pack into a private folder of the user's can change lixeval as well: sound code is trusted.
What is tried here is all that is less than that, and what damage may leave, checksums included.
"""

from __future__ import annotations

import marshal
import os
from binascii import crc32
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from lixeval.system import packs
from tests.attack.kept_attempts import STRANGER, in_place, instead, linked_folder, listening

Place = tuple[int, int, int, int]


class Attempt(NamedTuple):
    """`do` is given the folder of packs, the one pack in it, and a file of the user's elsewhere."""

    name: str
    do: Callable[[Path, Path, Path], object]
    by_root: bool = False


def _changed(pack: Path, change: Callable[[bytes], bytes]) -> None:
    """The file has another content, and is the same one."""
    pack.write_bytes(change(pack.read_bytes()))


def _opened(pack: Path) -> tuple[bytes, dict[str, Place]]:
    """The entries of a pack, and where they lie."""
    data = pack.read_bytes()
    length = int.from_bytes(data[-8:], "little")
    end = len(data) - packs._TRAILER
    return data[: end - length], marshal.loads(data[end - length : end])


def _closed(pack: Path, entries: bytes, directory: bytes) -> None:
    """A pack with such a directory, whose checksum is right."""
    sizes = crc32(directory).to_bytes(4, "little") + len(directory).to_bytes(8, "little")
    pack.write_bytes(entries + directory + packs._MARKER + sizes)


def directory(name: str, written: bytes) -> Attempt:
    """The directory is what marshal reads from these bytes."""
    return Attempt(f"a directory that is {name}", lambda f, pack, s: _closed(pack, _opened(pack)[0], written))


def places(name: str, change: Callable[[Place, int], Any]) -> Attempt:
    """Each entry has another place: of the true one, and the size of all entries."""

    def do(folder: Path, pack: Path, secret: Path) -> None:
        entries, known = _opened(pack)
        _closed(pack, entries, marshal.dumps({key: change(place, len(entries)) for key, place in known.items()}))

    return Attempt(f"entries whose place is {name}", do)


def heads(name: str, change: Callable[[tuple[Any, ...]], Any]) -> Attempt:
    """Each entry has another head, whose checksum is right: what is made of its table, and the names behind that."""

    def do(folder: Path, pack: Path, secret: Path) -> None:
        entries, known = _opened(pack)
        added = b""
        found = {}
        for key, (begin, size, *_) in known.items():
            table = marshal.loads(entries[begin:])
            head = marshal.dumps(change(table)) + entries[begin + size - table[4] : begin + size]
            found[key] = len(entries) + len(added), len(head), crc32(head), len(head)
            added += head
        _closed(pack, entries + added, marshal.dumps(found))

    return Attempt(f"heads that are {name}", do)


def pieces(name: str, change: Callable[[tuple[int, ...]], Any]) -> Attempt:
    """Each piece has another place in its entry: of the true one, which begins with its checksum."""
    return heads(
        f"sound, with pieces whose place is {name}",
        lambda table: (*table[:3], {one: change(place) for one, place in table[3].items()}, table[4]),
    )


def _moved(pack: Path, name: str) -> Path:
    place = pack.parent.parent.parent / name
    pack.rename(place)
    return place


def _many_odd_names(folder: Path) -> None:
    for number in range(2 * packs.MOST):
        (folder / f"z{number}").touch()


def _linked(pack: Path, secret: Path) -> None:
    pack.with_name("z").symlink_to(_moved(pack, "pack"))


ATTEMPTS = (
    Attempt("the folder is a stranger's", lambda f, pack, s: os.chown(f, STRANGER, -1), by_root=True),
    Attempt("the folder leads to a stranger's", lambda f, pack, s: linked_folder(f, s.parent / "e"), by_root=True),
    Attempt("the folder is everybody's", lambda f, pack, s: f.chmod(0o777)),
    Attempt("the folder is a file", lambda f, pack, s: instead(f, lambda path: path.write_text("x"))),
    Attempt("the folder leads to itself", lambda f, pack, s: instead(f, lambda path: path.symlink_to(path.name))),
    Attempt("a pack of a stranger's", lambda f, pack, s: os.chown(pack, STRANGER, -1), by_root=True),
    Attempt("a pack that all may write", lambda f, pack, s: pack.chmod(0o666)),
    Attempt("a pack that leads out", lambda f, pack, s: in_place(pack, lambda path: path.symlink_to(s))),
    Attempt("a pack that leads to a sound one", lambda f, pack, s: _linked(pack, s)),
    Attempt("a pack of zeros", lambda f, pack, s: in_place(pack, lambda path: path.symlink_to("/dev/zero"))),
    Attempt("a pack that is a pipe", lambda f, pack, s: in_place(pack, os.mkfifo)),
    Attempt("a pack that is a socket", lambda f, pack, s: in_place(pack, listening)),
    Attempt("a pack that is a folder", lambda f, pack, s: in_place(pack, Path.mkdir)),
    Attempt(
        "a pack that is a device",
        lambda f, pack, s: in_place(pack, lambda path: os.mknod(path, 0o020600, os.makedev(1, 5))),
        by_root=True,
    ),
    Attempt("a pack without end", lambda f, pack, s: os.truncate(pack, 1 << 40)),
    Attempt("half of a pack", lambda f, pack, s: os.truncate(pack, pack.stat().st_size // 2)),
    Attempt("a pack that is one byte short", lambda f, pack, s: os.truncate(pack, pack.stat().st_size - 1)),
    Attempt("a pack without its first byte", lambda f, pack, s: _changed(pack, lambda data: data[1:])),
    Attempt("an empty pack", lambda f, pack, s: os.truncate(pack, 0)),
    Attempt("the end of a pack alone", lambda f, pack, s: _changed(pack, lambda data: data[-packs._TRAILER :])),
    Attempt("bits that are turned", lambda f, pack, s: _changed(pack, lambda data: bytes(x ^ 1 for x in data))),
    Attempt("more behind it", lambda f, pack, s: _changed(pack, lambda data: data + b"x")),
    Attempt("odd names, more than are looked at", lambda f, pack, s: _many_odd_names(f)),
    directory("none", marshal.dumps(None)),
    directory("a list", marshal.dumps([1, 2])),
    directory("a text", marshal.dumps("text")),
    directory("code", marshal.dumps((lambda: 0).__code__)),
    directory("cut short", marshal.dumps({"a": (1, 2, 3)})[:-3]),
    directory("no value", b"\xff\xfe"),
    directory("lists in lists", b"[\x01\x00\x00\x00" * 100_000),
    directory("a text of two thousand million", b"s\xff\xff\xff\x7f"),
    directory("a list of less than none", b"[\xff\xff\xff\xff"),
    directory("one that names itself", b"\xdb\x01\x00\x00\x00r\x00\x00\x00\x00"),
    places("none", lambda place, size: None),
    places("a number", lambda place, size: 3),
    places("a text of four", lambda place, size: "abcd"),
    places("of two", lambda place, size: place[:2]),
    places("of fractions", lambda place, size: tuple(map(float, place))),
    places("before the file", lambda place, size: (-5, *place[1:])),
    places("behind it", lambda place, size: (size << 20, *place[1:])),
    places("beyond what has a number", lambda place, size: (1 << 80, *place[1:])),
    places("longer than the file", lambda place, size: (place[0], 1 << 40, place[2], 1 << 41)),
    places("longer than any file", lambda place, size: (place[0], 1 << 80, place[2], 1 << 81)),
    places("shorter than nothing", lambda place, size: (place[0], -1, place[2], -1)),
    places("nothing", lambda place, size: (place[0], 0, 0, 0)),
    places("one byte on", lambda place, size: (place[0] + 1, *place[1:])),
    places("that of all", lambda place, size: (0, size, place[2], size)),
    places("true, of another checksum", lambda place, size: (*place[:2], place[2] ^ 1, place[3])),
    places("true, of a checksum that is a text", lambda place, size: (*place[:2], "x", place[3])),
    heads("none", lambda table: None),
    heads("a number", lambda table: 5),
    heads("code", lambda table: (lambda: 0).__code__),
    heads("of four", lambda table: table[:4]),
    heads("of six", lambda table: (*table, 0)),
    heads("of five texts", lambda table: tuple("abcde")),
    heads("of five times none", lambda table: (None,) * 5),
    heads("of places in a list", lambda table: (*table[:3], list(table[3]), table[4])),
    heads("of globals that are a number", lambda table: (*table[:2], 7, *table[3:])),
    heads("of an environment that is a number", lambda table: (table[0], 7, *table[2:])),
    heads("of names that are a text", lambda table: (*table[:4], "x")),
    heads("of more names than there are", lambda table: (*table[:4], 1 << 40)),
    heads("of less than no names", lambda table: (*table[:4], -5)),
    heads("of no pieces", lambda table: (*table[:3], {}, table[4])),
    pieces("none", lambda place: None),
    pieces("a number", lambda place: 3),
    pieces("a text", lambda place: "abc"),
    pieces("empty", lambda place: ()),
    pieces("a checksum alone", lambda place: place[:1]),
    pieces("without an end", lambda place: place[:2]),
    pieces("of fractions", lambda place: tuple(map(float, place))),
    pieces("of texts", lambda place: tuple(map(str, place))),
    pieces("before the entry", lambda place: (place[0], *[one - (1 << 30) for one in place[1:]])),
    pieces("behind the file", lambda place: (place[0], *[one + (1 << 30) for one in place[1:]])),
    pieces("beyond what has a number", lambda place: (place[0], *[one + (1 << 80) for one in place[1:]])),
    pieces("turned around", lambda place: (place[0], *place[:0:-1])),
    pieces("longer than any file", lambda place: (*place[:-1], 1 << 80)),
)


class Meanwhile(NamedTuple):
    """What happens to the pack that a run has open."""

    name: str
    do: Callable[[Path], object]


def _replaced(pack: Path) -> None:
    """Another file of the same name has other entries under the same keys."""
    entries, known = _opened(pack)
    other = pack.with_name(".other")
    other.touch()
    _closed(other, entries[::-1], marshal.dumps(dict(zip(known, reversed(known.values()), strict=True))))
    other.replace(pack)


MEANWHILE = (
    Meanwhile("is overwritten", lambda pack: _changed(pack, lambda data: bytes(len(data)))),
    Meanwhile("is turned around", lambda pack: _changed(pack, lambda data: data[::-1])),
    Meanwhile("is emptied", lambda pack: os.truncate(pack, 0)),
    Meanwhile("loses its second half", lambda pack: os.truncate(pack, pack.stat().st_size // 2)),
    Meanwhile("is taken away", Path.unlink),
    Meanwhile("is replaced", _replaced),
    Meanwhile("is replaced by a pipe", lambda pack: in_place(pack, os.mkfifo)),
)

WRITES = ("is killed", "finds the disk full")
"""What becomes of who writes a pack, at one write or another."""
