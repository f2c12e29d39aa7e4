"""The figures for people: a row a case and contestant, ratios to the first real Nix, geometric means."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from .cases import Case
from .contestants import Contestant
from .measuring import Measurements

Figures = dict[str, Any]


def print_table(cases: Sequence[Case], contestants: Sequence[Contestant], measured: Measurements) -> None:
    names = [one.name for one in contestants]
    reference = next((one.name for one in contestants if one.kind == "nix"), names[0])
    print(f"{'':14} {'':18} {'wall s':>8} {'cpu s':>8} {'MiB':>6}   wall, cpu, memory, each divided by {reference}'s")
    for case in cases:
        row = measured[case.name]
        base = row.get(reference, {})
        for index, name in enumerate(names):
            if name in row:
                print(_line(case.name if not index else "", name, row[name], base))
    for contestant in contestants:
        taken_off = [row[contestant.name].get("overhead", 0.0) for row in measured.values() if contestant.name in row]
        if any(taken_off):
            print(f"{contestant.name}: its wrapper's {max(taken_off):.3f} s are taken off each wall time")
    for name in names:
        print(_mean(name, reference, [case.name for case in cases if case.counts], measured))


def _line(case: str, name: str, figures: Figures, base: Figures) -> str:
    start = f"{case:14} {name:18}"
    if "wall" not in figures:
        return f"{start} {figures.get('failed', 'no figures')}"
    text = f"{start} {figures['wall']:8.3f} {figures['cpu']:8.3f} {figures['memory']:6.0f}"
    if "wall" in base and base is not figures:
        text += "  " + "".join(f" {figures[what] / base[what]:6.2f}" for what in ("wall", "cpu", "memory"))
    if "disagrees" in figures:
        text += f"   DISAGREES: {figures['disagrees']}"
    return text


def _mean(name: str, reference: str, cases: Iterable[str], measured: Measurements) -> str:
    if name == reference:
        return f"{name}: the measure"
    rows = [measured[case] for case in cases]
    ratios = [found for row in rows if (found := ratio(row, name, reference)) is not None]
    if not ratios:
        return f"{name}: nothing to compare"
    of_cpu = [found for row in rows if (found := ratio(row, name, reference, "cpu")) is not None]
    means = f"geometric mean {_geometric_mean(ratios):.2f} (cpu {_geometric_mean(of_cpu):.2f})"
    return f"{name}: {means} over {len(ratios)} headline programs, worst {max(ratios):.2f} (cpu {max(of_cpu):.2f})"


def _geometric_mean(ratios: Sequence[float]) -> float:
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios))


def ratio(row: dict[str, Figures], name: str, reference: str, what: str = "wall") -> float | None:
    """A contestant's time over another's, where both have one."""
    if what not in row.get(name, {}) or what not in row.get(reference, {}):
        return None
    return float(row[name][what] / row[reference][what])


def print_change(before: Measurements, now: Measurements) -> None:
    """How ratios to real Nix changed: seconds of two days, or of two machines, are not to be compared."""
    print("\nchange of the ratio to real Nix since then")
    for case, row in now.items():
        reference = next((name for name in row if name.startswith("Nix ")), None)
        for name in row:
            if reference is None or not name.startswith("lixeval") or reference not in before.get(case, {}):
                continue
            old, new = ratio(before[case], name, reference), ratio(row, name, reference)
            if old is not None and new is not None:
                print(f"{case:14} {name:18} {old:6.2f} -> {new:6.2f}  ({100 * (new / old - 1):+.0f} %)")
