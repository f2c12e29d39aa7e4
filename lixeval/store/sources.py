"""Files on their way into the store: hashed first, since the hash is the name, and copied only if that is new.

What is in the store already (the usual case: the same source as a minute ago) is read once and not written.  What is
not, up to a size, is still in memory when it is to be written; beyond that it is read again, and must not have changed.
"""

from __future__ import annotations

import os
import stat

from lixeval.errors import FormatError, StoreError
from lixeval.formats import nar
from lixeval.formats.hashes import Hash, digest
from lixeval.formats.nar_events import CHUNK, File, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lixeval.formats.nar import Filter
    from lixeval.formats.nar_events import Event

IN_MEMORY = 32 << 20
"""Bytes of a NAR that are kept between hashing and writing."""


class HashedSource:
    """A tree that was read: `content_hash` by the method asked for, and the hash and size of its NAR."""

    __slots__ = ("_is_plain_file", "_nar", "_path", "_taken", "content_hash", "nar_hash", "nar_size")

    content_hash: Hash
    nar_hash: Hash
    nar_size: int
    _nar: list[bytes] | None

    def __init__(
        self, path: str, method: str, algorithm: str, filter: Filter | None, keep: bool, *, modulo: str | None = None
    ) -> None:
        """Read the tree at `path`; `keep` says that it will probably be copied.

        With `modulo`, a path's hash part, its content is hashed as that of a tree that refers to itself by it.
        """
        self._begin(path, method, None if filter is None else set())
        if method != "recursive":
            _check_is_file(path, method)
        contents = nar.read_small_file(path, min(CHUNK, IN_MEMORY)) if modulo is None else None
        if contents is not None:
            self._take_file(*contents, method, algorithm, keep)
            return
        kept = _Kept(IN_MEMORY if keep else 0)
        content = _content_hashing(algorithm, modulo)
        whole = nar.HashingWriter("sha256")
        sinks: list[Callable[[bytes], object]] = [whole.write, kept.write]
        same = method == "recursive" and algorithm == "sha256" and modulo is None
        if method == "recursive" and not same:
            sinks.append(content.write)
        events = nar.walk(path, None if filter is None else self._remembering(filter))
        encode(events if method == "recursive" else _plain_file(events, content.write), _to_all(sinks))
        self.nar_hash = whole.result()[0]
        self.nar_size = whole.size
        self.content_hash = self.nar_hash if same else content.result()[0]
        self._nar = kept.pieces

    @classmethod
    def small(
        cls, path: str, method: str, algorithm: str, filter: Filter | None, most: int, keep: bool
    ) -> HashedSource | None:
        """What has at most so many bytes, a file or a folder of a few, as most sources are, read in one go.

        None for anything else, and where something is the matter; then the `filter` may have been asked already.
        """
        most = min(most, IN_MEMORY)
        try:
            contents = nar.read_small_file(path, most)
        except (OSError, FormatError):
            return None
        made = cls.__new__(cls)
        made._begin(path, method, None)
        if contents is not None:
            made._take_file(*contents, method, algorithm, keep)
            return made
        whole = nar.read_small_tree(path, most, filter) if method == "recursive" else None
        if whole is None:
            return None
        made._take_nar(whole, algorithm, keep)
        return made

    def _begin(self, path: str, method: str, taken: set[str] | None) -> None:
        self._path = path
        self._is_plain_file = method != "recursive"
        self._taken = taken

    def _take_file(self, contents: bytes, executable: bool, method: str, algorithm: str, keep: bool) -> None:
        recursive = method == "recursive"
        self._take_nar(nar.encode_file(contents, executable and recursive), algorithm, keep)
        if not recursive:
            self.content_hash = digest(algorithm, contents)

    def _take_nar(self, whole: bytes, algorithm: str, keep: bool) -> None:
        self.nar_hash = digest("sha256", whole)
        self.nar_size = len(whole)
        self.content_hash = self.nar_hash if algorithm == "sha256" else digest(algorithm, whole)
        self._nar = [whole] if keep else None

    def copy_to(self, destination: str) -> None:
        """Write the tree to `destination`, a real path that does not exist; `StoreError` if it changed meanwhile."""
        if self._nar is not None:
            nar.restore(_reader(self._nar), destination)
            return
        taken = self._taken
        again = None if taken is None else lambda path, _kind: path in taken
        hashing = nar.HashingWriter("sha256")
        events = nar.walk(self._path, again)
        if self._is_plain_file:
            events = _plain_file(events, lambda _data: None)
        encode(nar.materialise(events, destination), hashing.write)
        if hashing.result()[0] != self.nar_hash:
            raise StoreError(f"'{self._path}' changed while it was copied to the store")

    def _remembering(self, filter: Filter) -> Filter:
        """The filter, its answers noted: it may be a Nix function and must not be asked twice."""
        taken = self._taken
        assert taken is not None

        def ask(path: str, kind: str) -> bool:
            if filter(path, kind):
                taken.add(path)
                return True
            return False

        return ask


def _content_hashing(algorithm: str, modulo: str | None) -> nar.HashingWriter:
    if modulo is None:
        return nar.HashingWriter(algorithm)
    from lixeval.formats.rewriting import ModuloHashing  # hardly any tree is named so

    return ModuloHashing(algorithm, modulo)


class _Kept:
    """What was written, unless it became too much."""

    def __init__(self, limit: int) -> None:
        self.pieces: list[bytes] | None = []
        self._rest = limit

    def write(self, data: bytes) -> None:
        if self.pieces is not None:
            self._rest -= len(data)
            if self._rest < 0:
                self.pieces = None
            else:
                self.pieces.append(data)


def _to_all(sinks: list[Callable[[bytes], object]]) -> Callable[[bytes], object]:
    def write(data: bytes) -> None:
        for sink in sinks:
            sink(data)

    return write


def _check_is_file(path: str, method: str) -> None:
    if not stat.S_ISREG(os.lstat(path).st_mode):
        what = "Is a directory" if os.path.isdir(path) else "not a regular file"
        raise StoreError(f"reading from file '{path}': {what}", hint=f"only a file has a {method} hash")


def _plain_file(events: Iterable[Event], write: Callable[[bytes], object]) -> Iterator[Event]:
    """The event of a file, its bytes also written to `write`; a hash of the bytes alone makes it not executable."""
    for event in events:
        if isinstance(event, File):
            event = File(event.path, False, event.size, _copied(event.chunks, write))
        yield event


def _copied(chunks: Iterable[bytes], write: Callable[[bytes], object]) -> Iterator[bytes]:
    for chunk in chunks:
        write(chunk)
        yield chunk


def _reader(pieces: list[bytes]) -> Callable[[int], bytes]:
    import io

    return io.BytesIO(b"".join(pieces)).read
