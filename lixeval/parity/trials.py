"""Random programs through both implementations.

Programs lie in a folder of their own beside a few files that they read.  Many share one process of nix-instantiate;
what differs is run again alone (the order in which C++ Nix meets attributes depends on all the names it has seen), and
then made small.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lixeval.parity.comparing import Comparison, Implementation, compare, differs
from lixeval.parity.generate import programs
from lixeval.parity.mutations import damaged_programs, shorten
from lixeval.parity.shrinking import shrink
from lixeval.parity.subjects import Subject

BATCH = 250
FILES = {
    "data/a.txt": "hello\n",
    "data/b/default.nix": "import ./c.nix\n",
    "data/b/c.nix": "{ x = 1; y = [ ./c.nix ]; }\n",
    "data/function.nix": "{ a ? 1, ... }: a\n",
}
"""What programs may read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A program on which the two differ, as it was made and as small as it could be made."""

    number: int
    program: str
    comparison: Comparison


def try_programs(
    count: int,
    seed: int,
    folder: Path,
    nix: Implementation,
    own: Implementation,
    *,
    size: int = 40,
    damaged: bool = False,
    messages: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Iterator[Finding]:
    """Compares `count` programs; those that differ come shrunk.  `damaged` ones are only parsed."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    bench = _Bench(folder, nix, own, messages, frozenset(("parse",) if damaged else ("lazy", "strict")))
    source = damaged_programs(seed, size) if damaged else programs(seed, size)
    smaller = shorten if damaged else shrink
    made = enumerate(itertools.islice(source, count))
    while batch := list(itertools.islice(made, BATCH)):
        compared = bench.compare([text for _, text in batch])
        for (number, text), comparison in zip(batch, compared, strict=True):
            if comparison.same or bench.compare([text])[0].same:
                continue
            small = smaller(text, partial(bench.show_the_same, comparison))
            yield Finding(number, text, bench.compare([small])[0])
        progress(batch[-1][0] + 1)


class _Bench:
    """Where programs become files."""

    def __init__(
        self, folder: Path, nix: Implementation, own: Implementation, messages: bool, modes: frozenset[str]
    ) -> None:
        self.folder = folder
        self.nix = nix
        self.own = own
        self.messages = messages
        self.modes = modes

    def compare(self, texts: Sequence[str]) -> list[Comparison]:
        return compare(self._subjects(texts), self.nix, self.own, messages=self.messages)

    def _subjects(self, texts: Sequence[str]) -> list[Subject]:
        subjects: list[Subject] = []
        for number, text in enumerate(texts):
            file = self.folder / f"program{number}.nix"
            file.write_text(text + "\n", encoding="utf-8", errors="surrogateescape")
            subjects.append(Subject(text, file=str(file), directory=str(self.folder), nix_path="", modes=self.modes))
        return subjects

    def show_the_same(self, first: Comparison, texts: list[str]) -> list[bool]:
        """Whether programs differ in the mode in which the first one did, and by the same kind of outcomes."""
        mode = first.differences[0].mode
        kinds = tuple(outcome.status for outcome in first.outcomes[mode])
        subjects = [dataclasses.replace(subject, modes=frozenset((mode,))) for subject in self._subjects(texts)]
        return [
            differs(theirs, ours, messages=self.messages) and (theirs.status, ours.status) == kinds
            for theirs, ours in zip(self.nix.outcomes(mode, subjects), self.own.outcomes(mode, subjects), strict=True)
        ]
