"""What an image's digest is made of: the layers, the config that names them, the manifest that names both.

tar -> diff id (of the tar) -> digest (of it as it is stored) -> config -> manifest -> digest of the image
"""

from __future__ import annotations

import hashlib
from contextlib import closing

from lixeval.oci.digest import encoded
from lixeval.oci.reading import packing
from lixeval.oci.reading.stream import digest_of
from lixeval.teach.derivation_stages import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.oci.reading.opened import OpenedImage, StoredLayer


def image_stages(image: OpenedImage) -> list[Stage]:
    """The digests of an image, each computed from what is there; raises ImageError for what cannot be read."""
    found: list[Stage] = []
    for number, layer in enumerate(image.layers, 1):
        found += _layer(number, layer)
    config = image.config.decode("utf-8", "replace")
    note = "names the diff ids, and is the image's id for docker and podman"
    found.append(Stage("config", config, hashlib.sha256(image.config).hexdigest(), image.image_id, note))
    if image.manifest is not None:
        text = image.manifest.decode("utf-8", "replace")
        digest = hashlib.sha256(image.manifest).hexdigest()
        note = "names the config and the layers by their digests: this is the image's digest"
        found.append(Stage("manifest", text, digest, image.manifest_digest or "", note))
    return found


def _layer(number: int, layer: StoredLayer) -> list[Stage]:
    """The tar's own hash, and that of what is stored; where it is stored as it is, they are the same."""
    with closing(layer.open()) as stream:
        stored, size = digest_of(stream)
    with closing(layer.open()) as stream:
        tar, _ = packing.unpacked(stream, f"the layer {layer.digest or layer.diff_id}")
        inner, length = digest_of(tar)
    title = f"layer {number}"
    found = [Stage(f"{title}: diff id", f"the tar, {length} bytes", encoded(inner), layer.diff_id)]
    if stored != inner:
        what = f"the tar as it is packed, {size} bytes"
        found.append(Stage(f"{title}: digest", what, encoded(stored), layer.digest))
    return found
