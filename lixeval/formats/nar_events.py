"""The NAR format: a file tree as one stream of bytes, the same for the same tree on every machine.

    nar      = str("nix-archive-1") node
    node     = str("(") str("type") body str(")")
    body     = str("regular") [ str("executable") str("") ] [ str("contents") str(bytes of the file) ]
             | str("symlink") str("target") str(target)
             | str("directory") { entry }
    entry    = str("entry") str("(") str("name") str(name) str("node") node str(")")
    str(s)   = the length of s as 64 bits, little-endian; s; zeros up to a multiple of eight bytes

Entries are in strict order of their names' bytes.  A name is not empty, not "." or "..", and has no slash and no NUL.
Nothing else is kept of a file: no time, no owner, and of its mode one bit.

A tree is a stream of events here, so that nothing has to fit in memory: a file system (`nar`) or a NAR (`decode`)
gives them, a NAR (`encode`) or a file system takes them.

    Directory(path) … Leave(path)     | File(path, executable, size, chunks)     | Symlink(path, target)

`path` is relative to the root, which is "".  A NAR is hostile until proven otherwise: everything the grammar says is
checked, and lengths are believed only as far as bytes follow.

Nix manual, "Nix Archive (NAR) format"; C++: archive.cc (`parseDump`, `dumpPath`).
"""

from __future__ import annotations

from lixeval.errors import FormatError
from lixeval.formats.byte_text import bytes_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from typing import Final, TypeAlias

    Read: TypeAlias = Callable[[int], bytes]
    """At most that many bytes, none at the end: the `read` of a binary file."""

CHUNK = 1 << 18
MAX_NAME = 255
MAX_TARGET = 4095
MAX_PATH = 4095


class _Event:
    """Equal by value.  Plain classes, because dataclasses take longer to import than a small tree to hash."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return self.__class__ is other.__class__ and all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__
        )

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self.__slots__))

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({', '.join(repr(getattr(self, name)) for name in self.__slots__)})"


class Directory(_Event):
    """A directory begins; its entries follow."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path: Final = path


