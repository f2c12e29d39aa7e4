"""Compressed layers opened up: docker archives hold plain tars, and a diff_id is the digest of the tar inside.

Only layers of base images are ever compressed here.  The tar goes through a nameless temporary file, since its size
must be known before it is written into an archive.
"""

from __future__ import annotations

import gzip
import hashlib
import tempfile
import zlib
from dataclasses import dataclass
from typing import IO

from lixeval.errors import ImageError
from lixeval.oci import media_types
from lixeval.oci.blob import Blob, copy_range
from lixeval.oci.image import Layer


@dataclass(frozen=True, slots=True)
class _OpenBlob:
    digest: str
    size: int
    stream: IO[bytes]

    def copy_to(self, fd: int) -> None:
        self.stream.seek(0)
        copy_range(self.stream.fileno(), fd, self.size)


def plain_tar(layer: Layer) -> Blob:
    """The layer's tar as a blob; raises ImageError for zstd, for bad gzip, and if the tar is not the one of its
    diff_id.
    """
    if layer.media_type == media_types.LAYER_TAR:
        return layer.blob
    if layer.media_type != media_types.LAYER_GZIP:
        raise ImageError(
            f"a docker archive holds plain layers, and {layer.blob.digest} is packed as {layer.media_type}",
            hint="write an oci: layout or an archive of the default kind, which keep layers as they are",
        )
    # The tar lives as long as the blob that holds it; closing is left to the last reference.
    tar = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the blob
    digest = hashlib.sha256()
    size = 0
    with tempfile.TemporaryFile() as packed:
        layer.blob.copy_to(packed.fileno())
        packed.seek(0)
        try:
            with gzip.GzipFile(fileobj=packed) as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
                    size += tar.write(block)
        except (OSError, EOFError, zlib.error) as error:
            raise ImageError(f"the layer {layer.blob.digest} is not gzip: {error}") from error
    tar.flush()
    found = "sha256:" + digest.hexdigest()
    if found != layer.diff_id:
        raise ImageError(f"the layer {layer.blob.digest} holds the tar {found}, but the image says {layer.diff_id}")
    return _OpenBlob(found, size, tar)
