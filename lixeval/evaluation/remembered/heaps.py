"""The folder of kept heaps: for each project what describes its heap, and the files with the records.

CACHE/lixeval/heaps/KEY          `lixeval.system.cache`: Description as a tuple
CACHE/lixeval/heaps/KEY-NUMBER   the files that it names (`heap_file`), which nothing ever changes
CACHE/lixeval/heaps/making.lock  is locked by whoever makes a heap

A new heap, and what is appended to one, gets a file of a new name, which the description then names; who has opened the
old ones goes on reading them.
"""

from __future__ import annotations

import os
from time import time_ns

from lixeval.evaluation.remembered.facts import Facts
from lixeval.system.cache import Cache, keep_in_use, make_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.evaluation.remembered.facts import Content, Parts
    from lixeval.evaluation.remembered.heap_file import HeapFiles, HeapWriter, Volume

    Identity = Any
    """What tells plain arguments from others: a tuple that marshal can write."""

    ProgramParts = tuple[str, tuple[str, ...], bytes, str | None, str]

    Looked = tuple[int, tuple[int, ...]]
    """The record of all parts that were looked at, and what was looked at directly (see `heap_file.DEPENDING`)."""

    Call = tuple[str, Identity, Any, Looked | None, bool]
    """The file that was called, with what, the reference of what it gave, what it has looked at of the project for
    that, if it has, and whether what it was given is a part of the project.
    """

HOUR = 3_600_000_000_000
MOST_FILES = 200
LARGEST = 160 << 20
"""A larger heap is not kept."""

MOST_BYTES_TOGETHER = 1 << 30


class Description:
    """What is known of a heap besides its records.

    facts            what all of it follows from
    allowed          what pure evaluation may read since it was made
    calls, files     what can be reached by name: calls of files with plain arguments, and files' values
    programs         whose code is named: file, names known besides, digest of the text; of what is no file (see
                     `functions`) the text and the folder of its paths, else None and ""
    names            the names of files in positions
    pieces           (program, piece) -> the piece in which its cells are made
    hashes           derivation -> (hash modulo fixed outputs, outputs, deferred)
    kinds            of each record
    parts            the records of the project's parts that were looked at, by their bits
    contents         files of the library of which each cell knows whether it follows from them, as in `Facts`
    volumes          the files of records
    changed          record -> the record that is in its place now
    seconds          how long the run took that found nothing more to keep
    why              why nothing is kept, "" where something is
    """

    __slots__ = (
        "allowed",
        "calls",
        "changed",
        "contents",
        "facts",
        "files",
        "hashes",
        "kinds",
        "names",
        "parts",
        "pieces",
        "programs",
        "seconds",
        "volumes",
        "why",
    )

    def __init__(
        self,
        facts: Parts,
        allowed: list[str],
        calls: list[Call],
        files: list[tuple[str, Any]],
        programs: list[ProgramParts],
        names: list[str],
        pieces: dict[tuple[int, str], str],
        hashes: dict[str, tuple[bytes, tuple[str, ...], bool]],
        kinds: bytes,
        parts: list[int],
        contents: dict[str, Content],
        volumes: list[Volume],
        changed: dict[int, int],
        seconds: float = 0.0,
        why: str = "",
    ) -> None:
        self.facts = facts
        self.allowed = allowed
        self.calls = calls
        self.files = files
        self.programs = programs
        self.names = names
        self.pieces = pieces
        self.hashes = hashes
        self.kinds = kinds
        self.parts = parts
        self.contents = contents
        self.volumes = volumes
        self.changed = changed
        self.seconds = seconds
        self.why = why

    @property
    def size(self) -> int:
        """The bytes of the records."""
        return sum([size for _, size, _, _ in self.volumes])


_FIELDS = (
    *("facts", "allowed", "calls", "files", "programs", "names", "pieces", "hashes", "kinds", "parts"),
    *("contents", "volumes", "changed", "seconds", "why"),
)


def nothing_kept(why: str, seconds: float) -> Description:
    """A description that says why there is no heap, so that it is not tried again before an hour is over."""
    facts = Facts()
    facts.until = time_ns() + HOUR
    return Description(facts.parts(), [], [], [], [], [], {}, {}, b"", [], {}, [], {}, seconds, why)


class Heaps:
    """The heaps of one user."""

    def __init__(self, cache_directory: str) -> None:
        self._lock: int | None = None
        self._cache = Cache(os.path.join(cache_directory, "heaps"), MOST_FILES, MOST_BYTES_TOGETHER, largest=LARGEST)

    def load(self, key: str) -> Description | None:
        """The description under a key; None where there is none that is whole."""
        parts = self._cache.load(key)
        return None if parts is None else Description(*parts)

    def is_of_this_hour(self, key: str) -> bool:
        """Whether what is kept under a key was made, or found to hold, within the last hour."""
        try:
            return time_ns() - os.stat(self._cache.path(key)).st_mtime_ns < HOUR
        except OSError:
            return False

    def open(self, description: Description) -> HeapFiles | None:
        """The records that are described; None where they are not there, or others."""
        from lixeval.evaluation.remembered.heap_file import DamagedHeap, HeapFiles  # only where there is one

        try:
            files = HeapFiles(self._cache.path, description.volumes, description.changed)
            for name, *_ in description.volumes:
                path = self._cache.path(name)
                keep_in_use(path, os.stat(path).st_mtime)
            return files
        except (OSError, ValueError, DamagedHeap):
            return None

    def save(self, key: str, description: Description, records: HeapWriter) -> None:
        """Keeps a heap, in place of the one that was there: the files that are described, and one with the records."""
        from lixeval.evaluation.remembered.heap_file import digests
        from lixeval.system.atomic import write_file

        directory = self._cache.directory
        if directory is None:
            return
        content = records.content()
        name = f"{key}-{os.urandom(6).hex()}"
        description.volumes.append((name, len(content), digests(content), records.count))
        try:
            make_private(directory)
            write_file(self._cache.path(name), content, 0o600)
        except OSError:
            return
        self.describe(key, description)
        if self._cache.directory is None:
            return  # it could not be described, and what was kept before still is
        in_use = {name for name, *_ in description.volumes}
        for found in os.listdir(directory):
            # Predecessors, and what writers have left that were killed.
            if found.startswith(f"{key}-") and found not in in_use:
                _unlink(self._cache.path(found))

    def forget(self, key: str) -> None:
        """Keeps it no longer."""
        _unlink(self._cache.path(key))

    def describe(self, key: str, description: Description) -> None:
        """Writes a description again, of which only facts' stamps and the time differ."""
        self._cache.save(key, tuple([getattr(description, name) for name in _FIELDS]))

    def lock(self, *, waits: bool = False) -> bool:
        """Keeps the user's other processes from making heaps until `unlock`, or this one's end; where one does, waits
        for it, or is False: no machine has to make several at once.
        """
        import fcntl

        directory = self._cache.directory
        if directory is None:
            return False
        try:
            make_private(directory)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            self._lock = os.open(self._cache.path("making.lock"), flags, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        except OSError:
            self.unlock()
            return False
        return True

    def unlock(self) -> None:
        """Others may make heaps again."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # another process was faster
