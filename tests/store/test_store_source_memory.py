"""What sources hashed to is remembered, and never believed when it could be wrong.

The judge is a store without a memory, which reads everything.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from mmap import mmap
from pathlib import Path

import pytest

from lixeval.errors import StoreError
from lixeval.formats import nar
from lixeval.store import canonical, source_memory
from lixeval.store.local import LocalStore
from lixeval.store.source_memory import SourceMemory
from lixeval.store.verify import verify
from lixeval.system import fingerprints

TICK_SECONDS = 0.03
"""Longer than a tick of the clock by which files are stamped."""


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose contents are read."""
    opened: list[str] = []
    plain = nar._read_file

    def noting(full: bytes, size: int) -> Iterator[bytes]:
        opened.append(os.fsdecode(full))
        yield from plain(full, size)

    monkeypatch.setattr(nar, "_read_file", noting)
    return opened


@pytest.fixture
def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets stamps settle as soon as the clock has ticked, on whatever file system this is; call it to wait for that."""
    monkeypatch.setattr(fingerprints, "SETTLING", int(TICK_SECONDS * 0.8e9))
    monkeypatch.setattr(source_memory, "honest_devices", lambda: frozenset([os.stat(tmp_path).st_dev]))
    monkeypatch.setattr(source_memory, "WORTH_IT", 1)
    return lambda: time.sleep(TICK_SECONDS)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    monkeypatch.setattr(canonical, "sync_trees", lambda *arguments: None)  # not what is tested, and slow
    return LocalStore(str(tmp_path / "root"), source_memory=str(tmp_path / "cache" / "sources"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files, folders, a link and something that filters leave out."""
    tree = tmp_path / "tree"
    (tree / "sub" / "deep").mkdir(parents=True)
    (tree / "a").write_text("one")
    (tree / "sub" / "b").write_text("two")
    (tree / "sub" / "deep" / "c").write_text("three")
    (tree / "link").symlink_to("a")
    (tree / "left-out").write_text("x")
    return tree


def no_left_out(path: str, _kind: str) -> bool:
    return os.path.basename(path) != "left-out"


def test_an_unchanged_tree_is_not_read_again(
    store: LocalStore, tree: Path, settled: Callable[[], None], reads: list[str]
) -> None:
    settled()
    first = store.add_path(str(tree), "x", filter=no_left_out)
    assert len(reads) == 3
    reads.clear()
    again = LocalStore(store.root, source_memory=str(tree.parent / "cache" / "sources"))
    assert again.add_path(str(tree), "x", filter=no_left_out) == first
    assert again.compute_path(str(tree), "x", filter=no_left_out) == first
    assert reads == []
    (tree / "left-out").write_text("what is left out may change")
    (tree / "sub" / "left-out").write_text("and come")
    assert again.add_path(str(tree), "x", filter=no_left_out) == first
    assert reads == []
    asked: list[str] = []

    def asking(path: str, _kind: str) -> bool:
        asked.append(path)
        return True

    again.add_path(str(tree), "x", filter=asking)
    assert len(asked) == len(set(asked)) == 8, "each is asked for once"
    assert len(reads) == 5


def test_every_manner_of_hashing_is_one_of_its_own(
    store: LocalStore, tree: Path, settled: Callable[[], None], reads: list[str]
) -> None:
    settled()
    file = str(tree / "a")
    manners = [("recursive", "sha256"), ("flat", "sha256"), ("flat", "sha1"), ("recursive", "sha512")]
    first = [store.add_path(file, "x", method=method, algorithm=algorithm) for method, algorithm in manners]
    assert len(set(first)) == 4
    reads.clear()
    assert [store.add_path(file, "x", method=method, algorithm=algorithm) for method, algorithm in manners] == first
    assert reads == []
    with pytest.raises(StoreError, match="store path mismatch"):
        store.add_path(file, "x", expected=nar.dump_hash(str(tree))[0])


def test_what_is_no_longer_in_the_store_is_copied_again(
    store: LocalStore, tree: Path, settled: Callable[[], None]
) -> None:
    settled()
    path = store.add_path(str(tree), "x")
    store.forget(path)
    assert not os.path.exists(store.real(path))
    assert store.add_path(str(tree), "x") == path
    assert verify(store, check_contents=True) == []


