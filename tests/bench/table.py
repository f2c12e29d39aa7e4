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
    print(f"{'':14} {'':18} {'wall s':>8} {'cpu s':>8} {'MiB':>6}   wall / {reference}, memory / its memory")
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
        text += f"   {figures['wall'] / base['wall']:6.2f} {figures['memory'] / base['memory']:6.2f}"
    if "disagrees" in figures:
        text += f"   DISAGREES: {figures['disagrees']}"
    return text


def _mean(name: str, reference: str, cases: Iterable[str], measured: Measurements) -> str:
    ratios = [ratio for case in cases if (ratio := wall_ratio(measured[case], name, reference)) is not None]
    if not ratios or name == reference:
        return f"{name}: nothing to compare" if not ratios else f"{name}: the measure"
    mean = math.exp(math.fsum(map(math.log, ratios)) / len(ratios))
    return f"{name}: geometric mean {mean:.2f} over {len(ratios)} headline programs, worst {max(ratios):.2f}"


def wall_ratio(row: dict[str, Figures], name: str, reference: str) -> float | None:
    """A contestant's wall time over another's, where both have one."""
    if "wall" not in row.get(name, {}) or "wall" not in row.get(reference, {}):
        return None
    return float(row[name]["wall"] / row[reference]["wall"])


def print_change(before: Measurements, now: Measurements) -> None:
    """How ratios to real Nix changed: seconds of two days, or of two machines, are not to be compared."""
    print("\nchange of the ratio to real Nix since then")
    for case, row in now.items():
        reference = next((name for name in row if name.startswith("Nix ")), None)
        for name in row:
            if reference is None or not name.startswith("lixeval") or reference not in before.get(case, {}):
                continue
            old, new = wall_ratio(before[case], name, reference), wall_ratio(row, name, reference)
            if old is not None and new is not None:
                print(f"{case:14} {name:18} {old:6.2f} -> {new:6.2f}  ({100 * (new / old - 1):+.0f} %)")
