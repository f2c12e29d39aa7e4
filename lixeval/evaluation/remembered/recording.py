"""Evaluating with notes, and keeping what came of it."""

from __future__ import annotations

import sys

from lixeval.environment.machine import Machine
from lixeval.evaluation.remembered.entries import Entry
from lixeval.evaluation.remembered.notes import RecordedMachine
from lixeval.evaluation.remembered.outputs import made
from lixeval.evaluation.remembered.unrecorded import Unrecorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.evaluation.remembered.entries import TargetParts
    from lixeval.evaluation.remembered.key import Surroundings
    from lixeval.evaluation.remembered.library import Library
    from lixeval.evaluation.remembered.outputs import Made
    from lixeval.evaluation.remembered.recall import Recollection
    from lixeval.evaluation.targets import Maker, Target
    from lixeval.evaluation.workspace import Workspace
    from lixeval.store.local import LocalStore


class UsingLibrary(Unrecorded):
    """A run of which nothing is kept but what it takes of its library, which it uses where that is kept already."""

    def __init__(self, around: Surroundings, *, is_session: bool = False) -> None:
        super().__init__()
        self._around = around
        self._is_session = is_session
        self._library: Library | None = None
        self._is_second = False
        self._said: list[str] = []
        self._printed = 0
        self._to_be_left_out = (0, 0)
        """How many lines were said and results printed before the evaluation started again."""

    def opened(self, workspace: Workspace, folders: Sequence[str]) -> None:
        if self._is_second or self.known is not None or not workspace.has_own_store:
            return
        from lixeval.evaluation.remembered.library import MOST_OF_SESSION, MOST_WATCHED, Library

        most = MOST_OF_SESSION if self._is_session else MOST_WATCHED
        self._library = Library(workspace, self.machine, self._around, folders, most_calls=most)

    def uses_library(self) -> bool:
        return self._library is not None and self._library.heap is not None

    def what_was_known(self) -> str:
        if self._is_second:
            return "what is known of the library was not used in the end, so that what is shown is the same without"
        return "" if self._library is None else self._library.account()

    def starts_again(self, error: BaseException) -> bool:
        if self._library is None or not self.uses_library() or isinstance(error, KeyboardInterrupt | SystemExit):
            return False
        if _is_plain(error):
            return False  # where the evaluation came to fail, nothing of the heap was on the way
        self._library.failed(error)
        self._library, self._is_second = None, True
        self._to_be_left_out = len(self._said), self._printed
        self._said, self._printed = [], 0
        self.machine = self._another_machine()
        return True

    def _another_machine(self) -> Machine:
        return Machine()

    def keep_library(self, *, is_one_of_several: bool = False) -> None:
        if self._library is not None and self._library.is_worth_keeping():
            from lixeval.evaluation.remembered.rehearsal import rehearse
            from lixeval.system.background import in_background

            library = self._library
            # SQLite keeps what it knows of an open file's locks for the process, so a child must not inherit one.
            library.workspace.store.database.close()
            sys.stdout.flush()
            sys.stderr.flush()
            in_background(lambda: rehearse(library, waits=is_one_of_several), is_worker=is_one_of_several)

    def printed(self, text: str) -> None:
        self._printed += 1
        if self._printed > self._to_be_left_out[1]:
            super().printed(text)

    def say(self, text: str) -> None:
        """A line for stderr, to be said again whenever the result is recalled."""
        if self._library is not None and self._library.is_guessing:
            from lixeval.evaluation.remembered.arguments import LeftToEachRun

            raise LeftToEachRun  # it is said when it is its turn
        self._said.append(text)
        if len(self._said) > self._to_be_left_out[0]:
            super().say(text)


class LookingAtLibrary(UsingLibrary):
    """A run of which nothing is kept and that uses nothing of what is known, as it is counted what it takes."""

    def opened(self, workspace: Workspace, folders: Sequence[str]) -> None:
        from lixeval.evaluation.remembered.library import Library

        if workspace.has_own_store:
            self._library = Library(workspace, self.machine, self._around, folders, only_looks=True)

    def keep_library(self, *, is_one_of_several: bool = False) -> None:
        """Nothing is kept."""

    def what_was_known(self) -> str:
        return "" if self._library is None else self._library.calls_met()


class Recording(UsingLibrary):
    """One run whose result shall be kept: what it evaluates, then what it makes of that.

    `known` is the entry whose evaluation holds still; then only what is made is to be kept.
    """

    machine: RecordedMachine

    def __init__(self, recollection: Recollection) -> None:
        super().__init__(recollection.around)
        self.machine = self._another_machine()
        self.known = recollection.entry
        self._entries = recollection.entries
        self._key = recollection.key
        self._entry = recollection.entry

    def _another_machine(self) -> RecordedMachine:
        return RecordedMachine()

    def why_not_kept(self) -> str:
        return self.machine.reasons[0] if self.machine.reasons else ""

    def evaluated(self, store: LocalStore, text: str, targets: list[TargetParts]) -> None:
        if self.machine.reasons:
            return
        facts = self.machine.facts
        facts.valid = sorted(store.relied_on())
        self._entry = Entry(store.state_dir, facts.parts(), self._said, text, targets, None)
        if not targets:
            self._entries.save(self._key, self._entry)

    def made(self, store: LocalStore, maker: Maker, targets: Sequence[Target], *, says_more: bool) -> None:
        if self._entry is None:
            return
        # None where something went where it cannot be seen.
        written = None if says_more else maker.written(targets)
        outputs = [store.query_deriver_outputs(drv_path)[output] for drv_path, output, _, _ in self._entry.targets]
        found: Made | None = None
        if written is not None:
            found = made(maker.places, written, maker.links(targets), sorted(set(outputs)))
        self._entry.made = found
        self._entries.save(self._key, self._entry)


def _is_plain(error: BaseException) -> bool:
    """Whether an error is the same whatever was known: who fails has failed as ever, with all that asked for it.

    That is not so of errors in which values are shown as far as they are evaluated, of those that tell of a way that is
    longer or shorter where something is known, and of those that are not evaluation's.
    """
    from lixeval.errors import AssertionFailed, EvalError, InfiniteRecursion, NixSyntaxError, StackOverflow

    if isinstance(error, KeyError):
        return _is_compiled_codes(error)  # a missing attribute
    if not isinstance(error, EvalError | NixSyntaxError):
        return False
    if isinstance(error, AssertionFailed | InfiniteRecursion | StackOverflow):
        return False
    return not _SHOWING.intersection(str(error))


def _is_compiled_codes(error: BaseException) -> bool:
    """Whether compiled code itself has failed."""
    from lixeval.runtime.code_info import SOURCE

    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and SOURCE in last.tb_frame.f_globals


_SHOWING = frozenset("«{[")
"""What an error shows values with."""
