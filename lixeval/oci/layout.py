"""OCI image layouts: a folder that holds blobs by digest and an index of the images among them (`oci:DIR`).

    DIR/oci-layout                {"imageLayoutVersion":"1.0.0"}
    DIR/index.json                which manifests there are, each perhaps with a tag
    DIR/blobs/sha256/HEX          manifests, configs, layers

A new layout is filled beside its place and renamed.  An existing one gains blobs, each under its name only when
complete, and then a new index in one step; an image of the same tag is replaced there, others stay.

Source: OCI image specification 1.1, image-layout.md.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import descriptor as descriptors
from lixeval.oci import digest as digests
from lixeval.oci import go_json, manifest, media_types, publish
from lixeval.oci.blob import Blob, BytesBlob, FileBlob, MadeBlob, check_hash, open_file
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.image import Image
from lixeval.oci.referrer import Attachment
from lixeval.system import atomic
from lixeval.system.opening import open_soon

Progress = Callable[[Blob], None]
KIND = "an OCI image layout"
_LARGEST_MANIFEST = 16 << 20
_LARGE = 8 << 20
"""Bytes above which an image's blobs are written by several threads."""


def silent(blob: Blob) -> None:
    """The progress nobody watches."""


def is_layout(path: str) -> bool:
    """Whether `path` is a folder with an `oci-layout` file of version 1."""
    try:
        value = go_json.parse(_small_file(os.path.join(path, "oci-layout"), 4096))
    except (OSError, ImageError):
        return False
    return isinstance(value, go_json.Object) and str(value.get("imageLayoutVersion")).startswith("1.")


