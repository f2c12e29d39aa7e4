"""Layers packed by gzip or zstd: in blocks, in parallel, and to the same bytes on every machine.

    gzip    members of 1 MiB each, one behind the other, as RFC 1952 allows and all clients read; packed by libdeflate,
            whose output depends on its version and the level, not on the processor or on how many threads there are
    zstd    one frame, written by libzstd's own threads; the same holds

So an image packed twice has the same digests, and a registry that has its layers is sent nothing.  What a tar was
packed to is remembered (`memory`), so that a layer that is already where it goes is not even packed again.

The tar inside stays what it was: diff ids, config and image id do not change.

Source: RFC 1952, 2.2; RFC 8878; OCI image specification, layer.md.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

from lixeval.errors import ImageError
from lixeval.oci import media_types
from lixeval.oci.blob import KeptBlob, MadeBlob, OpenBlob, damaged, place_of, streamed, temporary_folder
from lixeval.oci.image import Image, Layer
from lixeval.oci.memory import BlobMemory
from lixeval.oci.parallel import each_in_order
from lixeval.oci.publish import failures_of
from lixeval.oci.registry.observer import TransferObserver
from lixeval.oci.sources import cannot_read
from lixeval.system.atomic import write_all
from lixeval.system.machines import usable_cores

PACKED = "packed"
_BLOCK = 1 << 20
_LEVELS = {"gzip": (1, 1, 12), "zstd": (3, 1, 19)}
_MEDIA_TYPES = {"gzip": media_types.LAYER_GZIP, "zstd": media_types.LAYER_ZSTD}


@dataclass(frozen=True, slots=True)
class Compression:
    """`kind` is "gzip" or "zstd"."""

    kind: str
    level: int

    @property
    def media_type(self) -> str:
        """What a layer packed so is."""
        return _MEDIA_TYPES[self.kind]

    @property
    def recipe(self) -> str:
        """All that the bytes depend on besides the tar."""
        if self.kind == "gzip":
            from importlib.metadata import version

            return f"gzip-libdeflate-{version('deflate')}-{self.level}"
        import zstandard

        return f"zstd-{'.'.join(map(str, zstandard.ZSTD_VERSION))}-{self.level}"

    def libraries(self) -> list[str]:
        """The files whose change may change the recipe."""
        if self.kind == "gzip":
            from importlib.metadata import distribution

            return [str(distribution("deflate").locate_file("deflate"))]
        import zstandard

        return [str(zstandard.__file__)]


def parse(text: str) -> Compression | None:
    """`none`, `gzip`, `zstd`, or one of these with a level: `zstd:9`; raises ImageError for anything else."""
    kind, colon, level = text.partition(":")
    if text == "none":
        return None
    if kind not in _LEVELS or (colon and not (level.isascii() and level.isdecimal() and len(level) < 4)):
        raise ImageError(
            f"'{text}' is no compression", hint="there are none, gzip and zstd, the latter with levels: zstd:9"
        )
    usual, lowest, highest = _LEVELS[kind]
    number = int(level) if colon else usual
    if not lowest <= number <= highest:
        raise ImageError(f"{kind} has no level {number}", hint=f"its levels are {lowest} to {highest}")
    return Compression(kind, number)


def compress(
    source: int,
    size: int,
    target: int,
    compression: Compression,
    threads: int,
    advanced: Callable[[int], None] = lambda done: None,
    read: Callable[[bytearray], None] | None = None,
    where: str = "a layer",
) -> tuple[str, int]:
    """Pack `size` bytes that one descriptor gives into another; digest and size of what was written.

    `where` they are read from is told in errors; `advanced` is told how much has been read, `read` gets all of it.
    Memory is a few blocks a thread, whatever the size.
    """
    written, digest = 0, hashlib.sha256()
    packed = _gzip if compression.kind == "gzip" else _zstd
    blocks = _told(_blocks(source, size, where), advanced, read)
    for data in packed(blocks, size, compression.level, max(1, threads)):
        digest.update(data)
        write_all(target, data)
        written += len(data)
    return "sha256:" + digest.hexdigest(), written


def _blocks(source: int, size: int, where: str) -> Iterator[bytearray]:
    left = size
    while left:
        # Blocks begin at multiples of their size, else the bytes would depend on how much a read returns.
        wanted = min(_BLOCK, left)
        data, done = bytearray(wanted), 0
        view = memoryview(data)
        while done < wanted:
            try:
                count = os.readv(source, [view[done:]])
            except OSError as error:
                raise cannot_read(where, error) from error
            if not count:
                raise ImageError(f"{where} ended {left - done} bytes early while it was packed")
            done += count
        left -= wanted
        yield data


def _told(
    blocks: Iterator[bytearray], advanced: Callable[[int], None], read: Callable[[bytearray], None] | None
) -> Iterator[bytearray]:
    done = 0
    for block in blocks:
        if read is not None:
            read(block)
        yield block
        done += len(block)
        advanced(done)


def _gzip(blocks: Iterator[bytearray], size: int, level: int, threads: int) -> Iterator[bytes | bytearray]:
    import deflate

    waiting: deque[Future[bytearray]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="gzip") as pool:
        for block in blocks:
            waiting.append(pool.submit(deflate.gzip_compress, block, level))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    if not size:
        yield deflate.gzip_compress(b"", level)


def _zstd(blocks: Iterator[bytearray], size: int, level: int, threads: int) -> Iterator[bytes | bytearray]:
    import zstandard

    # Never 0 threads: libzstd's single-threaded path gives other bytes than its jobs do.
    packer = zstandard.ZstdCompressor(level=level, threads=threads, write_checksum=True).compressobj(size=size)
    with _aside("zstd") as call:
        for block in blocks:
            if data := call(functools.partial(packer.compress, block)):
                yield data
        yield call(packer.flush)


@contextlib.contextmanager
def _aside(name: str) -> Iterator[Callable[[Callable[[], bytes]], bytes]]:
    """Calls functions in a thread that nobody waits for if the waiting is interrupted.

    A high level has a minute's work in one call of the library, which hears no signal.
    """
    asked: SimpleQueue[Callable[[], bytes] | None] = SimpleQueue()
    answered: SimpleQueue[bytes | BaseException] = SimpleQueue()

    def work() -> None:
        while (function := asked.get()) is not None:
            try:
                answered.put(function())
            except BaseException as error:
                answered.put(error)

    def call(function: Callable[[], bytes]) -> bytes:
        asked.put(function)
        result = answered.get()
        if isinstance(result, BaseException):
            raise result
        return result

    threading.Thread(target=work, name=name, daemon=True).start()
    try:
        yield call
    finally:
        asked.put(None)


# -- layers and images -------------------------------------------------------------------------------------------------


def packed_image(
    image: Image,
    compression: Compression | None,
    memory: BlobMemory,
    threads: int | None = None,
    observer: TransferObserver | None = None,
) -> Image:
    """The image with its plain layers packed; those that are packed already stay as they are.

    `observer` watches: layers are known to it by their diff ids, and finished as "packed".
    """
    if compression is None:
        return image
    layers = each_in_order(lambda layer: packed_layer(layer, compression, memory, threads, observer), image.layers)
    return image.with_layers(tuple(layers))


def packed_layer(
    layer: Layer,
    compression: Compression,
    memory: BlobMemory,
    threads: int | None = None,
    observer: TransferObserver | None = None,
) -> Layer:
    """The layer packed: at once, into a nameless temporary file; when it is copied, if it is known what comes out."""
    if layer.media_type != media_types.LAYER_TAR:
        return layer
    media_type = compression.media_type
    make = _packing(layer, compression, threads or usable_cores(), observer or TransferObserver())

    def make_and_remember(target: int) -> tuple[str, int]:
        made = make(target)
        # Where the memory was wrong the blob is an error, but only once.
        memory.remember_packed(layer.diff_id, compression.recipe, *made)
        return made

    made = memory.packed(layer.diff_id, compression.recipe) or memory.keep(make_and_remember)
    if made is not None:
        digest, size = made
        blob = MadeBlob(digest, size, make_and_remember, f"the layer {layer.diff_id}, packed,")
        path = memory.kept(digest)
        return Layer(blob if path is None else KeptBlob(blob, path), layer.diff_id, media_type)
    # It lives as long as the blob that holds it; closing is left to the last reference.
    file = tempfile.TemporaryFile(dir=temporary_folder(), buffering=0)  # noqa: SIM115 - handed to the blob
    with failures_of(temporary_folder()):
        digest, size = make_and_remember(file.fileno())
    return Layer(OpenBlob(digest, size, file), layer.diff_id, media_type)


def _packing(
    layer: Layer, compression: Compression, threads: int, observer: TransferObserver
) -> Callable[[int], tuple[str, int]]:
    def make(target: int) -> tuple[str, int]:
        observer.packing(layer.diff_id, layer.blob.size)
        where = place_of(layer.blob)
        # What is made is hashed while it is made: `streamed` raises where it is another thing.
        read = None if isinstance(layer.blob, MadeBlob) else hashlib.sha256()
        with streamed(layer.blob) as source:
            made = compress(
                source,
                layer.blob.size,
                target,
                compression,
                threads,
                lambda done: observer.advanced(layer.diff_id, done),
                None if read is None else read.update,
                where,
            )
        if read is not None and (found := "sha256:" + read.hexdigest()) != layer.blob.digest:
            raise damaged(layer.blob.digest, found, where)
        observer.finished(layer.diff_id, PACKED)
        return made

    return make
