"""image.json: what buildImage makes, and the config document and manifest that follow from it.

    {version: 1, image-config{...}, layers[...] or null, arch, created or null, history?[...], variant?, annotations?{}}

The layers are those of the base image, then those of each layers.json in turn; a layer whose digest is already there
is skipped.

`build` is the original's: a base image gives only its layers, and of a configuration ten members survive.  `build_on`
loses nothing: the base's configuration is inherited as FROM does it, its history goes along, and Docker's own members
are kept in image-config.  The members `history` (of a pulled image, and of those built on one) and `variant` are
written only then, so that an image that has no use for them gives the same file either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lixeval.containers import layers_json
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.layers_json import LayerRecord
from lixeval.errors import ImageError
from lixeval.oci import config, docker_config, go_json, go_time, media_types
from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci.config import History
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.manifest import Manifest
from lixeval.oci.manifest import parse as parse_manifest

VERSION = 1
FIRST_MOMENT = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image as image.json describes it; `history` is None where it is that of the layers, one by one."""

    layers: tuple[LayerRecord, ...]
    run_config: Mapping[str, Any] = field(default_factory=dict)
    architecture: str = ""
    created: str | None = None
    history: tuple[History, ...] | None = None
    variant: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        members: dict[str, object] = {
            "version": VERSION,
            "image-config": config.run_config_to_json(self.run_config),
            "layers": [layer.to_json() for layer in self.layers] or None,
            "arch": self.architecture,
            "created": self.created,
        }
        if self.history is not None:
            members["history"] = [entry.to_json() for entry in self.history]
        if self.variant:
            members["variant"] = self.variant
        if self.annotations:
            members["annotations"] = go_json.sorted_map(self.annotations)
        return go_json.marshal_indent(members)

    def whole_history(self) -> tuple[History, ...]:
        """All entries, those without a layer included."""
        return self.history if self.history is not None else tuple(layer.history for layer in self.layers)

    def config_blob(self) -> bytes:
        """The config document, whose digest is the image id."""
        return config.config_blob(
            self.run_config,
            self.architecture,
            self.created,
            [layer.diff_id for layer in self.layers],
            self.whole_history(),
            self.variant,
            sound=self.history is not None,
        )

    def manifest(self) -> Manifest:
        """The manifest with the sizes that image.json states: the original's says 0 for a base image's layers."""
        return Manifest(
            descriptors.of_bytes(media_types.CONFIG, self.config_blob()),
            tuple(Descriptor(layer.media_type, layer.digest, layer.size) for layer in self.layers),
            self.annotations,
            no_layers=() if self.history is not None else None,
        )


def _read_time(value: Any, before: Any, where: go_json.Where) -> Any:
    return None if value is None else go_time.from_json(value)


def _as_it_is(value: Any, before: Any, where: go_json.Where) -> Any:
    return value


_read_image = go_json.struct(
    "Image",
    {
        "version": go_json.integer(),
        "image-config": _as_it_is,
        "layers": go_json.list_of(layers_json.read_layer, "types.Layer"),
        "arch": go_json.read_string,
        "created": _read_time,
        "history": go_json.list_of(config.read_history, "v1.History"),
        "variant": go_json.read_string,
        "annotations": go_json.map_of(go_json.read_string, "string"),
    },
    "types.",
)


def parse(data: bytes) -> ImageRecord:
    """Read an image.json; raises Nix2containerError for anything else."""
    members = layers_json.read(_read_image, go_json.parse(data))
    history = members.get("history")
    return ImageRecord(
        tuple(layers_json.layer_record(layer) for layer in members.get("layers") or ()),
        _config(members["image-config"]) if members.get("image-config") else {},
        members.get("arch", ""),
        members.get("created"),
        None if history is None else tuple(History(**entry) for entry in history),
        members.get("variant", ""),
        members.get("annotations") or {},
    )


def _config(value: Any, warn: Callable[[str], None] = lambda message: None) -> dict[str, Any]:
    try:
        return docker_config.from_json(value, warn)
    except ImageError as error:
        raise Nix2containerError(error.message, hint=error.hint) from None


