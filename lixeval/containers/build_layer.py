"""From a closure graph to layers.json, and the blobs of its layers beside it.

A blob is written to a temporary name while it is hashed and then named by its digest, so it is never read again to be
stored.  For reproducible layers layers.json does not say where the blob is, as the original's does not: it lies
beside it as HEX.tar all the same.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lixeval.containers import layering, popularity, tree
from lixeval.containers.layers_json import NO_HISTORY, LayerPath, LayerRecord, Perm, Rewrite
from lixeval.containers.tree import Real
from lixeval.oci import digest as digests
from lixeval.oci import media_types
from lixeval.oci.config import History
from lixeval.oci.tar_layer import LayerWriter

Graph = Iterable[tuple[str, Sequence[str]]]


def _same(path: str) -> str:
    return path


def _quiet(message: str) -> None:
    """The log nobody reads."""


@dataclass(frozen=True, slots=True)
class LayerArguments:
    """What layers are made from.  `blobs` is the real folder for the tars (None: digests only).

    `tar_directory` is set for non-reproducible layers: the logical name of `blobs`, which layers.json then mentions.
    `links` are symlinks left where paths were that copyToRoot moves, name → target; the original leaves none.
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
    links: Mapping[str, str] = field(default_factory=dict)
    log: Callable[[str], None] = _quiet


def build_layers(arguments: LayerArguments) -> list[LayerRecord]:
    """Make the layers; raises Nix2containerError where the original fails, ImageError where files change meanwhile."""
    paths = popularity.order(arguments.graph)
    entries = layering.select(paths, arguments.parents, arguments.rewrites, arguments.perms, arguments.ignore)
    layers = []
    for group in layering.deal(entries, arguments.max_layers):
        # A non-reproducible layer's tar holds the paths of all layers: the original does so, and images depend on it.
        contents = group if arguments.tar_directory is None else entries
        digest, size = write_blob(contents, arguments.real, arguments.blobs, arguments.links)
        arguments.log(f"Adding {len(group)} paths to layer (size:{size} digest:{digest})")
        layers.append(_record(arguments, group, digest, size))
    return layers


def _record(arguments: LayerArguments, group: tuple[LayerPath, ...], digest: str, size: int) -> LayerRecord:
    layer_path = ""
    if arguments.tar_directory is not None:
        layer_path = f"{arguments.tar_directory}/{blob_name(digest)}"
    return LayerRecord(digest, size, digest, media_types.LAYER_TAR, group, layer_path, arguments.history)


def blob_name(digest: str) -> str:
    """The name of a layer's tar beside layers.json."""
    return digests.encoded(digest) + ".tar"


def write_blob(
    entries: Iterable[LayerPath], real: Real, folder: str | None, links: Mapping[str, str] | None = None
) -> tuple[str, int]:
    """Write the tar of `entries` into `folder` under its digest, or nowhere; its digest and size."""
    if folder is None:
        return stream_blob(entries, real, None, links)
    fd, part = tempfile.mkstemp(prefix=".layer-", dir=folder)
    try:
        try:
            digest, size = stream_blob(entries, real, fd, links)
        finally:
            os.close(fd)
        os.replace(part, os.path.join(folder, blob_name(digest)))
    except BaseException:
        os.unlink(part)
        raise
    return digest, size


def stream_blob(
    entries: Iterable[LayerPath], real: Real, fd: int | None, links: Mapping[str, str] | None = None
) -> tuple[str, int]:
    """Write the tar of `entries` to a descriptor, or nowhere; its digest and size."""
    with LayerWriter(fd) as writer:
        tree.write_tree(entries, real, writer, links)
        return writer.finish()
