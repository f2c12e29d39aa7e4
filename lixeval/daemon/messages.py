"""What a daemon says while it works, before each answer: lines, activities, and that something failed.

    message = NEXT text | START id level type text fields parent | STOP id | RESULT id type fields
            | ERROR "Error" level name message 0 traces | LAST
    fields  = count { 0 number | 1 text }          traces = count { 0 text }

The answer follows LAST, and nothing follows ERROR.  C++: worker-protocol.hh, daemon.cc (`TunnelLogger`).
"""

from __future__ import annotations

import re

from lixeval.daemon.wire import Reader, number, text
from lixeval.errors import FormatError, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NEXT = 0x6F6C6D67
READ = 0x64617461
WRITE = 0x64617416
LAST = 0x616C7473
ERROR = 0x63787470
START = 0x53545254
STOP = 0x53544F50
RESULT = 0x52534C54

COPY_PATH, COPY_PATHS, BUILDS, BUILD, SUBSTITUTE = 100, 103, 104, 105, 108
"""Types of activities."""
BUILD_LOG_LINE, SET_PHASE, PROGRESS = 101, 104, 105
"""Types of results."""

_COLOURS = re.compile("\x1b\\[[0-9;:]*m")


class Hearer:
    """Who hears what a daemon says; each method does nothing here."""

    def line(self, message: str) -> None:
        """A line for the user."""

    def started(self, activity: int, kind: int, message: str, fields: Sequence[int | str]) -> None:
        """An activity has begun."""

    def stopped(self, activity: int) -> None:
        """It is over."""

    def result(self, activity: int, kind: int, fields: Sequence[int | str]) -> None:
        """It has something to tell."""


def hear(reader: Reader, hearer: Hearer) -> bool:
    """Takes one message; False if it was LAST.  Raises StoreError for an ERROR, with its text."""
    kind = reader.number()
    if kind == LAST:
        return False
    if kind == NEXT:
        hearer.line(plain(reader.text()))
    elif kind == START:
        activity, _level, what = reader.number(), reader.number(), reader.number()
        message, fields = reader.text(), _fields(reader)
        reader.number()  # the activity that it is part of
        hearer.started(activity, what, message, fields)
    elif kind == STOP:
        hearer.stopped(reader.number())
    elif kind == RESULT:
        activity, what = reader.number(), reader.number()
        hearer.result(activity, what, _fields(reader))
    elif kind == ERROR:
        raise _error(reader)
    else:
        raise FormatError(f"a message of the unknown kind {kind:#x}")
    return True


def plain(message: str) -> str:
    """A text without colours."""
    return _COLOURS.sub("", message)


def _fields(reader: Reader) -> list[int | str]:
    def field() -> int | str:
        kind = reader.number()
        if kind > 1:
            raise FormatError(f"a field of the unknown kind {kind}")
        return reader.text() if kind else reader.number()

    return reader.items(field)


def _error(reader: Reader) -> StoreError:
    reader.text()
    reader.number()
    reader.text()
    message = plain(reader.text())
    if reader.number():
        raise FormatError("an error with a place, which no daemon sends")
    for _ in range(reader.count()):
        if reader.number():
            raise FormatError("a trace with a place, which no daemon sends")
        reader.text()
    return DaemonRefused(message.strip().removeprefix("error: ").strip() or "the daemon failed without a reason")


class DaemonRefused(StoreError):
    """The daemon could not do what it was asked; the message is its own."""


# The other way


class Speaker:
    """Says what a daemon does, to a client, by `send`."""

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self._send = send
        self._count = 0

    def line(self, message: str) -> None:
        """A line for the user."""
        self._send(number(NEXT) + text(message + "\n"))

    def start(self, kind: int, message: str, fields: Sequence[int | str] = (), *, level: int = 3) -> int:
        """An activity begins; gives its number."""
        self._count += 1
        head = number(START) + number(self._count) + number(level) + number(kind)
        self._send(head + text(message) + _encoded_fields(fields) + number(0))
        return self._count

    def stop(self, activity: int) -> None:
        """It is over."""
        self._send(number(STOP) + number(activity))

    def result(self, activity: int, kind: int, fields: Sequence[int | str]) -> None:
        """It has something to tell."""
        self._send(number(RESULT) + number(activity) + number(kind) + _encoded_fields(fields))

    def last(self, answer: bytes = b"") -> None:
        """The answer follows."""
        self._send(number(LAST) + answer)

    def error(self, message: str) -> None:
        """The request has failed."""
        self._send(number(ERROR) + text("Error") + number(0) + text("Error") + text(message) + number(0) + number(0))


def _encoded_fields(fields: Sequence[int | str]) -> bytes:
    encoded = [number(0) + number(f) if isinstance(f, int) else number(1) + text(f) for f in fields]
    return number(len(encoded)) + b"".join(encoded)
