"""gzip and zstd opened as they come, with a bound on what comes out: a small blob must not become a full disk.

How something is packed is told by its first bytes; what a media type claims is for `validate` to compare.

Source: RFC 1952 (gzip, members one after the other), RFC 8878 (zstd frames, skippable frames).
"""

from __future__ import annotations

import zlib
from typing import Any

from lixeval.errors import ImageError
from lixeval.oci import media_types
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.stream import BLOCK, Stream, discard, exactly

PLAIN, GZIP, ZSTD = "tar", "gzip", "zstd"
OF_MEDIA_TYPE = {media_types.LAYER_TAR: PLAIN, media_types.LAYER_GZIP: GZIP, media_types.LAYER_ZSTD: ZSTD}

_MAGIC = ((b"\x1f\x8b", GZIP), (b"\x28\xb5\x2f\xfd", ZSTD), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"))
_SKIPPABLE = tuple(bytes([0x50 + low]) + b"\x2a\x4d\x18" for low in range(16))
_LARGEST_WINDOW = 1 << 27
_CHUNK = 1 << 18
_STEP = 1 << 11
_GZIP_STEP = 1 << 13


class Rest:
    """A stream with some bytes put back in front."""

    def __init__(self, head: bytes, stream: Stream) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int) -> bytes:
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self._stream.read(size)

    def skip(self, size: int) -> int:
        moved = min(size, len(self._head))
        self._head = self._head[moved:]
        return moved + (self._stream.skip(size - moved) if size > moved else 0)

    def close(self) -> None:
        self._stream.close()


def packing_of(head: bytes) -> str:
    """How something is packed that starts like this: PLAIN if in no way that is known."""
    if head.startswith(_SKIPPABLE):
        return ZSTD
    return next((packing for magic, packing in _MAGIC if head.startswith(magic)), PLAIN)


def unpacked(stream: Stream, what: str, limits: Limits = LIMITS) -> tuple[Stream, str]:
    """The stream as it was before it was packed, and how it was; raises ImageError for other packers than these."""
    head = exactly(stream, 6)
    packing = packing_of(head)
    whole = Rest(head, stream)
    if packing == PLAIN:
        return whole, packing
    if packing == GZIP:
        return _Bounded(_Gzip(whole, what), what, limits), packing
    if packing == ZSTD:
        return _Bounded(_Zstd(whole, what), what, limits), packing
    raise ImageError(f"{what} is packed with {packing}, which layers never are", hint="layers are plain, gzip or zstd")


class _Gzip:
    """Members of gzip, one after the other; zeros behind the last are padding.

    Fed in small steps: what a step leaves is copied, and a member may be twenty bytes.
    """

    def __init__(self, packed: Stream, what: str) -> None:
        self._packed = packed
        self._what = what
        self._inflate: Any = zlib.decompressobj(wbits=31)
        self._buffer = b""
        self._position = 0
        self._waiting = b""
        self._out = memoryview(b"")
        self._whole = False
        self.taken = 0

    def read(self, size: int) -> bytes:
        while not self._out:
            if not self._waiting and not self._more():
                if not self._whole:
                    raise ImageError(f"{self._what} breaks off in the middle of its gzip")
                return b""
            if self._whole and not self._begin_member():
                continue
            self._step()
        data = bytes(self._out[:size])
        self._out = self._out[size:]
        return data

    def _more(self) -> bool:
        """Have a little of what is packed waiting; False at its end."""
        if self._position >= len(self._buffer):
            self._buffer, self._position = self._packed.read(_CHUNK), 0
            self.taken += len(self._buffer)
        self._waiting = self._buffer[self._position : self._position + _GZIP_STEP]
        self._position += len(self._waiting)
        return bool(self._waiting)

    def _step(self) -> None:
        """Unpack a little."""
        try:
            self._out = memoryview(self._inflate.decompress(self._waiting, _CHUNK))
        except zlib.error as error:
            raise ImageError(f"{self._what} is damaged: its gzip says '{error}'") from None
        self._waiting = self._inflate.unconsumed_tail
        if self._inflate.eof:
            self._waiting = self._inflate.unused_data
            self._whole = True

    def _begin_member(self) -> bool:
        """Whether another member follows what was a whole one."""
        self._waiting = self._waiting.lstrip(b"\0")
        if self._waiting:
            self._inflate = zlib.decompressobj(wbits=31)
            self._whole = False
        return bool(self._waiting)

    def close(self) -> None:
        self._packed.close()


class _Zstd:
    """Frames of zstd, one after the other; skippable ones hold nothing.

    Fed in small steps, because a step gives all that it unpacks to at once: four bytes may stand for 128 KiB.
    """

    def __init__(self, packed: Stream, what: str) -> None:
        import zstandard

        self._failure = zstandard.ZstdError
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
        self._packed = packed
        self._what = what
        self._frame: Any = None
        self._buffer = b""
        self._position = 0
        self._out = memoryview(b"")
        self.taken = 0

    def read(self, size: int) -> bytes:
        while not self._out:
            if self._position >= len(self._buffer):
                self._buffer, self._position = self._packed.read(_CHUNK), 0
                self.taken += len(self._buffer)
                if not self._buffer:
                    if self._frame is not None:
                        raise ImageError(f"{self._what} breaks off in the middle of its zstd")
                    return b""
            self._step()
        data = bytes(self._out[:size])
        self._out = self._out[size:]
        return data

    def _step(self) -> None:
        """Unpack a little."""
        piece = self._buffer[self._position : self._position + _STEP]
        self._position += len(piece)
        if self._frame is None:
            self._frame = self._decompressor.decompressobj()
        try:
            self._out = memoryview(self._frame.decompress(piece))
        except self._failure as error:
            raise ImageError(f"{self._what} is damaged: its zstd says '{error}'") from None
        if self._frame.eof:
            self._position -= len(self._frame.unused_data)
            self._frame = None

    def close(self) -> None:
        self._packed.close()


class _Bounded:
    """What comes out of a packer, until it is too much."""

    def __init__(self, unpacker: _Gzip | _Zstd, what: str, limits: Limits) -> None:
        self._unpacker = unpacker
        self._what = what
        self._limits = limits
        self._given = 0

    def read(self, size: int) -> bytes:
        data = self._unpacker.read(min(size, BLOCK))
        self._given += len(data)
        limits = self._limits
        if self._given > limits.free_expansion and self._given > limits.expansion * self._unpacker.taken:
            raise ImageError(
                f"{self._what} unpacks to more than {limits.expansion} times its size and is not read further",
                hint="such blobs are made to fill memory and disks",
            )
        if self._given > limits.tar:
            raise ImageError(f"{self._what} unpacks to more than {limits.tar} bytes and is not read further")
        return data

    def skip(self, size: int) -> int:
        return discard(self, size)

    def close(self) -> None:
        self._unpacker.close()
