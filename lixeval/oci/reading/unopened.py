"""From an image that was opened back to one that can be written elsewhere: its layers as blobs, checked while they are
copied.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from lixeval.errors import ImageError
from lixeval.oci import go_json, media_types
from lixeval.oci import manifest as manifests
from lixeval.oci.image import Image, Layer
from lixeval.oci.reading import packing
from lixeval.oci.reading.opened import OpenedImage, Opener, StoredLayer
from lixeval.oci.reading.stream import blocks
from lixeval.system.atomic import write_all


@dataclass(frozen=True, slots=True)
class ForeignBlob:
    """A blob of an image from elsewhere: what is copied must be what its digest says."""

    digest: str
    size: int
    open: Opener

    def copy_to(self, fd: int) -> None:
        digest, size = hashlib.sha256(), 0
        stream = self.open()
        try:
            for block in blocks(stream):
                size += len(block)
                if size > self.size:
                    break
                digest.update(block)
                write_all(fd, block)
        finally:
            stream.close()
        if size != self.size or "sha256:" + digest.hexdigest() != self.digest:
            raise ImageError(f"the blob {self.digest} is another one where it lies, or has another size")


def image_of(image: OpenedImage, *, same: bool = False) -> Image:
    """The image with OCI's media types, whatever it had; annotations stay.

    The `same` image has its own manifest, where it has one, and so its digest.
    """
    raw = image.manifest if same else None
    return Image(image.config, tuple(_layer(layer) for layer in image.layers), _annotations(image.manifest), raw)


def _layer(layer: StoredLayer) -> Layer:
    media_type = media_types.oci_layer(layer.media_type)
    digest = layer.digest
    if not digest:
        # A docker archive tells no digests; its layers are plain, so they have those of their tars.
        stream = layer.open()
        try:
            _, how = packing.unpacked(stream, f"the layer {layer.diff_id}")
        finally:
            stream.close()
        if how != packing.PLAIN:
            raise ImageError(f"the layer {layer.diff_id} is packed in a docker archive, which has plain tars")
        digest = layer.diff_id
    return Layer(ForeignBlob(digest, layer.size, layer.open), layer.diff_id, media_type)


def _annotations(manifest: bytes | None) -> dict[str, str]:
    if manifest is None:
        return {}
    manifests.parse(manifest)
    value = go_json.parse(manifest).get("annotations")
    pairs = value if isinstance(value, go_json.Object) else ()
    return {name: text for name, text in pairs if isinstance(text, str)}
