"""What a kept heap has looked at of the project, found again in the project as it is now (`tracing` says what it is).

A cell that has looked at parts of the project's values gives its value where each of these parts has the shape that it
had.  That is looked for when the first such cell is asked for: a part is evaluated again as the library has evaluated
it, the call of a function with what the heap has for its argument, a member of a set as that member.  The parts come in
the order in which the library has looked at them first, so that what a part follows from is known before it.  Where one
is another one, what comes behind it is not asked for: whatever looked at it is evaluated again, and asks by itself.
"""

from __future__ import annotations

from lixeval.errors import InfiniteRecursion
from lixeval.evaluation.remembered.arguments import LeftToEachRun
from lixeval.evaluation.remembered.shapes import shape_of
from lixeval.runtime.call import call1
from lixeval.system.cache import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from lixeval.environment.machine import Machine
    from lixeval.environment.services import Services
    from lixeval.runtime.values import Delayed, Value


class Parts:
    """The parts of one heap, in one run.

    `records` has for each bit the record of its part; `record` reads one, `argument` what a reference stands for,
    `given` what a call was given, by its number.
    `changed` are the library's files that are others.
    `services` are the run's; `compared` does a comparison, during which nothing may be said.
    """

    def __init__(
        self,
        records: Sequence[int],
        record: Callable[[int], Any],
        argument: Callable[[Any], Delayed],
        given: Callable[[int, bool, tuple[Any, ...]], Delayed],
        services: Services,
        compared: Callable[[Callable[[], bool]], bool],
        changed: frozenset[str],
    ) -> None:
        self._changed = changed
        self._records = records
        self._record = record
        self._argument = argument
        self._given = given
        self._services = services
        self._compared = compared
        self._values: dict[int, Value] = {}
        self._evaluating: set[int] = set()
        self._same = self._different = self._asked = 0

    @property
    def counts(self) -> tuple[int, int]:
        """How many parts were looked at, and how many of these are others."""
        return (self._same | self._different).bit_count(), self._different.bit_count()

    def are_same(self, bits: int) -> bool:
        """Whether parts are as they were."""
        while not bits & (self._different | self._asked):
            left = bits & ~self._same
            if not left:
                return True
            self._look_at(left & -left)
        return False

    def _look_at(self, part: int) -> None:
        """Finds out whether the part of a bit is as it was."""
        self._asked |= part
        try:
            is_same = self._compared(lambda: self._is_same(part.bit_length() - 1))
        finally:
            self._asked &= ~part
        if is_same:
            self._same |= part
        else:
            self._different |= part

    def value(self, part: int) -> Value:
        """The value of a part, named by its record."""
        if part not in self._values:
            if part in self._evaluating:
                raise InfiniteRecursion("infinite recursion encountered")
            self._evaluating.add(part)
            try:
                self._values[part] = self._evaluated(part)
            finally:
                self._evaluating.discard(part)
        return self._values[part]

    def at_hand(self, part: int) -> Value:
        """The same of a part that was looked at before; KeyError for another one."""
        return self._values[part]

    def _evaluated(self, part: int) -> Value:
        kind, of, *step = self._record(part)[0]
        if kind == "file":
            return self._services.import_file(of)
        if kind == "call":
            return call1(self.value(of), self._argument(step[0]))
        inner = self._given(of, False, ()) if kind == "argument" else self.value(of)[step[0]]
        return inner[0](inner) if inner.__class__ is list else inner

    def _answer(self, question: str, path: str) -> Any:
        if question == "copy":
            return self._services.copy_to_store(path)
        return answer(self._services.machine, question, path)

    def _is_same(self, bit: int) -> bool:
        part = self._records[bit]
        way, shape = self._record(part)
        if way[0] == "content":
            return way[1] not in self._changed
        try:
            if way[0] == "fact":
                return bool(self._answer(*way[1:]) == shape[0])
            if way[0] in ("has", "names"):
                names = self.value(way[1])
                return names.__class__ is dict and shape == (
                    (way[2] in names,) if way[0] == "has" else tuple(sorted(names))
                )
            value = self.value(part)
            if shape[0] == "same":
                return bool(value is self.value(self._records[shape[1]]))
            return bool(shape_of(value) == shape)
        except (Exception, LeftToEachRun):
            return False  # whoever needs it will see what comes of it


def answer(machine: Machine, question: str, path: str) -> Any:
    """A fact about a path of the project."""
    if question == "read":
        return digest(machine.read(path))
    if question == "entries":
        return machine.entries(path)
    if question == "target":
        return machine.target(path)
    if question == "is there":
        return machine.is_there(path)
    return machine.kind(path, follow=question == "kind, followed")
