"""NARs: files in nar/ are what `nix-store --dump` of Nix 2.26.3 wrote for the trees below; and archives that lie."""

from __future__ import annotations

import io
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, Union

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lixeval.errors import FormatError
from lixeval.formats import hashes, nar, nar_events
from lixeval.formats.nar_events import Directory, File, Leave, Symlink, framed

FOLDER = Path(__file__).parent / "nar"


@dataclass(frozen=True)
class Executable:
    contents: bytes


@dataclass(frozen=True)
class Link:
    target: bytes


Tree: TypeAlias = Union[bytes, Executable, Link, "dict[bytes, Tree]"]

TREES: dict[str, Tree] = {
    "file": b"hello\n",
    "empty-file": b"",
    "eight-bytes": b"12345678",
    "executable": Executable(b"#!/bin/sh\n"),
    "link": Link(b"../no/such/target"),
    "empty-directory": {},
    "order": {
        b"a": {b"b": b"in a"},
        b"a.b": b"after a",
        b"a-b": b"before a.b",
        b"B": b"capitals first",
        b"_": b"",
        b"z": {b"z": {b"z": {b"deep": Link(b"/")}}},
        b"empty": {},
    },
    "odd-names": {
        b"caf\xe9 latin": b"latin-1 name",
        "größe".encode(): b"utf-8 name",
        "🙂".encode(): b"astral",
        b"\xee\x80\x80": b"a private use character sorts below the astral one",
        b"new\nline": Link(b"caf\xe9"),
        b"...": b"three dots are a name",
        b"-rf": Executable(b""),
    },
}


def build(tree: Tree, path: str | bytes) -> None:
    """Write a tree to the file system."""
    path = os.fsencode(path)
    if isinstance(tree, dict):
        os.mkdir(path)
        for name, entry in tree.items():
            build(entry, path + b"/" + name)
    elif isinstance(tree, Link):
        os.symlink(tree.target, path)
    else:
        executable = isinstance(tree, Executable)
        with open(path, "wb") as file:
            file.write(tree.contents if isinstance(tree, Executable) else tree)
        os.chmod(path, 0o755 if executable else 0o644)


def read(path: str | bytes) -> Tree:
    """The tree in the file system."""
    path = os.fsencode(path)
    if os.path.islink(path):
        return Link(os.readlink(path))
    if os.path.isdir(path):
        return {name: read(path + b"/" + name) for name in os.listdir(path)}
    with open(path, "rb") as file:
        contents = file.read()
    return Executable(contents) if os.stat(path).st_mode & 0o100 else contents


def dumped(path: Path) -> bytes:
    written = io.BytesIO()
    nar.dump(str(path), written.write)
    return written.getvalue()


@pytest.mark.parametrize("name", TREES)
def test_dump_gives_nix_bytes(name: str, tmp_path: Path) -> None:
    build(TREES[name], str(tmp_path / "tree"))
    recorded = (FOLDER / f"{name}.nar").read_bytes()
    assert dumped(tmp_path / "tree") == recorded
    assert nar.dump_hash(str(tmp_path / "tree")) == (hashes.digest("sha256", recorded), len(recorded))
    assert nar.dump_hash(str(tmp_path / "tree"), "sha1")[0] == hashes.digest("sha1", recorded)


@pytest.mark.parametrize("name", TREES)
def test_restore_gives_the_tree(name: str, tmp_path: Path) -> None:
    following = b"what follows a NAR is not touched"
    stream = io.BytesIO((FOLDER / f"{name}.nar").read_bytes() + following)
    nar.restore(stream.read, str(tmp_path / "restored"))
    assert read(str(tmp_path / "restored")) == TREES[name]
    assert stream.read() == following


@pytest.mark.parametrize("name", TREES)
def test_reads_may_be_short(name: str) -> None:
    recorded = (FOLDER / f"{name}.nar").read_bytes()
    stream = io.BytesIO(recorded)
    written = io.BytesIO()
    nar_events.encode(nar_events.decode(lambda size: stream.read(min(size, 3))), written.write)
    assert written.getvalue() == recorded


def test_a_single_file_in_memory() -> None:
    assert nar.encode_file(b"hello\n") == (FOLDER / "file.nar").read_bytes()
    assert nar.encode_file(b"#!/bin/sh\n", executable=True) == (FOLDER / "executable.nar").read_bytes()