def _small_file(path: str, most: int = _LARGEST_MANIFEST) -> bytes:
    """A document in a layout, which may be somebody else's; OSError where it is no file there, a pipe or a link."""
    fd = open_soon(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    with open(fd, "rb") as stream:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        return stream.read(most)


def _blob_folder(path: str) -> str:
    """Where a layout's blobs are; ImageError where that is outside of it, for nothing is written there."""
    folder = os.path.join(path, "blobs", "sha256")
    if os.path.realpath(folder) != os.path.join(os.path.realpath(path), "blobs", "sha256"):
        raise ImageError(f"'blobs' in '{path}' is a link, and nothing is written by it")
    os.makedirs(folder, exist_ok=True)
    return folder


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
    image = image.in_oci()
    write_entry(manifest_descriptor(image, tag), image.blobs(), path, progress)


def write_entry(entry: Descriptor, blobs: Iterable[Blob], path: str, progress: Progress = silent) -> None:
    """Write `blobs` to the layout `path`, and the entry of its index that leads to them."""
    blobs = list(blobs)
    while not publish.check_folder(path, is_layout, KIND):
        # Where another process is quicker its layout stays, and gains this image.
        with contextlib.suppress(publish.Occupied), publish.new_folder(path) as part:
            atomic.write_file(os.path.join(part, "oci-layout"), manifest.LAYOUT_FILE)
            _put_blobs(blobs, part, progress)
            atomic.write_file(os.path.join(part, "index.json"), manifest.index_bytes([entry]))
            return
    with publish.failures_of(path):
        _add_to(entry, blobs, path, progress)


def _put_blobs(blobs: Iterable[Blob], path: str, progress: Progress) -> list[str]:
    """Add the blobs that are missing; their paths.  On failure those added are removed again."""
    folder = _blob_folder(path)
    added: list[str] = []

    def put(blob: Blob) -> bool:
        target = os.path.join(folder, digests.encoded(blob.digest))
        if _is_there(target, blob):
            return False
        with atomic.complete_file(target) as fd:
            blob.copy_to(fd)
        added.append(target)
        return True

    try:
        put_each(blobs, put, progress)
    except BaseException:
        for target in added:
            os.unlink(target)
        raise
    return added


def put_each(blobs: Iterable[Blob], put: Callable[[Blob], bool], progress: Progress) -> None:
    """Have `put` write each blob once; it returns whether there was need to.

    Several are copied at a time where they are large.  One that is made of files meanwhile keeps two processors busy by
    itself, and two of them would wait for the interpreter's lock at each file.
    """
    different = list({blob.digest: blob for blob in blobs}.values())
    done: Iterable[bool] = map(put, different)
    if sum(blob.size for blob in different) > _LARGE and not any(isinstance(blob, MadeBlob) for blob in different):
        from lixeval.oci.parallel import each_in_order  # small images are written without what that loads

        done = each_in_order(put, different)
    for blob, written in zip(different, done, strict=True):
        if written:
            progress(blob)


def _is_there(target: str, blob: Blob) -> bool:
    """Whether a layout has a blob already: a file under its name with its very bytes."""
    file = FileBlob(blob.digest, blob.size, target)
    try:
        if not stat.S_ISREG(os.lstat(target).st_mode):
            return False
        with open_file(file) as fd:
            check_hash(fd, file)
    except (OSError, ImageError):
        return False
    return True


def _add_to(entry: Descriptor, blobs: Iterable[Blob], path: str, progress: Progress) -> None:
    lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        added = _put_blobs(blobs, path, progress)
        try:
            atomic.write_file(os.path.join(path, "index.json"), _merged_index(path, entry))
        except BaseException:
            for target in added:
                os.unlink(target)
            raise
    finally:
        os.close(lock)


def attach(attachment: Attachment, image: Image, path: str) -> None:
    """Put a document about an image into the layout that has the image; one of its kind is replaced."""
    subject = descriptors.of_bytes(media_types.MANIFEST, image.manifest.to_bytes())
    manifest_bytes = attachment.manifest(subject)
    with publish.failures_of(path):
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder = _blob_folder(path)
            for blob in (*attachment.blobs(), BytesBlob(digests.of_bytes(manifest_bytes), manifest_bytes)):
                with atomic.complete_file(os.path.join(folder, digests.encoded(blob.digest))) as fd:
                    blob.copy_to(fd)
            members, entries = _index(path)
            about = set(_attachments_of(path, entries, subject.digest, attachment.media_type))
            kept = [go_json.plain(entry) for entry in entries if entry.get("digest") not in about]
            members["manifests"] = [*kept, attachment.index_entry(subject)]
            atomic.write_file(os.path.join(path, "index.json"), go_json.marshal(members))
        finally:
            os.close(lock)


def _attachments_of(path: str, entries: list[Any], subject: str, media_type: str) -> Iterator[str]:
    """The digests of entries that are documents of this kind about the manifest `subject`."""
    for entry in entries:
        if not isinstance(entry, go_json.Object) or entry.get("artifactType") != media_type:
            continue
        digest = digests.check(str(entry.get("digest")))
        try:
            value = go_json.parse(_small_file(os.path.join(path, "blobs", "sha256", digests.encoded(digest))))
        except (OSError, ImageError):
            continue
        about = value.get("subject") if isinstance(value, go_json.Object) else None
        if isinstance(about, go_json.Object) and about.get("digest") == subject:
            yield digest


def _index(path: str) -> tuple[dict[str, object], list[Any]]:
    """The members of a layout's index.json, and the entries in it as they were parsed."""
    try:
        value = go_json.parse(_small_file(os.path.join(path, "index.json")))
    except OSError as error:
        raise ImageError(f"the layout '{path}' has no readable index.json: {error.strerror}") from error
    entries = value.get("manifests") if isinstance(value, go_json.Object) else None
    if not isinstance(entries, list):
        raise ImageError(f"the index.json of the layout '{path}' has no list of manifests")
    return {key: go_json.plain(member) for key, member in value}, entries


def _merged_index(path: str, new: Descriptor) -> bytes:
    """The index with `new` in the place of an image of the same tag, or of the same digest where neither has a tag."""
    members, entries = _index(path)
    kept = [go_json.plain(entry) for entry in entries if not _same_place(descriptors.from_json(entry), new)]
    members["manifests"] = [*kept, new.to_json()]
    return go_json.marshal(members)


def _same_place(old: Descriptor, new: Descriptor) -> bool:
    old_tag, new_tag = ((entry.annotations or {}).get(manifest.REF_NAME) for entry in (old, new))
    return old_tag == new_tag if old_tag or new_tag else old.digest == new.digest
