"""Headers of tars that no tar has: what an archive, or a layer, may try on whoever reads it.

Each is a whole tar, made byte by byte.  It is read, listed, judged and copied as an archive, as a layer and as a packed
layer: an error, or an image of which nothing lies outside; and no traceback, whatever it is.

Source: pax(1), tar(5) of libarchive, GNU tar's manual on sparse formats.
"""

from __future__ import annotations

from collections.abc import Iterable

BLOCK = 512
END = bytes(2 * BLOCK)
GNU = b"ustar  \0"


def header(
    name: bytes,
    size: int = 0,
    kind: bytes = b"0",
    link: bytes = b"",
    *,
    size_field: bytes | None = None,
    mode: bytes = b"0000644",
    magic: bytes = b"ustar\x0000",
    prefix: bytes = b"",
    mtime: bytes = b"00000000000",
) -> bytes:
    """One header, with a checksum that holds."""
    written = b"%011o" % size if size_field is None else size_field
    begin = name.ljust(100, b"\0")[:100] + mode.ljust(8, b"\0") + b"0000000\0" * 2
    begin += written.ljust(12, b"\0") + mtime.ljust(12, b"\0")
    rest = kind + link.ljust(100, b"\0")[:100] + magic + bytes(64) + b"0000000\0" * 2 + prefix.ljust(155, b"\0")
    rest += bytes(12)
    checksum = b"%06o\0 " % (sum(begin) + sum(rest) + 8 * 32)
    return begin + checksum + rest


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def member(name: bytes = b"f", data: bytes = b"x") -> bytes:
    return header(name, len(data)) + padded(data)


def record(key: str, value: str | bytes) -> bytes:
    """A record of an extended header, which begins with its own length."""
    body = f" {key}=".encode() + (value if isinstance(value, bytes) else value.encode()) + b"\n"
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return str(length).encode() + body


def extended(records: bytes | Iterable[bytes], kind: bytes = b"x") -> bytes:
    data = records if isinstance(records, bytes) else b"".join(records)
    return header(b"p", len(data), kind) + padded(data)


def given(key: str, value: str | bytes) -> bytes:
    """A tar with one member, of which an extended header says something."""
    return extended([record(key, value)]) + member() + END


