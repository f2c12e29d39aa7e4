"""Debian's package records, read directly (no dpkg-query: a process a question would cost more than all answers).

    status        = stanza {blank line stanza}                      /var/lib/dpkg/status
    stanza        = {Field ":" value {newline " " continuation}}    Package, Version, Status, Architecture, Depends, …
    Depends       = clause {"," clause};  clause = name [":" arch] ["(" relation ")"] {"|" name …}
    NAME.list     = one path a line, directories too                 /var/lib/dpkg/info/NAME[:ARCH].list
    NAME.md5sums  = md5 "  " path without the leading slash
    alternatives  = mode, link, {slave name, slave link}, blank, {target, priority, {slave target}}
    diversions    = path, where it is diverted to, by which package  (three lines each)

The status file is scanned once for its `Package:` lines (3 ms for 700 packages); a stanza is taken apart when asked
for.
Source: deb-control(5), dpkg(1) FILES, update-alternatives(1), Debian Policy chapters 5 and 7.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from lixeval.host.database import InstalledPackage, canonical
from lixeval.host.layout import in_prefix

_PACKAGE = re.compile(rb"^Package: (\S+)$", re.M)
_CLAUSE_NAME = re.compile(r"\s*([a-z0-9][a-z0-9+.-]*)")
_UNPACKED_STATES = frozenset(
    {"installed", "triggers-awaited", "triggers-pending", "unpacked", "half-configured"},
)
"""The states in which a package's files are on the disk."""


class Dpkg:
    """The records under `directory` (/var/lib/dpkg)."""

    manager = "dpkg"

    def __init__(self, directory: str = "/var/lib/dpkg") -> None:
        self._directory = directory
        self._status = b""
        self._stanzas: dict[str, list[tuple[int, int]]] | None = None
        self._found: dict[str, InstalledPackage | None] = {}
        self._lists: dict[str, bytes] = {}
        self._native = ""
        self._diverted: dict[str, tuple[str, str]] | None = None
        self._alternatives: dict[str, tuple[str, frozenset[bytes]]] | None = None
        """Link -> target, and as which lines a package's list may have that."""

    def names(self) -> Sequence[str]:
        return [name for name in sorted(self._index()) if self.find(name) is not None]

    def find(self, name: str) -> InstalledPackage | None:
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _index(self) -> dict[str, list[tuple[int, int]]]:
        """Name -> where its stanzas lie in the status file (one an architecture)."""
        if self._stanzas is None:
            with open(os.path.join(self._directory, "status"), "rb") as file:
                self._status = file.read()
            self._stanzas = {}
            starts = [(match.start(), match[1].decode()) for match in _PACKAGE.finditer(self._status)]
            ends = [start for start, _ in starts[1:]] + [len(self._status)]
            for (start, name), end in zip(starts, ends, strict=True):
                self._stanzas.setdefault(name, []).append((start, end))
        return self._stanzas

    def _stanzas_of(self, name: str) -> list[str]:
        """The stanzas of a package, one an architecture."""
        return [self._status[start:end].decode("utf-8", "replace") for start, end in self._index().get(name, ())]

    def _find(self, name: str) -> InstalledPackage | None:
        candidates = [package for stanza in self._stanzas_of(name) if (package := _package(stanza)) is not None]
        if len(candidates) > 1:  # Multi-Arch: the native one is the one that programs of this machine use
            candidates.sort(key=lambda package: package.architecture not in (self._native_architecture(), "all"))
        return candidates[0] if candidates else None

    def _native_architecture(self) -> str:
        if not self._native:
            package = self.find("dpkg")
            self._native = package.architecture if package else ""
        return self._native

    def _info(self, name: str, kind: str) -> str | None:
        package = self.find(name)
        architecture = f":{package.architecture}" if package else ""
        for stem in (name + architecture, name):
            path = os.path.join(self._directory, "info", f"{stem}.{kind}")
            if os.path.exists(path):
                return path
        return None

    def _list(self, name: str) -> bytes:
        """The package's .list with a newline before each path, so that a whole line can be searched for."""
        if name not in self._lists:
            path = self._info(name, "list")
            data = b""
            if path is not None:
                with open(path, "rb") as file:
                    data = file.read()
            self._lists[name] = b"\n" + data
        return self._lists[name]

    def files(self, name: str) -> Sequence[str]:
        files: list[str] = []
        for line in self._list(name).split(b"\n"):
            if not line or line == b"/.":
                continue
            files.append(self._where(canonical(os.fsdecode(line)), name))
        return files

    def _where(self, path: str, name: str) -> str:
        """Where a file of package `name` really lies, diversions considered."""
        if self._diverted is None:
            self._diverted = {}
            try:
                with open(os.path.join(self._directory, "diversions"), encoding="utf-8") as file:
                    lines = file.read().split("\n")
            except FileNotFoundError:
                lines = []
            for source, target, owner in zip(lines[::3], lines[1::3], lines[2::3], strict=False):
                self._diverted[canonical(source)] = (canonical(target), owner)
        target, owner = self._diverted.get(path, (path, name))
        return path if owner == name else target

    def digests(self, name: str) -> dict[str, str]:
        digests: dict[str, str] = {}
        path = self._info(name, "md5sums")
        if path is not None:
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                for line in file:
                    md5, _, relative = line.rstrip("\n").partition("  ")
                    digests[self._where(canonical("/" + relative), name)] = md5
        for stanza in self._stanzas_of(name):
            for configuration, md5 in _conffiles(_fields(stanza).get("Conffiles", "")):
                digests.setdefault(canonical(configuration), md5)
        return digests

    def installed_at(self, name: str) -> float:
        path = self._info(name, "list")
        return os.stat(path).st_mtime if path is not None else 0.0

    def owner(self, path: str, among: Iterable[str] = ()) -> str | None:
        asked: set[str] = set()
        spellings = {path, path.removeprefix("/usr")} if canonical(path.removeprefix("/usr")) == path else {path}
        lines = [b"\n" + os.fsencode(spelling) + b"\n" for spelling in spellings]
        for name in among:
            asked.add(name)
            if self.find(name) is not None and any(line in self._list(name) for line in lines):
                return name
        for name in self._index():
            if name not in asked and any(line in self._list(name) for line in lines) and self.find(name) is not None:
                return name
        return None

    def alternatives(self, name: str) -> dict[str, str]:
        if self._alternatives is None:
            best = _read_alternatives(os.path.join(self._directory, "alternatives"))
            self._alternatives = {link: (target, _lines_of(target)) for link, target in best.items()}
        files = frozenset(self._list(name).split(b"\n"))
        return {link: target for link, (target, lines) in self._alternatives.items() if not lines.isdisjoint(files)}

    def place(self, path: str) -> str | None:
        return in_prefix(path)

    def how_to_install(self, names: Sequence[str]) -> str:
        return "apt-get install " + " ".join(names)


