"""One image that was opened: its documents, parsed and checked as far as reading them asks for, and its layers.

What is checked here is what would make a reader stumble: types of members, as many layers as diff ids.  Whether the
digests are true is for `lixeval.oci.validate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import go_json, media_types
from lixeval.oci import manifest as manifests
from lixeval.oci.config import History, history_from_json
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.reading import packing
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.stream import Stream
from lixeval.oci.reading.tar_reader import TarReader

Opener = Callable[[], Stream]


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer as it is stored: `digest` and `size` are those of the blob, `diff_id` that of the tar inside."""

    diff_id: str
    digest: str
    size: int
    media_type: str
    open: Opener
    history: History | None = None

    @contextmanager
    def members(self, limits: Limits = LIMITS) -> Iterator[TarReader]:
        """The tar inside, to be iterated over."""
        what = f"the layer {self.digest or self.diff_id}"
        stream = self.open()
        try:
            tar, _ = packing.unpacked(stream, what, limits)
            yield TarReader(tar, what, limits)
        finally:
            stream.close()


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """`names` are the tags and references the image goes by; `manifest` is None in a docker-archive; `others` are the
    images at the same place, by name and platform.
    """

    where: str
    kind: str
    names: tuple[str, ...]
    manifest: bytes | None
    config: bytes
    document: go_json.Object
    layers: tuple[StoredLayer, ...]
    close: Callable[[], None] = lambda: None
    others: tuple[str, ...] = ()

    @property
    def image_id(self) -> str:
        return digests.of_bytes(self.config)

    @property
    def manifest_digest(self) -> str | None:
        return None if self.manifest is None else digests.of_bytes(self.manifest)

    def text(self, name: str) -> str:
        """A member of the config document that should be a string."""
        value = self.document.get(name)
        return value if isinstance(value, str) else ""

    @property
    def platform(self) -> str:
        """`linux/arm64/v8`."""
        return "/".join(part for part in (self.text("os"), self.text("architecture"), self.text("variant")) if part)

    @property
    def run_config(self) -> dict[str, Any]:
        """What to run and how, as plain JSON."""
        value = self.document.get("config")
        return go_json.plain(value) if isinstance(value, go_json.Object) else {}

    def __enter__(self) -> OpenedImage:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()


def config_document(data: bytes) -> go_json.Object:
    """A config document; raises ImageError if it is none."""
    document = go_json.parse(data)
    if not isinstance(document, go_json.Object):
        raise ImageError("the config of an image must be an object")
    return document


def diff_ids(document: go_json.Object) -> list[str]:
    """The diff ids in a config document; raises ImageError if there is something else in their place."""
    rootfs = document.get("rootfs")
    found = rootfs.get("diff_ids") if isinstance(rootfs, go_json.Object) else None
    if found is None:
        return []
    if not isinstance(found, list):
        raise ImageError("the config's rootfs.diff_ids must be a list")
    return [digests.check(one if isinstance(one, str) else repr(one)) for one in found]


def histories(document: go_json.Object, count: int) -> list[History | None]:
    """The history entry of each of `count` layers; None for all where they do not match."""
    value = document.get("history")
    try:
        entries = [history_from_json(entry) for entry in value] if isinstance(value, list) else []
    except ImageError:
        entries = []
    of_layers: list[History | None] = [entry for entry in entries if not entry.empty_layer]
    return of_layers if len(of_layers) == count else [None] * count


def layers_of(
    manifest: manifests.Manifest,
    document: go_json.Object,
    opener: Callable[[Descriptor], Opener],
    limits: Limits = LIMITS,
) -> tuple[StoredLayer, ...]:
    """The layers that a manifest lists, with the diff ids of the config."""
    inner = diff_ids(document)
    if len(inner) != len(manifest.layers):
        raise ImageError(f"the image has {len(manifest.layers)} layers, but its config names {len(inner)}")
    check_count(inner, limits)
    return tuple(
        StoredLayer(diff_id, layer.digest, layer.size, layer.media_type, opener(layer), history)
        for layer, diff_id, history in zip(manifest.layers, inner, histories(document, len(inner)), strict=True)
    )


def check_count(layers: Sequence[object], limits: Limits = LIMITS) -> None:
    """Raise ImageError for more layers than any image has."""
    if len(layers) > limits.layers:
        raise ImageError(f"the image has {len(layers)} layers, and more than {limits.layers} are not read")


def is_image_config(media_type: str) -> bool:
    """Whether a manifest with a config of this type describes an image, and not something kept beside one."""
    return media_type in (media_types.CONFIG, "application/vnd.docker.container.image.v1+json")
