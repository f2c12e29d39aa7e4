"""Small programs as users write them, beside real Nix: `python -m tests.bench.small --lib DIR`.

    python -m tests.bench.small --lib DIR [PROGRAM …] [-n RUNS] [--growth]

--lib DIR   the lib folder of a nixpkgs checkout
PROGRAM     only these: `lists`, or `lists.unique-sets`
-n RUNS     runs of each, of which the medians are taken (default 3)
--growth    also four times the size, for the exponents

Each program is an attribute of a file in `small_programs/` and takes real Nix 0.05 to 0.2 s at the size that stands
here.  It is evaluated with `--strict` and without, by both in turn; a row tells processor time (whole processes) and
memory, divided by Nix's, and whether they answer differently.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from .contestants import TIMEOUT, Contestant, contestants
from .processes import Run, run

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "small_programs")

SIZES: dict[str, dict[int, str]] = {
    "control": {
        4_000: "collatz",
        16_000: "tried matrix",
        32_000: "mutual sort-records sort-on quick-sort tree",
        64_000: "gcd ackermann closure closure-strings deep sort-numbers sort-by-lib merge-sort",
        128_000: "primes hanoi curried types",
        256_000: (
            "memo-fibonacci bits floats formals formals-at composed asserted arguments linked state-machine brackets"
        ),
    },
    "fixed-points": {
        32_000: "extensible option-types",
        64_000: "fix options filesets",
        128_000: "closures meta-checks merged-options",
        256_000: "flake-outputs",
        512_000: "overridable scope new-scope-packages systems licenses",
        1024_000: "extends call-package",
    },
    "lists": {
        4_000: "recursion",
        16_000: "finding",
        32_000: "unique-sets unique-strings fold-right take-drop as-sets",
        64_000: "unique-numbers flattening sublists appending subtracting joined-words",
        128_000: (
            "pipeline zipping zipped-with ranges imap membership any-all partitioning equality toposorting as-is"
        ),
        256_000: "concatenated max-min",
        512_000: "range-mapped",
        1024_000: "cartesian crossed",
    },
    "sets": {
        16_000: "recursive-update",
        32_000: "merged by-path",
        64_000: (
            "from-list mapped name-value filtered generated collected to-list folded intersected having or-default "
            " zip-with-names attrs-to-list unioned as-is as-records"
        ),
        128_000: "grouped zipped set-by-path mapped-deep with-scope nested-update",
        256_000: "removed cat-attrs inherited rec-sets",
        512_000: "functor",
    },
    "strings": {
        4_000: "folded",
        16_000: "split-lines characters",
        32_000: "substrings upper key-values padded versions trimmed hex common-prefix",
        64_000: (
            "infixes removed-prefix capitalised split-regex escaped version-tests names to-int levenshtein "
            "sanitized ordered paths path-values"
        ),
        128_000: (
            "joined interpolated split-string prefixes replaced matched version-parts hashed indented concat-map as-is"
        ),
        256_000: "hash-chain",
    },
    "texts": {
        2_000: "from-toml",
        8_000: "pretty lua git-ini plist",
        16_000: "from-json to-xml ini dhall cli gvariant as-is",
        32_000: "to-json round-trip key-value yaml",
        64_000: "many-json",
    },
}
"""File -> size -> the programs that are evaluated at it."""

FACTOR = 4
"""How much larger they are for the exponents."""


@dataclass(frozen=True, slots=True)
class Program:
    """An attribute of a file, and its size."""

    file: str
    name: str
    size: int

    def words(self, library: str, *, strict: bool, factor: int = 1) -> list[str]:
        """The command line without the command, for both."""
        words = ["--eval", "--strict"] if strict else ["--eval"]
        words += [os.path.join(FOLDER, f"{self.file}.nix"), "-A", self.name, "--arg", "n", str(self.size * factor)]
        return [*words, "--arg", "lib", f"import {library}"]


def programs() -> Iterator[Program]:
    for file, sizes in SIZES.items():
        for size, names in sizes.items():
            for name in names.split():
                yield Program(file, name, size)


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of processor time in seconds and of memory in MiB, and the answer, "" for a failure."""

    cpu: float
    memory: float
    answer: str


def evaluated(contestant: Contestant, words: list[str]) -> Run:
    return run([*contestant.prefix, *words, *contestant.words], contestant.environment, TIMEOUT)


def in_turn(pair: tuple[Contestant, Contestant], words: list[str], runs: int) -> list[Figures]:
    """The figures of both, each in turn; the first run of lixeval compiles and is not counted."""
    evaluated(pair[0], words)
    done = [[evaluated(one, words) for one in pair] for _ in range(runs)]
    return [
        Figures(
            statistics.median(each.cpu for each in column),
            statistics.median(each.memory for each in column),
            column[0].output if column[0].code == 0 else "",
        )
        for column in zip(*done, strict=True)
    ]


def row(pair: tuple[Contestant, Contestant], program: Program, library: str, runs: int, growth: bool) -> list[float]:
    """Ratios to Nix of time and memory, with `--strict` and without, then exponents, of which 0 is unknown."""
    found: list[float] = []
    differs = False
    for strict in (True, False):
        ours, nix = in_turn(pair, program.words(library, strict=strict), runs)
        found += [ours.cpu / nix.cpu, ours.memory / nix.memory]
        differs = differs or ours.answer != nix.answer
        if strict:
            small = [ours.cpu, nix.cpu]
    exponents = [0.0, 0.0]
    if growth:
        start = [each.cpu for each in in_turn(pair, ["--eval", "-E", "1"], runs)]
        large = in_turn(pair, program.words(library, strict=True, factor=FACTOR), 1)
        differs = differs or large[0].answer != large[1].answer
        for index, each in enumerate(large):
            grown = (each.cpu - start[index]) / max(small[index] - start[index], 0.001)
            exponents[index] = math.log(max(grown, 0.001)) / math.log(FACTOR)
    shown = "".join(f"{each:8.2f}" for each in (*found, *(exponents if growth else ())))
    print(f"{program.file + '.' + program.name:32}{shown}{'   DIFFERS' if differs else ''}", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.small", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("programs", nargs="*", metavar="PROGRAM")
    parser.add_argument("--lib", required=True, metavar="DIR")
    parser.add_argument("-n", "--runs", type=int, default=3)
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    wanted = [
        each
        for each in programs()
        if not options.programs or {each.file, f"{each.file}.{each.name}"} & set(options.programs)
    ]
    with tempfile.TemporaryDirectory(prefix="lixeval-bench-") as folder:
        found = contestants(folder)
        nix = next((one for one in found if one.kind == "nix"), None)
        if nix is None:
            parser.error("no real Nix: see python -m tests.bench --help")
        pair = (next(one for one in found if one.name == "lixeval"), nix)
        print(f"{'beside ' + nix.name:32}  strict  memory   plain  memory{'  exponents: ours, Nix' * options.growth}")
        rows = [row(pair, each, os.path.abspath(options.lib), options.runs, options.growth) for each in wanted]
    means = [math.exp(statistics.fmean(math.log(each) for each in column)) for column in zip(*rows, strict=True)]
    print(f"{'geometric mean':32}" + "".join(f"{each:8.2f}" for each in means))
    return 0


if __name__ == "__main__":
    sys.exit(main())
