"""Amounts of bytes as people read them: in one way everywhere, by 1024; and as Nix prints them where it does."""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def size(count: float) -> str:
    """Bytes in the largest unit of which there is at least one: `1.5 MiB`, `999 B`."""
    value, unit = float(count), 0
    while round(abs(value), 1) >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{int(value)} B" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def progress(done: float, total: float) -> str:
    """How much of it is there, in the unit of the whole: `1.5/12.0 MiB`."""
    text, unit = size(total).split(" ")
    part = done / 1024 ** _UNITS.index(unit)
    return f"{part:.0f}/{text} {unit}" if unit == "B" else f"{part:.1f}/{text} {unit}"


def mebibytes(count: int) -> str:
    """As `nix-store --gc` has it: `0.04 MiB`."""
    return f"{count / (1 << 20):.2f} MiB"


def growth(count: int) -> str:
    """As `nix store diff-closures` has it: `+8.0 KiB`."""
    return f"{count / 1024:+.1f} KiB"


def nix_size(count: int) -> str:
    """As `nix path-info -h` has it: from KiB on, below 1024, in eight columns."""
    amount = count / 1024
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024 or unit == "TiB":
            break
        amount /= 1024
    return f"{amount:6.1f} {unit}"
