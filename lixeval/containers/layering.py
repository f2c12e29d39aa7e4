"""From ordered paths to layers: options attached, parents' paths left out, the rest dealt out one path a layer.

Layer i takes one path until `max_layers` - 1 layers are made; the last one takes all that is left.  With `max_layers`
of zero or less every path has a layer of its own.  Where sizes are given, it is the biggest paths that stand alone
and not the most popular: a small change then moves few bytes, whoever needs them.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from lixeval.containers.layers_json import LayerPath, LayerRecord, PathOptions, Perm, Rewrite


def select(
    paths: Iterable[str],
    parents: Iterable[LayerRecord],
    rewrites: Iterable[tuple[str, Rewrite]],
    perms: Iterable[tuple[str, Perm]],
    ignore: str = "",
) -> list[LayerPath]:
    """The entries to put into layers, in order.

    A path gets the perms and the last rewrite given for exactly it.  It is left out if it is `ignore`, or if a parent
    layer has an equal entry: the same path with the same options.
    """
    rewrite_of = dict(rewrites)
    perms_of: dict[str, list[Perm]] = defaultdict(list)
    for path, perm in perms:
        perms_of[path].append(perm)
    present = {entry for parent in parents for entry in parent.paths}
    selected = []
    for path in paths:
        options = None
        if path in rewrite_of or path in perms_of:
            options = PathOptions(rewrite_of.get(path, Rewrite()), tuple(perms_of.get(path, ())))
        entry = LayerPath(path, options)
        if path != ignore and entry not in present:
            selected.append(entry)
    return selected


def deal(
    entries: Sequence[LayerPath], max_layers: int, sizes: Mapping[str, int] | None = None
) -> list[tuple[LayerPath, ...]]:
    """The entries of each layer.  With `sizes` of paths the biggest ones have layers of their own, in their order."""
    alone = len(entries) if max_layers <= 0 else min(len(entries), max_layers - 1)
    if sizes is not None:
        biggest = heapq.nlargest(alone, entries, key=lambda entry: sizes.get(entry.path, 0))
        chosen = {entry.path for entry in biggest}
        entries = sorted(entries, key=lambda entry: entry.path not in chosen)
    layers: list[tuple[LayerPath, ...]] = [(entry,) for entry in entries[:alone]]
    if entries[alone:]:
        layers.append(tuple(entries[alone:]))
    return layers
