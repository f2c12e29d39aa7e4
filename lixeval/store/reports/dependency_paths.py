"""Why one store path depends on another: the ways between them, and the files in which each reference is found.

A path depends on what it refers to, and on what that depends on.  The references in between make a graph; the distance
of each of its paths from the end, in references, says which way is the shortest.

C++: why-depends.cc.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap

from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.formats.store_path import DIGEST_LENGTH, StorePath
from lixeval.formats.store_path import parse as parse_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lixeval.formats.store_path import RealPath
    from lixeval.store.local import LocalStore

    Contents = bytes | mmap

MARGIN = 32
"""How many bytes are shown before and after a reference."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a reference is found: a file (relative; "/" is the store path itself), or a symbolic link.

    `before`, `hash_part` and `after` are what stands there, unprintable bytes as dots.
    """

    file: str
    is_link: bool
    before: str
    hash_part: str
    after: str


class DependencyPaths:
    """The paths from `package` to `dependency`, both valid; empty where there is none."""

    def __init__(self, store: LocalStore, package: StorePath, dependency: StorePath) -> None:
        self.store = store
        self.package = package
        self.dependency = dependency
        closure = store.closure([package])
        self._references: dict[StorePath, list[StorePath]] = {}
        for referrer, reference in sorted(store.database.edges(closure)):
            self._references.setdefault(referrer, []).append(reference)
        self.distance = _distances(dependency, self._references) if dependency in closure else {}
        """How many references lead from a path to the dependency; what does not lead there is not in it."""

    def __bool__(self) -> bool:
        return self.package in self.distance

    def next_steps(self, path: StorePath) -> list[StorePath]:
        """The references of `path` that lead on to the dependency, nearest first, then by name.

        A reference to itself is one only where it is asked why something depends on itself.
        """
        counts_itself = self.package == self.dependency
        leading = [
            reference
            for reference in self._references.get(path, ())
            if reference in self.distance and (counts_itself or reference != path)
        ]
        return sorted(leading, key=lambda reference: (self.distance[reference], reference))

    def shortest(self) -> list[StorePath]:
        """The paths on the shortest way, both ends included."""
        way = [self.package]
        while way[-1] != self.dependency:
            way.append(self.next_steps(way[-1])[0])
        return way

    def hits(self, path: StorePath, references: Iterable[StorePath]) -> dict[StorePath, list[Hit]]:
        """For each of the references the places below `path` where it is found, each file once.

        Where no content has it, it is in names.
        """
        wanted = {parse_path(reference).hash_part: reference for reference in references}
        found: dict[StorePath, list[Hit]] = {reference: [] for reference in wanted.values()}
        real = self.store.real(path)
        for file in _files_below(real):
            shown = file[len(real) + 1 :] or "/"
            is_link = os.path.islink(file)
            with _link_target(file) if is_link else _contents(file) as contents:
                for hash_part, reference in wanted.items():
                    position = contents.find(hash_part.encode("ascii"))
                    if position >= 0:
                        found[reference].append(_hit(shown, is_link, contents, position))
        for hash_part, reference in wanted.items():
            if not found[reference]:
                found[reference] += _hits_in_names(real, hash_part)
        return found


def _distances(dependency: StorePath, references: dict[StorePath, list[StorePath]]) -> dict[StorePath, int]:
    referrers: dict[StorePath, list[StorePath]] = {}
    for referrer, used in references.items():
        for reference in used:
            referrers.setdefault(reference, []).append(referrer)
    distance = {dependency: 0}
    queue = deque([dependency])
    while queue:
        path = queue.popleft()
        for referrer in referrers.get(path, ()):
            if referrer not in distance:
                distance[referrer] = distance[path] + 1
                queue.append(referrer)
    return distance


def _files_below(real_path: str) -> Iterator[str]:
    """Files and symbolic links, in the order of a NAR."""
    mode = os.lstat(real_path).st_mode
    if stat.S_ISDIR(mode):
        for name in sorted(os.listdir(real_path), key=os.fsencode):
            yield from _files_below(f"{real_path}/{name}")
    else:
        yield real_path


@contextmanager
def _contents(file: str) -> Iterator[Contents]:
    """The bytes of a file, which may be larger than memory."""
    with open(file, "rb") as stream:
        if not os.fstat(stream.fileno()).st_size:
            yield b""
            return
        with mmap(stream.fileno(), 0, access=ACCESS_READ) as contents:
            yield contents


@contextmanager
def _link_target(link: str) -> Iterator[Contents]:
    yield bytes_of(os.readlink(link))


def _hits_in_names(real_path: RealPath, hash_part: str) -> Iterator[Hit]:
    for folder, folders, names in os.walk(real_path):
        for name in sorted([*folders, *names]):
            if hash_part in name:
                before, _, after = name.partition(hash_part)
                yield Hit(f"{folder}/{name}"[len(real_path) + 1 :], False, before, hash_part, after)


def _hit(file: str, is_link: bool, contents: Contents, position: int) -> Hit:
    end = position + DIGEST_LENGTH
    hash_part = contents[position:end].decode("ascii")
    if is_link:
        return Hit(file, True, text_of(contents[:position]), hash_part, text_of(contents[end:]))
    before = contents[max(0, position - MARGIN) : position]
    return Hit(file, False, _printable(before), hash_part, _printable(contents[end : end + MARGIN]))


def _printable(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)