def test_what_changed_a_moment_ago_proves_nothing(store: LocalStore, tree: Path, reads: list[str]) -> None:
    """With the real settings nothing of a new tree is remembered, whatever its size and file system."""
    (tree / "large").write_bytes(b"x" * source_memory.WORTH_IT)
    os.utime(tree / "large", (1, 1))
    for _ in range(2):
        store.add_path(str(tree), "x")
    assert len(reads) == 10
    assert not (tree.parent / "cache").exists()


def test_small_sources_are_simply_read(
    store: LocalStore, tree: Path, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_memory, "WORTH_IT", 1 << 16)
    settled()
    store.add_path(str(tree), "x")
    store.add_path(str(tree / "a"), "a")
    assert not (tree.parent / "cache").exists()


def test_file_systems_that_are_not_trusted(
    store: LocalStore, tree: Path, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_memory, "honest_devices", frozenset)
    settled()
    store.add_path(str(tree), "x")
    assert not (tree.parent / "cache").exists()


# Changes of every kind


def _same_size(file: Path) -> None:
    file.write_text(
        file.read_text()[::-1] if file.read_text() != file.read_text()[::-1] else "y" * len(file.read_text())
    )


def _same_size_and_time(file: Path) -> None:
    before = file.stat()
    _same_size(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _replaced_by_rename(file: Path) -> None:
    before = file.stat()
    other = file.with_name("other")
    other.write_text("z" * before.st_size)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(file)


def _in_place_by_another_process(file: Path) -> None:
    subprocess.run([sys.executable, "-c", f"open({str(file)!r}, 'r+').write('Q')"], check=True)


def _mapped(file: Path) -> None:
    with file.open("r+b") as stream, mmap(stream.fileno(), 0) as memory:
        memory[0] = memory[0] ^ 1
        memory.flush()


def _exchanged(file: Path) -> None:
    sibling = file.with_name("left-out")
    if sibling.exists() and sibling != file:
        file.rename(file.with_name("t"))
        sibling.rename(file)
        file.with_name("t").rename(sibling)
    else:
        sibling.write_text("new")


def _hard_linked(file: Path) -> None:
    link = file.with_name("hard")
    if not link.exists():
        os.link(file, link)
    link.write_text(link.read_text() + "!")


def _become_a_link(file: Path) -> None:
    file.unlink()
    file.symlink_to("somewhere")


def _become_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "inner").write_text("i")


CHANGES: list[Callable[[Path], object]] = [
    _same_size,
    _same_size_and_time,
    _replaced_by_rename,
    _in_place_by_another_process,
    _mapped,
    _exchanged,
    _hard_linked,
    lambda file: file.chmod(file.stat().st_mode ^ 0o100),
    lambda file: file.rename(file.with_name(file.name + "_")),
    lambda file: file.unlink(),
    lambda file: file.with_name("new").write_text("new"),
    lambda file: file.with_name("dir").mkdir(exist_ok=True),
    _become_a_link,
    lambda file: os.truncate(file, 1),
    lambda file: None,
    _become_a_folder,
]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_changes_the_answer_is_never_stale(
    store: LocalStore, tree: Path, settled: Callable[[], None], tmp_path: Path, seed: int
) -> None:
    """Many changes in a random order, the tree filled anew when it has become empty."""
    chance = random.Random(seed)
    # tmpfs, which the memory does not trust, changes no time when a mapped page is written.
    kept = os.stat(tmp_path).st_dev in fingerprints.honest_devices()
    changes = [change for change in CHANGES if kept or change is not _mapped]
    judge = LocalStore(str(tree.parent / "judge"))
    pristine = tree.parent / "pristine"
    shutil.copytree(tree, pristine, symlinks=True)
    for step in range(25):
        files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
        files = [path for path in files if path.stat().st_size > 1 and path.name != "hard"]
        if len(files) < 2:
            shutil.rmtree(tree)
            shutil.copytree(pristine, tree, symlinks=True)
            files = [tree / "a"]
        if chance.random() < 0.5:
            settled()
        change = chance.choice(changes)
        with contextlib.suppress(OSError):  # not every change is possible everywhere
            change(chance.choice(files))
        if chance.random() < 0.5:
            settled()
        for filter in (None, no_left_out):
            wanted = judge.compute_path(str(tree), "x", filter=filter)
            assert store.compute_path(str(tree), "x", filter=filter) == wanted, (step, change)
            assert store.add_path(str(tree), "x", filter=filter) == wanted, (step, change)


