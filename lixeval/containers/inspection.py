"""An image taken apart for people: what each layer weighs, what is in it and why, what is big, what others share.

Files are summed up by *group*: a store path, or where there is none two levels of folders (`/usr/lib`).  What a
copyToRoot path brings to / counts as that path, if only one does.

The path of a look: `opened` image + `provenance` -> `inspect` -> tables, JSON or a page (`lixeval.cli`).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lixeval.containers.provenance import COPIED_TO_ROOT, EXPLICIT, POPULAR, REST, LayerOrigin, Provenance, Reason
from lixeval.oci.reading import tar_reader
from lixeval.oci.reading.contents import Components, Entry, LayerContents, Stack, read_layers, shown
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.opened import OpenedImage

_STORE = (b"nix", b"store")
BIGGEST = 15


@dataclass(slots=True)
class Group:
    """Files that belong together; `why` and `because` are empty where nobody knows."""

    name: str
    size: int = 0
    files: int = 0
    why: str = ""
    because: str = ""
    needed_by: int = 0

    @property
    def is_store_path(self) -> bool:
        return self.name.startswith("/nix/store/")


@dataclass(slots=True)
class LayerView:
    """A layer; `share` is its part of all layers as they are stored, `hidden` what later layers cover or remove."""

    number: int
    diff_id: str
    digest: str
    media_type: str
    size: int
    tar_size: int
    share: float
    files: int
    file_bytes: int
    hidden: int
    created_by: str
    comment: str
    made_by: str | None
    groups: list[Group]
    faults: list[str]


@dataclass(slots=True)
class BigFile:
    path: str
    size: int
    layer: int


@dataclass(slots=True)
class Reuse:
    """What of an image another one has already, by layers (diff ids) and by their sizes as tars."""

    against: str
    layers: list[int]
    bytes: int
    new_bytes: int


@dataclass(slots=True)
class Inspection:
    """All that is told of an image.  `size` is that of the layers as stored, `tar_size` unpacked; `others` are images
    that lie at the same place.
    """

    where: str
    kind: str
    names: list[str]
    image_id: str
    manifest_digest: str | None
    platform: str
    created: str
    author: str
    size: int
    tar_size: int
    files: int
    hidden: int
    config: dict[str, Any]
    layers: list[LayerView]
    biggest_groups: list[Group]
    biggest_files: list[BigFile]
    others: list[str] = field(default_factory=list)
    reuse: Reuse | None = None
    contents: list[LayerContents] = field(default_factory=list, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Everything but the single files."""
        contents, self.contents = self.contents, []
        try:
            found = asdict(self)
        finally:
            self.contents = contents
        del found["contents"]
        return found


def inspect(
    image: OpenedImage,
    provenance: Provenance,
    against: OpenedImage | None = None,
    limits: Limits = LIMITS,
) -> Inspection:
    """Read all layers and sum them up; raises ImageError for what cannot be read."""
    contents = read_layers(image.layers, limits=limits)
    stack = Stack(contents, limits)
    origins = [provenance.of(layer.diff_id, layer.history.comment if layer.history else "") for layer in image.layers]
    needed = _needed(provenance, contents, origins)
    size = sum(layer.size for layer in image.layers)
    layers = [
        LayerView(
            number=number,
            diff_id=layer.diff_id,
            digest=layer.digest,
            media_type=layer.media_type,
            size=layer.size,
            tar_size=held.tar_size,
            share=layer.size / size if size else 0.0,
            files=sum(1 for entry in held.entries.values() if entry.kind == tar_reader.FILE),
            file_bytes=held.file_bytes,
            hidden=stack.hidden[number],
            created_by=layer.history.created_by if layer.history else "",
            comment=layer.history.comment if layer.history else "",
            made_by=origin.made_by,
            groups=_groups(held, origin, needed),
            faults=held.faults,
        )
        for number, (layer, held, origin) in enumerate(zip(image.layers, contents, origins, strict=True))
    ]
    return Inspection(
        where=image.where.strip("'"),
        kind=image.kind,
        names=list(image.names),
        image_id=image.image_id,
        manifest_digest=image.manifest_digest,
        platform=image.platform,
        created=image.text("created"),
        author=image.text("author"),
        size=size,
        tar_size=sum(layer.tar_size for layer in layers),
        files=sum(layer.files for layer in layers),
        hidden=sum(stack.hidden),
        config=image.run_config,
        layers=layers,
        biggest_groups=_biggest_groups(layers),
        biggest_files=_biggest_files(stack),
        others=list(image.others),
        reuse=None if against is None else reuse_of(image, layers, against),
        contents=contents,
    )