class Leave(_Event):
    """The directory's last entry was given."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path: Final = path


class File(_Event):
    """A regular file; `chunks` are its bytes, to be taken before the next event is asked for."""

    __slots__ = ("chunks", "executable", "path", "size")

    def __init__(self, path: str, executable: bool, size: int, chunks: Iterable[bytes]) -> None:
        self.path: Final = path
        self.executable: Final = executable
        self.size: Final = size
        self.chunks: Final = chunks


class Symlink(_Event):
    """A symbolic link, its target as it stands."""

    __slots__ = ("path", "target")

    def __init__(self, path: str, target: str) -> None:
        self.path: Final = path
        self.target: Final = target


Event = Directory | Leave | File | Symlink


# Writing


def framed(data: bytes) -> bytes:
    """`data` as a string of the NAR."""
    return len(data).to_bytes(8, "little") + data + bytes(-len(data) % 8)


def _tokens(*tokens: bytes) -> bytes:
    return b"".join([framed(token) for token in tokens])


_MAGIC = _tokens(b"nix-archive-1")
_DIRECTORY = _tokens(b"(", b"type", b"directory")
_FILE = _tokens(b"(", b"type", b"regular", b"contents")
_EXECUTABLE = _tokens(b"(", b"type", b"regular", b"executable", b"", b"contents")
_SYMLINK = _tokens(b"(", b"type", b"symlink", b"target")
_ENTRY = _tokens(b"entry", b"(", b"name")
_NODE = _tokens(b"node")
_CLOSE = _tokens(b")")
_NODE_OPEN = _tokens(b"(", b"type")
_NAME = _tokens(b"(", b"name")
_TARGET = _tokens(b"target")
_EMPTY = _tokens(b"")


def encode(events: Iterable[Event], write: Callable[[bytes], object]) -> None:
    """The NAR of a tree; the events are trusted to be in order, as those of this module and of `nar` are."""
    write(_MAGIC)
    for event in events:
        if event.__class__ is Leave:
            write(_CLOSE + _CLOSE if event.path else _CLOSE)
            continue
        name = bytes_of(event.path.rpartition("/")[2])
        before = _ENTRY + framed(name) + _NODE if event.path else b""
        after = _CLOSE + _CLOSE if event.path else _CLOSE
        if isinstance(event, File):
            write(before + (_EXECUTABLE if event.executable else _FILE) + event.size.to_bytes(8, "little"))
            for chunk in event.chunks:
                write(chunk)
            write(bytes(-event.size % 8) + after)
        elif isinstance(event, Symlink):
            write(before + _SYMLINK + framed(bytes_of(event.target)) + after)
        else:
            write(before + _DIRECTORY)


def encode_file(contents: bytes, executable: bool = False) -> bytes:
    """The NAR of a single file, in memory: what a text in the store is."""
    return _MAGIC + (_EXECUTABLE if executable else _FILE) + framed(contents) + _CLOSE


# Reading


class _Wire:
    """The bytes of a NAR, one string after another, and how far we are."""

    __slots__ = ("_read", "offset")

    def __init__(self, read: Read) -> None:
        self._read = read
        self.offset = 0

    def fail(self, message: str) -> FormatError:
        return FormatError(f"bad NAR: {message} at byte {self.offset}")

    def exactly(self, size: int) -> bytes:
        """`size` bytes; what is asked for at once is small, so a false length cannot take memory."""
        data = self._read(size)
        while len(data) < size:
            more = self._read(size - len(data))
            if not more:
                self.offset += len(data)
                raise self.fail("it ends early")
            data += more
        self.offset += size
        return data

    def string(self, limit: int) -> bytes:
        """A string not longer than `limit`."""
        size = int.from_bytes(self.exactly(8), "little")
        if size > limit:
            raise self.fail(f"a string of {size} bytes where at most {limit} may be")
        padding = -size % 8
        data = self.exactly(size + padding)
        if padding and any(data[size:]):
            raise self.fail("padding that is not zero")
        return data[:size]

    def expect(self, tokens: bytes) -> None:
        """These strings and no others: compared as a whole, so that a long run of tokens costs one read."""
        start = self.offset
        found = self.exactly(len(tokens))
        if found != tokens:
            self.offset = start
            raise self.fail(f"expected {_readable(tokens)}, found {_readable(found)}")

    def contents(self, size: int) -> Iterator[bytes]:
        """`size` bytes in pieces, and their padding."""
        rest = size
        while rest:
            data = self._read(min(rest, CHUNK))
            if not data:
                raise self.fail("it ends early")
            self.offset += len(data)
            rest -= len(data)
            yield data
        if any(self.exactly(-size % 8)):
            raise self.fail("padding that is not zero")


def _readable(data: bytes) -> str:
    """Framed tokens for a message: their letters."""
    text = "".join(chr(byte) if 32 < byte < 127 else " " for byte in data)
    return f"'{' '.join(text.split())}'"


def decode(read: Read) -> Iterator[Event]:
    """The tree in a NAR; reads exactly the NAR and leaves what follows it alone.

    A `File`'s chunks that were not taken are skipped.  Raises `FormatError`, also between events: what was given up
    to then is to be thrown away.
    """
    wire = _Wire(read)
    wire.expect(_MAGIC)
    open_directories: list[tuple[str, bytes]] = []  # path, and the last name seen in it
    path: str | None = ""
    while path is not None:
        wire.expect(_NODE_OPEN)
        kind = wire.string(16)
        if kind == b"directory":
            yield Directory(path)
            open_directories.append((path, b""))
        else:
            if kind == b"regular":
                yield from _decode_file(wire, path)
            elif kind == b"symlink":
                yield _decode_symlink(wire, path)
            else:
                raise wire.fail(f"unknown file type {_readable(kind)}")
            wire.expect(_CLOSE + _CLOSE if path else _CLOSE)
        path = yield from _next_entry(wire, open_directories)


def _decode_file(wire: _Wire, path: str) -> Iterator[Event]:
    token = wire.string(16)
    executable = token == b"executable"
    if executable:
        wire.expect(_EMPTY)
        token = wire.string(16)
    if token != b"contents":
        raise wire.fail(f"expected 'contents', found {_readable(token)}")
    size = int.from_bytes(wire.exactly(8), "little")
    chunks = wire.contents(size)
    yield File(path, executable, size, chunks)
    for _ in chunks:
        pass


def _decode_symlink(wire: _Wire, path: str) -> Symlink:
    wire.expect(_TARGET)
    target = wire.string(MAX_TARGET)
    if not target or b"\0" in target:
        raise wire.fail("a symbolic link with an impossible target")
    return Symlink(path, text_of(target))


def _next_entry(wire: _Wire, open_directories: list[tuple[str, bytes]]) -> Generator[Event, None, str | None]:
    """Leave the directories that end here; the path of the entry that begins, or None at the end of the tree."""
    while open_directories:
        directory, last = open_directories[-1]
        token = wire.string(16)
        if token == b"entry":
            wire.expect(_NAME)
            name = wire.string(MAX_NAME)
            wire.expect(_NODE)
            open_directories[-1] = directory, name
            return _entry_path(wire, directory, name, last)
        if token != b")":
            raise wire.fail(f"expected 'entry' or ')', found {_readable(token)}")
        open_directories.pop()
        yield Leave(directory)
        if directory:
            wire.expect(_CLOSE)
    return None


def _entry_path(wire: _Wire, directory: str, name: bytes, last: bytes) -> str:
    """The path of an entry, once its name may stand where it does."""
    text = text_of(name)
    if not name or name in (b".", b"..") or b"/" in name or b"\0" in name:
        raise wire.fail(f"an entry with the invalid name {text!a}")
    if name <= last:
        raise wire.fail(f"the entry {text!a} is {'given twice' if name == last else 'not in order'}")
    path = f"{directory}/{text}" if directory else text
    if len(path) > MAX_PATH:
        raise wire.fail(f"a path longer than {MAX_PATH}")
    return path
