"""Two images compared: configuration, layers, and the files that are seen when all layers lie on one another.

Files are compared by kind, mode, owner, size, link, extended attributes and contents; times are not, since a layer made
elsewhere differs in them and in nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lixeval.oci.reading import tar_reader
from lixeval.oci.reading.contents import Entry, LayerContents, Stack, read_layers
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.opened import OpenedImage

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A member of the configuration, or of a map or list of variables in it; None where it is not there."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class FileChange:
    """A place that is not the same: `how` says what of it, `before` and `after` are its sizes."""

    path: str
    what: str
    before: int
    after: int
    how: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerPair:
    """A layer of either image or of both (`before` and `after` are numbers), its size as a tar."""

    diff_id: str
    before: int | None
    after: int | None
    size: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two images, `before` and `after`; `sizes` are the sums of their layers' tars."""

    same_id: bool
    config: tuple[Change, ...]
    layers: tuple[LayerPair, ...]
    files: tuple[FileChange, ...]
    sizes: tuple[int, int]

    @property
    def same(self) -> bool:
        return self.same_id and not self.files


def compare(before: OpenedImage, after: OpenedImage, limits: Limits = LIMITS) -> Comparison:
    """Read both images and compare them; layers that both have are read once."""
    known: dict[str, LayerContents] = {}
    old = read_layers(before.layers, hashing=True, known=known, limits=limits)
    new = read_layers(after.layers, hashing=True, known=known, limits=limits)
    sizes = (sum(layer.tar_size for layer in old), sum(layer.tar_size for layer in new))
    same_layers = [layer.diff_id for layer in before.layers] == [layer.diff_id for layer in after.layers]
    files = () if same_layers else tuple(_file_changes(Stack(old, limits), Stack(new, limits)))
    return Comparison(
        before.image_id == after.image_id,
        tuple(_config_changes(before, after)),
        tuple(_layer_pairs(before, after, known)),
        files,
        sizes,
    )


def _layer_pairs(before: OpenedImage, after: OpenedImage, known: Mapping[str, LayerContents]) -> Iterator[LayerPair]:
    """The layers of the second image in their order, then those that only the first has."""
    old = {layer.diff_id: number for number, layer in enumerate(before.layers)}
    new = {layer.diff_id: number for number, layer in enumerate(after.layers)}
    for diff_id in [*new, *(one for one in old if one not in new)]:
        yield LayerPair(diff_id, old.get(diff_id), new.get(diff_id), known[diff_id].tar_size)


# -- configuration -----------------------------------------------------------------------------------------------------

_DOCUMENT = ("architecture", "variant", "os", "created", "author")


def _config_changes(before: OpenedImage, after: OpenedImage) -> Iterator[Change]:
    for name in _DOCUMENT:
        if before.text(name) != after.text(name):
            yield Change(name, before.text(name) or None, after.text(name) or None)
    old, new = before.run_config, after.run_config
    for name in sorted(old.keys() | new.keys()):
        yield from _member_changes(name, old.get(name), new.get(name))


def _member_changes(name: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if name == "Env" and _are_variables(old or []) and _are_variables(new or []):
        old, new = (dict(text.split("=", 1) for text in one or ()) for one in (old, new))
    if isinstance(old or {}, dict) and isinstance(new or {}, dict) and (old or new):
        old, new = old or {}, new or {}
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield Change(f"{name}.{key}", old.get(key), new.get(key))
        return
    yield Change(name, old, new)


def _are_variables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and "=" in one for one in value)


# -- files -------------------------------------------------------------------------------------------------------------


def _file_changes(before: Stack, after: Stack) -> Iterator[FileChange]:
    old, new = before.entries(), after.entries()
    for place in sorted(old.keys() | new.keys()):
        was, now = old.get(place), new.get(place)
        if was is None and now is not None:
            yield FileChange(now[0].path, ADDED, 0, now[0].size)
        elif now is None and was is not None:
            yield FileChange(was[0].path, REMOVED, was[0].size, 0)
        elif was is not None and now is not None:
            how = tuple(_differences(was[0], now[0]))
            if how:
                yield FileChange(now[0].path, CHANGED, was[0].size, now[0].size, how)


def _differences(old: Entry, new: Entry) -> Iterator[str]:
    if old.kind != new.kind:
        yield f"{old.kind} → {new.kind}"
        return
    if old.mode != new.mode:
        yield f"mode {old.mode:04o} → {new.mode:04o}"
    if (old.uid, old.gid) != (new.uid, new.gid):
        yield f"owner {old.uid}:{old.gid} → {new.uid}:{new.gid}"
    if old.link != new.link:
        yield f"target {old.link} → {new.link}"
    if dict(old.xattrs) != dict(new.xattrs):
        yield "extended attributes"
    if old.kind == tar_reader.FILE and old.digest != new.digest:
        yield "contents"
