"""Names of nixpkgs for versions and flavours of one package, by rule: nodejs_22, php83, ruby_3_3, nginxStable.

The rules stand in the table of names, host-packages.json ("also" of an entry):

    rule    = word {" " word}
    word    = name | before "{" [ N ("." | "_") ] FROM "-" TO "}" after

nodejs_{10-30} stands for nodejs_10 to nodejs_30; php{8.0-9} for php80 to php89, versions 8.0 to 8.9, and ruby_{3_0-9}
for ruby_3_0 to ruby_3_9.  The package set finds all names in embedded/host-names.json, for it would take a fifth of an
image's evaluation to make them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_RANGE = re.compile(r"([^{]*)\{(?:(\d+)([._]))?(\d+)-(\d+)\}(.*)")
_ANY_VERSION = re.compile(r"(?:1\.\*|\[0-9\]|\*)(?:\.?(?:\[0-9\]|\*))*")


@dataclass(frozen=True, slots=True)
class Variant:
    """The attribute of the table that is meant, and which version of it; "" for whichever there is."""

    base: str
    version: str

    def fits(self, version: str) -> bool:
        """Whether a package of this upstream version is one."""
        return not self.version or version == self.version or version.startswith(self.version + ".")

    def installable(self, name: str) -> str:
        """A name of the table with this version in its pattern's place: php[0-9].[0-9]-cli -> php8.3-cli."""
        return _ANY_VERSION.sub(lambda _: self.version, name, count=1) if self.version else name


def variants(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Variant]:
    """All names that the rules make."""
    return {
        name: Variant(base, version)
        for base, entry in table.items()
        for word in entry.get("also", "").split()
        for name, version in _names(word)
    }


def _names(word: str) -> Iterator[tuple[str, str]]:
    match = _RANGE.fullmatch(word)
    if match is None:
        yield word, ""
        return
    before, major, separator, first, last, after = match.groups()
    for number in range(int(first), int(last) + 1):
        written = f"{major}{separator if separator == '_' else ''}{number}" if major else str(number)
        yield f"{before}{written}{after}", f"{major}.{number}" if major else str(number)
