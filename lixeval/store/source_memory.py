"""What source trees hashed to, remembered from run to run, so that an unchanged tree need not be read again.

    CACHE/lixeval/sources/NAME    `lixeval.system.cache`, one file for each path that was copied:
                                  {state: (algorithm, digest)}, the last one used last

A *state* is a digest of everything that the hash follows from, without the contents: how is hashed, and for each file,
link and directory that the filter lets pass its name and its stamp.  A stamp (`lixeval.system.fingerprints`) proves
that the content is the same; what changed a moment ago, or lies where stamps prove nothing, has no state and is always
read. So the filter is asked each time, and the tree is walked, but no file is opened.

Real Nix does not remember plain paths at all.
"""

from __future__ import annotations

import os
from stat import S_ISDIR
from time import time_ns

from lixeval.formats import nar
from lixeval.formats.byte_text import bytes_of
from lixeval.formats.hashes import Hash
from lixeval.system.cache import Cache, digest
from lixeval.system.fingerprints import Clock, honest_devices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.formats.nar import Filter

WORTH_IT = 1 << 16
"""Trees of fewer bytes are read faster than remembered."""

MOST_STATES = 16
MOST_FILES = 1000
MOST_BYTES = 16 << 20


class SourceMemory:
    """The memory in the folder `directory`, which need not exist.

    Any number of processes may use one: of two that remember at once one wins, and nothing worse happens.
    """

    def __init__(self, directory: str) -> None:
        self._cache = Cache(directory, MOST_FILES, MOST_BYTES)
        self._honest: frozenset[int] | None = None

    def survey(self, path: str, method: str, algorithm: str, filter: Filter | None) -> Survey | None:
        """Looks at the tree at the real path `path` without reading it; None where that would not be worth it.

        Raises what the filter raises, and OSError where there is nothing.
        """
        status = os.lstat(bytes_of(path))
        if not S_ISDIR(status.st_mode) and status.st_size < WORTH_IT:
            return None
        if self._honest is None:
            self._honest = honest_devices()
        return Survey(self, path, (method, algorithm), filter, Clock(time_ns(), self._honest))

    def recall(self, path: str, state: bytes) -> Hash | None:
        """What the tree at `path` hashed to in a state."""
        found = self._known(path).get(state)
        return None if found is None else Hash(*found)

    def keep(self, path: str, state: bytes, content: Hash) -> None:
        """Remembers it, in place of what has not been used for long."""
        known = self._known(path)
        known.pop(state, None)
        known[state] = (content.algorithm, content.digest)
        self._cache.save(_key(path), dict(list(known.items())[-MOST_STATES:]))

    def _known(self, path: str) -> dict[bytes, tuple[str, bytes]]:
        return self._cache.load(_key(path)) or {}


def _key(path: str) -> str:
    return digest(bytes_of(path)).hex()


class Survey:
    """A tree as it stands: what of it is taken, and its state; stamps are taken before anything is read."""

    def __init__(
        self, memory: SourceMemory, path: str, manner: tuple[str, str], filter: Filter | None, clock: Clock
    ) -> None:
        self._memory = memory
        self._path = path
        self._clock = clock
        self._taken: set[str] = set()
        self._size = 0
        self._settled = True
        self._parts: list[object] = [manner]
        below = "" if path == "/" else path
        for relative, _, entry in nar.entries(path, filter):
            if entry is not None:
                self._look(f"{below}/{relative}" if relative else path, entry)
        text = repr(self._parts).encode("utf-8", "surrogateescape")
        self.state: bytes | None = digest(text) if self._settled and self._size >= WORTH_IT else None

    def _look(self, entry: str, status: os.stat_result) -> None:
        self._taken.add(entry)
        self._size += status.st_size
        if S_ISDIR(status.st_mode):
            # Its entries are looked at themselves, and what else is in it does not matter.
            self._parts.append((entry, None))
            return
        stamp = self._clock.settled(status)
        if stamp is None:
            self._settled = False
        self._parts.append((entry, stamp))

    def takes(self, entry: str, kind: str) -> bool:
        """The filter's answer, which was asked for once."""
        return entry in self._taken

    def recalled(self) -> Hash | None:
        """What the tree hashed to when it was in this state."""
        return None if self.state is None else self._memory.recall(self._path, self.state)

    def remember(self, content: Hash) -> None:
        """The tree has been read since, and hashes to that."""
        if self.state is not None:
            self._memory.keep(self._path, self.state, content)