def _package(stanza: str) -> InstalledPackage | None:
    """The package a stanza describes; None if its files are not on the disk."""
    fields = _fields(stanza)
    if fields.get("Status", "").split(" ")[-1] not in _UNPACKED_STATES:
        return None
    depends = ", ".join(fields[name] for name in ("Pre-Depends", "Depends") if fields.get(name))
    return InstalledPackage(
        name=fields["Package"],
        version=fields.get("Version", "0"),
        architecture=fields.get("Architecture", "all"),
        description=fields.get("Description", "").partition("\n")[0],
        homepage=fields.get("Homepage", ""),
        depends=tuple(clause for text in depends.split(",") if (clause := _any_of(text))),
    )


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.split("\n"):
        if line[:1] in (" ", "\t"):
            fields[name] += "\n" + line[1:]
        elif line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


def _any_of(clause: str) -> tuple[str, ...]:
    """The names any one of which will do: `a (>= 1) | b:any` -> ("a", "b")."""
    return tuple(match[1] for part in clause.split("|") if (match := _CLAUSE_NAME.match(part)))


def _conffiles(text: str) -> Iterable[tuple[str, str]]:
    for line in text.split("\n"):
        words = line.split(" ")
        if len(words) == 2 and words[0].startswith("/"):  # three words: an obsolete one
            yield words[0], words[1]


def _lines_of(path: str) -> frozenset[bytes]:
    return frozenset((os.fsencode(path), os.fsencode(path.removeprefix("/usr"))))


def _read_alternatives(directory: str) -> dict[str, str]:
    """Link -> target of the candidate with the highest priority, whatever this host's owner has chosen."""
    links: dict[str, str] = {}
    try:
        names = sorted(os.listdir(directory))
    except FileNotFoundError:
        return links
    for name in names:
        try:
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                links.update(_best_alternative(file.read().split("\n")))
        except (OSError, ValueError, IndexError):
            continue  # somebody else's file in that directory; nothing depends on it
    return links


def _best_alternative(lines: list[str]) -> dict[str, str]:
    links = [lines[1]]
    row = 2
    while lines[row]:
        links.append(lines[row + 1])
        row += 2
    row += 1
    best: list[str] = []
    highest: int | None = None
    while row < len(lines) and lines[row]:
        target, priority = lines[row], int(lines[row + 1])
        targets = [target, *lines[row + 2 : row + 1 + len(links)]]
        if highest is None or priority > highest:
            best, highest = targets, priority
        row += 1 + len(links)
    return {canonical(link): canonical(target) for link, target in zip(links, best, strict=False) if target}
