"""Facts: what an evaluation has learned of the machine, so that one can see whether it would learn the same again.

A fact is a question and its answer.  Most are simply asked again: whether a path exists and what it is, what a link
says, a variable.  For the content of a file, the entries of a directory, what is at a path itself and a tree that was
copied to the store, the answer is a digest, and an equal settled stamp spares asking (`stamps`).

`Facts.hold` asks the cheap questions first.  What it found equal by content gets a new stamp where that has settled
meanwhile; `renewed` then says that the entry is worth writing again.
"""

from __future__ import annotations

import os
from _blake2 import blake2b
from stat import S_ISDIR, S_ISLNK, S_ISREG, S_IXUSR

from lixeval.environment.machine import Machine, content_of, native
from lixeval.system.cache import digest
from lixeval.system.fingerprints import Clock, honest_devices, stamp_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.formats.store_path import StorePath
    from lixeval.system.fingerprints import Stamp

    Content = tuple[Stamp | None, bytes]
    Seen = dict[str, tuple[str, bool]]
    Tree = tuple[str, str, str, str, Seen, dict[str, Stamp] | None]

    Parts = tuple[
        dict[str, Content],
        dict[str, Content],
        dict[str, Content],
        dict[tuple[str, bool], str | None],
        dict[str, str],
        dict[str, str],
        dict[str, Stamp | None],
        dict[str, int],
        list[Tree],
        list[StorePath],
        int,
    ]

_MACHINE = Machine()


class Facts:
    """Everything that one evaluation has learned.

    files, listings   path -> (settled stamp or None, digest of the content or of the entries)
    itself            path -> (settled stamp or None, digest of what is there, links not followed: see `look_at`)
    kinds             (path, whether links are followed) -> kind or None
    links             path -> target
    variables         environment variable -> value, "" if it is not set
    stamped           path -> stamp or None: files that answers from elsewhere hold as long as
    newest            path -> the time of the last change in that tree
    trees             (path, name, method, store path, what the filter answered about each entry, stamps or None)
    valid             store paths that were valid or have become so
    until             when the facts end to hold whatever the rest says, in ns since 1970; 0 is never
    """

    PARTS = (
        *("files", "listings", "itself", "kinds", "links", "variables", "stamped", "newest", "trees", "valid"),
        "until",
    )

    __slots__ = (
        "files",
        "itself",
        "kinds",
        "links",
        "listings",
        "newest",
        "renewed",
        "stamped",
        "trees",
        "until",
        "valid",
        "variables",
    )

    def __init__(self, parts: Parts | None = None) -> None:
        empty: Parts = ({}, {}, {}, {}, {}, {}, {}, {}, [], [], 0)
        (
            self.files,
            self.listings,
            self.itself,
            self.kinds,
            self.links,
            self.variables,
            self.stamped,
            self.newest,
            self.trees,
            self.valid,
            self.until,
        ) = parts if parts is not None else empty
        self.renewed = False

    def parts(self) -> Parts:
        """The facts as plain data."""
        return (
            self.files,
            self.listings,
            self.itself,
            self.kinds,
            self.links,
            self.variables,
            self.stamped,
            self.newest,
            self.trees,
            self.valid,
            self.until,
        )

    def include(self, others: Facts) -> str:
        """Takes over others that hold too; the question that the two answer differently, "" if there is none."""
        for name in ("kinds", "links", "variables", "stamped", "newest"):
            mine = getattr(self, name)
            for question, answer in getattr(others, name).items():
                if mine.setdefault(question, answer) != answer:
                    return str(question)
        for name in ("files", "listings", "itself"):
            mine = getattr(self, name)
            for question, answer in getattr(others, name).items():
                if mine.setdefault(question, answer)[1] != answer[1]:
                    return str(question)
        self.trees += others.trees
        self.until = min(self.until or others.until, others.until or self.until)
        return ""

    def change(self, state_directory: str) -> str:
        """The first of them that does not hold, in words."""
        empty: Parts = ({}, {}, {}, {}, {}, {}, {}, {}, [], [], 0)
        for place, (found, nothing) in enumerate(zip(self.parts(), empty, strict=True)):
            members: list[Any] = [found]
            if found.__class__ is dict:
                members = [{question: answer} for question, answer in found.items()]
            elif found.__class__ is list:
                members = [[one] for one in found]
            for member in members:
                parts = list(empty)
                parts[place] = member
                if member != nothing and not Facts(tuple(parts)).hold(state_directory):  # type: ignore[arg-type]
                    return _in_words(place, member)
        return "something that is so again by now"

    def hold(self, state_directory: str) -> bool:
        """Whether each fact is so still; store paths are looked up in the store whose state is in that directory."""
        from time import time_ns

        now, machine = time_ns(), _MACHINE
        if self.until and now >= self.until:
            return False
        try:
            return (
                all(machine.variable(name) == value for name, value in self.variables.items())
                and all(machine.kind(path, follow=follow) == kind for (path, follow), kind in self.kinds.items())
                and all(machine.target(path) == target for path, target in self.links.items())
                and all(_stamp_at(path) == stamp for path, stamp in self.stamped.items())
                and all(machine.newest(path) == time for path, time in self.newest.items())
                and self._contents_hold(Clock(now, honest_devices()))
                and all_valid(state_directory, self.valid)
            )
        except OSError:
            # What could be looked at then cannot be now: whatever that means, it is a change.
            return False

    def changed_files(self) -> frozenset[str]:
        """The files that have other contents by now."""
        from time import time_ns

        clock, found = Clock(time_ns(), honest_devices()), set()
        for path, (stamp, expected) in list(self.files.items()):
            try:
                if stamp is None or stamp_of(os.stat(path)) != stamp:
                    now, data = read_stamped(path, clock)
                    if digest(data) != expected:
                        found.add(path)
                    else:
                        self._renew(self.files, path, stamp, now, expected)
            except OSError:
                found.add(path)
        return frozenset(found)

    def _contents_hold(self, clock: Clock) -> bool:
        files, listings = self.files, self.listings
        for path, (stamp, expected) in files.items():
            if stamp is None or stamp_of(os.stat(path)) != stamp:
                found, data = read_stamped(path, clock)
                if digest(data) != expected:
                    return False
                self._renew(files, path, stamp, found, expected)
        for path, (stamp, expected) in listings.items():
            if stamp is None or stamp_of(os.stat(path)) != stamp:
                found = clock.settled(os.stat(path))
                if listing_digest(_MACHINE.entries(path)) != expected:
                    return False
                self._renew(listings, path, stamp, found, expected)
        for path, (stamp, expected) in self.itself.items():
            if stamp is None or stamp_of(os.lstat(native(path))) != stamp:
                found, content = look_at(path, clock)
                if content != expected:
                    return False
                self._renew(self.itself, path, stamp, found, expected)
        for number, tree in enumerate(self.trees):
            if not stamps_hold(tree[5]) and not self._tree_holds(number, clock):
                return False
        return True

    def _renew(
        self, place: dict[str, Content], path: str, before: Stamp | None, now: Stamp | None, content: bytes
    ) -> None:
        """The content is the same: the next time its new stamp may say so."""
        if now != before:
            place[path] = (now, content)
            self.renewed = True

    def _tree_holds(self, number: int, clock: Clock) -> bool:
        """Whether a tree would still be copied to the same store path: it is hashed again, with the same filter."""
        from lixeval.errors import FormatError, StoreError
        from lixeval.formats import store_path
        from lixeval.store.sources import HashedSource

        path, name, method, expected, seen, before = self.trees[number]
        stamps = TreeStamps(path, clock)

        def ask(entry: str, kind: str) -> bool:
            known_kind, taken = seen[entry]
            if kind != known_kind:
                raise KeyError(entry)
            stamps.add(entry)
            return taken

        try:
            content = HashedSource(path, method, "sha256", ask, False).content_hash
            if store_path.fixed_output_path(name, method, content) != expected:
                return False
        except (KeyError, FormatError, StoreError):
            return False
        after = stamps.settled()
        if after != before:
            self.trees[number] = (path, name, method, expected, seen, after)
            self.renewed = True
        return True


