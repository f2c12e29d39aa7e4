"""Bytes to and from another process: a socket, or the two pipes of a child.

Both sides may send at once (a daemon its log while it is sent a NAR), so whoever waits until he may write reads
meanwhile: neither waits for the other for ever.  A side that keeps silent for longer than allowed is given up.
"""

from __future__ import annotations

import os
import select
import time

from lixeval.daemon.wire import Reader
from lixeval.errors import StoreError
from lixeval.system.attentive import STEP
from lixeval.system.deep_stack import is_told_by_exceptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCK = 1 << 17
_MOST_AHEAD = 64 << 20
"""Bytes that are kept of what the other side says while it is written to."""


class ConnectionLost(StoreError):
    """The other side is gone, or keeps silent."""


class Channel:
    """Two descriptors (which may be the same), read and written with `patience` seconds for each step; 0 is no limit.

    `name` is who is there, for messages; `closing` is called when it is closed.
    """

    def __init__(
        self,
        input: int,
        output: int,
        name: str,
        *,
        patience: float = 0,
        closing: Callable[[], object] = lambda: None,
        farewell: Callable[[], str] = lambda: "",
    ) -> None:
        self.name = name
        self.patience = patience
        self.input, self.output = input, output
        self._closing = closing
        self._farewell = farewell
        self._here = memoryview(b"")
        self._ahead: list[bytes] = []
        self._ahead_size = 0
        self._ended = False
        self.is_open = True
        os.set_blocking(input, False)
        os.set_blocking(output, False)
        self.reader = Reader(self.read)

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        if not self._here and size:
            self._fill()
        data, self._here = self._here[:size], self._here[size:]
        return bytes(data)

    @property
    def has_more(self) -> bool:
        """Whether something has come that was not read yet; does not wait."""
        if not self._here and not self._ahead:
            self._receive(0)
        return bool(self._here or self._ahead)

    def _fill(self) -> None:
        while not self._ahead and not self._ended:
            if not self._receive(None):
                raise self.lost(f"'{self.name}' has said nothing for {self.patience:g} seconds")
        if self._ahead:
            data = self._ahead[0] if len(self._ahead) == 1 else b"".join(self._ahead)
            self._ahead, self._ahead_size = [], 0
            self._here = memoryview(data)

    def _receive(self, wait: float | None) -> bool:
        """Takes what has come; False if nothing came in time."""
        try:
            data = os.read(self.input, _BLOCK)
        except BlockingIOError:
            seconds = wait if wait is not None else self.patience or None
            if not _ready(self.input, select.POLLIN, seconds):
                return False
            try:
                data = os.read(self.input, _BLOCK)
            except BlockingIOError:
                return True
            except OSError:
                data = b""
        except OSError:
            data = b""
        if data:
            self._ahead.append(data)
            self._ahead_size += len(data)
        else:
            self._ended = True
        return True

    def write(self, data: bytes) -> None:
        """All of it; ConnectionLost where nobody takes it, and nothing was said that would explain that."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self.output, rest) :]
            except BlockingIOError:
                self._wait_to_write()
            except OSError as error:
                if self.has_more:
                    return
                raise self.lost(f"the connection to '{self.name}' was cut: {error.strerror}") from None

    def _wait_to_write(self) -> None:
        poll = select.poll()
        poll.register(self.output, select.POLLOUT)
        if not self._ended and self._ahead_size < _MOST_AHEAD:
            poll.register(self.input, select.POLLIN | (select.POLLOUT if self.input == self.output else 0))
        found = _polled(poll, self.patience or None)
        if not found:
            raise self.lost(f"'{self.name}' has taken nothing for {self.patience:g} seconds")
        if any(descriptor == self.input and event & ~select.POLLOUT for descriptor, event in found):
            self._receive(0)

    def lost(self, reason: str) -> ConnectionLost:
        """The error that the other side is gone, with what it may have said elsewhere; closes."""
        self.close()
        said = self._farewell().strip()
        return ConnectionLost(f"{reason}: {said}" if said else reason)

    def close(self) -> None:
        """Once is enough."""
        if self.is_open:
            self.abandon()
            self._closing()

    def abandon(self) -> None:
        """Lets go of the descriptors alone: it is another process's channel, which a fork has copied."""
        self.is_open = False
        os.close(self.input)
        if self.output != self.input:
            os.close(self.output)


def _ready(descriptor: int, event: int, seconds: float | None) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(_polled(poll, seconds))


def _polled(poll: select.poll, seconds: float | None) -> list[tuple[int, int]]:
    """What is ready in time.

    A signal ends the main thread's wait by itself; another thread, such as the one that evaluates, is told of Ctrl-C
    and of limits between two waits.
    """
    if not is_told_by_exceptions():
        return poll.poll(None if seconds is None else seconds * 1000)
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        rest = STEP if end is None else end - time.monotonic()
        found = poll.poll(max(0, min(rest, STEP) * 1000))
        if found or (end is not None and rest <= STEP):
            return found
