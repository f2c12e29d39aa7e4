"""What is tried again, and how long to wait before: a registry that is busy or a network that hiccups ends no push.

Tried again are connections that break, and the answers 408, 425, 429, 500, 502, 503 and 504.  The wait doubles with
every attempt, with some chance in it so that many clients do not come back at once; a `Retry-After` is obeyed instead,
be it seconds or a date, unless it asks for more patience than there is.

Source: RFC 9110, "Retry-After"; RFC 6585, 429.
"""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lixeval.errors import ImageError
from lixeval.oci.registry.pace import Pace

STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try, in all, and how long to wait between; times are seconds.  `sleep` and `clock` are for tests.

    `pace` says how long an answer is waited for.
    """

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 30.0
    longest_asked: float = 300.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    pace: Pace = field(default_factory=Pace)

    def wait(self, attempt: int, retry_after: str | None = None, why: str = "") -> None:
        """Sleep after the failure of `attempt` (1 is the first); raises ImageError where more patience is asked for."""
        asked = asked_for(retry_after, self.clock())
        if asked is None:
            most = min(self.first_wait * 2 ** (attempt - 1), self.longest_wait)
            self.sleep(most * (0.5 + random.random() / 2))
        elif asked > self.longest_asked:
            raise ImageError(f"{why or 'the registry is busy'}: it asks to come back in {round(asked)} s")
        else:
            self.sleep(asked)


def asked_for(retry_after: str | None, now: float) -> float | None:
    """The seconds that a Retry-After asks for; None without one that can be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
