"""Fedora's and SUSE's package records, asked from the `rpm` command: its database is a format of its own.

One call answers for all packages; the kept answers (see `describe`) make that rare.

    line = "P" tab NAME tab EVR tab ARCH tab INSTALLTIME tab SUMMARY tab URL
         | "D" tab name of what is needed | "O" tab name of what is provided
         | "F" tab path tab digest (md5 or sha256 by its length, empty for directories and links)

Source: rpm(8), "rpm-queryformat(7)"; tags of rpm's `rpmtag.h`.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence

from lixeval.errors import EvalError
from lixeval.host.database import InstalledPackage, canonical
from lixeval.host.digests import is_digest
from lixeval.host.records import Record, Records

_FORMAT = (
    r"P\t%{NAME}\t%{EVR}\t%{ARCH}\t%{INSTALLTIME}\t%{SUMMARY}\t%|URL?{%{URL}}|\n"
    r"[D\t%{REQUIRENAME}\n][O\t%{PROVIDENAME}\n][F\t%{FILENAMES}\t%{FILEDIGESTS}\n]"
)


class Rpm(Records):
    """The records that `rpm` knows."""

    manager = "rpm"

    def read(self) -> Iterable[Record]:
        command = ["rpm", "-qa", "--queryformat", _FORMAT]
        run = subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", check=False)
        if run.returncode != 0:
            raise EvalError(f"'rpm -qa' failed: {run.stderr.strip()}")
        return parse(run.stdout)

    def how_to_install(self, names: Sequence[str]) -> str:
        command = next((name for name in ("dnf", "zypper", "yum") if shutil.which(name)), "dnf")
        return f"{command} install {' '.join(names)}"


def parse(text: str) -> Iterable[Record]:
    """The records in the output of `rpm -qa` with the format above."""
    head: list[str] = []
    needed: list[str] = []
    provided: list[str] = []
    files: dict[str, str] = {}
    for line in text.split("\n"):
        kind, _, rest = line.partition("\t")
        if kind == "P":
            if head:
                yield _record(head, needed, provided, files)
            head, needed, provided, files = rest.split("\t"), [], [], {}
        elif kind == "D":
            needed.append(rest)
        elif kind == "O":
            provided.append(rest)
        elif kind == "F":
            path, _, digest = rest.rpartition("\t")
            files[canonical(path)] = digest
    if head:
        yield _record(head, needed, provided, files)


def _record(head: list[str], needed: list[str], provided: list[str], files: dict[str, str]) -> Record:
    name, version, architecture, installed, summary, *rest = head
    package = InstalledPackage(
        name=name,
        version=version,
        architecture=architecture,
        description=summary,
        homepage=rest[0] if rest else "",
        depends=tuple((need,) for need in dict.fromkeys(needed) if not need.startswith(("rpmlib(", "/"))),
    )
    digests = {path: digest for path, digest in files.items() if is_digest(digest) and set(digest) != {"0"}}
    return Record(package, list(files), digests, provided, float(installed or 0))
