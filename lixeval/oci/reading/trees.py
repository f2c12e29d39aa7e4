"""Everything under one name: an image, or an index with all images, indexes and attachments that it leads to, as it is
stored somewhere, to be written elsewhere with the same digests.

Documents are read at once, and must be what their digests say; blobs are read, and checked, when they are copied.

Source: OCI image specification 1.1, manifest.md, image-index.md.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable

from lixeval.errors import ImageError
from lixeval.oci import descriptor as descriptors
from lixeval.oci import go_json, media_types
from lixeval.oci import manifest as manifests
from lixeval.oci.blob import temporary_folder
from lixeval.oci.descriptor import Descriptor
from lixeval.oci.reading import files as all_files
from lixeval.oci.reading import image_names, listing
from lixeval.oci.reading.files import Files
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.opened import Opener
from lixeval.oci.reading.stream import FileRange, Stream
from lixeval.oci.reading.unopened import ForeignBlob
from lixeval.oci.registry import pull
from lixeval.oci.registry.download import download
from lixeval.oci.registry.session import Session
from lixeval.oci.tree import Tree

Read = Callable[[Descriptor], bytes]


def of_registry(session: Session) -> Tree:
    """What a repository has under the session's name."""
    where = session.location
    data = pull.manifest_bytes(session, where.manifest_reference, where.digest)

    def open_blob(part: Descriptor) -> Opener:
        return lambda: _downloaded(session, part)

    return _tree(
        data,
        media_types.said_by(data),
        lambda part: pull.manifest_bytes(session, part.digest, part.digest),
        open_blob,
        LIMITS,
    )


def _downloaded(session: Session, part: Descriptor) -> Stream:
    """A blob, got into a nameless file."""
    with tempfile.TemporaryFile(dir=temporary_folder(), buffering=0) as file:
        download(session, part, file.fileno(), threading.Event())
        return FileRange(os.dup(file.fileno()), 0, part.size, "a temporary file", owned=True)


def of_files(files: Files, kind: str, name: str | None, limits: Limits = LIMITS) -> Tree:
    """What a layout, an archive of one, or a folder of the dir: transport has under a name (a tag, a full name); of a
    place with one entry that.
    """
    if kind == image_names.DIRECTORY:
        data = all_files.read(files, "manifest.json", limits)
        return _tree(
            data, media_types.said_by(data), _reader(files, _in_folder, limits), _opener(files, _in_folder), limits
        )
    if kind != image_names.LAYOUT:
        raise ImageError(f"{files.where} has one image: there is no index in it")
    entries = [
        descriptors.from_json(entry) for entry in listing.entries_of(all_files.read(files, "index.json", limits))
    ]
    fitting = [entry for entry in entries if name is None or name in (*listing.names_of(entry), entry.digest)]
    if len({entry.digest for entry in fitting}) != 1:
        known = "; ".join(", ".join(listing.names_of(entry)) or entry.digest for entry in entries[:20])
        called = f" named '{name}'" if name else ""
        raise ImageError(
            f"{files.where} holds {len(fitting) or 'nothing'}{' entries' if fitting else ''}{called}",
            hint=f"it holds: {known}" if known else None,
        )
    read = _reader(files, image_names.blob_name, limits)
    entry = fitting[0]
    return _tree(read(entry), entry.media_type, read, _opener(files, image_names.blob_name), limits)


def _in_folder(digest: str) -> str:
    from lixeval.oci import digest as digests

    return digests.encoded(digest)


def _reader(files: Files, name_of: Callable[[str], str], limits: Limits) -> Read:
    def read(part: Descriptor) -> bytes:
        name = name_of(part.digest)
        beside = f"{name}.manifest.json"
        if all_files.has(files, beside):
            name = beside
        return image_names.checked(all_files.read(files, name, limits), part.digest)

    return read


def _opener(files: Files, name_of: Callable[[str], str]) -> Callable[[Descriptor], Opener]:
    return lambda part: lambda: files.open(name_of(part.digest))


def _tree(
    data: bytes,
    media_type: str,
    read: Read,
    opener: Callable[[Descriptor], Opener],
    limits: Limits,
    depth: int = 0,
    count: list[int] | None = None,
) -> Tree:
    """The tree of a document; `count` counts documents, whose number is bounded."""
    counted = [0] if count is None else count
    counted[0] += 1
    if depth > limits.index_depth or counted[0] > limits.images:
        raise ImageError(f"an index leads to more than {limits.images} documents, or they lie too deep")
    if is_index(data, media_type):
        entries = [descriptors.from_json(entry) for entry in listing.entries_of(data)]
        members = tuple(
            _tree(read(entry), entry.media_type, read, opener, limits, depth + 1, counted) for entry in entries
        )
        if not members:
            raise ImageError("an index lists no image")
        return Tree(media_type, data, (), members)
    parsed = manifests.parse(data)
    parts = {part.digest: part for part in (parsed.config, *parsed.layers)}
    return Tree(media_type, data, tuple(ForeignBlob(part.digest, part.size, opener(part)) for part in parts.values()))


def is_index(data: bytes, media_type: str) -> bool:
    """Whether a document is an index."""
    if media_type in media_types.INDEXES:
        return True
    value = go_json.parse(data)
    return isinstance(value, go_json.Object) and value.get("config") is None and value.get("manifests") is not None
