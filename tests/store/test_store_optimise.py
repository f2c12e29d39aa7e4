"""Equal files become one, what else a path has stays, and the links go when nothing needs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lixeval.formats.store_path import StorePath
from lixeval.store import garbage
from lixeval.store.local import LocalStore
from lixeval.store.optimise import optimise, remove_unused_links
from lixeval.store.verify import verify


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(str(tmp_path / "store"))


def _add(store: LocalStore, source: Path, name: str, files: dict[str, bytes]) -> StorePath:
    for file, data in files.items():
        path = source / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755 if file.endswith(".sh") else 0o644)
    return store.add_path(str(source / name), name)


def _inode(store: LocalStore, path: str) -> int:
    return os.stat(store.real(path)).st_ino


def test_equal_files_are_one(store: LocalStore, tmp_path: Path) -> None:
    one = _add(store, tmp_path, "one", {"a": b"same" * 1000, "b/c": b"same" * 1000, "d.sh": b"same" * 1000})
    two = _add(store, tmp_path, "two", {"e": b"same" * 1000, "f": b"other"})
    store.flush()
    saved = optimise(store)
    assert (saved.files, saved.bytes) == (2, 8000)
    inodes = {_inode(store, f"{one}/a"), _inode(store, f"{one}/b/c"), _inode(store, f"{two}/e")}
    assert len(inodes) == 1
    assert _inode(store, f"{one}/d.sh") not in inodes  # the same bytes, but a program
    assert verify(store, check_contents=True) == []
    assert os.stat(store.real(one)).st_mtime == 1
    assert os.stat(store.real(f"{one}/b")).st_mode & 0o777 == 0o555
    assert optimise(store).files == 0


def test_a_file_that_somebody_changed_becomes_nobody_elses(store: LocalStore, tmp_path: Path) -> None:
    one = _add(store, tmp_path, "one", {"a": b"same"})
    two = _add(store, tmp_path, "two", {"b": b"same"})
    store.flush()
    os.chmod(store.real(f"{one}/a"), 0o644)
    optimise(store)
    assert _inode(store, f"{one}/a") != _inode(store, f"{two}/b")


def test_links_go_with_what_needed_them(store: LocalStore, tmp_path: Path) -> None:
    one = _add(store, tmp_path, "one", {"a": b"x" * 5000})
    store.flush()
    optimise(store)
    links = os.listdir(f"{store.real_store_dir}/.links")
    assert len(links) == 1
    assert remove_unused_links(store) == 0
    assert garbage.delete(store, [one]).paths == (one,)
    assert remove_unused_links(store) == 5000
    assert os.listdir(f"{store.real_store_dir}/.links") == []
