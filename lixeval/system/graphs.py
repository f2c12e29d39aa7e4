"""Orders of graphs, and the circles in them; no graph is too deep.

Of the graph that references between store paths make, `dependencies_first` is for our own work and `in_nix_order` is
what Nix prints paths in, where the order is seen.  C++: misc.cc (`topoSortPaths`, which gives the reverse).
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from lixeval.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, TypeVar

    K = TypeVar("K", bound=Any)  # what can be hashed and sorted


def dependencies_first(paths: Iterable[K], edges: Iterable[tuple[K, K]]) -> list[K]:
    """`paths` so that whatever a path refers to comes before it, alphabetically where both orders would do.

    `edges` are (referrer, reference); those that leave `paths`, and a path's reference to itself, do not count.
    `StoreError` for a cycle, which no store should have.
    """
    waiting = dict.fromkeys(paths, 0)
    users: dict[K, list[K]] = {}
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


def in_nix_order(paths: Iterable[K], edges: Iterable[tuple[K, K]]) -> list[K]:
    """`paths` in the order in which Nix lists them: depth first and by name, each after what it refers to.

    `edges` as for `dependencies_first`.
    """
    wanted = set(paths)
    uses: dict[K, list[K]] = {}
    for referrer, reference in sorted(set(edges)):
        if referrer != reference and reference in wanted:
            uses.setdefault(referrer, []).append(reference)
    order: dict[K, None] = {}
    for start in sorted(wanted):
        way = [(start, iter(uses.get(start, ())))]
        while way:
            path, references = way[-1]
            deeper = next((reference for reference in references if reference not in order), None)
            if deeper is not None:
                way.append((deeper, iter(uses.get(deeper, ()))))
            else:
                order[path] = None
                way.pop()
    return list(order)


def components(graph: Mapping[K, Iterable[K]]) -> list[list[K]]:
    """The strongly connected components of a graph (node -> the nodes it leads to), each after those it leads to, its
    members sorted: Tarjan's algorithm with a stack of its own.  A graph has one answer, whatever the order of its sets.
    """
    index: dict[K, int] = {}
    low: dict[K, int] = {}
    stack: list[K] = []
    place: dict[K, int] = {}
    found: list[list[K]] = []
    for root in graph:
        if root in index:
            continue
        work: list[tuple[K, Iterator[K]]] = []

        def enter(node: K, work: list[tuple[K, Iterator[K]]] = work) -> None:
            index[node] = low[node] = len(index)
            place[node] = len(stack)
            stack.append(node)
            work.append((node, iter(sorted(graph[node]))))

        enter(root)
        while work:
            node, successors = work[-1]
            for successor in successors:
                if successor not in index:
                    enter(successor)
                    break
                if successor in place:
                    low[node] = min(low[node], index[successor])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = stack[place[node] :]
                    del stack[place[node] :]
                    for member in component:
                        del place[member]
                    found.append(sorted(component))
    return found