def reuse_of(image: OpenedImage, layers: Sequence[LayerView], against: OpenedImage) -> Reuse:
    """What `image` shares with `against`: whoever has the one need not get these layers of the other."""
    there = {layer.diff_id for layer in against.layers}
    shared = [layer for layer in layers if layer.diff_id in there]
    total = sum(layer.tar_size for layer in layers)
    bytes_shared = sum(layer.tar_size for layer in shared)
    where = against.where.strip("'")
    return Reuse(where, [layer.number for layer in shared], bytes_shared, total - bytes_shared)


# -- groups ------------------------------------------------------------------------------------------------------------


def group_of(components: Components, moved: str | None = None) -> str:
    """The group that a place belongs to; `moved` is the path that was copied to / in this layer."""
    if components[:2] == _STORE:
        return shown(components[:3]) if len(components) > 2 else "/nix/store"
    if moved is not None:
        return moved
    return shown(components[:2]) if len(components) > 2 else shown(components[: len(components) - 1][:2])


def moved_path(origin: LayerOrigin) -> str | None:
    """The one path of a layer that was copied to /; None if there is none, or several."""
    moved = [path for path, reason in origin.paths.items() if reason.moved]
    return moved[0] if len(moved) == 1 else None


def _groups(contents: LayerContents, origin: LayerOrigin, needed: Counter[str]) -> list[Group]:
    moved = moved_path(origin)
    groups: dict[str, Group] = {}
    for path in origin.paths:
        groups[path] = Group(path)
    for entry in contents.entries.values():
        if entry.kind == tar_reader.FOLDER and not (entry.components[:2] == _STORE and len(entry.components) > 2):
            continue
        name = group_of(entry.components, moved)
        group = groups.get(name)
        if group is None:
            group = groups[name] = Group(name)
        group.size += entry.size
        group.files += entry.kind == tar_reader.FILE
    several = sum(reason.moved for reason in origin.paths.values()) > 1
    for name, group in groups.items():
        reason = origin.paths.get(name)
        if reason is None and several and not group.is_store_path:
            reason = Reason(EXPLICIT, COPIED_TO_ROOT)
        if reason is not None:
            group.why, group.because = reason.why, reason.because
        group.needed_by = needed[name]
        if group.needed_by and group.why in (POPULAR, REST):
            group.because = f"needed by {group.needed_by} other{'s' if group.needed_by > 1 else ''}"
    return sorted(groups.values(), key=lambda group: (-group.size, group.name))


def store_paths(contents: LayerContents) -> set[str]:
    """The paths in /nix/store of which a layer has files."""
    names = {place[2] for place in contents.entries if place[:2] == _STORE and len(place) > 2}
    return {shown((*_STORE, name)) for name in names}


def _needed(provenance: Provenance, contents: Iterable[LayerContents], origins: Iterable[LayerOrigin]) -> Counter[str]:
    """How many of the image's store paths refer to each, as far as the store knows them."""
    paths = {path for held in contents for path in store_paths(held)}.union(*(origin.paths for origin in origins))
    counts: Counter[str] = Counter()
    for path in paths:
        counts.update(one for one in provenance.references(path) or () if one != path)
    return counts


def _biggest_groups(layers: Sequence[LayerView]) -> list[Group]:
    """The biggest groups of all layers; one in several layers counts once, with what it weighs in all."""
    total: dict[str, Group] = {}
    for layer in layers:
        for group in layer.groups:
            known = total.setdefault(group.name, Group(group.name, 0, 0, group.why, group.because, group.needed_by))
            known.size += group.size
            known.files += group.files
    return heapq.nlargest(BIGGEST, total.values(), key=lambda group: group.size)


def _biggest_files(stack: Stack) -> list[BigFile]:
    def key(item: tuple[Entry, int]) -> int:
        return item[0].size

    return [
        BigFile(entry.path, entry.size, layer) for entry, layer in heapq.nlargest(BIGGEST, stack, key=key) if entry.size
    ]
