r"""The members of a tar, whoever wrote it: V7, USTAR, PAX and GNU, read from front to back.

    tar      = *(extended-header* header data padding) [zeros]
    number   octal digits between spaces and NULs, or base 256 when the first bit is set
    pax      = *(LENGTH " " key "=" value "\n")       LENGTH counts its own digits; "x" for one member, "g" for all
    GNU      "L" and "K" carry a long name or target for the next member; "S" is a file with holes

A tar may end without its zeros, as Go accepts it too.  Names come as they are written; `place` says which place in
the image one means, if any.

Source: POSIX pax, "ustar Interchange Format", "pax Extended Header"; GNU tar's manual, "Basic Tar Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lixeval.errors import ImageError
from lixeval.oci.reading.limits import LIMITS, Limits
from lixeval.oci.reading.stream import BLOCK as PIECE
from lixeval.oci.reading.stream import Stream, exactly
from lixeval.oci.tar_header import BLOCK, padding

FILE, FOLDER, SYMLINK, HARD_LINK = "file", "folder", "symlink", "hard link"
CHARACTER_DEVICE, BLOCK_DEVICE, PIPE = "character device", "block device", "pipe"

_KINDS = {
    b"0": FILE,
    b"\0": FILE,
    b"7": FILE,
    b"S": FILE,
    b"1": HARD_LINK,
    b"2": SYMLINK,
    b"3": CHARACTER_DEVICE,
    b"4": BLOCK_DEVICE,
    b"5": FOLDER,
    b"6": PIPE,
}
_XATTR = b"SCHILY.xattr."
_KEYS = frozenset((b"path", b"linkpath", b"size", b"uid", b"gid", b"uname", b"gname", b"mtime", b"GNU.sparse.name"))
_LENGTH = re.compile(rb"([0-9]{1,9}) ")


@dataclass(frozen=True, slots=True)
class Member:
    """One member; `size` counts the data of a file and is 0 for all else."""

    name: bytes
    kind: str
    mode: int
    size: int = 0
    link: bytes = b""
    uid: int = 0
    gid: int = 0
    uname: bytes = b""
    gname: bytes = b""
    mtime: int = 0
    device: tuple[int, int] = (0, 0)
    xattrs: Mapping[str, bytes] = field(default_factory=dict)


def place(name: bytes) -> tuple[bytes, ...] | None:
    """The components of the place in the image that a name means; None if it leads out of the image."""
    components = tuple(part for part in name.split(b"/") if part not in (b"", b"."))
    return None if b".." in components else components


class TarReader:
    """Iterate over it for members; `blocks` gives the data of the one just got, and what is not asked for is skipped.

    `what` names the tar in messages.  Raises ImageError for what is not a tar, breaks off, or exceeds the limits.
    """

    def __init__(self, stream: Stream, what: str, limits: Limits = LIMITS) -> None:
        self._stream = stream
        self._what = what
        self._limits = limits
        self._left = 0
        self._padding = 0
        self._of_all: dict[bytes, bytes] = {}
        self._extended = 0
        self._of_all_size = 0
        self.position = 0
        self.count = 0

    def __iter__(self) -> Iterator[Member]:
        while (member := self._next()) is not None:
            self.count += 1
            if self.count > self._limits.entries:
                raise ImageError(f"{self._what} has more than {self._limits.entries} members")
            yield member

    def blocks(self) -> Iterator[bytes]:
        """The data of the current member, piece by piece."""
        while self._left:
            data = self._stream.read(min(self._left, PIECE))
            if not data:
                raise self._broken()
            self._left -= len(data)
            self.position += len(data)
            yield data

    def finish(self) -> int:
        """Read what follows the last member; how many bytes the whole tar has."""
        while moved := self._stream.skip(PIECE):
            self.position += moved
        return self.position

    # -- headers -------------------------------------------------------------------------------------------------------

    def _next(self) -> Member | None:
        self._skip(self._left + self._padding)
        self._left = self._padding = 0
        extended: dict[bytes, bytes] = dict(self._of_all)
        long: dict[bytes, bytes] = {}
        for _ in range(self._limits.headers_in_a_row):
            header = self._header()
            if header is None:
                return None
            typeflag = header[156:157]
            if typeflag in (b"x", b"g"):
                data = self._carried(header)
                records = self._records(data)
                extended.update(records)
                if typeflag == b"g":
                    self._of_all.update(records)
                    self._of_all_size += len(data)
                    self._check_bound(self._of_all_size, self._limits.extended_header, "headers for all members")
            elif typeflag in (b"L", b"K"):
                long[typeflag] = self._carried(header).partition(b"\0")[0]
            else:
                return self._member(header, typeflag, extended, long)
        raise ImageError(f"{self._what} has more than {self._limits.headers_in_a_row} headers before a member")

    def _check_bound(self, size: int, bound: int, what: str) -> None:
        if size > bound:
            raise ImageError(f"{self._what} has more than {bound} bytes of {what} and is not read further")

    def _header(self) -> bytes | None:
        header = exactly(self._stream, BLOCK)
        self.position += len(header)
        if not header or header == bytes(BLOCK):
            return None
        if len(header) < BLOCK:
            raise self._broken() if self.position > BLOCK else ImageError(f"{self._what} is not a tar")
        stated = self._number(header, 148, 8, "checksum")
        bare = header[:148] + b" " * 8 + header[156:]
        # Old writers added the bytes up as signed ones.
        if stated != sum(bare) and stated != sum(byte - 256 if byte > 127 else byte for byte in bare):
            where = f"at byte {self.position - BLOCK}"
            raise ImageError(
                f"{self._what} is not a tar" if not self.count else f"{self._what} is damaged: a bad header {where}"
            )
        return header

    def _member(self, header: bytes, typeflag: bytes, extended: dict[bytes, bytes], long: dict[bytes, bytes]) -> Member:
        kind = _KINDS.get(typeflag)
        if kind is None:
            raise ImageError(f"{self._what} has a member of the unknown type {typeflag!r}")
        name, link = header[:100].partition(b"\0")[0], header[157:257].partition(b"\0")[0]
        if header[257:263] == b"ustar\0" and header[345] and b"path" not in extended:
            name = header[345:500].partition(b"\0")[0] + b"/" + name
        name = long.get(b"L", extended.get(b"GNU.sparse.name", extended.get(b"path", name)))
        link = long.get(b"K", extended.get(b"linkpath", link))
        if len(name) > self._limits.name or len(link) > self._limits.name:
            raise ImageError(f"{self._what} has a member with a name of more than {self._limits.name} bytes")
        if kind == FILE and name.endswith(b"/") and typeflag != b"S":
            kind = FOLDER
        size = self._stated(extended, b"size", header, 124, 12)
        if typeflag == b"S" and header[482:483] not in (b"", b"\0"):
            self._skip_sparse_headers()
        if kind in (FILE, HARD_LINK) or size:
            self._left, self._padding = size, padding(size)
        if kind != FILE:
            # Folders and links have no data; a writer that gives them some is read past it.
            size = 0
        return Member(
            name,
            kind,
            self._number(header, 100, 8, "mode") & 0o7777,
            size,
            link if kind in (SYMLINK, HARD_LINK) else b"",
            self._stated(extended, b"uid", header, 108, 8),
            self._stated(extended, b"gid", header, 116, 8),
            extended.get(b"uname", header[265:297].partition(b"\0")[0]),
            extended.get(b"gname", header[297:329].partition(b"\0")[0]),
            self._time(extended, header),
            self._device(header) if kind in (CHARACTER_DEVICE, BLOCK_DEVICE) else (0, 0),
            {
                key[len(_XATTR) :].decode("utf-8", "surrogateescape"): value
                for key, value in extended.items()
                if key.startswith(_XATTR)
            },
        )

    def _number(self, header: bytes, offset: int, width: int, what: str) -> int:
        raw = header[offset : offset + width]
        if raw[0] & 0x80:
            number = int.from_bytes(raw, "big", signed=True)
            if number < 0:
                # The first bit says "base 256": a positive number has it set and the next one clear.
                number = int.from_bytes(bytes([raw[0] & 0x7F]) + raw[1:], "big") if not raw[0] & 0x40 else number
            return number
        digits = raw.strip(b" \0")
        if not digits:
            return 0
        try:
            return int(digits.partition(b"\0")[0].strip(), 8)
        except ValueError:
            raise ImageError(
                f"{self._what} is not a tar"
                if not self.count
                else f"{self._what} is damaged: the {what} of a member is {digits!r}"
            ) from None

    def _stated(self, extended: dict[bytes, bytes], key: bytes, header: bytes, offset: int, width: int) -> int:
        """A number that an extended header may give instead; sizes and ids are never negative."""
        what = key.decode("ascii")
        if key not in extended:
            number = self._number(header, offset, width, what)
        elif extended[key].isdigit() and len(extended[key]) < 20:
            number = int(extended[key])
        else:
            raise ImageError(f"{self._what} is damaged: the {what} of a member is {extended[key][:40]!r}")
        if number < 0 or number > 1 << 62:
            raise ImageError(f"{self._what} is damaged: the {what} of a member is {number}")
        return number

    def _time(self, extended: dict[bytes, bytes], header: bytes) -> int:
        """Whole seconds; a time that makes no sense is none."""
        try:
            text = extended.get(b"mtime")
            time = self._number(header, 136, 12, "mtime") if text is None else int(text.partition(b".")[0])
        except (ImageError, ValueError):
            return 0
        return time if abs(time) < 1 << 60 else 0

    def _device(self, header: bytes) -> tuple[int, int]:
        return self._number(header, 329, 8, "device number"), self._number(header, 337, 8, "device number")

    # -- what stands before a header -----------------------------------------------------------------------------------

    def _carried(self, header: bytes) -> bytes:
        """The data of an extended header."""
        size = self._number(header, 124, 12, "size")
        if not 0 <= size <= self._limits.extended_header:
            raise ImageError(f"{self._what} has an extended header of {size} bytes")
        self._extended += size
        self._check_bound(self._extended, self._limits.extended_headers, "extended headers")
        data = exactly(self._stream, size)
        self.position += len(data)
        if len(data) < size:
            raise self._broken()
        self._skip(padding(size))
        return data

    def _records(self, data: bytes) -> dict[bytes, bytes]:
        records: dict[bytes, bytes] = {}
        position = 0
        while position < len(data):
            match = _LENGTH.match(data, position)
            end = position + int(match.group(1)) if match else 0
            if match is None or not match.end() < end <= len(data) or data[end - 1 : end] != b"\n":
                raise ImageError(f"{self._what} is damaged: an extended header has a bad record")
            key, equals, value = data[match.end() : end - 1].partition(b"=")
            if not equals or not key:
                raise ImageError(f"{self._what} is damaged: an extended header has a bad record")
            # What nobody asks for is not carried from member to member.
            if key in _KEYS or key.startswith(_XATTR):
                records[key] = value
            position = end
        return records

    def _skip_sparse_headers(self) -> None:
        """The blocks with the map of a file with holes that did not fit its header."""
        for _ in range(self._limits.extended_header // BLOCK):
            more = exactly(self._stream, BLOCK)
            self.position += len(more)
            if len(more) < BLOCK:
                raise self._broken()
            if more[504:505] == b"\0":
                return
        raise ImageError(f"{self._what} has a file with more holes than are read")

    def _skip(self, size: int) -> None:
        if size:
            moved = self._stream.skip(size)
            self.position += moved
            # Padding that is missing at the very end harms nobody.
            if moved < size - self._padding:
                raise self._broken()

    def _broken(self) -> ImageError:
        return ImageError(f"{self._what} breaks off in the middle of a member")
