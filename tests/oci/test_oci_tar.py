"""Tar headers and layers: read back by other programs, split and extended where the format asks for it."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lixeval.errors import ImageError
from lixeval.oci import tar_header
from lixeval.oci.tar_header import BLOCK, DIRECTORY, REGULAR, SYMLINK, Entry, header
from lixeval.oci.tar_layer import BUFFER_SIZE, LayerWriter

COMPONENT = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=120)
NAMES = st.lists(COMPONENT, min_size=1, max_size=6).map(lambda parts: "/" + "/".join(parts))


def read_back(blocks: bytes) -> tarfile.TarInfo:
    with tarfile.open(fileobj=io.BytesIO(blocks + tar_header.END)) as tar:
        member = tar.next()
        assert member is not None
        return member


@given(
    name=NAMES,
    mode=st.integers(0, 0o7777777),
    uid=st.integers(0, 2**31),
    gid=st.integers(0, 2**31),
    link=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200),
    owner=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40),
)
def test_pythons_reader_finds_what_was_written(name: str, mode: int, uid: int, gid: int, link: str, owner: str) -> None:
    entry = Entry(name.encode(), SYMLINK, mode, 0, link.encode(), uid, gid, owner.encode(), owner.encode())
    header = tar_header.header(entry)
    assert len(header) % tar_header.BLOCK == 0
    member = read_back(header)
    assert (member.name, member.mode, member.uid, member.gid) == (name, mode, uid, gid)
    # Python's reader takes slashes off the end of targets as well as of names.
    assert member.linkname.rstrip("/") == link.rstrip("/")
    assert (member.uname, member.gname, member.mtime) == (owner, owner, 1)


@given(size=st.one_of(st.integers(0, 2**40), st.sampled_from([8**11 - 1, 8**11])))
def test_sizes_beyond_eleven_octal_digits_have_a_record(size: int) -> None:
    header = tar_header.header(Entry(b"/big", REGULAR, 0o444, size))
    member = tarfile.TarInfo.frombuf(header[-512:], "utf-8", "strict")
    if size < 8**11:
        assert (len(header), member.size) == (512, size)
    else:
        assert member.size == 0
        assert b" size=%d\n" % size in header


@pytest.mark.parametrize(
    ("prefix", "name", "link"),
    [(b"", b"/a/b%c", b""), (b"/p%s", b"n" * 98, b"%d"), (b"\x7f" * 155, b"\x7f" * 100, b"\x7f" * 100)],
)
def test_the_plain_form_is_the_general_form(prefix: bytes, name: bytes, link: bytes) -> None:
    """The one-operation header and the careful one agree, checksum included."""
    whole = prefix + b"/" + name if prefix else name
    entry = Entry(whole, REGULAR, 0o4755, 12345, link, 1000, 100, b"me", b"users")
    slow = tar_header._main(entry, name, prefix, gnu=False, drop_non_ascii=False)
    assert tar_header._plain(entry) == tar_header.header(entry) == slow
    field = slow[148:156]
    assert int(field[:6], 8) == sum(slow) - sum(field) + 8 * 32


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"/" + b"a" * 99, None),
        (b"/p/" + b"a" * 98, (b"/p", b"a" * 98)),
        (b"/" + b"p" * 154 + b"/" + b"a" * 100, (b"/" + b"p" * 154, b"a" * 100)),
        (b"/" + b"p" * 155 + b"/" + b"a" * 100, None),
        (b"/p/" + b"a" * 101, None),
        (b"/" + b"a" * 101, None),
        ("/p/é".encode() + b"a" * 98, None),
    ],
)
def test_splitting_names(name: bytes, expected: tuple[bytes, bytes] | None) -> None:
    assert tar_header.split_name(name) == expected


def test_a_splittable_name_is_recorded_when_the_link_needs_a_record() -> None:
    """The path record is written although the name alone would have been split."""
    name = b"/p/" + b"n" * 98
    alone = tar_header.header(Entry(name, SYMLINK, 0o777))
    assert len(alone) == 512
    both = tar_header.header(Entry(name, SYMLINK, 0o777, link=b"t" * 101))
    assert b" path=" + name in both
    assert b" linkpath=" + b"t" * 101 in both


def test_negative_modes_are_gnus() -> None:
    header = tar_header.header(Entry(b"/x", REGULAR, -0o755))
    assert header[257:265] == b"ustar  \0"
    assert header[100:108] == (-0o755).to_bytes(8, "big", signed=True)
    member = read_back(tar_header.header(Entry(b"/" + b"x" * 150, REGULAR, -1, link=b"")))
    assert member.name == "/" + "x" * 150


def test_a_nul_is_refused() -> None:
    with pytest.raises(ImageError, match="NUL"):
        tar_header.header(Entry(b"/" + b"x\0" * 60, REGULAR, 0o444))


def test_a_layer_is_what_its_digest_says_and_tar_reads_it(tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(os.urandom(BUFFER_SIZE + BUFFER_SIZE // 2 + 17))
    small = tmp_path / "small"
    small.write_bytes(b"x")
    target = tmp_path / "layer.tar"
    with target.open("wb") as stream, LayerWriter(stream.fileno()) as writer:
        writer.add(Entry(b"/", DIRECTORY, 0o755))
        for number in range(40):
            writer.add_file(Entry(b"/small%d" % number, REGULAR, 0o444, 1), str(small))
            writer.add_file(Entry(b"/big%d" % number, REGULAR, 0o444, big.stat().st_size), str(big))
        writer.add(Entry(b"/link", SYMLINK, 0o777, link=b"big0"))
        digest, size = writer.finish()
    data = target.read_bytes()
    assert (digest, size) == ("sha256:" + hashlib.sha256(data).hexdigest(), len(data))
    with tarfile.open(target) as tar:
        assert len(tar.getmembers()) == 82
        read = tar.extractfile("/big39")
        assert read is not None and read.read() == big.read_bytes()
    with LayerWriter(None) as nowhere:
        nowhere.add(Entry(b"/", DIRECTORY, 0o755))
        assert nowhere.finish()[1] == 512 + 1024


@pytest.mark.parametrize(("said", "word"), [(5, "longer"), (15, "shorter")])
def test_a_file_that_changes_meanwhile_is_an_error(said: int, word: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    with LayerWriter(None) as writer, pytest.raises(ImageError, match=word):
        writer.add_file(Entry(b"/file", REGULAR, 0o444, said), str(file))


NEAR = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, BUFFER_SIZE - 3 * BLOCK, BUFFER_SIZE - 2 * BLOCK, BUFFER_SIZE - BLOCK - 1]
NEAR += [BUFFER_SIZE - BLOCK, BUFFER_SIZE - 1, BUFFER_SIZE, BUFFER_SIZE + 1, 3 * BUFFER_SIZE, 3 * BUFFER_SIZE + 7]


@given(sizes=st.lists(st.sampled_from(NEAR), max_size=6), written=st.booleans())
@settings(max_examples=40, deadline=None)
def test_files_that_end_near_the_end_of_a_buffer(sizes: list[int], written: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target, expected = Path(folder) / "layer.tar", b""
        with target.open("wb") as stream, LayerWriter(stream.fileno() if written else None) as writer:
            for number, size in enumerate(sizes):
                data = bytes([65 + number]) * size
                (Path(folder) / "file").write_bytes(data)
                entry = Entry(b"/%d" % number, REGULAR, 0o444, size)
                writer.add_file(entry, f"{folder}/file")
                expected += header(entry) + data + bytes(-size % BLOCK)
            digest, size = writer.finish()
        expected += bytes(2 * BLOCK)
        assert (digest, size) == ("sha256:" + hashlib.sha256(expected).hexdigest(), len(expected))
        assert target.read_bytes() == (expected if written else b"")
