"""The closure graph of a layer: what the store exports of the wanted paths, sorted, without the ignored ones.

A node is ignored if its path is a *substring* of the ignore text, which is how the original's filter works; no ignore
text means that nothing is dropped.  Something that stays but refers to an ignored path makes the build fail, since
that path would come back in through the reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lixeval.containers.failure import Nix2containerError
from lixeval.containers.nix_database import RegisteredPath
from lixeval.formats import hashes
from lixeval.formats.byte_text import bytes_of


def closure_graph(exported: Sequence[Mapping[str, Any]], ignore: str) -> list[Mapping[str, Any]]:
    """The entries that stay, by path, their references sorted; raises Nix2containerError if an ignored path is
    needed.
    """
    kept = [{**entry, "references": sorted(entry["references"], key=bytes_of)} for entry in exported]
    kept = [entry for entry in kept if entry["path"] not in ignore]
    dropped = {entry["path"] for entry in exported} - {entry["path"] for entry in kept}
    for entry in kept:
        for reference in entry["references"]:
            if reference in dropped:
                raise Nix2containerError(
                    f"the closure is not allowed to refer to '{reference}', but '{entry['path']}' does",
                    hint="what is ignored must not be needed by anything that stays in the layer",
                )
    return sorted(kept, key=lambda entry: bytes_of(entry["path"]))


def edges(graph: Sequence[Mapping[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    """(path, references) of every entry, as popularity takes them."""
    return [(entry["path"], tuple(entry["references"])) for entry in graph]


def registered(graph: Sequence[Mapping[str, Any]]) -> list[RegisteredPath]:
    """The entries as rows of a Nix database."""
    return [
        RegisteredPath(
            entry["path"],
            hashes.parse(entry["narHash"]).prefixed_base16,
            entry["narSize"],
            tuple(entry["references"]),
        )
        for entry in graph
    ]
