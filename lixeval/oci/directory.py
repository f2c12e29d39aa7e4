"""skopeo's `dir:` transport: manifest.json, a version file, and every blob under its digest's hexadecimal part.

Source: containers-transports(5), "dir:path".
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lixeval.oci import digest as digests
from lixeval.oci import publish
from lixeval.oci.blob import Blob
from lixeval.oci.image import Image
from lixeval.oci.layout import Progress, put_each, silent
from lixeval.system import atomic

if TYPE_CHECKING:
    from lixeval.oci.tree import Tree

VERSION = b"Directory Transport Version: 1.1\n"
KIND = "a folder of skopeo's dir: transport"


def is_directory(path: str) -> bool:
    """Whether `path` is a folder that the transport wrote."""
    try:
        with open(os.path.join(path, "version"), "rb") as stream:
            return stream.read(64).startswith(b"Directory Transport Version: ")
    except OSError:
        return False


def write_tree(tree: Tree, path: str, progress: Progress = silent) -> None:
    """Write an index and all that it leads to, or a single manifest: inner documents are HEX.manifest.json."""
    documents = {one.descriptor.digest for one in (*tree.manifests(), *tree.indexes())}
    with publish.replacing_folder(path, is_directory, KIND) as part:
        atomic.write_file(os.path.join(part, "version"), VERSION)

        def put(blob: Blob) -> bool:
            ending = ".manifest.json" if blob.digest in documents else ""
            return _put(blob, os.path.join(part, digests.encoded(blob.digest) + ending))

        put_each((blob for blob in tree.all_blobs() if blob.digest != tree.descriptor.digest), put, progress)
        atomic.write_file(os.path.join(part, "manifest.json"), tree.data)


def write_directory(image: Image, path: str, progress: Progress = silent) -> None:
    """Write `image` to the folder `path`, replacing an image there; raises ImageError if something else is there."""
    manifest = image.manifest.to_bytes()
    others = [blob for blob in image.blobs() if blob.digest != digests.of_bytes(manifest)]
    with publish.replacing_folder(path, is_directory, KIND) as part:
        atomic.write_file(os.path.join(part, "version"), VERSION)
        put_each(others, lambda blob: _put(blob, os.path.join(part, digests.encoded(blob.digest))), progress)
        atomic.write_file(os.path.join(part, "manifest.json"), manifest)


def _put(blob: Blob, path: str) -> bool:
    with atomic.complete_file(path) as fd:
        blob.copy_to(fd)
    return True
