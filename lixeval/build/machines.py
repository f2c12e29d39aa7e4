"""Remote builders: the machines that `builders` names, and which of them a derivation goes to.

    builders = { line (";" | newline) }          a line "@FILE" stands for those in a file, "#" begins a comment
    line     = URI systems key max-jobs speed-factor features mandatory-features host-key      "-" for what is not said

A machine suits whose systems have the derivation's, whose features have all that it requires, and which requires
nothing that the derivation does not.  Of those with a free slot the one is taken that is used least for its speed; of
equals the faster, then the less used.  Slots are files, locked while they are taken, so that processes share machines.

Nix manual, "Remote builds"; C++: machines.cc, build-remote.cc.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from lixeval.daemon import store_urls
from lixeval.errors import UsageError
from lixeval.formats.numbers import whole

_MOST_FILES = 16
_MOST_SLOTS = 1024


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine; `url` is as it was written, `place` where its daemon is."""

    url: str
    place: store_urls.Place
    systems: frozenset[str]
    max_jobs: int = 1
    speed: float = 1.0
    features: frozenset[str] = frozenset()
    mandatory: frozenset[str] = frozenset()

    def suits(self, system: str, required: frozenset[str]) -> bool:
        """Whether it can build for a system what requires these features."""
        return (
            (system == "builtin" or system in self.systems)
            and required <= self.features | self.mandatory
            and self.mandatory <= required
        )

    @property
    def name(self) -> str:
        """What it is called in messages: the host, where that says it."""
        return self.place.address if self.place.kind == "ssh" else self.url


def parse(builders: str, own_system: str) -> list[Machine]:
    """The machines of the setting `builders`; UsageError for a line that is none."""
    return [_machine(line, own_system) for line in _lines(builders, 0)]


def _lines(text: str, depth: int) -> Iterator[str]:
    for line in re.split(r"[;\n]", text):
        line = line.partition("#")[0].strip()
        if line.startswith("@"):
            yield from _lines(_read(line[1:].strip()), depth + 1) if depth < _MOST_FILES else ()
        elif line:
            yield line


def _read(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as opened:
            return opened.read()
    except FileNotFoundError:
        return ""  # as Nix has it: /etc/nix/machines need not be there
    except OSError as error:
        raise UsageError(f"cannot read the machines in '{file}': {error.strerror}") from None


def _machine(line: str, own_system: str) -> Machine:
    words = _words(line)
    said = [None if word == "-" else word for word in words] + [None] * (8 - len(words))
    if said[0] is None or len(words) > 8:
        raise UsageError(
            f"'{line}' is no remote builder", hint="URI SYSTEMS KEY JOBS SPEED FEATURES MANDATORY HOST-KEY"
        )
    _, systems, key, jobs, speed, features, mandatory, host_key = said
    url = said[0]
    count = whole(jobs or "1")
    if count is None:
        raise UsageError(f"'{jobs}' jobs cannot be, as in '{line}'")
    return Machine(
        url,
        _place(url, key, host_key),
        frozenset(systems.split(",")) if systems else frozenset((own_system,)),
        min(count, _MOST_SLOTS),
        _positive(speed, f"a speed of '{speed}'", line),
        frozenset((features or "").split(",")) - {""},
        frozenset((mandatory or "").split(",")) - {""},
    )


def _positive(text: str | None, what: str, line: str) -> float:
    """A field that is a number; 1 where nothing is said."""
    try:
        number = float(text or 1)
    except ValueError:
        number = -1
    if not 0 < number < float("inf"):
        raise UsageError(f"{what} cannot be, as in '{line}'")
    return number


def _words(line: str) -> list[str]:
    """Blanks part words; quotes keep them together, as in `'exec:program with arguments'`."""
    import shlex

    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"'{line}' is no remote builder: {error}") from None


def _place(url: str, key: str | None, host_key: str | None) -> store_urls.Place:
    """Where its daemon is; a bare HOST is reached by ssh."""
    word = url if ":" in url.partition("?")[0] or url == "daemon" else f"ssh-ng://{url}"
    added = {"ssh-key": key, "base64-ssh-public-host-key": host_key}
    found = store_urls.parse(word)
    return store_urls.Place(
        found.url, found.kind, found.address, {**{n: v for n, v in added.items() if v}, **found.options}
    )


def file_name(machine: Machine) -> str:
    """What its files of locks are called."""
    return quote(machine.url, safe="")[:200]


class Slot:
    """A place on a machine that is taken; `release` gives it back."""

    def __init__(self, machine: Machine, descriptor: int, full: set[str]) -> None:
        self.machine = machine
        self._descriptor = descriptor
        self._full = full

    def release(self) -> None:
        """The build is over.  Processes of other builds have inherited the descriptor: to close it frees nothing."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)
        self._full.discard(self.machine.url)


class Machines:
    """The machines of one run; their slots are in the folder `load`.  One that has failed is left alone.

    A machine whose slots were all taken counts as full until `look` finds otherwise, or a slot of ours is given back.
    """

    def __init__(self, machines: Iterable[Machine], load: str) -> None:
        self._machines = list(machines)
        self.load = load
        self._failed: set[str] = set()
        self._full: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._machines)

    def suiting(self, system: str, required: frozenset[str], without: Iterable[str] = ()) -> list[Machine]:
        """The machines that can build something and have not failed, but for those whose URLs are left out."""
        left_out = self._failed.union(without)
        return [
            machine
            for machine in self._machines
            if machine.url not in left_out and machine.max_jobs and machine.suits(system, required)
        ]

    def take(self, machines: Iterable[Machine]) -> Slot | None:
        """A slot of the best of them that has one free."""
        loads = [(machine, *self._slots(machine)) for machine in machines if machine.url not in self._full]
        best: tuple[Machine, int, int] | None = None
        for machine, used, free in loads:
            if free >= 0 and (best is None or _is_better(machine, used, best[0], best[1])):
                best = machine, used, free
        if best is None:
            return None
        descriptor = self._lock(best[0], best[2])
        return None if descriptor is None else Slot(best[0], descriptor, self._full)

    def look(self) -> None:
        """Finds out which machines are full; other processes take and give back slots, too."""
        self._full.clear()
        for machine in self._machines:
            if machine.url not in self._failed:
                self._slots(machine)

    @property
    def have_room(self) -> bool:
        """Whether any slot may be free at all."""
        return any(machine.url not in self._failed and machine.url not in self._full for machine in self._machines)

    def fail(self, machine: Machine) -> bool:
        """A machine could not do its work; False if that was known."""
        known = machine.url in self._failed
        self._failed.add(machine.url)
        return not known

    def _slots(self, machine: Machine) -> tuple[int, int]:
        """How many slots are taken, and the number of one that is free, or -1."""
        used, free = 0, -1
        for number in range(machine.max_jobs):
            descriptor = self._lock(machine, number)
            if descriptor is None:
                used += 1
            else:
                free = number if free < 0 else free
                os.close(descriptor)
        if free < 0:
            self._full.add(machine.url)
        return used, free

    def _lock(self, machine: Machine, number: int) -> int | None:
        os.makedirs(self.load, exist_ok=True)
        descriptor = os.open(f"{self.load}/{file_name(machine)}-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor


def _is_better(machine: Machine, used: int, best: Machine, best_used: int) -> bool:
    load, best_load = used / machine.speed, best_used / best.speed
    if load != best_load:
        return load < best_load
    if machine.speed != best.speed:
        return machine.speed > best.speed
    return used < best_used
