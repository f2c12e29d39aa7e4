"""Media types of the OCI image specification 1.1, and what Docker's schema 2 calls the same things."""

from __future__ import annotations

from lixeval.errors import ImageError
from lixeval.oci import go_json

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"

DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEXES = (INDEX, DOCKER_INDEX)
MANIFESTS = (MANIFEST, DOCKER_MANIFEST)

LAYERS = frozenset({LAYER_TAR, LAYER_GZIP, LAYER_ZSTD})

_DOCKER_LAYERS = {
    "application/vnd.docker.image.rootfs.diff.tar": LAYER_TAR,
    "application/vnd.docker.image.rootfs.diff.tar.gzip": LAYER_GZIP,
}


def said_by(manifest: bytes) -> str:
    """What a manifest calls itself; OCI's name where it does not say, and for what is no manifest at all."""
    try:
        value = go_json.parse(manifest)
    except ImageError:
        return MANIFEST
    said = value.get("mediaType") if isinstance(value, go_json.Object) else None
    return said if isinstance(said, str) else MANIFEST


def oci_layer(media_type: str) -> str:
    """The OCI name of a layer's media type; raises ImageError for one that is no layer."""
    if media_type in LAYERS:
        return media_type
    if media_type in _DOCKER_LAYERS:
        return _DOCKER_LAYERS[media_type]
    raise ImageError(f'unsupported media type: "{media_type}"')
