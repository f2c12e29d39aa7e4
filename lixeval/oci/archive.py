"""One archive that docker, podman and skopeo all read: an OCI layout and Docker's manifest.json over the same blobs.

    oci-layout                    the marker of a layout; being first, it also tells our archives from other tars
    index.json                    for `oci-archive:` and podman: the manifest, its tag and its full name
    manifest.json                 for `docker load` and `docker-archive:`: config and layers as blobs/sha256/HEX
    blobs/, blobs/sha256/         folders, for readers that unpack
    blobs/sha256/HEX              layers, config and manifest

The same image gives the same bytes: times and owners are zero, the order is fixed.  Layers come in the image's order
and as they are; small documents precede them, so that a reader of a pipe knows early what will come.

Source: OCI image specification, image-layout.md; Docker's image specification v1.2, "Combined image JSON + filesystem".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lixeval.oci import digest as digests
from lixeval.oci import go_json, layout, manifest, own_archives, publish
from lixeval.oci.blob import Blob
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.image import Image
from lixeval.oci.layout import Progress, silent
from lixeval.oci.reference import Reference
from lixeval.oci.tar_file import TarFile

_MODE = 0o644


def _blob_name(digest: str) -> str:
    return "blobs/sha256/" + digests.encoded(digest)


def docker_manifest(image: Image, reference: Reference | None) -> bytes:
    """Docker's manifest.json, pointing into blobs/."""
    return go_json.marshal([_docker_entry(image, [] if reference is None else [reference])])


def _docker_entry(image: Image, references: Sequence[Reference]) -> dict[str, object]:
    return {
        "Config": _blob_name(image.image_id),
        "RepoTags": [str(reference) for reference in references],
        "Layers": [_blob_name(layer.blob.digest) for layer in image.layers],
    }


def write_several(images: Sequence[tuple[Image, Sequence[Reference]]], path: str) -> None:
    """Write several images with their names to one archive, which `docker load` and `podman load` take whole."""
    with publish.replacing_file(path, own_archives.is_ours, own_archives.KIND) as fd:
        tar = TarFile(fd, _MODE)
        tar.add_bytes("oci-layout", manifest.LAYOUT_FILE)
        entries = [
            layout.manifest_descriptor(image, reference.tag, str(reference))
            for image, references in images
            for reference in references
        ]
        tar.add_bytes("index.json", manifest.index_bytes(entries))
        tar.add_bytes("manifest.json", go_json.marshal([_docker_entry(image, named) for image, named in images]))
        tar.add_folder("blobs/")
        tar.add_folder("blobs/sha256/")
        for blob in {blob.digest: blob for image, _ in images for blob in image.blobs()}.values():
            tar.add_blob(_blob_name(blob.digest), blob)
        tar.finish()


def write_archive(
    image: Image,
    path: str,
    reference: Reference | None = None,
    *,
    tag: str | None = None,
    docker: bool = True,
    progress: Progress = silent,
) -> None:
    """Write `image` to the file `path`, with its name in both dialects; without `docker` it is a plain oci-archive.

    Without a `reference` there may still be a `tag`, which says less.

    Raises ImageError if something else than an archive of ours is there; nothing is left under `path` on any failure.
    """
    with publish.replacing_file(path, own_archives.is_ours, own_archives.KIND) as fd:
        publish.reserve(fd, sum(blob.size for blob in image.blobs()))
        stream_archive(image, fd, reference, tag=tag, docker=docker, progress=progress)


def stream_archive(
    image: Image,
    fd: int,
    reference: Reference | None = None,
    *,
    tag: str | None = None,
    docker: bool = True,
    progress: Progress = silent,
) -> None:
    """Write the archive to a descriptor, which may be a pipe; errors of the operating system stay what they are."""
    image = image.in_oci()
    tag, full_name = (reference.tag, str(reference)) if reference is not None else (tag, None)
    entry = layout.manifest_descriptor(image, tag, full_name)
    also = {"manifest.json": docker_manifest(image, reference)} if docker else {}
    stream_layout(entry, image.blobs(), fd, also, progress)


def write_layout_archive(entry: Descriptor, blobs: Iterable[Blob], path: str, progress: Progress = silent) -> None:
    """Write a layout of one entry and all that it leads to as an archive; otherwise as `write_archive`."""
    with publish.replacing_file(path, own_archives.is_ours, own_archives.KIND) as fd:
        stream_layout(entry, blobs, fd, {}, progress)


def stream_layout(
    entry: Descriptor, blobs: Iterable[Blob], fd: int, also: Mapping[str, bytes], progress: Progress = silent
) -> None:
    """Write a layout of one entry to a descriptor as a tar; `also` are documents beside its index."""
    tar = TarFile(fd, _MODE)
    tar.add_bytes("oci-layout", manifest.LAYOUT_FILE)
    tar.add_bytes("index.json", manifest.index_bytes([entry]))
    for name, data in also.items():
        tar.add_bytes(name, data)
    tar.add_folder("blobs/")
    tar.add_folder("blobs/sha256/")
    for blob in blobs:
        tar.add_blob(_blob_name(blob.digest), blob)
        progress(blob)
    tar.finish()
