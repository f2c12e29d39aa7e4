"""The files of an image's layers, and which of them are seen when the layers lie on one another.

    Entry           one member of a layer's tar, at its place in the image
    LayerContents   the entries of a layer, the whiteouts in it, and what was wrong with its names
    Stack           all layers together: what is seen at each place, and how many bytes of each layer are not

A whiteout `.wh.NAME` takes away NAME of the layers below, `.wh..wh..opq` all that they have in its folder.

Source: OCI image specification, layer.md, "Whiteouts".
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lixeval.errors import ImageError
from lixeval.oci.reading import tar_reader
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.opened import StoredLayer
from lixeval.oci.reading.tar_reader import Member, TarReader

_WHITEOUT, _OPAQUE = b".wh.", b".wh..wh..opq"
Components = tuple[bytes, ...]


def shown(components: Components) -> str:
    """A place as people write it: `/etc/passwd`."""
    return os.fsdecode(b"/" + b"/".join(components))


@dataclass(frozen=True, slots=True)
class Entry:
    """A member at its place; `digest` is that of a file's data where it was asked for, else ""."""

    components: Components
    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    link: str
    mtime: int
    xattrs: Mapping[str, bytes]
    digest: str = ""
    device: tuple[int, int] = (0, 0)

    @property
    def path(self) -> str:
        return shown(self.components)


@dataclass(slots=True)
class LayerContents:
    """What is in a layer; a place that comes twice has the later entry, as unpacking would leave it."""

    entries: dict[Components, Entry] = field(default_factory=dict)
    whiteouts: list[Components] = field(default_factory=list)
    opaque: list[Components] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    tar_size: int = 0

    @property
    def file_bytes(self) -> int:
        return sum(entry.size for entry in self.entries.values())


def read_layer(layer: StoredLayer, *, hashing: bool = False, limits: Limits = LIMITS) -> LayerContents:
    """What is in a layer, each file's digest included if `hashing`; raises ImageError for what cannot be read."""
    contents = LayerContents()
    left = limits.components
    with layer.members(limits) as reader:
        for member in reader:
            # Each place costs as much memory as its name has components.
            left -= member.name.count(b"/")
            if left < 0:
                raise ImageError(f"the names in a layer have more than {limits.components} components")
            _add(contents, member, reader, hashing)
        contents.tar_size = reader.finish()
    return contents


def _add(contents: LayerContents, member: Member, reader: TarReader, hashing: bool) -> None:
    components = tar_reader.place(member.name)
    if components is None:
        contents.faults.append(f"the member {os.fsdecode(member.name)!r} leads out of the image")
        return
    if components and components[-1].startswith(_WHITEOUT):
        if components[-1] == _OPAQUE:
            contents.opaque.append(components[:-1])
        elif components[-1][len(_WHITEOUT) :] in (b"", b".", b".."):
            # Who takes such a prefix off and joins what is left removes a whole folder, or the one around it.
            contents.faults.append(f"the whiteout {shown(components)!r} takes away nothing that has a name")
        else:
            contents.whiteouts.append((*components[:-1], components[-1][len(_WHITEOUT) :]))
        return
    digest, link, size = "", os.fsdecode(member.link), member.size
    if member.kind == tar_reader.FILE and hashing:
        digest = _hash(reader)
    kind = member.kind
    if kind == tar_reader.HARD_LINK:
        target = contents.entries.get(tar_reader.place(member.link) or (b"..",))
        if target is None:
            contents.faults.append(f"the hard link '{shown(components)}' leads to nothing in its layer")
        elif target.kind == tar_reader.FILE:
            kind, digest, link = target.kind, target.digest, ""
    contents.entries[components] = Entry(
        components,
        kind,
        member.mode,
        member.uid,
        member.gid,
        size,
        link,
        member.mtime,
        member.xattrs,
        digest,
        member.device,
    )


def _hash(reader: TarReader) -> str:
    digest = hashlib.sha256()
    for block in reader.blocks():
        digest.update(block)
    return "sha256:" + digest.hexdigest()


class _Node:
    __slots__ = ("children", "entry", "layer")

    def __init__(self) -> None:
        self.entry: Entry | None = None
        self.layer = -1
        self.children: dict[bytes, _Node] = {}


class Stack:
    """Layers on one another.  `hidden[i]` counts the bytes of files in layer i that later layers cover or remove."""

    def __init__(self, layers: Sequence[LayerContents], limits: Limits = LIMITS) -> None:
        self.hidden = [0] * len(layers)
        self._root = _Node()
        self._count = 0
        self._limits = limits
        for number, layer in enumerate(layers):
            for place in layer.opaque:
                self._clear(self._find(place))
            for place in layer.whiteouts:
                self._remove(place)
            for place, entry in layer.entries.items():
                self._put(place, entry, number)

    def _find(self, place: Components) -> _Node | None:
        node: _Node | None = self._root
        for component in place:
            node = node.children.get(component) if node is not None else None
        return node

    def _clear(self, node: _Node | None) -> None:
        """Forget all that is below a node, and count it as hidden."""
        waiting = list(node.children.values()) if node is not None else []
        if node is not None:
            node.children = {}
        while waiting:
            below = waiting.pop()
            self._hide(below)
            waiting += below.children.values()

    def _hide(self, node: _Node) -> None:
        if node.entry is not None:
            self.hidden[node.layer] += node.entry.size

    def _remove(self, place: Components) -> None:
        parent = self._find(place[:-1]) if place else None
        node = parent.children.pop(place[-1], None) if parent is not None else None
        if node is not None:
            self._hide(node)
            self._clear(node)

    def _put(self, place: Components, entry: Entry, layer: int) -> None:
        node = self._root
        for component in place:
            below = node.children.get(component)
            if below is None:
                self._count += 1
                if self._count > 4 * self._limits.entries:
                    raise ImageError(f"the image has more than {4 * self._limits.entries} files and folders")
                below = node.children[component] = _Node()
            node = below
        self._hide(node)
        if entry.kind != tar_reader.FOLDER and node.children:
            self._clear(node)
        node.entry, node.layer = entry, layer

    def __iter__(self) -> Iterator[tuple[Entry, int]]:
        """Every entry that is seen with the number of its layer, parents first, siblings by their bytes."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            if node.entry is not None:
                yield node.entry, node.layer
            waiting += [node.children[name] for name in sorted(node.children, reverse=True)]

    def entries(self) -> dict[Components, tuple[Entry, int]]:
        """The same by place."""
        return {entry.components: (entry, layer) for entry, layer in self}


def read_layers(
    layers: Iterable[StoredLayer],
    *,
    hashing: bool = False,
    known: dict[str, LayerContents] | None = None,
    limits: Limits = LIMITS,
) -> list[LayerContents]:
    """The contents of all layers; one that comes twice (or is `known`, by diff id) is read once.

    Raises ImageError for more entries than the limits allow, all layers counted.
    """
    found = {} if known is None else known
    result, count = [], 0
    for layer in layers:
        if layer.diff_id not in found:
            found[layer.diff_id] = read_layer(layer, hashing=hashing, limits=limits)
        result.append(found[layer.diff_id])
        count += len(found[layer.diff_id].entries)
        if count > limits.entries:
            raise ImageError(f"the image has more than {limits.entries} files and folders")
    return result
