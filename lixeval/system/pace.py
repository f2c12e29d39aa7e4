"""How long a server is waited for: for its first byte, for its headers, for the rest; and that it is told.

    silence     seconds without a byte before the answer, or within it
    headers     seconds for all headers of an answer, however they drip
    grace       seconds after which an answer must have come at `rate` bytes a second, from its first byte on
    first_word  after so many seconds without a byte a line says who is waited for; then after twice as many

The operating system only bounds the wait for each single read, so that a byte now and then would hold a client for
days.  Here every read of an answer has what is left of those seconds.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

SENDING_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds, and bytes a second; see above.  `connect` bounds the way to the host, TLS included."""

    connect: float = 10.0
    silence: float = 30.0
    first_silence: float = 20.0
    storing: float = 180.0
    headers: float = 30.0
    grace: float = 30.0
    rate: int = 10 << 10
    blob_rate: int = 1 << 10
    first_word: float = 5.0


class TooSlow(TimeoutError):
    """`drips`: bytes came, so another attempt would take as long."""

    def __init__(self, words: str, *, drips: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.drips = drips


class Wait:
    """One answer waited for; `say` is told of long silence."""

    def __init__(self, host: str, pace: Pace, silence: float, rate: int, say: Callable[[str], None]) -> None:
        self._host = host
        self._pace = pace
        self._silence = silence
        self._rate = rate
        self._say = say
        self._began = self._heard = time.monotonic()
        self._bytes = 0
        self._in_headers = True
        self._next_word = pace.first_word

    def headers_are_there(self) -> None:
        """From now on the rate counts."""
        self._in_headers = False
        self._began = time.monotonic()
        self._bytes = 0

    def receive(self, sock: socket.socket, buffer: Any) -> int:
        """`sock.recv_into`, for as long as there is patience."""
        while True:
            sock.settimeout(self._time_left())
            try:
                count = sock.recv_into(buffer)
            except TimeoutError:
                self._say_that_it_waits()
                continue
            finally:
                sock.settimeout(SENDING_SECONDS)
            self._heard = time.monotonic()
            self._next_word = self._pace.first_word
            self._bytes += count
            return count

    def _time_left(self) -> float:
        """Seconds until something has to happen; raises TooSlow where nothing more is waited for."""
        now, pace = time.monotonic(), self._pace
        silent = now - self._heard
        if silent >= self._silence:
            did = "has not answered" if self._in_headers and not self._bytes else "has sent nothing more"
            raise TooSlow(f"{self._host} {did} in {_seconds(self._silence)}")
        end = self._began + pace.headers if self._in_headers else self._began + pace.grace + self._bytes / self._rate
        if now >= end and self._bytes:
            raise TooSlow(f"{self._host} drips: {self._bytes} bytes in {_seconds(now - self._began)}", drips=True)
        until = [self._silence - silent, self._next_word - silent]
        if self._bytes:
            until.append(end - now)
        return max(0.01, min(until))

    def _say_that_it_waits(self) -> None:
        silent = time.monotonic() - self._heard
        if self._next_word <= silent < self._silence:
            self._next_word *= 2
            did = "has not answered" if self._in_headers and not self._bytes else "has sent nothing"
            self._say(f"{self._host} {did} for {_seconds(silent)}; waiting for up to {_seconds(self._silence)}")


def _seconds(number: float) -> str:
    return f"{number:.0f} s" if number >= 1 else f"{number:.1f} s"


WAITING = threading.local()
"""`WAITING.wait` is what this thread's next answer is waited for with."""


class _Bytes(io.RawIOBase):
    """What a socket receives, under a Wait; the socket is kept open by this until it is closed, as by its makefile."""

    def __init__(self, sock: socket.socket, wait: Wait) -> None:
        self._sock = sock
        self._wait = wait
        self._hold = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wait.receive(self._sock, buffer)

    def close(self) -> None:
        if not self.closed:
            self._hold.close()
        super().close()


class _Socket:
    def __init__(self, sock: socket.socket, wait: Wait) -> None:
        self._sock = sock
        self._wait = wait

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Bytes(self._sock, self._wait), 1 << 16)


class _Answer(http.client.HTTPResponse):
    """An answer whose bytes come under the thread's Wait."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        self._wait: Wait = WAITING.wait
        super().__init__(cast("socket.socket", _Socket(sock, self._wait)), *arguments, **named)

    def begin(self) -> None:
        super().begin()
        self._wait.headers_are_there()


@cache
def pool_classes() -> dict[str, Any]:
    """urllib3's pools by scheme, with connections that wait so."""
    import urllib3.connection
    import urllib3.connectionpool

    class Plain(urllib3.connection.HTTPConnection):
        response_class = _Answer

    class Secure(urllib3.connection.HTTPSConnection):
        response_class = _Answer

    class PlainPool(urllib3.connectionpool.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.connectionpool.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
