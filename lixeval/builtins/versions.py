"""Versions of packages (manual, "Built-in Functions": `compareVersions`, `parseDrvName`, `splitVersion`).

A version is a sequence of components: runs of digits, and runs of anything that is neither digit, dot nor dash; dots
and dashes only separate.  `nix-env -u` orders versions by them.
"""

from __future__ import annotations

from lixeval.runtime.builtin import builtin
from lixeval.runtime.compare import bytes_less
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.values import Delayed, Value

_DIGITS = frozenset("0123456789")
_SEPARATORS = frozenset(".-")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

_LARGEST_NUMBER = 2**31 - 1
"""C++ reads a component into an `int`; digits that do not fit are compared as text."""


def components(version: str) -> list[str]:
    """The components of a version."""
    if not version.isascii():
        return _runs(version)
    found: list[str] = []
    for part in version.replace("-", ".").split("."):
        if part.isdigit() or part.isalpha():
            found.append(part)
        elif part:
            found += _runs(part)
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


def compare_components(left: str, right: str) -> int:
    """-1, 0 or 1.

    Numbers count as numbers.  "pre" is before everything, then comes the end of the version, text, numbers:
    2.3pre1 < 2.3 < 2.3a < 2.3.1 (the end is before numbers only; against text it is the empty text).
    """
    if left == right:
        return 0
    if _component_less(left, right):
        return -1
    return 1 if _component_less(right, left) else 0


def _component_less(left: str, right: str) -> bool:
    left_number, right_number = _number(left), _number(right)
    if left_number is not None and right_number is not None:
        return left_number < right_number
    if left == "" and right_number is not None:
        return True
    if left == "pre" and right != "pre":
        return True
    if right == "pre":
        return False
    if right_number is not None:
        return True
    if left_number is not None:
        return False
    return bytes_less(left, right)


def _number(component: str) -> int | None:
    if component and component[0] in _DIGITS:
        number = int(component) if len(component) < 4000 else _LARGEST_NUMBER + 1
        return number if number <= _LARGEST_NUMBER else None
    return None


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
    older, newer = components(left), components(right)
    for one, other in zip(older, newer, strict=False):
        if one == other:
            continue
        if one[0] in _DIGITS and other[0] in _DIGITS and len(one) < 10 and len(other) < 10:
            order = int(one) - int(other)
            if order:
                return -1 if order < 0 else 1
        elif order := compare_components(one, other):
            return order
    # What one of them has more is compared to nothing.
    for component in older[len(newer) :]:
        if order := compare_components(component, ""):
            return order
    for component in newer[len(older) :]:
        if order := compare_components("", component):
            return order
    return 0


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
    dash = text.find("-")
    while 0 <= dash < len(text) - 1:
        if text[dash + 1] not in _LETTERS:
            return {"name": text[:dash], "version": text[dash + 1 :]}
        dash = text.find("-", dash + 1)
    return {"name": text, "version": ""}
