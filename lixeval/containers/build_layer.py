"""From a closure graph to layers.json, and the blobs of its layers beside it.

A blob is written to a temporary name while it is hashed and then named by its digest, so it is never read again to be
stored.  For reproducible layers layers.json does not say where the blob is, as the original's does not: it lies
beside it as HEX.tar all the same (HEX.tar.gz, HEX.tar.zst where layers are packed when they are built).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lixeval.containers import layering, popularity, tree
from lixeval.containers.layers_json import NO_HISTORY, LayerPath, LayerRecord, Perm, Rewrite
from lixeval.containers.tree import NO_EXTRAS, Extras, Real
from lixeval.oci import digest as digests
from lixeval.oci import media_types
from lixeval.oci.config import History
from lixeval.oci.tar_layer import LayerWriter
from lixeval.system.atomic import named_later

if TYPE_CHECKING:
    from lixeval.oci.compress import Compression

Graph = Iterable[tuple[str, Sequence[str]]]


def _same(path: str) -> str:
    return path


def _quiet(message: str) -> None:
    """The log nobody reads."""


@dataclass(frozen=True, slots=True)
class LayerArguments:
    """What layers are made from.  `blobs` is the real folder for the tars (None: digests only).

    `tar_directory` is set for non-reproducible layers: the logical name of `blobs`, which layers.json then mentions.
    `compression` packs the blobs, on `threads` threads.  `sizes` of paths, where given, decide instead of popularity
    which have layers of their own.  `extras` are the tree's.
    """

    graph: Graph
    max_layers: int = 1
    parents: Sequence[LayerRecord] = ()
    rewrites: Sequence[tuple[str, Rewrite]] = ()
    perms: Sequence[tuple[str, Perm]] = ()
    history: History = NO_HISTORY
    ignore: str = ""
    real: Real = _same
    blobs: str | None = None
    tar_directory: str | None = None
    compression: Compression | None = None
    threads: int = 1
    sizes: Mapping[str, int] | None = None
    extras: Extras = NO_EXTRAS
    log: Callable[[str], None] = _quiet


def build_layers(arguments: LayerArguments) -> list[LayerRecord]:
    """Make the layers; raises Nix2containerError where the original fails, ImageError where files change meanwhile."""
    paths = popularity.order(arguments.graph)
    entries = layering.select(paths, arguments.parents, arguments.rewrites, arguments.perms, arguments.ignore)
    groups = layering.deal(entries, arguments.max_layers, arguments.sizes)
    # A non-reproducible layer's tar holds the paths of all layers: the original does so, and images depend on it.
    contents = groups if arguments.tar_directory is None else [entries] * len(groups)
    layers = []
    for group, blob in zip(groups, _blobs(contents, arguments), strict=True):
        arguments.log(f"Adding {len(group)} paths to layer (size:{blob.size} digest:{blob.digest})")
        layers.append(_record(arguments, group, blob))
    return layers


def _blobs(contents: Sequence[Sequence[LayerPath]], arguments: LayerArguments) -> Iterator[WrittenBlob]:
    """The layers' blobs, in order; several are packed at a time.

    One that is not packed keeps two processors busy by itself, one that reads and one that hashes.  Two of them would
    wait for the interpreter's lock at each of their files.
    """
    if arguments.compression is None:
        return (write_blob(paths, arguments) for paths in contents)
    from lixeval.oci.parallel import each_in_order  # who only reads layers does not need what that loads

    return each_in_order(lambda paths: write_blob(paths, arguments), contents)


def _record(arguments: LayerArguments, group: tuple[LayerPath, ...], blob: WrittenBlob) -> LayerRecord:
    layer_path = ""
    if arguments.tar_directory is not None:
        layer_path = f"{arguments.tar_directory}/{blob_name(blob.digest, blob.media_type)}"
    return LayerRecord(blob.digest, blob.size, blob.diff_id, blob.media_type, group, layer_path, arguments.history)


_ENDINGS = {media_types.LAYER_TAR: "", media_types.LAYER_GZIP: ".gz", media_types.LAYER_ZSTD: ".zst"}


def blob_name(digest: str, media_type: str = media_types.LAYER_TAR) -> str:
    """The name of a layer's blob beside layers.json."""
    return f"{digests.encoded(digest)}.tar{_ENDINGS.get(media_type, '')}"


@dataclass(frozen=True, slots=True)
class WrittenBlob:
    """What became of a layer's paths."""

    digest: str
    size: int
    diff_id: str
    media_type: str = media_types.LAYER_TAR


def write_blob(entries: Iterable[LayerPath], arguments: LayerArguments) -> WrittenBlob:
    """Write the tar of `entries` into the folder for blobs, packed if that is asked for, or nowhere."""
    if arguments.blobs is None:
        digest, size = stream_blob(entries, arguments.real, None, arguments.extras)
        return WrittenBlob(digest, size, digest)
    with named_later(arguments.blobs) as (fd, name):
        digest, size = stream_blob(entries, arguments.real, fd, arguments.extras)
        blob = WrittenBlob(digest, size, digest)
        if arguments.compression is None:
            name(blob_name(digest))
        else:
            blob = _pack(fd, blob, arguments.compression, arguments)
    return blob


def _pack(tar: int, blob: WrittenBlob, compression: Compression, arguments: LayerArguments) -> WrittenBlob:
    from lixeval.oci.compress import compress

    os.lseek(tar, 0, os.SEEK_SET)
    with named_later(arguments.blobs or "") as (fd, name):
        digest, size = compress(tar, blob.size, fd, compression, arguments.threads)
        name(blob_name(digest, compression.media_type))
    return WrittenBlob(digest, size, blob.diff_id, compression.media_type)


def stream_blob(
    entries: Iterable[LayerPath], real: Real, fd: int | None, extras: Extras = NO_EXTRAS
) -> tuple[str, int]:
    """Write the tar of `entries` to a descriptor, or nowhere; its digest and size."""
    with LayerWriter(fd) as writer:
        tree.write_tree(entries, real, writer, extras)
        return writer.finish()