def test_events() -> None:
    stream = io.BytesIO((FOLDER / "order.nar").read_bytes())
    events = [
        (event.path, event.size, event.executable) if isinstance(event, File) else event
        for event in nar_events.decode(stream.read)
    ]
    assert events == [
        Directory(""),
        ("B", 14, False),
        ("_", 0, False),
        Directory("a"),
        ("a/b", 4, False),
        Leave("a"),
        ("a-b", 10, False),
        ("a.b", 7, False),
        Directory("empty"),
        Leave("empty"),
        Directory("z"),
        Directory("z/z"),
        Directory("z/z/z"),
        Symlink("z/z/z/deep", "/"),
        Leave("z/z/z"),
        Leave("z/z"),
        Leave("z"),
        Leave(""),
    ]


def test_a_filter_sees_paths_and_types_in_order(tmp_path: Path) -> None:
    build({b"b": {b"in": b""}, b"a": b"", b"c": {b"in": b""}, b"l": Link(b"x")}, str(tmp_path / "tree"))
    asked = []

    def keep(path: str, kind: str) -> bool:
        asked.append((os.path.relpath(path, tmp_path / "tree"), kind))
        return not path.endswith("/b")

    written = io.BytesIO()
    nar.dump(str(tmp_path / "tree"), written.write, keep)
    assert asked == [
        ("a", "regular"),
        ("b", "directory"),
        ("c", "directory"),
        ("c/in", "regular"),
        ("l", "symlink"),
    ]
    build({b"a": b"", b"c": {b"in": b""}, b"l": Link(b"x")}, str(tmp_path / "filtered"))
    assert written.getvalue() == dumped(tmp_path / "filtered")


def test_copying_reads_once_and_hashes(tmp_path: Path) -> None:
    build(TREES["odd-names"], str(tmp_path / "tree"))
    hashing = nar.HashingWriter()
    nar_events.encode(nar.materialise(nar.walk(str(tmp_path / "tree")), str(tmp_path / "copy")), hashing.write)
    assert read(str(tmp_path / "copy")) == TREES["odd-names"]
    assert hashing.result() == nar.dump_hash(str(tmp_path / "tree"))


def test_contents_that_nobody_takes_are_written_all_the_same(tmp_path: Path) -> None:
    stream = io.BytesIO((FOLDER / "order.nar").read_bytes())
    assert sum(1 for _ in nar.materialise(nar_events.decode(stream.read), str(tmp_path / "restored"))) == 18
    assert read(str(tmp_path / "restored")) == TREES["order"]


def test_deep_trees_need_no_stack(tmp_path: Path) -> None:
    nodes = tokens(*[b"(", b"type", b"directory", b"entry", b"(", b"name", b"d", b"node"] * 1500)
    data = MAGIC + nodes + FILE + tokens(*[b")"] * 3000)
    nar.restore(io.BytesIO(data).read, str(tmp_path / "restored"))
    try:
        assert dumped(tmp_path / "restored") == data
    finally:
        # Standard tools to remove a tree recurse, and would fail at this depth.
        deepest = str(tmp_path / "restored") + "/d" * 1500
        os.unlink(deepest)
        for _ in range(1500):
            deepest = os.path.dirname(deepest)
            os.rmdir(deepest)


def test_special_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    os.mkfifo(tmp_path / "tree" / "pipe")
    with pytest.raises(FormatError, match="pipe' has an unsupported type"):
        dumped(tmp_path / "tree")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        with pytest.raises(FormatError, match="s' has an unsupported type"):
            dumped(tmp_path / "s")


def test_a_file_that_shrinks_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    events = nar.walk(str(tmp_path / "file"))
    event = next(events)
    assert isinstance(event, File)
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(FormatError, match="shrank"):
        list(event.chunks)


@pytest.mark.parametrize("name", [name for name, tree in TREES.items() if isinstance(tree, dict)])
def test_a_small_tree_is_read_as_it_is_walked(tmp_path: Path, name: str) -> None:
    build(TREES[name], str(tmp_path / "tree"))
    expected = dumped(tmp_path / "tree")
    assert nar.read_small_tree(str(tmp_path / "tree"), len(expected) + 1024) == expected
    if len(os.listdir(tmp_path / "tree")):
        assert nar.read_small_tree(str(tmp_path / "tree"), 100) is None


def test_a_filter_is_asked_the_same_of_a_small_tree(tmp_path: Path) -> None:
    build(TREES["order"], str(tmp_path / "tree"))
    told: list[list[tuple[str, str]]] = []

    def asked(path: str, kind: str) -> bool:
        told[-1].append((path, kind))
        return not path.endswith(("/a", "a-b", "z/z"))

    told.append([])
    expected: list[bytes] = []
    nar.dump(str(tmp_path / "tree"), expected.append, asked)
    told.append([])
    assert nar.read_small_tree(str(tmp_path / "tree"), 10000, asked) == b"".join(expected)
    assert told[0] == told[1] and len(told[0]) > 5


