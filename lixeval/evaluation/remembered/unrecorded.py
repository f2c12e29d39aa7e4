"""A run of which nothing is kept: what `recording` does, undone."""

from __future__ import annotations

import sys

from lixeval.environment.machine import Machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.evaluation.remembered.entries import Entry, TargetParts
    from lixeval.evaluation.targets import Maker, Target
    from lixeval.evaluation.workspace import Workspace
    from lixeval.store.local import LocalStore


class Unrecorded:
    """Answers as a `Recording` does, and takes no notes."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.known: Entry | None = None

    def say(self, text: str) -> None:
        """A line for stderr."""
        from lixeval.system.terminal_text import tell  # hardly any run says something

        tell(text)

    def why_not_kept(self) -> str:
        """What makes the result of this run one that cannot be kept; "" if nothing does."""
        return ""

    def what_was_known(self) -> str:
        """What of the library was known from before, or why nothing was; "" where nothing could be."""
        return ""

    def opened(self, workspace: Workspace, folders: Sequence[str]) -> None:
        """A workspace was made for files in these folders, of which nothing has been evaluated yet."""

    def starts_again(self, error: BaseException) -> bool:
        """Whether an evaluation that has failed shall be done again in a new workspace, without what was known."""
        return False

    def printed(self, text: str) -> None:
        """Prints a result."""
        sys.stdout.write(text)

    def uses_library(self) -> bool:
        """Whether something of the library was known from before."""
        return False

    def keep_library(self, *, is_one_of_several: bool = False) -> None:
        """The evaluation is over, and its answer printed: what it took of its library may be kept; by each of several
        processes in turn where it is one of several that evaluate parts of the same.
        """

    def evaluated(self, store: LocalStore, text: str, targets: list[TargetParts]) -> None:
        """The evaluation is over: what it printed, and what is to be made of it."""

    def made(self, store: LocalStore, maker: Maker, targets: Sequence[Target], *, says_more: bool) -> None:
        """The targets are made, and perhaps more was said of them than where they are."""
