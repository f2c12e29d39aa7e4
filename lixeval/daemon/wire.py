"""The wire: numbers, strings, lists and framed streams as bytes, and back.

    number   = 64 bits, little-endian                    Booleans are 0 and 1, a list begins with its length
    string   = number of bytes; the bytes; zeros up to a multiple of eight
    list     = number of items; the items                sets too
    frames   = { number > 0; so many bytes, no padding }  0

What is sent is made of functions that give bytes; what comes is read by a `Reader`, which believes nothing: no number
of bytes is taken before they are there, padding must be zero, a Boolean 0 or 1.

Nix manual, "Derivation and store protocols"; C++: serialise.cc, common-protocol.cc.
"""

from __future__ import annotations

from lixeval.errors import FormatError
from lixeval.formats.byte_text import bytes_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from lixeval.formats.nar_events import Read

    T = TypeVar("T")

LONGEST_TEXT = 1 << 26
"""Bytes of one string: an environment variable of a derivation may be large, a message of an error too."""
MOST_ITEMS = 1 << 24
_PIECE = 1 << 16
FRAME = 1 << 16
"""Bytes of a frame that is sent."""


# Sending


def number(value: int) -> bytes:
    """A number; True is 1."""
    return int(value).to_bytes(8, "little")


def text(value: str) -> bytes:
    """A string."""
    data = bytes_of(value)
    return len(data).to_bytes(8, "little") + data + bytes(-len(data) % 8)


def texts(values: Iterable[str]) -> bytes:
    """A list of strings."""
    every = [text(value) for value in values]
    return number(len(every)) + b"".join(every)


def pairs(values: Iterable[tuple[str, str]]) -> bytes:
    """A map from strings to strings."""
    every = [text(key) + text(value) for key, value in values]
    return number(len(every)) + b"".join(every)


class FrameWriter:
    """Collects what is written and sends it in frames; `end` says that this was all."""

    def __init__(self, send: Callable[[bytes], object], before: Callable[[], object] = lambda: None) -> None:
        """`before` is called before each frame: the other side may have found a fault already."""
        self._send = send
        self._before = before
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Some more bytes; many are a frame of their own, which is not copied."""
        if len(data) >= FRAME:
            self._flush()
            self._before()
            self._send(number(len(data)))
            self._send(data)
            return
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= FRAME:
            self._flush()

    def _flush(self) -> None:
        if self._size:
            self._before()
            self._send(b"".join([number(self._size), *self._waiting]))
            self._waiting, self._size = [], 0

    def end(self) -> None:
        """Nothing more comes."""
        self._flush()
        self._send(number(0))


# Reading


class Reader:
    """Reads the wire from `read`, which gives at most so many bytes and none at the end.

    Raises FormatError for what cannot be, `EndOfStream` where the stream ends in the middle.
    """

    def __init__(self, read: Read) -> None:
        self.read = read

    def exactly(self, size: int) -> bytes:
        """So many bytes, taken in pieces: a false length costs no memory."""
        pieces, rest = [], size
        while rest:
            data = self.read(min(rest, _PIECE))
            if not data:
                raise EndOfStream("the connection ended in the middle of a message")
            pieces.append(data)
            rest -= len(data)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def number(self) -> int:
        """A number."""
        return int.from_bytes(self.exactly(8), "little")

    def boolean(self) -> bool:
        """0 or 1 (Nix takes every other number for true)."""
        return self.number() != 0

    def data(self, most: int = LONGEST_TEXT) -> bytes:
        """The bytes of a string."""
        size = self.number()
        if size > most:
            raise FormatError(f"a string of {size} bytes where at most {most} may be")
        padding = -size % 8
        data = self.exactly(size + padding)
        if padding and any(data[size:]):
            raise FormatError("padding that is not zero")
        return data[:size]

    def text(self, most: int = LONGEST_TEXT) -> str:
        """A string."""
        return text_of(self.data(most))

    def items(self, read: Callable[[], T]) -> list[T]:
        """A list of what `read` reads."""
        return [read() for _ in range(self.count())]

    def count(self) -> int:
        """How many items follow."""
        count = self.number()
        if count > MOST_ITEMS:
            raise FormatError(f"a list of {count} items")
        return count

    def texts(self) -> list[str]:
        """A list of strings."""
        return self.items(self.text)

    def pairs(self) -> dict[str, str]:
        """A map from strings to strings."""
        return dict(self.items(lambda: (self.text(), self.text())))


class EndOfStream(FormatError):
    """The other side has closed the stream where something had to follow."""


class FrameReader:
    """The bytes within frames; `read` gives none at their end."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._rest = 0
        self.ended = False

    def read(self, size: int) -> bytes:
        """At most so many bytes."""
        if not self._rest and not self.ended:
            self._rest = self._reader.number()
            self.ended = self._rest == 0
        if self.ended or not size:
            return b""
        data = self._reader.read(min(size, self._rest))
        if not data:
            raise EndOfStream("the connection ended in the middle of a stream")
        self._rest -= len(data)
        return data

    def drain(self) -> int:
        """Takes what is left, so that the next message can be read; how many bytes that was."""
        left = 0
        while data := self.read(_PIECE):
            left += len(data)
        return left
