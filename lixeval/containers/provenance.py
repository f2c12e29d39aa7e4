"""Why a store path lies in the layer it lies in, as far as the store, or the image itself, remembers.

    explicit    named by whoever wrote the image: in deps or copyToRoot of a layer, or by the configuration
    popular     a layer of its own, since so many of the other paths need it
    rest        in the last layer, with all that was left

A layer is known by its diff id, which stays when it is packed: the store's layers.json files say which paths are in it,
and the derivation that made such a file what it was asked for.  An image from elsewhere may still tell in its history:

    comment = "store paths: " list ["; at /: " list]          list = "['/nix/store/…', '/nix/store/…']"

The first part is what nixpkgs' streamLayeredImage writes; the second, for what copyToRoot has moved, is ours.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lixeval.containers import layers_json
from lixeval.containers.layers_json import LayerPath, LayerRecord
from lixeval.errors import FormatError, ImageError, StoreError
from lixeval.formats.store_path import StorePath

if TYPE_CHECKING:
    from lixeval.store.local import LocalStore

EXPLICIT, POPULAR, REST = "explicit", "popular", "rest"
COPIED_TO_ROOT = "copied to /"
_LARGEST = 64 << 20
_COMMENT = re.compile(r"store paths: (\[[^\]]*\])(?:; at /: (\[[^\]]*\]))?\Z")
_QUOTED = re.compile(r"'([^'\\]*)'")
_LONGEST_COMMENT = 1 << 20


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a path is there: one of the three words, and the same in a sentence; `moved` to / by copyToRoot or not."""

    why: str
    because: str
    moved: bool = False


@dataclass(frozen=True, slots=True)
class LayerOrigin:
    """The paths of a layer with their reasons, and the derivation that made it, if it is known."""

    paths: Mapping[str, Reason] = field(default_factory=dict)
    made_by: str | None = None


class Provenance:
    """What a store, or nobody, knows of layers."""

    def __init__(self, store: LocalStore | None = None, records: Iterable[LayerRecord] = ()) -> None:
        self._store = store
        self._given = {record.diff_id: record for record in records if record.paths}
        self._known: dict[str, tuple[StorePath, int, list[LayerRecord]]] | None = None

    def of(self, diff_id: str, comment: str = "") -> LayerOrigin:
        """What is known of a layer; nothing at worst.  `comment` is that of its history entry."""
        if self._known is None:
            self._known = dict(self._read_store())
        if diff_id in self._known:
            return self._explained(*self._known[diff_id])
        if diff_id in self._given:
            given = self._given[diff_id].paths
            return LayerOrigin({path.path: _reason(path, None, len(given), 0, 1) for path in given})
        paths, moved = paths_in_comment(comment)
        told = Reason("", "told by the image's history")
        at_root = Reason(EXPLICIT, COPIED_TO_ROOT, moved=True)
        return LayerOrigin({path: at_root if path in moved else told for path in paths})

    def references(self, path: str) -> list[StorePath] | None:
        """What a path needs; None where the store does not know."""
        try:
            return self._store.references(StorePath(path)) if self._store else None
        except StoreError:
            return None

    # -- the store's layers --------------------------------------------------------------------------------------------

    def _read_store(self) -> Iterable[tuple[str, tuple[StorePath, int, list[LayerRecord]]]]:
        """(diff id, (store path of its layers.json, its number in there, all layers of it))."""
        store = self._store
        if store is None or not os.path.isdir(store.real_store_dir):
            return
        for name in sorted(os.listdir(store.real_store_dir)):
            if not name.endswith("-" + layers_json.FILE):
                continue
            try:
                with open(os.path.join(store.real_store_dir, name, layers_json.FILE), "rb") as file:
                    layers = list(layers_json.parse(file.read(_LARGEST)))
            except (OSError, ImageError):
                continue
            for number, layer in enumerate(layers):
                yield layer.diff_id, (StorePath(f"{store.store_dir}/{name}"), number, layers)

    def _explained(self, made: StorePath, number: int, layers: list[LayerRecord]) -> LayerOrigin:
        asked = self._asked(made)
        roots = set(asked.get("exportReferencesGraph", {}).get("graph", ()) if asked else ())
        ignored = asked.get("ignore", "").split() if asked else []
        # What the configuration mentions is asked for through a file that is itself left out.
        mentioned = {path for root in roots & set(ignored) for path in self.references(root) or ()}
        layer = layers[number]
        reasons = {}
        for path in layer.paths:
            named = "named by the configuration" if path.path in mentioned else None
            named = "named in deps" if path.path in roots else named
            reasons[path.path] = _reason(path, named, len(layer.paths), number, len(layers))
        return LayerOrigin(reasons, made)

    def _asked(self, made: StorePath) -> dict[str, Any] | None:
        """The attributes of the derivation that made a layers.json."""
        assert self._store is not None
        try:
            deriver = self._store.info(made).deriver
            if deriver is None:
                return None
            found = json.loads(self._store.read_derivation(deriver).environment.get("__json", "null"))
        except (StoreError, FormatError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


def _reason(path: LayerPath, named: str | None, count: int, number: int, layers: int) -> Reason:
    if path.options is not None and path.options.rewrite.regex:
        return Reason(EXPLICIT, COPIED_TO_ROOT, moved=True)
    if named is not None:
        return Reason(EXPLICIT, named)
    if count == 1 and number < layers - 1:
        return Reason(POPULAR, "needed by many")
    return Reason(REST, "needed by another path")


def paths_in_comment(comment: str) -> tuple[list[str], set[str]]:
    """The store paths that a history comment lists, and those of them that are at /; none for any other comment."""
    match = _COMMENT.match(comment) if len(comment) < _LONGEST_COMMENT else None
    if match is None:
        return [], set()
    moved = set(_QUOTED.findall(match.group(2) or ""))
    return _QUOTED.findall(match.group(1)), moved


def comment_of(paths: Iterable[LayerPath]) -> str:
    """The comment that tells which paths are in a layer."""
    paths = list(paths)
    moved = [path.path for path in paths if path.options is not None and path.options.rewrite.regex]
    return f"store paths: {[path.path for path in paths]!r}" + (f"; at /: {moved!r}" if moved else "")
