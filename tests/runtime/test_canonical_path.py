"""Absolute paths in their one form, however their parts come."""

from __future__ import annotations

from itertools import product

from lixeval.runtime.operators import canonical_path

PARTS = ("", ".", "..", "a", "...", ".b", "\udcff", "c\0d")


def step_by_step(path: str) -> str:
    """What walking along a path, part by part, comes to."""
    way: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del way[-1:]
        elif part not in ("", "."):
            way.append(part)
    return "/" + "/".join(way)


def test_all_orders_of_parts() -> None:
    for count in range(1, 5):
        for parts in product(PARTS, repeat=count):
            path = "/" + "/".join(parts)
            assert canonical_path(path) == step_by_step(path)
