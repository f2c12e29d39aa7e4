"""Independent evaluations on several processors: helpers, processes that hand back derivations.

    units      0  1  2 …                     … n-1
               └ this process, upward    helpers, downward ┘

What is evaluated are units: functions that add targets (`targets`) to a list, in the order of the command line.  This
process takes them from the front and helpers from the back, until none is left.  A helper hands back what came of the
units that gave derivations and nothing else, and stops at the first that fails, has something to say, wants something
built or downloaded: that one is left to this process, which evaluates all that it got no answer for, in order.  So what
is said, in which order, and which failure is told, is as without helpers; a helper that dies costs time, and nothing
more.

Helpers are started late, and only where this process has had a processor for itself until then: most evaluations are
over by that time, what units have in common is computed once more in a helper, and on a busy machine that would be all
that came of it.  So no run takes longer by more than the delay, however little a helper has to do alone.  They are
started anew and not forked: a fork has both processes copy the memory that either goes on to write to, and this one
evaluates in a thread.  Each has as much memory as one evaluation, so they are few where little is left.
"""

from __future__ import annotations

import marshal
import os
import sys
from time import perf_counter, process_time

from lixeval.evaluation.targets import Target
from lixeval.system.deep_stack import is_at_its_end
from lixeval.system.machines import free_memory, usable_cores

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from subprocess import Popen
    from typing import NoReturn

    from lixeval.environment.machine import Machine
    from lixeval.evaluation.workspace import Workspace
    from lixeval.formats.store_path import StorePath

    Unit = Callable[[list[Target]], None]
    from lixeval.evaluation.targets import Parts

DELAY = 1.0
"""Seconds after which helpers are started."""

ALONE = 0.75
"""Which part of them this process must have been running."""

MOST_UNITS = 4096
"""So many numbers of units, of two bytes, fit into any pipe."""

MEMORY = 1 << 30
"""Bytes that have to be free for each process."""


def can_have_help() -> bool:
    """Whether there is more than one processor, and this process is a command's own."""
    return is_at_its_end() and sys.platform == "linux" and bool(sys.executable) and usable_cores() > 1


def evaluated(
    units: Sequence[Unit],
    workspace: Workspace,
    machine: Machine,
    command: Callable[[Place], list[str]],
    found: list[Target],
    *,
    are_of_one_value: bool,
) -> None:
    """Adds the targets of all units to those found, in their order: also those before one that fails.

    `machine` is who takes notes of what they follow from.  `command` starts a process that gives `help` at a place.
    What looks the same in units that are of one value is evaluated here: it may be the very same.
    """
    if not 1 < len(units) <= MOST_UNITS:

        def alone() -> None:
            for unit in units:
                unit(found)

        return workspace.evaluate(alone)
    helpers = _Helpers(len(units), command)

    def body() -> None:
        known: dict[int, list[Target]] = {}
        while helpers.place.claim():
            before, index = len(found), len(known)
            units[index](found)
            known[index] = found[before:]
        rest = range(len(known), len(units))
        if rest:
            for answer in helpers.answers():
                known.update(_taken_over(workspace, machine, *answer))
            if are_of_one_value:
                known = _told_apart(known)
        for index in rest:
            if index in known:
                found.extend(known[index])
            else:
                units[index](found)

    try:
        workspace.evaluate(body, look=helpers.look, every=DELAY)
    finally:
        helpers.end()


def _told_apart(found: dict[int, list[Target]]) -> dict[int, list[Target]]:
    """Without the units that helpers have found the same for as somebody else."""
    met: dict[Parts, int] = {}
    for targets in found.values():
        for target in targets:
            met[target.parts()] = met.get(target.parts(), 0) + 1

    def is_clear(target: Target) -> bool:
        return target.of is not None or met[target.parts()] == 1

    return {number: targets for number, targets in found.items() if all(map(is_clear, targets))}


