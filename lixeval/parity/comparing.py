"""Subjects through both implementations, and where what comes of them differs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lixeval.formats.store_path import StorePath
from lixeval.parity.printed_values import brief, first_difference, parse_printed
from lixeval.parity.subjects import MODES, Outcome, Subject
from lixeval.store.reports.derivation_difference import deepest_difference

MAX_CHILDREN = 200
"""Attributes of one set that are looked at to find the one which fails on one side only."""

MAX_DEPTH = 50
"""Steps into a value that are made to find it: a derivation holds itself, so there need not be a last one."""


class Implementation(Protocol):
    """What `RealNix` and `OwnNix` are."""

    def outcomes(self, mode: str, subjects: Sequence[Subject]) -> list[Outcome]: ...

    def read(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two outcomes part: the mode, the attribute path (or the .drv and its field), and what stands there."""

    mode: str
    path: str
    nix: str
    lixeval: str
    derivations: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of one subject in each mode asked for: (outcome of Nix, outcome of lixeval); and where they differ."""

    subject: Subject
    outcomes: dict[str, tuple[Outcome, Outcome]]
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        return not self.differences


def compare(
    subjects: Sequence[Subject], nix: Implementation, own: Implementation, *, messages: bool = False
) -> list[Comparison]:
    """Runs all subjects in all their modes; `messages` says that the wording of errors counts too."""
    outcomes: list[dict[str, tuple[Outcome, Outcome]]] = [{} for _ in subjects]
    for mode in MODES:
        chosen = [number for number, subject in enumerate(subjects) if mode in subject.modes]
        wanted = [subjects[number] for number in chosen]
        pairs = zip(nix.outcomes(mode, wanted), own.outcomes(mode, wanted), strict=True)
        for number, pair in zip(chosen, pairs, strict=True):
            outcomes[number][mode] = pair
    return [
        Comparison(subject, found, tuple(_differences(subject, found, nix, own, messages=messages)))
        for subject, found in zip(subjects, outcomes, strict=True)
    ]


def differs(theirs: Outcome, ours: Outcome, *, messages: bool = False) -> bool:
    """Whether two outcomes are not the same: in success, in value, or (if asked) in the message of the error."""
    if theirs.status != ours.status:
        return True
    return theirs.text != ours.text and (theirs.succeeded or messages)


def _differences(
    subject: Subject,
    outcomes: dict[str, tuple[Outcome, Outcome]],
    nix: Implementation,
    own: Implementation,
    *,
    messages: bool,
) -> Iterable[Difference]:
    for mode, (theirs, ours) in outcomes.items():
        if not differs(theirs, ours, messages=messages):
            continue
        if not (theirs.succeeded and ours.succeeded):
            yield _failure(mode, subject, theirs, ours, nix, own)
        elif mode == "drv":
            yield from _derivations(theirs, ours, nix, own)
        elif mode == "parse":
            yield Difference(mode, "", *_parsed(theirs.text, ours.text))
        else:
            path, left, right = first_difference(theirs.text, ours.text)
            yield Difference(mode, path, left, right)


def _parsed(left: str, right: str) -> tuple[str, str]:
    """Both texts from a little before they part."""
    at = next((number for number, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, at - 20)
    return brief(left[start:]), brief(right[start:])


def _shown(outcome: Outcome) -> str:
    return brief(outcome.text) if outcome.succeeded else f"{outcome.status}: {outcome.text}"


def _failure(
    mode: str, subject: Subject, theirs: Outcome, ours: Outcome, nix: Implementation, own: Implementation
) -> Difference:
    """One side failed: the smallest attribute of the value whose evaluation alone shows the difference."""
    path: list[str] = []
    while mode == "strict" and theirs.status != ours.status and len(path) < MAX_DEPTH:
        found = _differing_child(subject, nix, own)
        if found is None:
            break
        name, subject, theirs, ours = found
        path.append(name)
    if theirs.succeeded and ours.succeeded:
        below, left, right = first_difference(theirs.text, ours.text)
        return Difference(mode, ".".join([*path, *([below] if below else [])]), left, right)
    return Difference(mode, ".".join(path), _shown(theirs), _shown(ours))


def _differing_child(
    subject: Subject, nix: Implementation, own: Implementation
) -> tuple[str, Subject, Outcome, Outcome] | None:
    """The first attribute or element of a subject's value on which the two differ."""
    shallow = [side.outcomes("lazy", [subject])[0] for side in (nix, own)]
    if not all(outcome.succeeded for outcome in shallow):
        return None
    names = _children(shallow[0].text)
    if names != _children(shallow[1].text):
        return None
    base = f"{subject.attribute}." if subject.attribute else ""
    parts = [dataclasses.replace(subject, attribute=base + name) for name in names[:MAX_CHILDREN]]
    for name, part, theirs, ours in zip(
        names, parts, nix.outcomes("strict", parts), own.outcomes("strict", parts), strict=False
    ):
        if differs(theirs, ours):
            return name, part, theirs, ours
    return None


def _children(text: str) -> list[str]:
    """The steps that lead from a printed value to its parts, as -A writes them."""
    tree = parse_printed(text)
    if isinstance(tree, dict):
        # A quoted name has no escapes in -A.
        return [name for name in tree if "\\" not in name]
    return [str(number) for number in range(len(tree))] if isinstance(tree, list) else []


def _derivations(theirs: Outcome, ours: Outcome, nix: Implementation, own: Implementation) -> Iterable[Difference]:
    left, right = theirs.text.split("\n"), ours.text.split("\n")
    if len(left) != len(right):
        yield Difference("drv", "", f"{len(left)} derivations", f"{len(right)} derivations")
        return
    for one, other in zip(left, right, strict=True):
        one, _, output = one.partition("!")
        other, _, other_output = other.partition("!")
        if output != other_output:
            yield Difference("drv", "output", output or "out", other_output or "out")
        found = deepest_difference(StorePath(one), StorePath(other), nix.read, own.read)
        if found is not None:
            pair = (found.left_path, found.right_path)
            yield Difference("drv", found.first.field, *found.first.shown(), pair)
