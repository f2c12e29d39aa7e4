"""Versions of packages (manual, "Built-in Functions": `compareVersions`, `parseDrvName`, `splitVersion`).

A version is a sequence of components: runs of digits, and runs of anything that is neither digit, dot nor dash; dots
and dashes only separate.  `nix-env -u` orders versions by them.
"""

from __future__ import annotations

from lixeval.runtime.builtin import builtin
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.values import Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    Rank = list[int | bytes]

_DIGITS = "0123456789"
_SEPARATORS = frozenset(".-")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

_LARGEST_NUMBER = 2**31 - 1
"""C++ reads a component into an `int`; digits that do not fit are compared as text."""

_SURELY_NUMBER = 10
"""Fewer digits than this always fit."""

_SHORT = 100
"""Of longer versions (characters) the beginning is not looked at by itself, which copies the rest each time."""


def components(version: str) -> list[str]:
    """The components of a version."""
    if not version.isascii():
        return _runs(version)
    found: list[str] = []
    for part in version.replace("-", ".").split("."):
        if part.isdigit() or part.isalpha():
            found.append(part)
        elif part:
            found += _mixed(part)
    return found


def _mixed(part: str) -> list[str]:
    """The components of ASCII text without separators: most are digits, letters and digits, or begin so (`0rc1`)."""
    rest = part.lstrip(_DIGITS)
    found = [part[: len(part) - len(rest)]] if len(rest) < len(part) else []
    text = rest.rstrip(_DIGITS)
    if not text.isalpha():
        return found + _runs(rest)
    found.append(text)
    if len(text) < len(rest):
        found.append(rest[len(text) :])
    return found


def _runs(version: str) -> list[str]:
    """The components, character by character."""
    found: list[str] = []
    position, end = 0, len(version)
    while position < end:
        start = position
        if version[position] in _SEPARATORS:
            position += 1
            continue
        if version[position] in _DIGITS:
            while position < end and version[position] in _DIGITS:
                position += 1
        else:
            while position < end and version[position] not in _DIGITS and version[position] not in _SEPARATORS:
                position += 1
        found.append(version[start:position])
    return found


_PRE, _END, _TEXT, _NUMBER = range(4)
"""Kinds of components, each before the next: "pre", the end of the version, text, numbers."""

_MOST_RANKS = 1024
_ranks: dict[str, Rank] = {}
"""Of versions that were compared: what is asked whether it is new enough is asked so again and again."""


def rank(version: str) -> Rank:
    """What versions are ordered by: of each component its kind, and the number, or the bytes of the text.

    2.3pre1 < 2.3 < 2.3a < 2.3.1.
    """
    found = _ranks.get(version)
    if found is None:
        if len(_ranks) >= _MOST_RANKS:
            _ranks.clear()
        found = []
        for component in components(version):
            if component[0] in _DIGITS and len(component) < _SURELY_NUMBER:
                found += _NUMBER, int(component)
            else:
                found += _rank_of(component)
        found += _END, 0
        _ranks[version] = found
    return found


def _rank_of(component: str) -> tuple[int, int | bytes]:
    if component[0] in _DIGITS and len(component) < 4000 and (number := int(component)) <= _LARGEST_NUMBER:
        return _NUMBER, number
    return (_PRE, 0) if component == "pre" else (_TEXT, component.encode("utf-8", "surrogateescape"))


@builtin("compareVersions")
def compare_versions(left: Delayed, right: Delayed) -> int:
    """-1 if the first version is older than the second, 0 if they are the same, 1 if it is newer.  Forces both.

    >>> builtins.compareVersions "1.0" "2.3"
    -1
    >>> map (builtins.compareVersions "2.3") [ "2.3.0" "2.3pre1" "2.3a" "2-3" ]
    [ -1 1 -1 0 ]
    """
    if left.__class__ is not str:
        left = text_without_context(left)
    if right.__class__ is not str:
        right = text_without_context(right)
    if left == right:
        return 0
    mine, _, rest = left.partition(".")
    other, _, others_rest = right.partition(".")
    while mine == other and 0 < len(rest) < _SHORT and others_rest:
        mine, _, rest = rest.partition(".")
        other, _, others_rest = others_rest.partition(".")
    if (
        mine.isdigit()
        and other.isdigit()
        and len(mine) < _SURELY_NUMBER > len(other)
        and mine.isascii()
        and other.isascii()
    ):
        # The first in which they differ are one number each, as mostly: what comes after these need not be looked at.
        first, second = int(mine), int(other)
        if first != second:
            return -1 if first < second else 1
    older, newer = rank(left), rank(right)
    return 0 if older == newer else -1 if older < newer else 1


@builtin("splitVersion")
def split_version(version: Delayed) -> Value:
    """The components of a version.  Forces it.

    >>> builtins.splitVersion "1.2.3-rc1"
    [ "1" "2" "3" "rc" "1" ]
    """
    return tuple(components(version if version.__class__ is str else text_without_context(version)))


@builtin("parseDrvName")
def parse_drv_name(name: Delayed) -> Value:
    """A derivation's name taken apart: the version begins after the first dash that no letter follows.  Forces it.

    >>> builtins.parseDrvName "nix-cli-0.12pre12876"
    { name = "nix-cli"; version = "0.12pre12876"; }
    """
    text = name if name.__class__ is str else text_without_context(name)
    before, _, version = text.partition("-")
    if version and version[0] not in _LETTERS:
        return {"name": before, "version": version}
    dash = text.find("-", len(before) + 1)
    while 0 <= dash < len(text) - 1:
        if text[dash + 1] not in _LETTERS:
            return {"name": text[:dash], "version": text[dash + 1 :]}
        dash = text.find("-", dash + 1)
    return {"name": text, "version": ""}
