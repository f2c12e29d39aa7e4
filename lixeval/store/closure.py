"""Orders of the graph that references make.

C++: misc.cc (`topoSortPaths`), which gives the reverse.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from lixeval.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def dependencies_first(paths: Iterable[str], edges: Iterable[tuple[str, str]]) -> list[str]:
    """`paths` so that whatever a path refers to comes before it, alphabetically where both orders would do.

    `edges` are (referrer, reference); those that leave `paths`, and a path's reference to itself, do not count.
    `StoreError` for a cycle, which no store should have.
    """
    waiting = dict.fromkeys(paths, 0)
    users: dict[str, list[str]] = {}
    for referrer, reference in set(edges):
        if referrer != reference and referrer in waiting and reference in waiting:
            waiting[referrer] += 1
            users.setdefault(reference, []).append(referrer)
    ready = [path for path, count in waiting.items() if not count]
    heapify(ready)
    order = []
    while ready:
        path = heappop(ready)
        order.append(path)
        for user in users.get(path, ()):
            waiting[user] -= 1
            if not waiting[user]:
                heappush(ready, user)
    if len(order) < len(waiting):
        left = sorted(waiting.keys() - set(order))
        raise StoreError(f"cycle detected in the references of {left[0]} and {len(left) - 1} others")
    return order