def _in_words(place: int, member: Any) -> str:
    if place == len(Facts.PARTS) - 1:
        return "the time for which it holds"
    question = next(iter(member))
    if Facts.PARTS[place] == "variables":
        return f"the variable {question}"
    if Facts.PARTS[place] in ("kinds", "trees"):
        question = question[0]
    return f"'{question}'"


class TreeStamps:
    """The stamps of a tree, each taken before its file is read."""

    def __init__(self, path: str, clock: Clock) -> None:
        self._clock = clock
        self._stamps: dict[str, Stamp] = {}
        self._all_settled = True
        self.add(path)

    def add(self, path: str) -> None:
        """Takes the stamp of the tree itself or of something in it."""
        status = os.lstat(path)
        self._stamps[path] = stamp_of(status)
        if self._clock.settled(status) is None:
            self._all_settled = False

    def settled(self) -> dict[str, Stamp] | None:
        """All stamps, if each of them stands for the content."""
        return self._stamps if self._all_settled else None


def stamps_hold(stamps: dict[str, Stamp] | None) -> bool:
    """Whether files still have their stamps, links not followed; never without stamps.  Raises OSError."""
    return stamps is not None and all(stamp_of(os.lstat(path)) == stamp for path, stamp in stamps.items())


def all_valid(state_directory: str, paths: list[StorePath]) -> bool:
    """Whether store paths are all valid and really there."""
    if not paths:
        return True
    from lixeval.store.database import Database

    prefix = state_directory.removesuffix("/nix/var/nix")
    if not all(os.path.lexists(prefix + path) for path in paths):
        return False
    database = Database(state_directory + "/db", read_only=True)
    try:
        return database.valid_among(paths).issuperset(paths)
    finally:
        database.close()


def read_stamped(path: str, clock: Clock) -> tuple[Stamp | None, bytes]:
    """A file's content, and the stamp that stands for it from now on, if it does."""
    status, data = content_of(path)
    return clock.settled(status) if len(data) == status.st_size else None, data


def look_at(path: str, clock: Clock) -> tuple[Stamp | None, bytes]:
    """What is at a path itself, as a digest, and the stamp that stands for it from now on, if one does.

    Of a file content, owner and whether it can be executed; of a link what it says; of a folder the owner alone, which
    no stamp stands for, since it is another one after every change within; b"" where there is nothing.
    """
    place = native(path)
    try:
        status = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return None, b""
    mode = status.st_mode
    content = blake2b(b"%d " % status.st_uid, digest_size=16)
    if S_ISDIR(mode):
        content.update(b"folder")
        return None, content.digest()
    if S_ISLNK(mode):
        content.update(b"link " + os.fsencode(os.readlink(place)))
    elif S_ISREG(mode):
        content.update(b"program " if mode & S_IXUSR else b"file ")
        with open(place, "rb", buffering=0) as file:
            while chunk := file.read(1 << 20):
                content.update(chunk)
    else:
        content.update(b"device")
    return clock.settled(status), content.digest()


def listing_digest(entries: dict[str, str]) -> bytes:
    """The digest of a directory's entries."""
    return digest("\0".join(f"{name}/{entries[name]}" for name in sorted(entries)).encode("utf-8", "surrogateescape"))


def _stamp_at(path: str) -> Stamp | None:
    try:
        return stamp_of(os.stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
