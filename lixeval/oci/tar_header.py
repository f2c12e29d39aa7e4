r"""Tar headers as Go's archive/tar chooses and encodes them: USTAR where it fits, else PAX, else GNU.

    offset field width    0 name 100, 100 mode 8, 108 uid 8, 116 gid 8, 124 size 12, 136 mtime 12, 148 checksum 8,
                          156 typeflag 1, 157 linkname 100, 257 magic 6, 263 version 2, 265 uname 32, 297 gname 32,
                          329 devmajor 8, 337 devminor 8, 345 prefix 155, 500 padding 12
    number                octal, zero-padded, one NUL at the end
    string                NUL-padded; a full field has no NUL
    checksum              the sum of the 512 bytes with spaces in its own field: six octal digits, NUL, space

USTAR cannot say: a name that is not ASCII, or longer than 100 and not splittable at a slash; a link target that is
not ASCII or longer than 100; ids above 2097151; 8 GiB.  For these a PAX record header goes first.  Only a mode of
more than seven octal digits, or a negative one, asks for GNU's base 256.

Two habits of Go's writer show in the bytes and are kept: the PAX `path` record of a long name is written even if the
name could be split, as soon as another field asks for PAX; and an x header has NULs where others have zeros.

Source: POSIX pax, "ustar Interchange Format" and "pax Extended Header"; Go's archive/tar.
"""

from __future__ import annotations

import posixpath
import zlib
from functools import lru_cache
from typing import NamedTuple

from lixeval.errors import ImageError

BLOCK = 512
REGULAR, SYMLINK, DIRECTORY = b"0", b"2", b"5"
CHARACTER_DEVICE, BLOCK_DEVICE, PIPE = b"3", b"4", b"6"
_NAME, _PREFIX, _OWNER = 100, 155, 32
_XATTR = b"SCHILY.xattr."
_USTAR, _GNU = b"ustar\x0000", b"ustar  \x00"


class Entry(NamedTuple):
    """One member of an archive; names and targets are bytes, `size` counts the data that follows the header.

    `xattrs` are extended attributes, (name, value); they are PAX records, as containers' tools write them.  `device` is
    the major and minor number of a device file.
    """

    name: bytes
    typeflag: bytes
    mode: int
    size: int = 0
    link: bytes = b""
    uid: int = 0
    gid: int = 0
    uname: bytes = b"root"
    gname: bytes = b"root"
    mtime: int = 1
    xattrs: tuple[tuple[bytes, bytes], ...] = ()
    device: tuple[int, int] = (0, 0)


def padding(size: int) -> int:
    """How many NULs follow `size` bytes of data."""
    return -size % BLOCK


def split_name(name: bytes) -> tuple[bytes, bytes] | None:
    """(prefix, name) for the two USTAR fields, or None if `name` is short enough, not ASCII, or has no usable slash."""
    length = len(name)
    if length <= _NAME or not name.isascii():
        return None
    if length > _PREFIX + 1:
        length = _PREFIX + 1
    elif name.endswith(b"/"):
        length -= 1
    slash = name.rfind(b"/", 0, length)
    if slash <= 0 or slash > _PREFIX or not 1 <= len(name) - slash - 1 <= _NAME:
        return None
    return name[:slash], name[slash + 1 :]


def _fits_octal(value: int, width: int) -> bool:
    return 0 <= value < 1 << 3 * (width - 1)


def _octal(value: int, width: int) -> bytes:
    return b"%0*o\0" % (width - 1, value if _fits_octal(value, width) else 0)


def _base256(value: int, width: int) -> bytes:
    if _fits_octal(value, width):
        return _octal(value, width)
    raw = bytearray(value.to_bytes(width, "big", signed=True))
    raw[0] |= 0x80
    return bytes(raw)


def _text(text: bytes, width: int) -> bytes:
    if len(text) > width and text[width - 1 : width] == b"/":
        # A field cut right after a slash would look like a directory to old readers.
        cut = len(text[: width - 1].rstrip(b"/"))
        return text[:cut] + b"\0" + text[cut + 1 : width]
    return text[:width].ljust(width, b"\0")


def _ascii(text: bytes) -> bytes:
    return text if text.isascii() else bytes(byte for byte in text if byte < 0x80)


def _sealed(header: bytes) -> bytes:
    return b"%b%06o\0 %b" % (header[:148], sum(header), header[156:])


# -- the common case ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _template(
    typeflag: bytes, mode: int, uid: int, gid: int, uname: bytes, gname: bytes, mtime: int
) -> tuple[bytes, int] | None:
    """A formatting template for (name, size, checksum, link, prefix), and the byte sum of all that is constant in it;
    None where that needs more than a plain USTAR header.
    """
    if not (_fits_octal(mode, 8) and _fits_octal(uid, 8) and _fits_octal(gid, 8)):
        return None
    if max(len(uname), len(gname)) > _OWNER or not (uname.isascii() and gname.isascii()):
        return None
    front = _octal(mode, 8) + _octal(uid, 8) + _octal(gid, 8)
    back = _USTAR + _text(uname, _OWNER) + _text(gname, _OWNER) + _octal(0, 8) + _octal(0, 8)
    stamp = _octal(mtime, 12)
    total = sum(front) + sum(stamp) + sum(b" " * 8) + sum(typeflag) + sum(back)
    escaped = [part.replace(b"%", b"%%") for part in (front, stamp, typeflag, back)]
    return b"%%b%b%%011o\0%b%%06o\0 %b%%b%b%%b" % (escaped[0], escaped[1], escaped[2], escaped[3]), total