@pytest.mark.parametrize("what", ["pipe", "large", "many", "deep", "gone", "file", "loop"])
def test_what_is_not_small_and_plain_is_left_to_the_walk(tmp_path: Path, what: str) -> None:
    tree = tmp_path / "tree"
    if what != "gone":
        tree.mkdir()
    if what == "pipe":
        os.mkfifo(tree / "pipe")
    elif what == "large":
        (tree / "file").write_bytes(bytes(1 << 16))
    elif what == "many":
        for number in range(1000):
            (tree / str(number)).touch()
    elif what == "deep":
        os.makedirs(f"{tree}{'/d' * 600}")
    elif what == "file":
        tree.rmdir()
        tree.touch()
    elif what == "loop":
        tree.rmdir()
        tree.symlink_to("tree")
    assert nar.read_small_tree(str(tree), 1 << 16) is None


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        nar.restore(io.BytesIO((FOLDER / "file.nar").read_bytes()).read, str(tmp_path / "there"))
    os.symlink(tmp_path / "elsewhere", tmp_path / "link")
    with pytest.raises(OSError):
        nar.restore(io.BytesIO((FOLDER / "file.nar").read_bytes()).read, str(tmp_path / "link"))
    assert (tmp_path / "there").read_bytes() == b"mine" and not (tmp_path / "elsewhere").exists()


# Archives that are not what they say


def tokens(*texts: bytes) -> bytes:
    return b"".join(framed(text) for text in texts)


MAGIC = tokens(b"nix-archive-1")
FILE = tokens(b"(", b"type", b"regular", b"contents", b"x", b")")
LINK = tokens(b"(", b"type", b"symlink", b"target", b"/etc", b")")


def archive(*entries: tuple[bytes, bytes]) -> bytes:
    """A directory of (name, node)."""
    inside = [tokens(b"entry", b"(", b"name", name, b"node") + node + tokens(b")") for name, node in entries]
    return MAGIC + tokens(b"(", b"type", b"directory") + b"".join(inside) + tokens(b")")


def test_the_helper_makes_good_archives(tmp_path: Path) -> None:
    nar.restore(io.BytesIO(archive((b"a", FILE), (b"b", LINK))).read, str(tmp_path / "restored"))
    assert read(str(tmp_path / "restored")) == {b"a": b"x", b"b": Link(b"/etc")}


