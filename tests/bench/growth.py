"""How time grows with size: the exponent of CPU time over three sizes, beside real Nix's.

1 is time in proportion to size, 2 its square.  A start's own time is taken off; where what is left is too short to
tell, nothing is told.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from .cases import Case, program
from .contestants import Contestant

FACTOR = 2
SHORTEST = 0.02
"""Seconds of CPU time below which the smallest size says nothing."""

GROWING = {
    "gathering": 20_000,
    "folding-sets": 20_000,
    "comparing": 20_000,
    "joining": 100_000,
    "deep-list": 20_000,
    "deep-concat": 20_000,
}
"""Programs that take `--arg n`, and the smallest of their three sizes."""


def growth(contestants: Sequence[Contestant], runs: int) -> None:
    """Prints a row a program: seconds at each size and the exponent, for each contestant."""
    print(f"\n{'':14} {'':18} {'cpu s at n':>10} {'2 n':>8} {'4 n':>8}   exponent")
    for name, size in GROWING.items():
        for contestant in contestants:
            seconds = [_seconds(contestant, name, size * FACTOR**step, runs) for step in range(3)]
            print(f"{name:14} {contestant.name:18}", _row(seconds))


def _seconds(contestant: Contestant, name: str, size: int, runs: int) -> float | None:
    """The median CPU time of a size, without that of a start."""
    start = _median(contestant, Case("startup", program("startup")), runs)
    taken = _median(contestant, Case(f"{name} {size}", program(name), arguments=("--arg", "n", str(size))), runs)
    return None if start is None or taken is None else max(taken - start, 0.0)


def _median(contestant: Contestant, case: Case, runs: int) -> float | None:
    done = [contestant.run(case) for _ in range(runs + 1)][1:]
    found = [each.cpu for each in done if each is not None]
    return statistics.median(found) if found else None


def _row(seconds: Sequence[float | None]) -> str:
    known = [each for each in seconds if each is not None]
    if len(known) < len(seconds):
        return "stopped"
    shown = f"{known[0]:10.3f} {known[1]:8.3f} {known[2]:8.3f}"
    if known[0] < SHORTEST:
        return f"{shown}   too short to tell"
    return f"{shown}   {math.log(known[-1] / known[0]) / math.log(FACTOR**2):8.2f}"
