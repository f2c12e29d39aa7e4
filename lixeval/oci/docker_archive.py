"""Archives of `docker save` as skopeo writes them (`docker-archive:FILE`), byte for byte.

    DIFFID.tar                    every layer, uncompressed, in the image's order
    CONFIG.json                   the config document
    ID/layer.tar -> ../DIFFID.tar, ID/VERSION "1.0", ID/json         what Docker before 1.10 read
    manifest.json                 [{Config, RepoTags, Layers}]
    repositories                  {name: {tag: ID of the last layer}}

An ID is the hash of a legacy document: the parent's ID, a chain of the diff ids, and for the last layer what the
config says. Members are read-only, owned by 0:0 without names, of time 0; symlinks have mode 0.
"""

from __future__ import annotations

import hashlib
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import digest as digests
from lixeval.oci import go_json, media_types, own_archives, publish, unpack
from lixeval.oci.image import Image, Layer
from lixeval.oci.layout import Progress, silent
from lixeval.oci.reference import Reference
from lixeval.oci.tar_file import TarFile

_FROM_CONFIG = ("architecture", "config", "container", "container_config", "created", "docker_version", "os")


def write_docker_archive(
    image: Image, path: str, reference: Reference | None = None, progress: Progress = silent
) -> None:
    """Write `image` to the file `path`, named `reference` or not at all.

    Raises ImageError if something else than an archive of ours is there; nothing is left under `path` on any failure.
    """
    with publish.replacing_file(path, own_archives.is_ours, own_archives.KIND) as fd:
        plain = [layer for layer in _distinct(image.layers) if layer.media_type == media_types.LAYER_TAR]
        publish.reserve(fd, sum(layer.blob.size for layer in plain))
        tar = TarFile(fd, 0o444)
        for layer in _distinct(image.layers):
            tar.add_blob(digests.encoded(layer.diff_id) + ".tar", unpack.plain_tar(layer))
            progress(layer.blob)
        tar.add_bytes(digests.encoded(image.image_id) + ".json", image.config)
        last = _add_legacy(tar, image)
        tar.add_bytes("manifest.json", _manifest(image, reference))
        repositories = {reference.name: {reference.tag: last}} if reference is not None and last else {}
        tar.add_bytes("repositories", go_json.marshal(repositories))
        tar.finish()


def _distinct(layers: tuple[Layer, ...]) -> list[Layer]:
    return list({layer.diff_id: layer for layer in reversed(layers)}.values())[::-1]


def _manifest(image: Image, reference: Reference | None) -> bytes:
    return go_json.marshal(
        [
            {
                "Config": digests.encoded(image.image_id) + ".json",
                "RepoTags": [str(reference)] if reference is not None else [],
                "Layers": [digests.encoded(layer.diff_id) + ".tar" for layer in image.layers],
            }
        ]
    )


def _add_legacy(tar: TarFile, image: Image) -> str:
    """The folder of every layer; the ID of the last one."""
    parent = chain = ""
    done: set[str] = set()
    for position, layer in enumerate(image.layers):
        chain = layer.diff_id if not chain else digests.of_bytes(f"{chain} {layer.diff_id}".encode())
        members: dict[str, Any] = {"parent": parent} if parent else {}
        if position == len(image.layers) - 1:
            members |= _legacy_config(image.config)
        members["layer_id"] = chain
        parent = hashlib.sha256(_legacy_json(members)).hexdigest()
        del members["layer_id"]
        members["id"] = parent
        if parent not in done:
            done.add(parent)
            tar.add_link(f"{parent}/layer.tar", f"../{digests.encoded(layer.diff_id)}.tar")
            tar.add_bytes(f"{parent}/VERSION", b"1.0")
            tar.add_bytes(f"{parent}/json", _legacy_json(members))
    return parent


def _legacy_config(config: bytes) -> dict[str, Any]:
    value = go_json.parse(config)
    if not isinstance(value, go_json.Object):
        raise ImageError("the config of an image must be an object")
    return {name: value.get(name) for name in _FROM_CONFIG}


def _legacy_json(members: dict[str, Any]) -> bytes:
    return go_json.marshal({name: go_json.plain(members[name]) for name in sorted(members)})