def build(
    run_config: Any,
    layers: Iterable[LayerRecord],
    base: ImageRecord | None = None,
    architecture: str = "amd64",
    created: str = FIRST_MOMENT,
) -> ImageRecord:
    """The image of a parsed configuration and the layers of all layers.json files in order, as the original makes it.

    Raises Nix2containerError for a `created` that is not an RFC 3339 time and for configuration members of the wrong
    type.
    """
    moment = _moment(created)
    members = layers_json.read(config.read_run_config, run_config)
    kept, _ = _stacked(base.layers if base is not None else (), layers)
    return ImageRecord(kept, members, architecture, moment)


def build_on(
    run_config: Any,
    layers: Iterable[LayerRecord],
    base: ImageRecord | None = None,
    architecture: str = "amd64",
    created: str = FIRST_MOMENT,
    warn: Callable[[str], None] = lambda message: None,
) -> ImageRecord:
    """The same with nothing lost: see the module's text.

    Raises Nix2containerError as `build` does, and for a base image that is for another processor.
    """
    moment = _moment(created)
    members = _config(run_config, warn)
    if base is None:
        kept, _ = _stacked((), layers)
        # A history of its own, be it empty, says that the image is none of the original's.
        return ImageRecord(kept, members, architecture, moment, None if kept else ())
    if base.architecture and base.architecture != architecture:
        raise Nix2containerError(
            f"the base image is for {base.architecture}, the image for {architecture}",
            hint=f'give buildImage arch = "{base.architecture}", or pull the base image for {architecture}',
        )
    kept, added = _stacked(base.layers, layers)
    history = None
    if base.history is not None:
        history = (*base.history, *(layer.history for layer in added))
    merged = docker_config.inherited(base.run_config, members)
    return ImageRecord(kept, merged, architecture, moment, history if kept else (), base.variant)


def _moment(created: str) -> str:
    try:
        return go_time.normalise(created)
    except ImageError as error:
        raise Nix2containerError(f'invalid argument "{created}" for "--created" flag: {error.message}') from None


def _stacked(
    below: Sequence[LayerRecord], layers: Iterable[LayerRecord]
) -> tuple[tuple[LayerRecord, ...], list[LayerRecord]]:
    """All layers, each digest of `layers` once, and those of them that were added."""
    present = {layer.digest for layer in below}
    added = []
    for layer in layers:
        if layer.digest not in present:
            present.add(layer.digest)
            added.append(layer)
    return (*below, *added), added


# -- base images -------------------------------------------------------------------------------------------------------


def from_manifest(
    manifest: bytes,
    read_config: Callable[[str], bytes],
    blob_path: Callable[[str], str],
    *,
    compatible: bool = False,
) -> ImageRecord:
    """The base image that a pulled manifest describes: layers with the path of their blob, configuration, history.

    `read_config` gives the config document of a digest, `blob_path` the path to be recorded for a layer's digest.
    `compatible`: as the original, which keeps neither sizes nor anything of the config document.
    """
    parsed = parse_manifest(manifest)
    document = go_json.parse(read_config(parsed.config.digest))
    if not isinstance(document, go_json.Object):
        raise ImageError("the config of an image must be an object")
    rootfs = document.get("rootfs")
    diff_ids: Sequence[Any] = (rootfs.get("diff_ids") or []) if isinstance(rootfs, go_json.Object) else []
    if len(diff_ids) != len(parsed.layers):
        raise ImageError(f"the image has {len(parsed.layers)} layers, but its config names {len(diff_ids)}")
    layers = tuple(
        LayerRecord(
            layer.digest,
            0 if compatible else layer.size,
            str(diff_id) if compatible else digests.check(str(diff_id)),
            media_types.oci_layer(layer.media_type),
            layer_path=blob_path(layer.digest),
        )
        for layer, diff_id in zip(parsed.layers, diff_ids, strict=True)
    )
    if compatible:
        return ImageRecord(layers)
    return ImageRecord(
        layers,
        _config(document.get("config") or go_json.Object()),
        _text(document, "architecture"),
        None if document.get("created") is None else go_time.from_json(document.get("created")),
        _history(document, len(layers)),
        _text(document, "variant"),
    )


def _history(document: go_json.Object, layers: int) -> tuple[History, ...] | None:
    """The config's history, if it has an entry for each layer."""
    read = layers_json.read(go_json.list_of(config.read_history, "v1.History"), document.get("history"))
    entries = tuple(History(**entry) for entry in read or ())
    return entries if sum(not entry.empty_layer for entry in entries) == layers else None


def _text(document: go_json.Object, name: str) -> str:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise ImageError(f"the config's {name} must be a string, not {go_json.kind(value)}")
    return value or ""
