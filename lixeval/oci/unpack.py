"""Packed layers opened up: docker archives hold plain tars, and a diff_id is the digest of the tar inside.

The tar goes through a nameless temporary file where its size must be known before it is written into an archive.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO, cast

from lixeval.errors import ImageError
from lixeval.oci import media_types
from lixeval.oci.blob import Blob, OpenBlob, temporary_folder
from lixeval.oci.image import Layer
from lixeval.oci.publish import failures_of

_BLOCK = 1 << 20
# A blob that unpacks to more is a bomb: deflate packs zeros to a thousandth, zstd to a little less still.
_ALWAYS_ALLOWED = 1 << 30
_LARGEST_RATIO = 4000


@contextlib.contextmanager
def unpacked(stream: IO[bytes], media_type: str, what: str) -> Iterator[IO[bytes]]:
    """What is in a layer's blob, to be read; raises ImageError for an unknown media type, and in the block for a blob
    that is not packed as its type says.
    """
    try:
        if media_type == media_types.LAYER_TAR:
            yield stream
        elif media_type == media_types.LAYER_GZIP:
            with gzip.GzipFile(fileobj=stream) as inside:
                yield cast("IO[bytes]", inside)
        elif media_type == media_types.LAYER_ZSTD:
            with _zstd(stream) as inside:
                yield inside
        else:
            raise ImageError(f"{what} has the media type {media_type}, which is no layer's")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ImageError(f"{what} is not gzip: {error}") from error


@contextlib.contextmanager
def _zstd(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    import zstandard

    try:
        with zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True, closefd=False) as inside:
            yield cast("IO[bytes]", inside)
    except zstandard.ZstdError as error:
        raise ImageError(f"a layer is not zstd: {error}") from error


def plain_tar(layer: Layer) -> Blob:
    """The layer's tar as a blob; raises ImageError if it cannot be had, if it is not the one of the diff_id, and if
    it is larger than an honest blob's could be.
    """
    if layer.media_type == media_types.LAYER_TAR:
        return layer.blob
    # The tar lives as long as the blob that holds it; closing is left to the last reference.
    tar = tempfile.TemporaryFile(dir=temporary_folder())  # noqa: SIM115 - handed to the blob
    digest = hashlib.sha256()
    size = 0
    most = max(_ALWAYS_ALLOWED, layer.blob.size * _LARGEST_RATIO)
    with failures_of(temporary_folder()), tempfile.TemporaryFile(dir=temporary_folder()) as packed:
        layer.blob.copy_to(packed.fileno())
        packed.seek(0)
        with unpacked(packed, layer.media_type, f"the layer {layer.blob.digest}") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                size += tar.write(block)
                if size > most:
                    raise ImageError(f"the layer {layer.blob.digest} of {layer.blob.size} bytes unpacks to over {most}")
        tar.flush()
    found = "sha256:" + digest.hexdigest()
    if found != layer.diff_id:
        raise ImageError(f"the layer {layer.blob.digest} holds the tar {found}, but the image says {layer.diff_id}")
    return OpenBlob(found, size, tar)
