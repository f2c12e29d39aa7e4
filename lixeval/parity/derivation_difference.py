"""Where two derivations that ought to be the same part.

A changed input changes every derivation above it.  So the walk goes down first: inputs are paired by their names, and
the answer is a pair whose own inputs agree, with the first of its fields that differs.  Its own output paths, which
follow from everything else, are no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lixeval.formats.derivation import Derivation, parse
from lixeval.formats.store_path import parse as parse_path

Read = Callable[[str], bytes]
"""Gives the bytes of a .drv by its store path."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """Two .drv files and the first field in which they differ: "builder", "environment.src", "arguments.1" …"""

    left_path: str
    right_path: str
    field: str
    left: str
    right: str


def deepest_difference(left_path: str, right_path: str, read_left: Read, read_right: Read) -> FieldDifference | None:
    """The deepest pair of derivations that differ by themselves; None where the two are the same."""
    if left_path == right_path:
        return None
    walk = _Walk(read_left, read_right)
    pair = (left_path, right_path)
    while True:
        deeper = next((found for found in walk.differing_inputs(pair) if found not in walk.seen), None)
        if deeper is None:
            return walk.field_difference(pair)
        walk.seen.add(deeper)
        pair = deeper


class _Walk:
    """Reads each derivation once."""

    def __init__(self, read_left: Read, read_right: Read) -> None:
        self.read_left = read_left
        self.read_right = read_right
        self.seen: set[tuple[str, str]] = set()
        self._known: dict[tuple[str, str], Derivation] = {}

    def _both(self, pair: tuple[str, str]) -> tuple[Derivation, Derivation]:
        return self._read("left", pair[0], self.read_left), self._read("right", pair[1], self.read_right)

    def _read(self, side: str, path: str, read: Read) -> Derivation:
        key = (side, path)
        if key not in self._known:
            self._known[key] = parse(read(path))
        return self._known[key]

    def differing_inputs(self, pair: tuple[str, str]) -> Iterator[tuple[str, str]]:
        """Pairs of inputs that have the same name and are not the same."""
        left, right = self._both(pair)
        ours = sorted(left.input_derivations.keys() - right.input_derivations.keys(), key=_name)
        theirs = sorted(right.input_derivations.keys() - left.input_derivations.keys(), key=_name)
        waiting: dict[str, list[str]] = {}
        for path in theirs:
            waiting.setdefault(_name(path), []).append(path)
        for path in ours:
            if waiting.get(_name(path)):
                yield path, waiting[_name(path)].pop(0)

    def field_difference(self, pair: tuple[str, str]) -> FieldDifference:
        left, right = (_fields(derivation) for derivation in self._both(pair))
        for field in [*left, *[name for name in right if name not in left]]:
            ours, theirs = left.get(field, "(absent)"), right.get(field, "(absent)")
            if ours != theirs:
                return FieldDifference(*pair, field, *_around_difference(ours, theirs))
        return FieldDifference(*pair, "name", pair[0], pair[1])


def _name(path: str) -> str:
    return parse_path(path).name


def _fields(derivation: Derivation) -> Mapping[str, str]:
    """A derivation's fields as texts, in the order of the .drv, with its own output paths named and not spelt."""
    own = {output.path: f"<output {name}>" for name, output in derivation.outputs.items() if output.path}
    fields: dict[str, str] = {"outputs": " ".join(sorted(derivation.outputs))}
    for name, output in sorted(derivation.outputs.items()):
        if output.hash_algorithm:
            fields[f"outputs.{name}"] = f"{output.hash_algorithm} {output.hash}"
    for path, outputs in sorted(derivation.input_derivations.items()):
        fields[f"inputs.{path}"] = " ".join(outputs)
    fields["sources"] = " ".join(derivation.input_sources)
    fields["system"] = derivation.platform
    fields["builder"] = derivation.builder
    for number, argument in enumerate(derivation.arguments):
        fields[f"arguments.{number}"] = argument
    for name, value in sorted(derivation.environment.items()):
        for path, shown in own.items():
            value = value.replace(path, shown)
        fields[f"environment.{name}"] = value
    return fields


def _around_difference(left: str, right: str, width: int = 60) -> tuple[str, str]:
    """Both texts, long ones cut to the part around the first character that differs."""
    if max(len(left), len(right)) <= 2 * width:
        return left, right
    at = next((number for number, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), 0)
    at = at or min(len(left), len(right))
    start = max(0, at - width // 2)
    head = "…" if start else ""
    return tuple(  # type: ignore[return-value]  # exactly two
        head + text[start : at + width] + ("…" if at + width < len(text) else "") for text in (left, right)
    )
