"""Why one store path is in an image: its layers, and the way that leads to it from a path that somebody has named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lixeval.containers.inspection import Group, Inspection, store_paths
from lixeval.containers.provenance import EXPLICIT, Provenance
from lixeval.errors import ImageError

if TYPE_CHECKING:
    from typing import Any

MOST = 20
"""Of more paths that a word means the first are told."""


@dataclass(frozen=True, slots=True)
class PathReason:
    """`layers` are (number, why, because); `way` begins with a path that was named and ends with this one, each needs
    the next; it is empty where nobody knows."""

    path: str
    layers: tuple[tuple[int, str, str], ...]
    way: tuple[str, ...]
    named: str
    """Why the first path of the way is there."""

    def to_json(self) -> dict[str, Any]:
        layers = [{"layer": number, "why": why, "because": because} for number, why, because in self.layers]
        return {"path": self.path, "layers": layers, "way": list(self.way), "named": self.named}


def reasons_of(found: Inspection, word: str, provenance: Provenance) -> list[PathReason]:
    """The reasons of the paths in an image that a word means: a path, a file in one, or a part of its name.

    Raises ImageError where it means none.
    """
    groups: dict[str, dict[int, Group]] = {}
    for layer in found.layers:
        for group in layer.groups:
            if group.is_store_path:
                groups.setdefault(group.name, {})[layer.number] = group
    for number, held in enumerate(found.contents):
        for path in store_paths(held):
            groups.setdefault(path, {}).setdefault(number, Group(path))
    whole = [path for path in groups if word == path or word.startswith(f"{path}/")]
    wanted = whole or sorted(path for path in groups if word in path.rpartition("/")[2])
    if not wanted:
        raise ImageError(f"no store path in the image is called '{word}'", hint="lixeval inspect --paths lists all")
    roots = {path: group for path, there in groups.items() for group in there.values() if group.why == EXPLICIT}
    came_from = _ways(sorted(roots), set(groups), provenance)
    return [_reason(path, groups[path], came_from, roots) for path in wanted[:MOST]]


def _ways(roots: list[str], there: set[str], provenance: Provenance) -> dict[str, str]:
    """For each path that a root needs, be it through others, the one that the shortest way comes from; a root's is
    its own."""
    came_from = {root: root for root in roots}
    todo = list(roots)
    for path in todo:
        for needed in sorted(provenance.references(path) or ()):
            if needed in there and needed not in came_from:
                came_from[needed] = path
                todo.append(needed)
    return came_from


def _reason(path: str, there: dict[int, Group], came_from: dict[str, str], roots: dict[str, Group]) -> PathReason:
    way = [path] if path in came_from else []
    while way and came_from[way[-1]] != way[-1]:
        way.append(came_from[way[-1]])
    way.reverse()
    layers = tuple((number, group.why, group.because) for number, group in sorted(there.items()))
    return PathReason(path, layers, tuple(way), roots[way[0]].because if way else "")
