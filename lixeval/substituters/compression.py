"""The ways in which a cache packs its NARs, by the names that narinfos have for them.

    none | xz | bzip2 | gzip | zstd | br            "" is bzip2, as in the oldest caches; br needs the package `brotli`

Unpacking gives at most as much as it is asked for, whatever a file says of itself: it stops at the limit, with little
more than a block in memory.
"""

from __future__ import annotations

from lixeval.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any, Protocol

    class Packer(Protocol):
        """Bytes in, fewer bytes out."""

        def compress(self, data: bytes, /) -> bytes: ...
        def flush(self) -> bytes: ...


NAMES = ("none", "xz", "bzip2", "gzip", "zstd", "br")
SUFFIXES = {"none": "", "xz": ".xz", "bzip2": ".bz2", "gzip": ".gz", "zstd": ".zst", "br": ".br"}
_LEVELS = {"xz": range(10), "bzip2": range(1, 10), "gzip": range(10), "zstd": range(1, 23)}
"""How hard each can pack."""
_BLOCK = 1 << 17
_MEMORY = 512 << 20
"""Bytes that unpacking xz or zstd may take at most."""


def unpacker(method: str, source: IO[bytes]) -> Callable[[int], bytes]:
    """The `read` of what is packed in `source`; StoreError for a method that is not known, or not there.

    The first call may raise anything that the method's library raises for a damaged file: see `damage`.
    """
    if method in ("none", ""):
        return source.read
    if method == "xz":
        import lzma

        return _Pieces(source, lambda: lzma.LZMADecompressor(memlimit=_MEMORY)).read
    if method == "bzip2":
        import bz2

        return bz2.BZ2File(source).read
    if method == "gzip":
        import gzip

        return gzip.GzipFile(fileobj=source).read
    if method == "zstd":
        import zstandard

        context = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
        return context.stream_reader(source, read_across_frames=True).read
    if method == "br":
        return _Brotli(source).read
    raise StoreError(f"unknown compression method '{method}'", hint=f"known are {', '.join(NAMES)}")


def damage() -> tuple[type[Exception], ...]:
    """What unpacking raises for a damaged file."""
    import lzma
    import zlib

    import zstandard

    return (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError)


class _Pieces:
    """What stream after stream of a file unpacks to, never more than was asked for."""

    def __init__(self, source: IO[bytes], make: Callable[[], Any]) -> None:
        self._source = source
        self._make = make
        self._unpacker = make()

    def read(self, size: int) -> bytes:
        while size:
            if self._unpacker.eof:
                rest = self._unpacker.unused_data or self._source.read(_BLOCK)
                if not rest.strip(b"\0"):
                    return b""
                self._unpacker = self._make()
                data = self._unpacker.decompress(rest, size)
            elif self._unpacker.needs_input:
                packed = self._source.read(_BLOCK)
                if not packed:
                    raise EOFError("the file ends in the middle")
                data = self._unpacker.decompress(packed, size)
            else:
                data = self._unpacker.decompress(b"", size)
            if data:
                found: bytes = data
                return found
        return b""


class _Brotli:
    """Brotli's unpacker, fed little by little so that a bomb cannot go off in one step."""

    def __init__(self, source: IO[bytes]) -> None:
        from importlib import import_module

        try:
            brotli = import_module("brotli")
        except ImportError:
            raise StoreError(
                "unpacking 'br' needs the Python package 'brotli'", hint="pip install brotli, or use another cache"
            ) from None
        self._source = source
        self._unpacker = brotli.Decompressor()
        self._ready = b""

    def read(self, size: int) -> bytes:
        while not self._ready:
            packed = self._source.read(256)
            if not packed:
                if not self._unpacker.is_finished():
                    raise EOFError("the file ends in the middle")
                return b""
            try:
                self._ready = self._unpacker.process(packed)
            except Exception as error:  # brotli.error is an attribute that older versions have elsewhere
                raise ValueError(str(error)) from None
        data, self._ready = self._ready[:size], self._ready[size:]
        return data


def packer(method: str, level: int | None) -> Packer:
    """What packs; StoreError for a method, or a level, that cannot be written here."""
    levels = _LEVELS.get(method)
    if level is not None and levels is not None and level not in levels:
        raise StoreError(f"{method} has no compression-level {level}", hint=f"it has {levels[0]} to {levels[-1]}")
    if method == "none":
        return _Plain()
    if method == "xz":
        import lzma

        return lzma.LZMACompressor(preset=6 if level is None else level)
    if method == "bzip2":
        import bz2

        return bz2.BZ2Compressor(9 if level is None else level)
    if method == "gzip":
        import zlib

        return zlib.compressobj(6 if level is None else level, wbits=31)
    if method == "zstd":
        import zstandard

        return zstandard.ZstdCompressor(level=3 if level is None else level).compressobj()
    raise StoreError(f"cannot pack with '{method}'", hint="compression is one of none, xz, bzip2, gzip, zstd")


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""
