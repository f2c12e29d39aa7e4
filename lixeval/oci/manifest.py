"""Manifest and index: which config and which layers make an image, and which manifests a layout holds.

Source: OCI image specification 1.1, manifest.md, image-index.md, image-layout.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lixeval.errors import ImageError
from lixeval.oci import descriptor as descriptors
from lixeval.oci import go_json, media_types
from lixeval.oci.descriptor import Descriptor

LAYOUT_FILE = b'{"imageLayoutVersion":"1.0.0"}'
REF_NAME = "org.opencontainers.image.ref.name"
# What containerd and podman take an image's full name from; the specification's own annotation holds only the tag.
CONTAINERD_NAME = "io.containerd.image.name"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image: its config and its layers, lowest first; `raw` is a manifest that stays as somebody else wrote it."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    no_layers: tuple[()] | None = None
    """What stands for no layers: null, as Go writes its zero value, or an empty list, as the specification wants it."""

    @property
    def media_type(self) -> str:
        return media_types.MANIFEST if self.raw is None else media_types.said_by(self.raw)

    def to_bytes(self) -> bytes:
        if self.raw is not None:
            return self.raw
        members: dict[str, object] = {
            "schemaVersion": 2,
            "mediaType": media_types.MANIFEST,
            "config": self.config.to_json(),
            "layers": [layer.to_json() for layer in self.layers] or self.no_layers,
        }
        if self.annotations:
            members["annotations"] = go_json.sorted_map(self.annotations)
        return go_json.marshal(members)


def parse(data: bytes) -> Manifest:
    """Read a manifest, OCI's or Docker's schema 2; raises ImageError for anything else."""
    value = go_json.parse(data)
    if not isinstance(value, go_json.Object) or value.get("config") is None:
        raise ImageError("not an image manifest: it has no config")
    if value.get("manifests") is not None:
        raise ImageError("a manifest that is an index as well is neither: clients would take it for different images")
    layers = value.get("layers") or []
    if not isinstance(layers, list):
        raise ImageError(f"the layers of a manifest must be a list, not {go_json.kind(layers)}")
    return Manifest(descriptors.from_json(value.get("config")), tuple(descriptors.from_json(layer) for layer in layers))


def index_bytes(manifests: Sequence[Descriptor]) -> bytes:
    """The index.json of a layout."""
    return go_json.marshal({"schemaVersion": 2, "manifests": [entry.to_json() for entry in manifests]})
