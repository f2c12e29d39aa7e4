"""image.json: what buildImage makes, and the config document and manifest that follow from it.

    {version: 1, image-config{...}, layers[...] or null, arch, created or null}

The layers are those of the base image, then those of each layers.json in turn; a layer whose digest is already there
is skipped. A base image gives only its layers: its configuration and its history are not inherited, as in the
original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lixeval.containers import layers_json
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.layers_json import LayerRecord
from lixeval.errors import ImageError
from lixeval.oci import config, go_json, go_time, media_types
from lixeval.oci import descriptor as descriptors
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.manifest import Manifest
from lixeval.oci.manifest import parse as parse_manifest

VERSION = 1
FIRST_MOMENT = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image as image.json describes it."""

    layers: tuple[LayerRecord, ...]
    run_config: Mapping[str, Any] = field(default_factory=dict)
    architecture: str = ""
    created: str | None = None

    def to_bytes(self) -> bytes:
        return go_json.marshal_indent(
            {
                "version": VERSION,
                "image-config": config.run_config_to_json(self.run_config),
                "layers": [layer.to_json() for layer in self.layers] or None,
                "arch": self.architecture,
                "created": self.created,
            }
        )

    def config_blob(self) -> bytes:
        """The config document, whose digest is the image id."""
        return config.config_blob(
            self.run_config,
            self.architecture,
            self.created,
            [layer.diff_id for layer in self.layers],
            [layer.history for layer in self.layers],
        )

    def manifest(self) -> Manifest:
        """The manifest with the sizes that image.json states: 0 for a base image's layers."""
        return Manifest(
            descriptors.of_bytes(media_types.CONFIG, self.config_blob()),
            tuple(Descriptor(layer.media_type, layer.digest, layer.size) for layer in self.layers),
        )


def _read_time(value: Any, before: Any, where: go_json.Where) -> Any:
    return None if value is None else go_time.from_json(value)


_read_image = go_json.struct(
    "Image",
    {
        "version": go_json.integer(),
        "image-config": config.read_run_config,
        "layers": go_json.list_of(layers_json.read_layer, "types.Layer"),
        "arch": go_json.read_string,
        "created": _read_time,
    },
    "types.",
)


def parse(data: bytes) -> ImageRecord:
    """Read an image.json; raises Nix2containerError for anything else."""
    members = layers_json.read(_read_image, go_json.parse(data))
    return ImageRecord(
        tuple(layers_json.layer_record(layer) for layer in members.get("layers") or ()),
        members.get("image-config", {}),
        members.get("arch", ""),
        members.get("created"),
    )


def build(
    run_config: Any,
    layers: Iterable[LayerRecord],
    base: ImageRecord | None = None,
    architecture: str = "amd64",
    created: str = FIRST_MOMENT,
) -> ImageRecord:
    """The image of a parsed configuration and the layers of all layers.json files in order.

    Raises Nix2containerError for a `created` that is not an RFC 3339 time and for configuration members of the wrong
    type.
    """
    try:
        moment = go_time.normalise(created)
    except ImageError as error:
        raise Nix2containerError(f'invalid argument "{created}" for "--created" flag: {error.message}') from None
    members = layers_json.read(config.read_run_config, run_config)
    kept = list(base.layers) if base is not None else []
    present = {layer.digest for layer in kept}
    for layer in layers:
        if layer.digest not in present:
            present.add(layer.digest)
            kept.append(layer)
    return ImageRecord(tuple(kept), members, architecture, moment)


def from_manifest(manifest: bytes, read_config: Callable[[str], bytes], blob_path: Callable[[str], str]) -> ImageRecord:
    """The base image that a pulled manifest describes: layers with the path of their blob, and nothing else.

    `read_config` gives the config document of a digest, `blob_path` the path to be recorded for a layer's digest.
    """
    parsed = parse_manifest(manifest)
    document = go_json.parse(read_config(parsed.config.digest))
    rootfs = document.get("rootfs") if isinstance(document, go_json.Object) else None
    diff_ids: Sequence[Any] = (rootfs.get("diff_ids") or []) if isinstance(rootfs, go_json.Object) else []
    if len(diff_ids) != len(parsed.layers):
        raise ImageError(f"the image has {len(parsed.layers)} layers, but its config names {len(diff_ids)}")
    return ImageRecord(
        tuple(
            LayerRecord(
                layer.digest,
                0,
                str(diff_id),
                media_types.oci_layer(layer.media_type),
                layer_path=blob_path(layer.digest),
            )
            for layer, diff_id in zip(parsed.layers, diff_ids, strict=True)
        )
    )
