"""Recomputing every claim that an image makes: digests, sizes, media types, diff ids, and who points to what.

`validate` reports every mismatch rather than the first, so that a damaged image can be judged as a whole.  It is used
by the tests on every image they write, and by whoever wants to know whether an archive arrived in one piece.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from typing import IO, Any, cast

from lixeval.errors import ImageError
from lixeval.oci import go_json, manifest, media_types, unpack
from lixeval.oci import source as sources
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.source import Source


def validate(path: str) -> list[str]:
    """What is wrong with the layout or archive at `path`, as sentences; an empty list means that it is sound.

    Raises ImageError only if `path` cannot be read as a folder or a tar at all.
    """
    with sources.open_source(path) as source:
        return list(_problems(source))


def _problems(source: Source) -> Iterator[str]:
    try:
        if go_json.parse(sources.read(source, "oci-layout")) != go_json.parse(manifest.LAYOUT_FILE):
            yield "oci-layout does not say version 1.0.0"
        entries = manifest.parse_index(sources.read(source, "index.json"))
    except ImageError as error:
        yield error.message
        return
    if not entries:
        yield "index.json lists no image"
    reached: set[str] = set()
    for entry in entries:
        yield from _image_problems(source, entry, reached)
    yield from _docker_problems(source, reached)
    for name in source.names():
        if name.startswith("blobs/") and name not in reached:
            yield f"{name} belongs to no image"


def _image_problems(source: Source, entry: Descriptor, reached: set[str]) -> Iterator[str]:
    if entry.media_type != media_types.MANIFEST:
        yield f"the index points to {entry.digest} as {entry.media_type}, which is not an image manifest"
    found = list(_blob_problems(source, entry, reached))
    yield from found
    if found:
        return
    try:
        parsed = manifest.parse(sources.read(source, sources.blob_name(entry.digest)))
    except ImageError as error:
        yield f"the manifest {entry.digest}: {error.message}"
        return
    if parsed.config.media_type != media_types.CONFIG:
        yield f"the config {parsed.config.digest} has the media type {parsed.config.media_type}"
    damaged: set[str] = set()
    for part in (parsed.config, *parsed.layers):
        for problem in _blob_problems(source, part, reached):
            damaged.add(part.digest)
            yield problem
    if parsed.config.digest not in damaged:
        yield from _config_problems(source, parsed, damaged)


def _blob_problems(source: Source, part: Descriptor, reached: set[str]) -> Iterator[str]:
    name = sources.blob_name(part.digest)
    reached.add(name)
    digest, size = hashlib.sha256(), 0
    try:
        for block in sources.blocks(source, name):
            digest.update(block)
            size += len(block)
    except ImageError as error:
        yield error.message
        return
    if size != part.size:
        yield f"{name} has {size} bytes, but {part.size} are announced"
    if "sha256:" + digest.hexdigest() != part.digest:
        yield f"{name} has the digest sha256:{digest.hexdigest()}"


def _config_problems(source: Source, parsed: manifest.Manifest, damaged: set[str]) -> Iterator[str]:
    try:
        config = go_json.parse(sources.read(source, sources.blob_name(parsed.config.digest)))
    except ImageError as error:
        yield f"the config {parsed.config.digest}: {error.message}"
        return
    rootfs = config.get("rootfs") if isinstance(config, go_json.Object) else None
    diff_ids: list[Any] = (rootfs.get("diff_ids") or []) if isinstance(rootfs, go_json.Object) else []
    if len(diff_ids) != len(parsed.layers):
        yield f"the config names {len(diff_ids)} layers, the manifest {len(parsed.layers)}"
        return
    history = config.get("history") or []
    if len([entry for entry in history if not entry.get("empty_layer")]) > len(diff_ids):
        yield "the config's history has more entries than there are layers"
    for layer, diff_id in zip(parsed.layers, diff_ids, strict=True):
        if layer.digest not in damaged:
            yield from _layer_problems(source, layer, diff_id)


def _layer_problems(source: Source, layer: Descriptor, diff_id: str) -> Iterator[str]:
    if layer.media_type not in media_types.LAYERS:
        yield f"the layer {layer.digest} has the media type {layer.media_type}"
        return
    try:
        with source.open(sources.blob_name(layer.digest)) as stream:
            found = _diff_id(stream, layer)
    except ImageError as error:
        yield error.message
        return
    except (OSError, tarfile.TarError) as error:
        yield f"the layer {layer.digest} cannot be read as {layer.media_type}: {error}"
        return
    if found != diff_id:
        yield f"the layer {layer.digest} holds the tar {found}, but the config says {diff_id}"


def _diff_id(stream: IO[bytes], layer: Descriptor) -> str:
    """The digest of the tar inside, every member of which is looked at on the way."""
    with unpack.unpacked(stream, layer.media_type, f"the layer {layer.digest}") as plain:
        hashed = _Hashed(plain)
        with tarfile.open(fileobj=cast("IO[bytes]", hashed), mode="r|") as tar:
            for _ in tar:
                pass
        while hashed.read(1 << 20):
            pass
    return "sha256:" + hashed.digest.hexdigest()


class _Hashed:
    """A stream that is hashed while somebody reads it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.digest.update(data)
        return data


def _docker_problems(source: Source, reached: set[str]) -> Iterator[str]:
    if "manifest.json" not in source.names():
        return
    try:
        images = go_json.parse(sources.read(source, "manifest.json"))
        for image in images:
            for name in [image.get("Config"), *image.get("Layers")]:
                if name not in reached:
                    yield f"manifest.json points to {name}, which belongs to no image of index.json"
    except (ImageError, AttributeError, TypeError) as error:
        yield f"manifest.json is not one of Docker's: {error}"
