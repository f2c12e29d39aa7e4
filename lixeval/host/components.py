"""Strongly connected components: which packages need one another in a circle.

Tarjan's algorithm with an explicit stack.  Components come out dependencies first, each sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def strongly_connected(graph: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The components of `graph` (node -> successors, all of them nodes), each after those it leads to."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    place: dict[str, int] = {}
    components: list[list[str]] = []
    for root in sorted(graph):
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = []

        def enter(node: str, work: list[tuple[str, Iterator[str]]] = work) -> None:
            index[node] = low[node] = len(index)
            place[node] = len(stack)
            stack.append(node)
            work.append((node, iter(graph[node])))

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
                    components.append(sorted(component))
    return components
