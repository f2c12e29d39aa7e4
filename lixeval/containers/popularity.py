"""The order of store paths in layers: the most used first, so that layers of their own go to what many images share.

A path's score is 1 plus the scores of the paths that refer to it, each counted once, in signed 64-bit arithmetic that
wraps around.  Order: by score, highest first; equal scores by node id, highest first.  Ids are given in order of
first appearance: a graph entry's path, then its references in their order, then the next entry; a path that is only
referred to is a node too.

Example: popularity.order([("/a", ("/b",)), ("/b", ())]) == ["/b", "/a"]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lixeval.containers.failure import Nix2containerError


def _wrap(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def order(graph: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """The paths of (path, references) entries, most popular first; raises Nix2containerError for a cycle."""
    ids: dict[str, int] = {}
    referrers: list[set[int]] = []
    references: list[set[int]] = []

    def node(path: str) -> int:
        number = ids.setdefault(path, len(ids))
        if number == len(references):
            references.append(set())
            referrers.append(set())
        return number

    for path, targets in graph:
        source = node(path)
        for target_path in targets:
            target = node(target_path)
            if target != source:
                references[source].add(target)
                referrers[target].add(source)

    scores = _scores(references, referrers, list(ids))
    paths = list(ids)
    return [paths[number] for number in sorted(range(len(paths)), key=lambda n: (scores[n], n), reverse=True)]


def _scores(references: list[set[int]], referrers: list[set[int]], paths: list[str]) -> list[int]:
    """Add scores from the referrers down, a node when all its referrers are done."""
    scores = [1] * len(paths)
    waiting = [len(sources) for sources in referrers]
    ready = [number for number, count in enumerate(waiting) if not count]
    done = 0
    while ready:
        source = ready.pop()
        done += 1
        for target in references[source]:
            scores[target] = _wrap(scores[target] + scores[source])
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if done < len(paths):
        raise _cyclic(references, [number for number, count in enumerate(waiting) if count], paths)
    return scores


def _cyclic(references: list[set[int]], left: list[int], paths: list[str]) -> Nix2containerError:
    components = [component for component in _components(references, left) if len(component) > 1]
    count = sum(map(len, components))
    if count > 10:
        what = f"{count} nodes in {len(components)} cyclic components"
    else:
        what = "cyclic components: [" + " ".join("[" + " ".join(map(str, c)) + "]" for c in components) + "]"
    names = ", ".join(paths[number] for number in components[0][:10])
    return Nix2containerError(f"topo: no topological ordering: {what}", hint=f"these refer to one another: {names}")


def _components(references: list[set[int]], nodes: list[int]) -> list[list[int]]:
    """Strongly connected components among `nodes` (Tarjan's algorithm with a stack of its own), each sorted, by first
    id.
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    found: list[list[int]] = []
    for root in nodes:
        work = [] if root in index else [(root, iter(sorted(references[root])))]
        while work:
            node, targets = work[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                path.append(node)
                on_path.add(node)
            descend = next((target for target in targets if target not in index or target in on_path), None)
            if descend is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = path.index(node)
                    found.append(sorted(path[cut:]))
                    on_path.difference_update(path[cut:])
                    del path[cut:]
            elif descend not in index:
                work.append((descend, iter(sorted(references[descend]))))
            else:
                low[node] = min(low[node], index[descend])
    return sorted(found)
