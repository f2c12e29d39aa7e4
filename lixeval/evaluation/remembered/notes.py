"""A `Machine` that answers as the machine does and writes down what it answered.

Stamps are taken before a file is read, so a file that changes meanwhile has another one afterwards and its fact fails.
A question that is answered differently within one run makes the run one that is not kept.
"""

from __future__ import annotations

import os
from time import time_ns

from lixeval.environment.machine import Machine
from lixeval.evaluation.remembered.facts import Facts, TreeStamps, listing_digest, look_at, read_stamped
from lixeval.system.cache import digest
from lixeval.system.directories import PACKAGE
from lixeval.system.fingerprints import stamp_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from lixeval.environment.machine import Filter, Identity
    from lixeval.evaluation.remembered.facts import Parts, Seen
    from lixeval.system.fingerprints import Stamp

    K = TypeVar("K")
    A = TypeVar("A")

_OWN = PACKAGE + os.sep
"""lixeval's own files are part of every key, and no facts."""


class RecordedMachine(Machine):
    """The machine, and in `facts` what it was asked; `reasons` say why the answers cannot be relied on again."""

    __slots__ = ("facts", "reasons")

    takes_notes = True

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts()
        self.reasons: list[str] = []

    def _note(self, facts: dict[K, A], question: K, answer: A) -> None:
        if facts.setdefault(question, answer) != answer:
            self.reasons.append(f"{question} changed meanwhile")

    # Questions

    def kind(self, path: str, *, follow: bool = False) -> str | None:
        try:
            kind = super().kind(path, follow=follow)
        except OSError:
            self.unrepeatable(f"'{path}' cannot be looked at")
            raise
        if not path.startswith(_OWN):
            self._note(self.facts.kinds, (path, follow), kind)
        return kind

    def look(self, path: str) -> tuple[str | None, Identity | None]:
        try:
            kind, identity = super().look(path)
        except OSError:
            self.unrepeatable(f"'{path}' cannot be looked at")
            raise
        if not path.startswith(_OWN):
            self._note(self.facts.kinds, (path, False), kind)
        return kind, identity

    def is_there(self, path: str) -> bool:
        # Asked before other questions about the path, or about one elsewhere where it is not there.
        found = super().is_there(path)
        if not found:
            self._note(self.facts.kinds, (path, False), None)
        return found

    def target(self, path: str) -> str:
        target = super().target(path)
        self._note(self.facts.links, path, target)
        return target

    def read(self, path: str) -> bytes:
        if path.startswith(_OWN):
            return super().read(path)
        try:
            stamp, data = read_stamped(path, self._clock())
        except FileNotFoundError:
            self._note(self.facts.kinds, (path, True), None)
            raise
        except OSError:
            self.unrepeatable(f"'{path}' cannot be read")
            raise
        self._note_content(self.facts.files, path, stamp, digest(data))
        return data

    def is_as_known(self, path: str, stamp: Stamp, content: bytes) -> bool:
        found = super().is_as_known(path, stamp, content)
        if found and not path.startswith(_OWN):
            self._note_content(self.facts.files, path, stamp, content)
        return found

    def entries(self, path: str) -> dict[str, str]:
        try:
            (stamp, entries), is_known = self._listing(path)
        except FileNotFoundError:
            self._note(self.facts.kinds, (path, True), None)
            raise
        except OSError:
            self.unrepeatable(f"'{path}' cannot be read")
            raise
        if not is_known:
            self._note_content(self.facts.listings, path, stamp, listing_digest(entries))
        return entries

    def _note_content(
        self, facts: dict[str, tuple[Stamp | None, bytes]], path: str, stamp: Stamp | None, content: bytes
    ) -> None:
        known = facts.setdefault(path, (stamp, content))
        if known[1] != content:
            self.reasons.append(f"'{path}' changed meanwhile")

    def variable(self, name: str) -> str:
        value = super().variable(name)
        self._note(self.facts.variables, name, value)
        return value

    def now(self) -> int:
        self.unrepeatable("the time was asked for")
        return super().now()

    def newest(self, path: str) -> int:
        newest = super().newest(path)
        self._note(self.facts.newest, path, newest)
        return newest

    # What else a result may depend on

    def copy(self, path: str, name: str, method: str, filter: Filter | None, do: Callable[[Filter | None], str]) -> str:
        if path.startswith(_OWN):
            return do(filter)
        seen: Seen = {}

        def ask(entry: str, kind: str) -> bool:
            stamps.add(entry)
            taken = filter is None or filter(entry, kind)
            seen[entry] = kind, taken
            return taken

        try:
            stamps = TreeStamps(path, self._clock())
            made = do(ask)
        except BaseException:
            self.unrepeatable(f"'{path}' could not be copied")
            raise
        self.facts.trees.append((path, name, method, made, seen, stamps.settled()))
        return made

    def depends_on(self, path: str) -> None:
        try:
            stamp, content = look_at(path, self._clock())
        except OSError:
            self.unrepeatable(f"'{path}' cannot be looked at")
            return
        self._note_content(self.facts.itself, path, stamp, content)

    def relies_on(self, paths: Iterable[str]) -> None:
        for path in paths:
            try:
                stamp: Stamp | None = stamp_of(os.stat(path))
            except (FileNotFoundError, NotADirectoryError):
                stamp = None
            except OSError:
                self.unrepeatable(f"'{path}' cannot be looked at")
                continue
            self._note(self.facts.stamped, path, stamp)

    def include(self, facts: Facts) -> None:
        """What was found out earlier, and is so still, was found out by this run too."""
        different = self.facts.include(facts)
        if different:
            self.reasons.append(f"'{different}' changed meanwhile")

    def good_for(self, seconds: float) -> None:
        until = time_ns() + int(seconds * 1e9)
        self.facts.until = min(until, self.facts.until or until)

    def unrepeatable(self, reason: str) -> None:
        self.reasons.append(reason)

    def notes(self) -> tuple[Parts, list[str]]:
        return self.facts.parts(), self.reasons

    def take_over(self, notes: tuple[Parts, list[str]]) -> None:
        parts, reasons = notes
        self.include(Facts(parts))
        self.reasons += reasons
