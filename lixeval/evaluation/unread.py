"""Files that are not read, since their stamps say that they are what they were.

What code a file has depends on its text, and that is digested for it: reading and digesting take longer than finding
the code.  So a run keeps the digests of the files that it has evaluated, in one table for all that begin with the same
file, and the next one looks at their stamps alone (`lixeval.system.fingerprints` says when those can be trusted).  The
text is read when somebody wants it: an error that shows it, the compiler.
"""

from __future__ import annotations

import os
from stat import S_ISREG
from time import time_ns

from lixeval.source import Source, Texts
from lixeval.system.fingerprints import Clock, honest_devices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.compiler.cache import KeptTable
    from lixeval.system.fingerprints import Stamp

    Known = tuple[Stamp, bytes, list[str]]
    """A file's stamp, the digest of its content, and what of the builtins that not all evaluators have it may name."""

_FEW = 8
"""So few files are sooner read than known, unless they are long."""

_LONG = 1 << 16
"""Characters that take as long to be read, decoded and digested as some files to be looked at."""

_PART = 8
"""Where one of so many files was not known, or is known and no run needs it, the table is written anew."""


class UnreadSource(Source):
    """A file's text, which `read` gives when it is asked for."""

    __slots__ = ("_read",)

    def __init__(self, name: str, read: Callable[[], str], texts: Texts) -> None:
        self._read = read
        super().__init__(name, "", texts=texts)
        del self.text

    def __getattr__(self, name: str) -> Any:
        if name != "text":
            raise AttributeError(name)
        self.text = self._read()
        return self.text


class KnownFiles:
    """The files in the `table` of the runs that begin with the same file."""

    __slots__ = ("_began", "_known", "_table", "_used")

    def __init__(self, table: KeptTable) -> None:
        self._began = time_ns()
        self._table = table
        self._known: dict[str, Known] = table.load() or {}
        self._used: dict[str, Known | Source] = {}

    def get(self, path: str) -> Known | None:
        """What was known of a file."""
        return self._known.get(path)

    def uses(self, path: str, found: Known | Source) -> None:
        """The run has a file: one that is as it was known to be, or one that it has read."""
        self._used[path] = found

    def keep(self, about: Callable[[Source], tuple[bytes, list[str]]], real: Callable[[str], str]) -> None:
        """Has the next run know this one's files too, and what it has not come to yet.

        `about` tells digest and builtins of one that was read, `real` where it is.
        """
        used = len(self._used)
        read = {path: found for path, found in self._used.items() if isinstance(found, Source)}
        is_little = used < _FEW and sum([len(source.text) for source in read.values()]) < _LONG
        if is_little or len(read) * _PART < used:
            return
        clock = Clock(self._began, honest_devices())
        table = dict(self._known)
        for path, found in read.items():
            if (stamp := _stamp(real(path), clock)) is None:
                table.pop(path, None)
            else:
                table[path] = (stamp, *about(found))
        self._write(table)

    def forget_unused(self) -> None:
        """Has the next run know no files that this one, which has ended, did without, where they are many."""
        table = {path: self._known[path] for path in self._used if path in self._known}
        if len(table) >= _FEW and (len(self._known) - len(table)) * _PART >= len(table):
            self._write(table)

    def _write(self, table: dict[str, Known]) -> None:
        if table != self._known:
            self._table.save(table)
            self._known = table


def _stamp(place: str, clock: Clock) -> Stamp | None:
    """The stamp of a file that has not changed since before the run began; None where that does not show."""
    try:
        status = os.stat(place)
    except OSError:
        return None
    return clock.settled(status) if S_ISREG(status.st_mode) else None