HEADERS: dict[str, bytes] = {
    "a path with a NUL": given("path", "a\0b"),
    "an empty path": given("path", ""),
    "a path that leads up": given("path", "../../x"),
    "a path that is no text": given("path", b"\xff\xfe"),
    "two paths": extended([record("path", "a"), record("path", "/etc/b")]) + member() + END,
    "a path for all members": extended([record("path", "g")], b"g") + member() + member(b"h") + END,
    "a size for all members": extended([record("size", "1000000")], b"g") + member() + member(b"h") + END,
    "a size of 400 digits": given("size", "9" * 400),
    "a size of 5,000 digits": given("size", "9" * 5000),
    "a size in other digits": given("size", "٥"),
    "a size with a sign": given("size", "+1"),
    "a size with an underscore": given("size", "1_0"),
    "a size with an exponent": given("size", "1e3"),
    "a size with blanks": given("size", " 1 "),
    "a size below zero": given("size", "-1"),
    "a time that is none": given("mtime", "nan"),
    "a time without end": given("mtime", "1e999"),
    "a time of 100,000 digits": given("mtime", "1." + "9" * 100_000),
    "a time before all times": given("mtime", "-99999999999999999999"),
    "owners that are none": extended([record("uid", "9" * 40), record("gid", "-5")]) + member() + END,
    "an owner that steers the terminal": given("uname", "\x1b]0;x\x07" * 1000),
    "a link to nothing": extended([record("linkpath", "")]) + header(b"l", 0, b"2", b"t") + END,
    "a link of 200,000 characters": extended([record("linkpath", "a/" * 100_000)]) + header(b"l", 0, b"2") + END,
    "a hard link to nothing": header(b"l", 0, b"1") + END,
    "a hard link to itself": header(b"l", 0, b"1", b"l") + END,
    "2,000 hard links to one another": b"".join(header(b"%d" % i, 0, b"1", b"%d" % (i + 1)) for i in range(2000)) + END,
    "2,000 links to one another": b"".join(header(b"%d" % i, 0, b"2", b"%d" % (i + 1)) for i in range(2000)) + END,
    "an attribute with an odd name": given("SCHILY.xattr.user.\x1b", "x" * 100_000),
    "20,000 attributes": extended(record(f"SCHILY.xattr.user.{i}", "x") for i in range(20_000)) + member() + END,
    "holes of another size": extended(
        [record("GNU.sparse.major", "1"), record("GNU.sparse.minor", "0"), record("GNU.sparse.realsize", "9" * 30)]
    )
    + member(b"f", b"1\n0\n99999999999999999999\n".ljust(BLOCK, b"\0"))
    + END,
    "holes whose number has 5,000 digits": extended([record("GNU.sparse.major", "1"), record("GNU.sparse.minor", "0")])
    + member(b"f", (b"9" * 5000 + b"\n").ljust(10 * BLOCK, b"\0"))
    + END,
    "20,000 empty holes": extended([record("GNU.sparse.map", ",".join(["0,1"] * 20_000))]) + member() + END,
    "9,999,999,999 holes": given("GNU.sparse.numblocks", "9999999999"),
    "old holes": header(b"s", 0, b"S", magic=GNU) + END,
    "old holes that go on without end": header(b"s", 0, b"S", magic=GNU) + b"\1" * BLOCK * 50 + END,
    "a length with zeros before": extended(b"0000012 path=x\n") + member() + END,
    "a length with a sign": extended(b"+9 path=x\n") + member() + END,
    "a length with a blank before": extended(b" 10 path=x\n") + member() + END,
    "a length in other digits": extended("١٠ path=x\n".encode()) + member() + END,
    "a record without an end": extended(b"9 path=xx") + member() + END,
    "a record without a value": extended(b"7 path\n") + member() + END,
    "a record without a name": extended(b"5 =x\n") + member() + END,
    "another character set": extended([record("hdrcharset", "BINARY"), record("path", b"\xff")]) + member() + END,
    "an extended header before nothing": extended([record("path", "a")]) + END,
    "three extended headers": extended([record("path", "a")]) * 3 + member() + END,
    "5,000 headers for all members": extended([record("comment", "a")], b"g") * 5000 + member() + END,
    "a long name of 2^60 bytes": header(b"L", 0, b"L", size_field=b"\x80" + (2**60).to_bytes(11, "big")) + END,
    "a long name of less than nothing": header(b"L", 0, b"L", size_field=b"\xff" * 12) + member() + END,
    "1,000 long names": (header(b"L", 3, b"L") + padded(b"ab\0")) * 1000 + member() + END,
    "a long link and another": header(b"K", 300, b"K")
    + padded(b"k" * 300)
    + extended([record("linkpath", "q")])
    + header(b"l", 0, b"2")
    + END,
    "an octal 8": header(b"f", size_field=b"00000000008") + END,
    "a size in the middle of blanks": header(b"f", size_field=b"   1       ") + padded(b"x") + END,
    "the largest size": header(b"f", size_field=b"\x80" + b"\xff" * 11) + END,
    "a kind that is NUL": header(b"f", 1, b"\0") + padded(b"x") + END,
    **{f"a kind that is {kind!a}": header(b"f", 0, kind) + END for kind in (b"D", b"M", b"N", b"V", b"\xff", b" ")},
    "devices and a pipe": b"".join(header(kind, 0, kind) for kind in (b"3", b"4", b"6")) + END,
    "a prefix that leads up": header(b"../x", 1, prefix=b"/../..") + padded(b"x") + END,
    "all bits of a mode": header(b"f", 1, mode=b"7777777") + padded(b"x") + END,
    "a mode that is none": header(b"f", 1, mode=b"99999zz") + padded(b"x") + END,
    "a time below zero": header(b"f", 1, mtime=b"\xff" * 12) + padded(b"x") + END,
    "half of a member": member()[:700],
    "no end": member(),
    "half of an end": member() + bytes(BLOCK),
    "more behind the end": member() + END + b"G" * 10 * BLOCK,
    "zeros in the middle": member() + bytes(BLOCK) + member(b"h") + END,
    "one name 3,000 times": member(b"a") * 3000 + END,
    "a folder that is a file then": header(b"a", 0, b"5") + member(b"a") + member(b"a/b") + END,
    "a file that is a folder then": member(b"a") + member(b"a/b") + END,
    "a link that is a folder then": header(b"a", 0, b"2", b"/etc") + header(b"a", 0, b"5") + member(b"a/x") + END,
    "names of dots and slashes": member(b".") + member(b"./") + member(b"//") + END,
    "a file whose name ends with a slash": header(b"a/", 1) + padded(b"x") + END,
}
