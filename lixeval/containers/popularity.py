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
from lixeval.system.graphs import components


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
    among = set(left)
    graph = {number: sorted(references[number] & among) for number in left}
    cyclic = sorted(component for component in components(graph) if len(component) > 1)
    count = sum(map(len, cyclic))
    if count > 10:
        what = f"{count} nodes in {len(cyclic)} cyclic components"
    else:
        what = "cyclic components: [" + " ".join("[" + " ".join(map(str, c)) + "]" for c in cyclic) + "]"
    names = ", ".join(paths[number] for number in cyclic[0][:10])
    return Nix2containerError(f"topo: no topological ordering: {what}", hint=f"these refer to one another: {names}")