HOSTILE = {
    "unsorted": (archive((b"b", FILE), (b"a", FILE)), "'a' is not in order"),
    "twice": (archive((b"a", LINK), (b"a", FILE)), "'a' is given twice"),
    "dot": (archive((b".", FILE)), "invalid name '.'"),
    "dot-dot": (archive((b"..", FILE)), "invalid name '..'"),
    "empty-name": (archive((b"", FILE)), "invalid name ''"),
    "slash": (archive((b"a/b", FILE)), "invalid name 'a/b'"),
    "absolute": (archive((b"/etc/passwd", FILE)), "invalid name '/etc/passwd'"),
    "nul": (archive((b"a\0b", FILE)), "invalid name"),
    "long-name": (archive((b"n" * 256, FILE)), "a string of 256 bytes where at most 255 may be"),
    "padding": (MAGIC + FILE.replace(b"x" + bytes(7), b"x" + bytes(6) + b"!"), "padding that is not zero"),
    "name-padding": (archive((b"a", FILE)).replace(b"a" + bytes(7), b"a!" + bytes(6)), "padding"),
    "token-padding": (MAGIC[:-1] + b"!" + FILE, "expected 'nix-archive-1'"),
    "magic": (tokens(b"nix-archive-2") + FILE, "expected 'nix-archive-1', found 'nix-archive-2' at byte 0"),
    "type": (MAGIC + tokens(b"(", b"type", b"fifo"), "unknown file type 'fifo'"),
    "executable": (
        MAGIC + tokens(b"(", b"type", b"regular", b"executable", b"yes", b"contents", b"x", b")"),
        "expected",
    ),
    "no-contents": (MAGIC + tokens(b"(", b"type", b"regular", b")"), "expected 'contents'"),
    "no-target": (MAGIC + tokens(b"(", b"type", b"symlink", b"target", b"", b")"), "impossible target"),
    "nul-target": (MAGIC + tokens(b"(", b"type", b"symlink", b"target", b"a\0b", b")"), "impossible target"),
    "long-target": (MAGIC + tokens(b"(", b"type", b"symlink", b"target", b"t" * 5000, b")"), "at most 4095"),
    "no-node": (MAGIC + tokens(b"(", b"type", b"directory", b"entry", b"(", b"name", b"a", b")"), "expected 'node'"),
    "junk-entry": (MAGIC + tokens(b"(", b"type", b"directory", b"junk"), "expected 'entry' or ')', found 'junk'"),
    "giant-file": (MAGIC + tokens(b"(", b"type", b"regular", b"contents") + b"\xff" * 8 + b"x", "it ends early"),
    "giant-name": (archive((b"a", FILE))[:-8].replace(framed(b"name"), framed(b"name") + b"\xff" * 8), "bytes where"),
    "too-deep": (
        MAGIC + tokens(*[b"(", b"type", b"directory", b"entry", b"(", b"name", b"d", b"node"] * 3000),
        "a path longer than",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archives_are_refused(name: str, tmp_path: Path) -> None:
    data, message = HOSTILE[name]
    with pytest.raises(FormatError) as error:
        list(nar_events.decode(io.BytesIO(data).read))
    assert message in str(error.value) and " at byte " in str(error.value)
    if name == "too-deep":
        return
    with pytest.raises((FormatError, OSError)):
        nar.restore(io.BytesIO(data).read, str(tmp_path / "restored"))
    assert os.listdir(tmp_path) in ([], ["restored"])


@pytest.mark.parametrize("name", TREES)
def test_truncated_archives_are_refused(name: str) -> None:
    recorded = (FOLDER / f"{name}.nar").read_bytes()
    for length in range(0, len(recorded), 4):
        with pytest.raises(FormatError):
            list(nar_events.decode(io.BytesIO(recorded[:length]).read))


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link = tokens(b"(", b"type", b"symlink", b"target", os.fsencode(outside), b")")
    inner = archive((b"x", FILE))[len(MAGIC) :]
    for data in (archive((b"l", link), (b"l", inner)), archive((b"l", link), (b"l/x", FILE))):
        with pytest.raises(FormatError):
            nar.restore(io.BytesIO(data).read, str(tmp_path / "restored"))
        os.unlink(tmp_path / "restored" / "l")
        os.rmdir(tmp_path / "restored")
    assert list(outside.iterdir()) == []


# Properties

file_names = st.binary(min_size=1, max_size=8).filter(
    lambda name: name not in (b".", b"..") and not {0, 47} & set(name)
)
contents = st.binary(max_size=40)
leaves = contents | contents.map(Executable) | st.binary(min_size=1, max_size=8).filter(lambda t: 0 not in t).map(Link)
trees = st.recursive(leaves, lambda inner: st.dictionaries(file_names, inner, max_size=4), max_leaves=8)


def naive(tree: Tree) -> bytes:
    """The grammar, written down as plainly as can be."""
    if isinstance(tree, dict):
        entries = [
            tokens(b"entry", b"(", b"name", name, b"node") + naive(tree[name]) + tokens(b")") for name in sorted(tree)
        ]
        return tokens(b"(", b"type", b"directory") + b"".join(entries) + tokens(b")")
    if isinstance(tree, Link):
        return tokens(b"(", b"type", b"symlink", b"target", tree.target, b")")
    if isinstance(tree, Executable):
        return tokens(b"(", b"type", b"regular", b"executable", b"", b"contents", tree.contents, b")")
    return tokens(b"(", b"type", b"regular", b"contents", tree, b")")


@settings(deadline=None)
@given(trees)
def test_decode_then_encode_is_the_identity(tree: Tree) -> None:
    data = MAGIC + naive(tree)
    written = io.BytesIO()
    nar_events.encode(nar_events.decode(io.BytesIO(data).read), written.write)
    assert written.getvalue() == data


@settings(deadline=None)
@given(trees, st.data())
def test_what_decodes_was_canonical(tree: Tree, data: st.DataObject) -> None:
    good = MAGIC + naive(tree)
    position = data.draw(st.integers(0, len(good) - 1))
    damaged = good[:position] + data.draw(st.binary(min_size=1, max_size=9)) + good[position + 1 :]
    stream, written = io.BytesIO(damaged), io.BytesIO()
    try:
        nar_events.encode(nar_events.decode(stream.read), written.write)
    except FormatError:
        return
    assert damaged.startswith(written.getvalue())


@settings(deadline=None)
@given(trees)
def test_trees_round_trip_through_files(tree: Tree) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        build(tree, folder + "/tree")
        written = io.BytesIO()
        nar.dump(folder + "/tree", written.write)
        assert written.getvalue() == MAGIC + naive(tree)
        nar.restore(io.BytesIO(written.getvalue()).read, folder + "/copy")
        assert read(folder + "/copy") == tree
