"""A run of which nothing is kept: what `recording` does, undone."""

from __future__ import annotations

from lixeval.environment.machine import Machine
from lixeval.system.terminal_text import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.evaluation.remembered.entries import Entry, TargetParts
    from lixeval.evaluation.targets import Maker, Target
    from lixeval.store.local import LocalStore


class Unrecorded:
    """Answers as a `Recording` does, and takes no notes."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.known: Entry | None = None

    def say(self, text: str) -> None:
        """A line for stderr."""
        tell(text)

    def why_not_kept(self) -> str:
        """What makes the result of this run one that cannot be kept; "" if nothing does."""
        return ""

    def evaluated(self, store: LocalStore, text: str, targets: list[TargetParts]) -> None:
        """The evaluation is over: what it printed, and what is to be made of it."""

    def made(self, store: LocalStore, maker: Maker, targets: Sequence[Target], *, says_more: bool) -> None:
        """The targets are made, and perhaps more was said of them than where they are."""
