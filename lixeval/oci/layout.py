"""OCI image layouts: a folder that holds blobs by digest and an index of the images among them (`oci:DIR`).

    DIR/oci-layout                {"imageLayoutVersion":"1.0.0"}
    DIR/index.json                which manifests there are, each perhaps with a tag
    DIR/blobs/sha256/HEX          manifests, configs, layers

A new layout is filled beside its place and renamed.  An existing one gains blobs, each under its name only when
complete, and then a new index in one step; an image of the same tag is replaced there, others stay.

Source: OCI image specification 1.1, image-layout.md.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable

from lixeval.errors import ImageError
from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci import go_json, manifest, media_types, publish
from lixeval.oci.blob import Blob
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.image import Image

Progress = Callable[[Blob], None]
KIND = "an OCI image layout"


def silent(blob: Blob) -> None:
    """The progress nobody watches."""


def is_layout(path: str) -> bool:
    """Whether `path` is a folder with an `oci-layout` file of version 1."""
    try:
        with open(os.path.join(path, "oci-layout"), "rb") as stream:
            value = go_json.parse(stream.read(4096))
    except (OSError, ImageError):
        return False
    return isinstance(value, go_json.Object) and str(value.get("imageLayoutVersion")).startswith("1.")


def manifest_descriptor(image: Image, tag: str | None, full_name: str | None = None) -> Descriptor:
    """The index entry of an image: its tag (and, for archives, its full name) as annotations."""
    annotations = {}
    if full_name is not None:
        annotations[manifest.CONTAINERD_NAME] = full_name
    if tag is not None:
        annotations[manifest.REF_NAME] = tag
    return descriptors.of_bytes(media_types.MANIFEST, image.manifest.to_bytes(), annotations)


def write_layout(image: Image, path: str, tag: str | None = None, progress: Progress = silent) -> None:
    """Write `image` to the layout `path`, which is made if need be; raises ImageError if something else is there."""
    if publish.check_folder(path, is_layout, KIND):
        with publish.failures_of(path):
            _add_to(image, path, tag, progress)
        return
    with publish.replacing_folder(path, is_layout, KIND) as part:
        publish.write_file(os.path.join(part, "oci-layout"), manifest.LAYOUT_FILE)
        _put_blobs(image, part, progress)
        index = manifest.index_bytes([manifest_descriptor(image, tag)])
        publish.write_file(os.path.join(part, "index.json"), index)


def _put_blobs(image: Image, path: str, progress: Progress) -> list[str]:
    """Add the blobs that are missing; their paths.  On failure those added are removed again."""
    folder = os.path.join(path, "blobs", "sha256")
    os.makedirs(folder, exist_ok=True)
    added: list[str] = []
    try:
        for blob in image.blobs():
            target = os.path.join(folder, digests.encoded(blob.digest))
            if os.path.exists(target) and os.path.getsize(target) == blob.size:
                continue
            with publish.complete_file(target) as fd:
                blob.copy_to(fd)
            added.append(target)
            progress(blob)
    except BaseException:
        for target in added:
            os.unlink(target)
        raise
    return added


def _add_to(image: Image, path: str, tag: str | None, progress: Progress) -> None:
    lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        added = _put_blobs(image, path, progress)
        try:
            index = _merged_index(path, manifest_descriptor(image, tag))
            publish.write_file(os.path.join(path, "index.json"), index)
        except BaseException:
            for target in added:
                os.unlink(target)
            raise
    finally:
        os.close(lock)


def _merged_index(path: str, new: Descriptor) -> bytes:
    """The index with `new` in the place of an image of the same tag, or of the same digest where neither has a tag."""
    try:
        with open(os.path.join(path, "index.json"), "rb") as stream:
            value = go_json.parse(stream.read())
    except OSError as error:
        raise ImageError(f"the layout '{path}' has no readable index.json: {error.strerror}") from error
    entries = value.get("manifests") if isinstance(value, go_json.Object) else None
    if not isinstance(entries, list):
        raise ImageError(f"the index.json of the layout '{path}' has no list of manifests")
    kept = [go_json.plain(entry) for entry in entries if not _same_place(descriptors.from_json(entry), new)]
    members = {key: go_json.plain(member) for key, member in value}
    members["manifests"] = [*kept, new.to_json()]
    return go_json.marshal(members)


def _same_place(old: Descriptor, new: Descriptor) -> bool:
    old_tag, new_tag = ((entry.annotations or {}).get(manifest.REF_NAME) for entry in (old, new))
    return old_tag == new_tag if old_tag or new_tag else old.digest == new.digest
