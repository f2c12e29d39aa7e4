"""The builders behind dockerTools: archives of images read and written as derivations.

    builtin:nix2container-unpack         archive, name_in_archive?
                                                               an archive or a layout -> a folder of blobs as skopeo's
                                                               dir: has it, for `image-from-dir`
    builtin:nix2container-archive        image, reference     an image.json -> an archive of it
    builtin:nix2container-merge          archives             -> one archive of the images of several
    builtin:nix2container-pull-archive   imageName, imageDigest, os, arch, tlsVerify, finalImageName, finalImageTag
                                                               -> what `skopeo copy docker://… docker-archive:…` writes

An archive that is given as a base may be anybody's: it is read by `lixeval.oci.reading`, and every blob must be the one
of its digest.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lixeval.build.builders.builder import BuildContext, Builtin, BuiltinBuilder
from lixeval.build.builders.shapes import list_of, maybe, text
from lixeval.containers import pulling
from lixeval.errors import ImageError
from lixeval.formats.store_path import STORE_DIR
from lixeval.oci import archive, directory, docker_archive, media_types, reference
from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci import manifest as manifests
from lixeval.oci.blob import FileBlob
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.image import Image, Layer
from lixeval.oci.manifest import Manifest
from lixeval.oci.reading import image_names, packing
from lixeval.oci.reading.image_names import Place
from lixeval.oci.reading.opened import OpenedImage, StoredLayer
from lixeval.oci.reading.stream import blocks
from lixeval.system import atomic

if TYPE_CHECKING:
    from lixeval.store.local import LocalStore


def unpack(context: BuildContext) -> None:
    """Bring the image of an archive into a folder of blobs."""
    attributes = context.asked(archive=text, name_in_archive=maybe(text))
    path = context.store.followed(attributes["archive"])
    with image_names.open_image(Place(path, None, attributes.get("name_in_archive"))) as image:
        _unpack_image(image, context.out)


def _unpack_image(image: OpenedImage, folder: str) -> None:
    os.mkdir(folder)
    layers = tuple(_copy_layer(layer, folder) for layer in image.layers)
    config = descriptors.of_bytes(media_types.CONFIG, image.config)
    atomic.write_file(f"{folder}/{digests.encoded(config.digest)}", image.config)
    atomic.write_file(f"{folder}/manifest.json", Manifest(config, layers).to_bytes())
    atomic.write_file(f"{folder}/version", directory.VERSION)


def merge(context: BuildContext) -> None:
    """Put the images of several archives, with their names, into one."""
    images = []
    archives = context.asked(archives=list_of(text))["archives"]
    with tempfile.TemporaryDirectory(dir=context.temporary_directory) as folder:
        for number, path in enumerate(archives):
            with image_names.open_image(Place(context.store.followed(path), None, None)) as image:
                _unpack_image(image, f"{folder}/{number}")
                # A layout's image has its tag by itself as well.
                names = [reference.parse(name) for name in image.names if ":" in name]
                images.append((_of_folder(f"{folder}/{number}", image.config), names))
        archive.write_several(images, context.out)


def _copy_layer(layer: StoredLayer, folder: str) -> Descriptor:
    """Put a layer's blob into a folder under its digest; raises ImageError if it is another one than it should be."""
    digest, size = hashlib.sha256(), 0
    with atomic.named_later(folder) as (fd, put), contextlib.closing(layer.open()) as stream:
        for block in blocks(stream):
            digest.update(block)
            size += len(block)
            atomic.write_all(fd, block)
        found = "sha256:" + digest.hexdigest()
        put(digests.encoded(found))
    return Descriptor(_checked_type(layer, found), found, size)


def _checked_type(layer: StoredLayer, found: str) -> str:
    """The media type of a layer whose blob has the digest `found`."""
    if layer.digest and found != layer.digest:
        raise ImageError(f"the layer {layer.digest} is {found}, as it is stored")
    stream = layer.open()
    try:
        _, how = packing.unpacked(stream, f"the layer {found}")
    finally:
        stream.close()
    if how == packing.PLAIN and found != layer.diff_id:
        raise ImageError(f"the layer {found} should be the tar {layer.diff_id}")
    return next(media_type for media_type, packed in packing.OF_MEDIA_TYPE.items() if packed == how)


def write_archive(context: BuildContext) -> None:
    """Write an image.json's image to an archive that docker, podman and skopeo load."""
    from lixeval.containers.write import image_of_inputs

    attributes = context.asked(image=text, reference=text)
    image = image_of_inputs(context, attributes["image"])
    archive.write_archive(image, context.out, reference.parse(attributes["reference"]))


def layers_of_image(store: LocalStore, attributes: Mapping[str, Any]) -> list[str]:
    """Where the layers of the image are: image.json does not tell."""
    from lixeval.containers.write import layer_folders

    image = attributes.get("image")
    if not isinstance(image, str) or not image.startswith(STORE_DIR + "/") or image.count("/") != 3:
        return []
    return [folder for folder in layer_folders(image, store) if store.is_valid(folder)]


def pull_archive(context: BuildContext) -> None:
    """Pull an image into an archive of `docker save`, byte for byte as skopeo does."""
    from lixeval.oci.registry.pull import pull_directory

    attributes = context.asked(finalImageName=text, finalImageTag=text)
    where, platform, settings = pulling.asked_image(context)
    name = reference.normalise(attributes["finalImageName"], attributes["finalImageTag"])
    with tempfile.TemporaryDirectory(dir=context.temporary_directory) as folder:
        pulled = f"{folder}/image"
        remote = pull_directory(where, pulled, settings, platform)
        docker_archive.write_docker_archive(_of_folder(pulled, remote.config), context.out, name)


def _of_folder(folder: str, config: bytes) -> Image:
    from lixeval.oci.reading import opened

    with open(f"{folder}/manifest.json", "rb") as file:
        manifest = manifests.parse(file.read())
    inner = opened.diff_ids(opened.config_document(config))
    if len(inner) != len(manifest.layers):
        raise ImageError(f"the image has {len(manifest.layers)} layers, but its config names {len(inner)}")
    return Image(
        config,
        tuple(
            Layer(
                FileBlob(layer.digest, layer.size, f"{folder}/{digests.encoded(layer.digest)}"),
                diff_id,
                media_types.oci_layer(layer.media_type),
            )
            for layer, diff_id in zip(manifest.layers, inner, strict=True)
        ),
    )


builders: dict[str, BuiltinBuilder] = {
    "unpack": unpack,
    "archive": Builtin(write_archive, also_reads=layers_of_image),
    "merge": merge,
    "pull-archive": Builtin(pull_archive, fetches=True, ask_outside=pulling.credentials_for),
}
