"""What is asked again of a server, how often, and how long is waited before: it may have a bad day, or be busy.

Asked again is where the connection broke (`broken_connections` says which of those would break again) and where the
answer `passes`.  The wait doubles with every attempt, with some chance in it so that many clients do not come back at
once; a `Retry-After` is obeyed instead, be it seconds or a date, unless it asks for more patience than there is.

Source: RFC 9110, 15.5 and 15.6, "Retry-After"; RFC 6585, 429; C++ Nix: filetransfer.cc.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_OF_THE_REQUEST = frozenset((408, 425, 429))
"""Answers below 500 that another attempt may not get: it took too long, came too early, or there were too many."""
_OF_ANY_SERVER = frozenset((501, 505, 511))
"""Answers from 500 on that another attempt would get too: it cannot do that, or wants somebody to log in."""


def passes(status: int) -> bool:
    """Whether what an answer's HTTP status says may be over at the next attempt."""
    return status in _OF_THE_REQUEST or (500 <= status < 600 and status not in _OF_ANY_SERVER)


class AsksTooMuch(Exception):
    """The server asks to come back in so many `seconds`, which is longer than anybody waits."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it asks to come back in {round(seconds)} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """How often to try, in all, and how long to wait between; times are seconds.  `sleep` and `clock` are for tests."""

    attempts: int = 5
    first_wait: float = 0.25
    longest_wait: float = 30.0
    longest_asked: float = 300.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time

    def pause(self, attempt: int, retry_after: str | None = None) -> float:
        """How long to wait after the failure of `attempt` (1 is the first); raises AsksTooMuch."""
        asked = asked_for(retry_after, self.clock())
        if asked is None:
            import random  # nothing has failed yet in most runs

            most: float = min(self.first_wait * 2.0 ** (attempt - 1), self.longest_wait)
            return most * (0.5 + random.random() / 2)
        if asked > self.longest_asked:
            raise AsksTooMuch(asked)
        return asked


def asked_for(retry_after: str | None, now: float) -> float | None:
    """The seconds that a Retry-After asks for; None without one that can be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    try:
        import email.utils

        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
