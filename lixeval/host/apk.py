"""Alpine's package records: one text with all packages and all files.

    installed = stanza {blank line stanza}                            /lib/apk/db/installed
    stanza    = {LETTER ":" value newline}
                P name   V version   A arch   T description   U url   D dependencies   p provides
                F directory, then for each of its files: R name, [a owner:group:mode], [Z "Q1" base64 of the sha1]
    a dependency or provide = name [relation version]; "so:NAME", "cmd:NAME" are names too, "!name" a conflict

Source: apk-tools, "APK installed database" (wiki.alpinelinux.org/wiki/Apk_spec).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from lixeval.host.database import InstalledPackage, canonical
from lixeval.host.records import Record, Records

_NAME = re.compile(r"[^<>=~]+")


class Apk(Records):
    """The records in `file`."""

    manager = "apk"
    install_command = "apk add"

    def __init__(self, file: str = "/lib/apk/db/installed") -> None:
        self._file = file

    def read(self) -> Iterable[Record]:
        with open(self._file, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
        for stanza in text.split("\n\n"):
            if stanza.strip():
                yield _record(stanza)


def _record(stanza: str) -> Record:
    fields: dict[str, str] = {}
    files: list[str] = []
    digests: dict[str, str] = {}
    directory = ""
    for line in stanza.strip("\n").split("\n"):
        letter, _, value = line.partition(":")
        if letter == "F":
            directory = value
        elif letter == "R":
            files.append(canonical(f"/{directory}/{value}" if directory else f"/{value}"))
        elif letter == "Z" and files and value.startswith("Q1"):
            try:
                digests[files[-1]] = base64.b64decode(value[2:]).hex()
            except binascii.Error:
                continue  # no digest that could be compared: the file is hashed
        else:
            fields[letter] = value
    package = InstalledPackage(
        name=fields["P"],
        version=fields.get("V", "0"),
        architecture=fields.get("A", "noarch"),
        description=fields.get("T", ""),
        homepage=fields.get("U", ""),
        depends=tuple((name,) for name in _names(fields.get("D", ""))),
    )
    return Record(package, files, digests, tuple(_names(fields.get("p", ""))))


def _names(text: str) -> Iterable[str]:
    for word in text.split():
        match = _NAME.match(word)
        if match is not None and not word.startswith("!"):
            yield match[0]
