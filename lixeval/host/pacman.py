"""Arch's package records: a directory a package with two texts.

    local/NAME-VERSION/desc    "%NAME%" newline value {newline value} blank line, "%VERSION%" …
                               NAME VERSION ARCH DESC URL DEPENDS PROVIDES INSTALLDATE
    local/NAME-VERSION/files   %FILES% paths without leading slash, directories end in one
                               %BACKUP% path, tab, md5 as shipped

Source: the pacman manual, alpm's local database (lib/libalpm/be_local.c, format).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from lixeval.host.database import InstalledPackage, canonical
from lixeval.host.records import Record, Records, canonical_files

_NAME = re.compile(r"[^<>=:]+")


class Pacman(Records):
    """The records under `directory`."""

    manager = "pacman"
    install_command = "pacman -S"

    def __init__(self, directory: str = "/var/lib/pacman/local") -> None:
        self._directory = directory

    def read(self) -> Iterable[Record]:
        for name in sorted(os.listdir(self._directory)):
            directory = os.path.join(self._directory, name)
            if os.path.isdir(directory):
                yield _record(_sections(os.path.join(directory, "desc")), _sections(os.path.join(directory, "files")))


def _record(description: dict[str, list[str]], listing: dict[str, list[str]]) -> Record:
    def first(name: str, otherwise: str) -> str:
        return next(iter(description.get(name, [])), otherwise)

    package = InstalledPackage(
        name=first("NAME", ""),
        version=first("VERSION", "0"),
        architecture=first("ARCH", "any"),
        description=first("DESC", ""),
        homepage=first("URL", ""),
        depends=tuple((name,) for name in _names(description.get("DEPENDS", []))),
    )
    backup = (line.split("\t") for line in listing.get("BACKUP", []))
    return Record(
        package,
        canonical_files(path for path in listing.get("FILES", []) if not path.endswith("/")),
        {canonical("/" + words[0]): words[1] for words in backup if len(words) == 2},
        tuple(_names(description.get("PROVIDES", []))),
        float(first("INSTALLDATE", "0")),
    )


def _sections(path: str) -> dict[str, list[str]]:
    """The sections of a desc or files text; an absent file has none."""
    sections: dict[str, list[str]] = {}
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
    except FileNotFoundError:
        return sections
    current: list[str] = []
    for line in lines:
        if len(line) > 2 and line[0] == line[-1] == "%":
            current = sections.setdefault(line[1:-1], [])
        elif line:
            current.append(line)
    return sections


def _names(relations: Iterable[str]) -> Iterable[str]:
    for relation in relations:
        match = _NAME.match(relation)
        if match is not None:
            yield match[0]