def _taken_over(
    workspace: Workspace,
    machine: Machine,
    targets: dict[int, list[Parts]],
    notes: object,
    relied_on: Iterable[StorePath],
) -> dict[int, list[Target]]:
    """What a helper has found out, which this process then has found out too."""
    store = workspace.store
    if not all(store.is_valid(drv_path) for each in targets.values() for drv_path, *_ in each):
        return {}  # a collector was faster
    machine.take_over(notes)
    store.rely_on(relied_on)
    return {number: [Target("", *parts) for parts in each] for number, each in targets.items()}


class Place:
    """Where units are shared out: the reading ends of two pipes, and how many units there are.

    Whoever takes a unit takes a byte from `claims` first, of which there are as many as units.  A helper then reads
    from `numbers` which unit it is; they lie there from the last one downward.
    """

    __slots__ = ("claims", "count", "numbers")

    def __init__(self, claims: int, numbers: int, count: int) -> None:
        self.claims = claims
        self.numbers = numbers
        self.count = count

    def claim(self) -> bool:
        """Whether one unit more is this process's own."""
        return os.read(self.claims, 1) != b""

    def number(self) -> int:
        """Which one it is, for a helper."""
        return int.from_bytes(os.read(self.numbers, 2), "big")


def _place(count: int) -> Place:
    numbers = b"".join(number.to_bytes(2, "big") for number in reversed(range(count)))
    return Place(_filled(bytes(count)), _filled(numbers), count)


def _filled(data: bytes) -> int:
    """The reading end of a pipe that holds some bytes, and ends behind them."""
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading


class _Helpers:
    """The helpers over so many units, which nobody has begun."""

    def __init__(self, count: int, command: Callable[[Place], list[str]]) -> None:
        self.place = _place(count)
        self._command = command
        self._began = perf_counter(), process_time()
        self._were_started = False
        self._processes: list[Popen[bytes]] = []

    def look(self, evaluating: int) -> None:
        """Starts them, once, where they are of use."""
        if self._were_started:
            return
        self._were_started = True
        passed, run = perf_counter() - self._began[0], process_time() - self._began[1]
        if run < passed * ALONE:
            return
        import subprocess

        place = self.place
        for _ in range(min(usable_cores(), place.count, free_memory() // MEMORY) - 1):
            try:
                process = subprocess.Popen(
                    self._command(place),
                    pass_fds=(place.claims, place.numbers),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError:
                return
            self._processes.append(process)

    def answers(self) -> list[tuple[dict[int, list[Parts]], object, list[StorePath]]]:
        """What each of them says; see `help`."""
        found = []
        for process in self._processes:
            assert process.stdout is not None
            data = process.stdout.read()
            if data:
                found.append(marshal.loads(data))
        return found

    def end(self) -> None:
        """Nothing more is asked of them."""
        for process in self._processes:
            process.terminate()
            process.wait()
        os.close(self.place.claims)
        os.close(self.place.numbers)


def help(place: Place, units: Sequence[Unit], workspace: Workspace, machine: Machine) -> bytes:
    """What a helper says, as marshal writes it: the targets of each unit that it evaluated, the machine's notes, and
    the store paths that it relied on."""
    from lixeval.system.network import set_offline

    set_offline(True)
    services = workspace.evaluator.services
    services.say = services.realise = services.fetch_closure = _refuse
    found: dict[int, list[Parts]] = {}

    def body() -> None:
        while place.claim():
            number = place.number()
            targets: list[Target] = []
            try:
                units[number](targets)
            except Exception:
                return
            if not all(target.drv_path for target in targets):
                return
            found[number] = [target.parts() for target in targets]

    workspace.evaluate(body)
    return marshal.dumps((found, machine.notes(), list(workspace.store.relied_on())))


def _refuse(*asked: object) -> NoReturn:
    raise _Refused


class _Refused(Exception):
    """What a helper was asked that only the process may do that it helps."""
