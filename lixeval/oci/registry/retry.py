"""How patient one is with a registry: what is tried again is `system.retrying`'s, how long is waited `pace`'s.

A push makes many requests, so each is tried once more often than a download, and later.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lixeval.errors import ImageError
from lixeval.system.pace import Pace
from lixeval.system.retrying import AsksTooMuch, Retrying


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience(Retrying):
    """How often a registry is asked; `pace` says how long an answer is waited for."""

    attempts: int = 6
    first_wait: float = 0.5
    pace: Pace = field(default_factory=Pace)

    def wait(self, attempt: int, retry_after: str | None = None, why: str = "") -> None:
        """Sleep after the failure of `attempt` (1 is the first); raises ImageError where more patience is asked for."""
        try:
            self.sleep(self.pause(attempt, retry_after))
        except AsksTooMuch as error:
            raise ImageError(f"{why or 'the registry is busy'}: {error}") from None
