"""An image: its config document and its layers, and the manifest that follows from them.

Writers (`layout`, `archive`, `docker_archive`, `directory`) take an `Image` and publish it; they differ in the files
they make, never in config, manifest or layers, so that the image id is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci import media_types
from lixeval.oci.blob import Blob, BytesBlob
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Layer:
    """A blob, how it is packed, and the digest of the tar inside (the same as the blob's if it is not compressed)."""

    blob: Blob
    diff_id: str
    media_type: str = media_types.LAYER_TAR

    @property
    def descriptor(self) -> Descriptor:
        return Descriptor(self.media_type, self.blob.digest, self.blob.size)


@dataclass(frozen=True, slots=True)
class Image:
    """`config` is the exact config document; `layers` go from the lowest up; `annotations` are the manifest's.

    `raw` is the manifest of an image from elsewhere, as it was there.
    """

    config: bytes
    layers: tuple[Layer, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    @property
    def image_id(self) -> str:
        return digests.of_bytes(self.config)

    @property
    def manifest(self) -> Manifest:
        config = descriptors.of_bytes(media_types.CONFIG, self.config)
        layers = tuple(layer.descriptor for layer in self.layers)
        # An image without layers is told by its config which of the two kinds it is.
        none = () if not layers and b'"type":"layers"' in self.config else None
        return Manifest(config, layers, self.annotations, self.raw, none)

    def with_layers(self, layers: tuple[Layer, ...]) -> Image:
        """The image with its layers packed otherwise: then its manifest is another one."""
        same = all(new is old for new, old in zip(layers, self.layers, strict=True))
        return self if same else Image(self.config, layers, self.annotations)

    def in_oci(self) -> Image:
        """The image with a manifest of OCI's, for places that take no others."""
        if self.manifest.media_type == media_types.MANIFEST:
            return self
        return Image(self.config, self.layers, self.annotations)

    def blobs(self) -> Iterator[Blob]:
        """Every blob once, layers first, then config and manifest."""
        seen: set[str] = set()
        for layer in self.layers:
            if layer.blob.digest not in seen:
                seen.add(layer.blob.digest)
                yield layer.blob
        for document in (self.config, self.manifest.to_bytes()):
            yield BytesBlob(digests.of_bytes(document), document)
