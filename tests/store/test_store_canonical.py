"""Canonical metadata, hard links and foreign files."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lixeval.errors import StoreError
from lixeval.formats import nar
from lixeval.formats.store_path import RealPath
from lixeval.store import canonical
from lixeval.store.verify import verify
from lixeval.system.removing import remove_tree


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize(
    ("before", "after"),
    [(0o644, 0o444), (0o600, 0o444), (0o755, 0o555), (0o700, 0o555), (0o4711, 0o555), (0o2644, 0o444), (0o655, 0o444)],
)
def test_modes(tmp_path: Path, before: int, after: int) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    file.chmod(before)
    canonical.canonicalise(RealPath(str(file)))
    assert mode(file) == after and file.stat().st_mtime_ns == 10**9


def test_a_tree(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "file").write_text("x")
    (tree / "link").symlink_to("sub/file")
    (tree / "sub").chmod(0o1700)
    tree.chmod(0o777)
    before = nar.dump_hash(str(tree))
    canonical.canonicalise(RealPath(str(tree)))
    assert [mode(tree), mode(tree / "sub"), mode(tree / "sub" / "file")] == [0o555, 0o555, 0o444]
    assert {path.lstat().st_mtime_ns for path in [tree, *tree.rglob("*")]} == {10**9}
    assert nar.dump_hash(str(tree)) == before
    canonical.canonicalise(RealPath(str(tree)))
    remove_tree(str(tree))
    assert not tree.exists()
    remove_tree(str(tree))


def test_directories_that_a_builder_closed(tmp_path: Path) -> None:
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    (tmp_path / "tree" / "sub" / "file").write_text("x")
    (tmp_path / "tree" / "sub").chmod(0o100)
    canonical.canonicalise(RealPath(str(tmp_path / "tree")))
    assert (tmp_path / "tree" / "sub" / "file").read_text() == "x"
    assert mode(tmp_path / "tree" / "sub") == 0o555


def test_a_link_to_the_outside_is_cut(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("precious")
    mine.chmod(0o640)
    before = mine.stat()
    tree = tmp_path / "tree"
    tree.mkdir()
    os.link(mine, tree / "a")
    os.link(mine, tree / "b")
    canonical.canonicalise(RealPath(str(tree)))
    after = mine.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_nlink) == (before.st_mode, before.st_mtime_ns, 1)
    assert (tree / "a").read_text() == "precious" and mode(tree / "a") == 0o444
    assert (tree / "a").stat().st_ino == (tree / "b").stat().st_ino
    assert sorted(os.listdir(tree)) == ["a", "b"]


def test_links_inside_of_a_tree_stay(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a").write_text("x")
    os.link(tmp_path / "tree" / "a", tmp_path / "tree" / "b")
    inode = (tmp_path / "tree" / "a").stat().st_ino
    canonical.canonicalise(RealPath(str(tmp_path / "tree")))
    assert (tmp_path / "tree" / "a").stat().st_ino == (tmp_path / "tree" / "b").stat().st_ino == inode
    assert mode(tmp_path / "tree" / "b") == 0o444


def test_special_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    os.mkfifo(tmp_path / "tree" / "pipe")
    with pytest.raises(StoreError, match="pipe' has an unsupported type"):
        canonical.canonicalise(RealPath(str(tmp_path / "tree")))


def test_foreign_files_are_refused_unless_the_builder_s(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    (tmp_path / "file").write_text("x")
    os.chown(tmp_path / "file", 30001, 30000)
    with pytest.raises(StoreError, match="invalid ownership on file"):
        canonical.canonicalise(RealPath(str(tmp_path / "file")))
    canonical.canonicalise(RealPath(str(tmp_path / "file")), builder_uid=30001)
    assert (tmp_path / "file").stat().st_uid == 0


def test_extended_attributes_go(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    try:
        os.setxattr(file, "user.lixeval", b"1")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    canonical.canonicalise(RealPath(str(file)))
    assert "user.lixeval" not in os.listxattr(file)


def test_verify_finds_what_is_wrong(tmp_path: Path) -> None:
    from lixeval.store.local import LocalStore

    store = LocalStore(str(tmp_path / "root"))
    a = store.add_text("a", "text")
    b = store.add_text("b", a, [a])
    c = store.add_text("c", "text")
    os.unlink(store.real(a))
    os.chmod(store.real(c), 0o644)
    Path(store.real(c)).write_text("test")
    assert verify(store) == [f"path '{a}' disappeared, but it still has valid referrers!"]
    os.unlink(store.real(b))
    found = verify(store, check_contents=True)
    assert f"path '{b}' disappeared" in found and len(found) == 3
    assert any(line.startswith(f"path '{c}' was modified! expected hash 'sha256-") for line in found)