def _plain(entry: Entry) -> bytes | None:
    """The header in one formatting operation, or None if the entry needs more than a plain USTAR header."""
    name, typeflag, mode, size, link, uid, gid, uname, gname, mtime, xattrs, device = entry
    if xattrs or len(link) > _NAME or not (name.isascii() and link.isascii() and 0 <= size < 8**11) or device != (0, 0):
        return None
    prefix = b""
    if len(name) > _NAME:
        split = split_name(name)
        if split is None:
            return None
        prefix, name = split
    constant = _template(typeflag, mode, uid, gid, uname, gname, mtime)
    if constant is None:
        return None
    # Adler-32's low half is 1 + the sum of the bytes while that stays below 65521, as 355 ASCII bytes and 11 digits do.
    total = constant[1] + (zlib.adler32(b"%b%b%b%011o" % (prefix, name, link, size)) & 0xFFFF) - 1
    name, link, prefix = name.ljust(_NAME, b"\0"), link.ljust(_NAME, b"\0"), prefix.ljust(_PREFIX + 12, b"\0")
    return constant[0] % (name, size, total, link, prefix)


# -- the rest ----------------------------------------------------------------------------------------------------------


def _main(entry: Entry, name: bytes, prefix: bytes, *, gnu: bool, drop_non_ascii: bool) -> bytes:
    text = _ascii if drop_non_ascii else lambda raw: raw
    number = _base256 if gnu else _octal
    return _sealed(
        b"".join(
            (
                _text(text(name), _NAME),
                number(entry.mode, 8),
                number(entry.uid, 8),
                number(entry.gid, 8),
                number(entry.size, 12),
                number(entry.mtime, 12),
                b" " * 8,
                entry.typeflag,
                _text(text(entry.link), _NAME),
                _GNU if gnu else _USTAR,
                _text(text(entry.uname), _OWNER),
                _text(text(entry.gname), _OWNER),
                number(entry.device[0], 8),
                number(entry.device[1], 8),
                _text(prefix, _PREFIX),
                bytes(12),
            )
        )
    )


def _raw_file(name: bytes, typeflag: bytes, data: bytes, magic: bytes) -> bytes:
    """A header that carries something about the next one; all its fields but these are NUL."""
    name = _ascii(name)[:_NAME].rstrip(b"/")
    header = _sealed(
        b"".join(
            (
                name.ljust(_NAME, b"\0"),
                _octal(0, 8) * 3,
                _octal(len(data), 12),
                _octal(0, 12),
                b" " * 8,
                typeflag,
                bytes(_NAME),
                magic,
            )
        ).ljust(BLOCK, b"\0")
    )
    return header + data + bytes(padding(len(data)))


def _record(key: bytes, value: bytes) -> bytes:
    """`LEN key=value\\n`, where LEN counts its own digits too."""
    size = len(key) + len(value) + 3
    total = size + len(str(size))
    if len(str(total)) != len(str(size)):
        total = size + len(str(total))
    return b"%d %b=%b\n" % (total, key, value)


def _pax_records(entry: Entry) -> dict[bytes, bytes]:
    records: dict[bytes, bytes] = {}
    for key, text, width in (
        (b"path", entry.name, _NAME),
        (b"linkpath", entry.link, _NAME),
        (b"uname", entry.uname, _OWNER),
        (b"gname", entry.gname, _OWNER),
    ):
        if len(text) > width or not text.isascii():
            records[key] = text
    for key, number, width in ((b"uid", entry.uid, 8), (b"gid", entry.gid, 8), (b"size", entry.size, 12)):
        if not _fits_octal(number, width):
            records[key] = b"%d" % number
    records.update((_XATTR + name, value) for name, value in entry.xattrs)
    return records


def _check_gnu(entry: Entry) -> None:
    if entry.xattrs:
        raise ImageError(
            f"archive/tar: cannot encode header: mode {entry.mode:o} asks for the GNU format, which has no extended "
            "attributes"
        )
    for what, text in (("uname", entry.uname), ("gname", entry.gname)):
        if len(text) > _OWNER:
            raise ImageError(
                f"archive/tar: cannot encode header: mode {entry.mode:o} asks for the GNU format, which has no room "
                f"for the {what} '{text.decode('utf-8', 'replace')}'"
            )


def header(entry: Entry) -> bytes:
    """All header blocks of `entry`: 512 bytes, or a multiple if extended records precede them."""
    plain = _plain(entry)
    if plain is not None:
        return plain
    for text in (entry.name, entry.link, entry.uname, entry.gname):
        if b"\0" in text:
            raise ImageError(f"archive/tar: cannot encode header: {text!r} contains a NUL")
    if not _fits_octal(entry.mode, 8):
        _check_gnu(entry)
        blocks = b""
        for typeflag, text in ((b"L", entry.name), (b"K", entry.link)):
            if len(text) > _NAME:
                blocks += _raw_file(b"././@LongLink", typeflag, text + b"\0", _GNU)
        return blocks + _main(entry, entry.name, b"", gnu=True, drop_non_ascii=False)
    records = _pax_records(entry)
    if not records:
        return _main(entry, entry.name, b"", gnu=False, drop_non_ascii=False)
    split = split_name(entry.name)
    if split is not None and records.keys() == {b"path"}:
        return _main(entry, split[1], split[0], gnu=False, drop_non_ascii=False)
    directory, base = posixpath.split(entry.name)
    data = b"".join(_record(key, records[key]) for key in sorted(records))
    extended = _raw_file(posixpath.normpath(posixpath.join(directory, b"PaxHeaders.0", base)), b"x", data, _USTAR)
    return extended + _main(entry, entry.name, b"", gnu=False, drop_non_ascii=True)


END = bytes(2 * BLOCK)
