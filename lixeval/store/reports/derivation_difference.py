"""Where two derivations that ought to be the same part.

A changed input changes every derivation above it, so nearly all of what differs between two graphs follows from
something further down.  The two graphs are walked together, inputs paired by their names and each pair looked at after
the pairs below it; what follows from those (their output paths, and a derivation's own) counts as equal.  What is left
are the causes:

    Difference = the pair of derivations, the way down to it, and the fields that differ by themselves
    field      = name | outputs.NAME | inputs.NAME | sources.NAME | system | builder | arguments.NUMBER
               | environment.NAME, or attributes.NAME of structured ones

The first one found is the deepest on the first way down.  Parity testing and `lixeval diff` ask here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from lixeval.formats.derivation import Derivation, parse
from lixeval.formats.nix32 import ALPHABET
from lixeval.formats.store_path import DIGEST_LENGTH, STORE_DIR, StorePath
from lixeval.formats.store_path import parse as parse_path

Read = Callable[[StorePath], bytes]
"""Gives the bytes of a .drv by its store path."""

NOTHING = "(none)"
"""What is shown where a side has no such field."""

Pair = tuple[StorePath, StorePath]
"""The .drv paths on either side."""

_STORE_PATH = re.compile(rf"/nix/store/[{ALPHABET}]{{{DIGEST_LENGTH}}}-[-+._?=0-9a-zA-Z]*")


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field and what either side has there; None where it has no such field."""

    field: str
    left: str | None
    right: str | None

    def shown(self, width: int = 60) -> tuple[str, str]:
        """Both sides as texts; long ones cut to the part around the first character that differs."""
        if self.left is None:
            return NOTHING, _around(self.right or "", "", width)[0]
        if self.right is None:
            return _around(self.left, "", width)[0], NOTHING
        return _around(self.left, self.right, width)


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair of derivations that differ by themselves; `chain` leads there from the pair that was asked about."""

    chain: tuple[Pair, ...]
    fields: tuple[FieldDifference, ...]

    @property
    def left_path(self) -> StorePath:
        return self.chain[-1][0]

    @property
    def right_path(self) -> StorePath:
        return self.chain[-1][1]

    @property
    def first(self) -> FieldDifference:
        return self.fields[0]


def deepest_difference(
    left_path: StorePath, right_path: StorePath, read_left: Read, read_right: Read
) -> Difference | None:
    """The deepest pair of derivations that differ by themselves; None where the two are the same."""
    return next(differences(left_path, right_path, read_left, read_right), None)


def differences(left_path: StorePath, right_path: StorePath, read_left: Read, read_right: Read) -> Iterator[Difference]:
    """Every pair of derivations that differ by themselves, those that others depend on first."""
    if left_path == right_path:
        return
    walk = _Walk(read_left, read_right)
    way: list[tuple[Pair, Iterator[Pair]]] = []
    pair: Pair | None = (left_path, right_path)
    seen = set()
    while True:
        if pair is not None:
            seen.add(pair)
            way.append((pair, walk.differing_inputs(pair)))
        if not way:
            return
        current, inputs = way[-1]
        pair = next((found for found in inputs if found not in seen), None)
        if pair is None:
            fields = walk.own_differences(current)
            if fields:
                yield Difference(tuple(step for step, _ in way), fields)
            way.pop()


class _Walk:
    """Reads each derivation once, and notes which paths stand for the same thing on either side."""

    def __init__(self, read_left: Read, read_right: Read) -> None:
        self._read = (read_left, read_right)
        self._known: tuple[dict[StorePath, Derivation], dict[StorePath, Derivation]] = ({}, {})
        self._same: dict[str, tuple[str, str]] = {}

    def _derivation(self, side: int, path: StorePath) -> Derivation:
        known = self._known[side]
        if path not in known:
            known[path] = parse(self._read[side](path))
        return known[path]

    def _both(self, pair: Pair) -> tuple[Derivation, Derivation]:
        return self._derivation(0, pair[0]), self._derivation(1, pair[1])

    def differing_inputs(self, pair: Pair) -> Iterator[Pair]:
        """Pairs of inputs that have the same name and are not the same."""
        left, right = self._both(pair)
        candidates: dict[str, list[StorePath]] = {}
        for path in sorted(right.input_derivations.keys() - left.input_derivations.keys()):
            candidates.setdefault(_name(path), []).append(path)
        ours = left.input_derivations.keys() - right.input_derivations.keys()
        for path in sorted(ours, key=lambda path: (_name(path), path)):
            found = candidates.get(_name(path))
            if found:
                other = found[0] if len(found) == 1 else max(found, key=lambda other: self._likeness(path, other))
                found.remove(other)
                yield path, other

    def _likeness(self, path: StorePath, other: StorePath) -> int:
        """How much two derivations of one name have in common."""
        left, right = self._both((path, other))
        return len(left.environment.items() & right.environment.items())

    def own_differences(self, pair: Pair) -> tuple[FieldDifference, ...]:
        """The fields that differ by themselves, not because of a pair seen before; then the two count as one."""
        left, right = self._both(pair)
        found = [
            *_texts({"name": _name(pair[0])}, {"name": _name(pair[1])}),
            *_texts(_outputs(left), _outputs(right)),
            *self._inputs("inputs", _used(left.input_derivations), _used(right.input_derivations)),
            *self._inputs("sources", dict.fromkeys(left.input_sources, ""), dict.fromkeys(right.input_sources, "")),
        ]
        self._note(pair[0], pair[1])
        for output in left.outputs.keys() & right.outputs.keys():
            self._note(left.outputs[output].path, right.outputs[output].path)
        named = {name: self._translated(value) for name, value in _fields(right).items()}
        found += _texts(_fields(left), named)
        return tuple(found)

    def _note(self, left: str, right: str) -> None:
        if left and right:
            self._same[_hash_part(right)] = (right, left)

    def _translated(self, text: str) -> str:
        """A text of the right side, with the left side's paths in it wherever they stand for the same."""

        def translated(found: re.Match[str]) -> str:
            right, left = self._same.get(_hash_part(found[0]), ("", ""))
            # What a name may go on with may also follow a path: "…-hello." at the end of a sentence.
            return left + found[0][len(right) :] if found[0].startswith(right) else found[0]

        return _STORE_PATH.sub(translated, text)

    def _inputs(self, field: str, left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[FieldDifference]:
        """Inputs or sources that only one side has, or uses other outputs of; two of one name stand for one another."""
        same = {self._translated(path): path for path in right}
        missing = [path for path in same if path not in left]
        for path in sorted(left, key=_name):
            if path in same:
                if left[path] != right[same[path]]:
                    yield FieldDifference(f"{field}.{_name(path)}", left[path], right[same[path]])
                continue
            other = next((candidate for candidate in missing if _name(candidate) == _name(path)), None)
            if other is not None:
                missing.remove(other)
                self._note(path, other)
            yield FieldDifference(f"{field}.{_name(path)}", path, other)
        for path in missing:
            yield FieldDifference(f"{field}.{_name(path)}", None, path)


def _used(inputs: Mapping[StorePath, Iterable[str]]) -> dict[str, str]:
    return {path: " ".join(outputs) for path, outputs in inputs.items()}


def _name(path: str) -> str:
    return parse_path(path).name


def _hash_part(path: str) -> str:
    start = len(STORE_DIR) + 1
    return path[start : start + DIGEST_LENGTH]


def _texts(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[FieldDifference]:
    for field in [*left, *[name for name in right if name not in left]]:
        if left.get(field) != right.get(field):
            yield FieldDifference(field, left.get(field), right.get(field))


def _outputs(derivation: Derivation) -> dict[str, str]:
    """What is said of each output but its path."""
    return {
        f"outputs.{name}": f"{output.hash_algorithm} {output.hash}".strip()
        for name, output in sorted(derivation.outputs.items())
    }


def _fields(derivation: Derivation) -> dict[str, str]:
    """What the builder is given, as texts."""
    fields = {"system": derivation.platform, "builder": derivation.builder}
    for number, argument in enumerate(derivation.arguments):
        fields[f"arguments.{number}"] = argument
    for name, value in sorted(derivation.environment.items()):
        if name == "__json":
            for member, inner in _members(value).items():
                fields[f"attributes.{member}"] = inner
        else:
            fields[f"environment.{name}"] = value
    return fields


def _members(text: str) -> dict[str, str]:
    """The structured attributes, each as JSON (a string as itself); what is no object is one text."""
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        return {"": text}
    return {
        name: value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
        for name, value in sorted(members.items())
    }


def _around(left: str, right: str, width: int) -> tuple[str, str]:
    if max(len(left), len(right)) <= 2 * width:
        return left, right
    shorter = min(len(left), len(right))
    at = next((number for number in range(shorter) if left[number] != right[number]), shorter)
    start = max(0, at - width // 2)
    end = start + 2 * width
    return _cut(left, start, end), _cut(right, start, end)


def _cut(text: str, start: int, end: int) -> str:
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