def test_a_change_while_it_is_read_is_seen_the_next_time(
    store: LocalStore, tree: Path, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    settled()
    plain = nar._read_file

    def changing(full: bytes, size: int) -> Iterator[bytes]:
        if full.endswith(b"/a"):
            _same_size_and_time(tree / "a")
        yield from plain(full, size)

    with monkeypatch.context() as patch:
        patch.setattr(nar, "_read_file", changing)
        store.compute_path(str(tree), "x")
    settled()
    assert store.compute_path(str(tree), "x") == LocalStore(store.root).compute_path(str(tree), "x")


# Damage


def _memory_file(tree: Path) -> Path:
    (file,) = (tree.parent / "cache" / "sources").iterdir()
    return file


@pytest.mark.parametrize("damage", ["empty", "half", "bit", "other", "folder", "unreadable", "open"])
def test_a_damaged_memory_is_none(
    store: LocalStore, tree: Path, settled: Callable[[], None], reads: list[str], damage: str
) -> None:
    settled()
    path = store.add_path(str(tree), "x")
    file = _memory_file(tree)
    data = file.read_bytes()
    if damage == "empty":
        file.write_bytes(b"")
    elif damage == "half":
        file.write_bytes(data[: len(data) // 2])
    elif damage == "bit":
        file.write_bytes(data[:-3] + bytes([data[-3] ^ 4]) + data[-2:])
    elif damage == "other":
        file.write_bytes(b"something else altogether")
    elif damage == "folder":
        file.unlink()
        file.mkdir()
    elif damage == "unreadable":
        file.unlink()
        file.symlink_to("/nonexistent/x")
    else:
        file.parent.chmod(0o777)
    reads.clear()
    assert store.add_path(str(tree), "x") == path
    assert len(reads) == 4


def test_a_folder_that_cannot_be_made_is_no_error(tree: Path, settled: Callable[[], None]) -> None:
    settled()
    (tree.parent / "file").write_text("")
    store = LocalStore(str(tree.parent / "root"), source_memory=str(tree.parent / "file" / "sources"))
    assert store.add_path(str(tree), "x") == store.add_path(str(tree), "x")


def test_many_processes_remember_at_once(tree: Path, settled: Callable[[], None]) -> None:
    """None fails, and afterwards the file is whole and right."""
    settled()
    directory = tree.parent / "cache" / "sources"
    judge = LocalStore(str(tree.parent / "judge")).compute_path(str(tree), "x")
    children = []
    for _ in range(6):
        child = os.fork()
        if not child:
            right = all(
                LocalStore(str(tree.parent / "r"), source_memory=str(directory)).compute_path(str(tree), "x") == judge
                for _ in range(10)
            )
            os._exit(0 if right else 1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6
    survey = SourceMemory(str(directory)).survey(str(tree), "recursive", "sha256", None)
    assert survey is not None and survey.recalled() is not None


def test_the_folder_does_not_grow_without_end(
    store: LocalStore, tree: Path, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_memory, "MOST_FILES", 5)
    monkeypatch.setattr(source_memory, "MOST_STATES", 2)
    for number in range(9):
        (tree / str(number)).write_text(str(number))
    settled()
    for number in range(9):
        store.add_path(str(tree / str(number)), "x")
    assert len(list((tree.parent / "cache" / "sources").iterdir())) == 5
    sizes = []
    for _ in range(4):
        (tree / "a").write_text(str(time.monotonic_ns()))
        settled()
        store.add_path(str(tree / "a"), "x")
        sizes.append(sum(file.stat().st_size for file in (tree.parent / "cache" / "sources").iterdir()))
    assert sizes[-1] == sizes[-2]
