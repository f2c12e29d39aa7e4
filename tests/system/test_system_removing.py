"""Trees go, whatever is in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lixeval.system.removing import remove_tree


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """6,000 folders in one another, the innermost ones read-only, with a file, a link and a sibling each hundred."""
    top, here = tmp_path / "deep", os.open(".", os.O_RDONLY)
    top.mkdir()
    os.chdir(top)
    try:
        for number in range(6000):
            if number % 100 == 0:
                Path("file").touch()
                Path("link").symlink_to(tmp_path)
                Path("sibling").mkdir(mode=0o500)
            os.mkdir("d")
            os.chdir("d")
        for _ in range(50):
            os.chmod(".", 0o500)
            os.chdir("..")
    finally:
        os.fchdir(here)
        os.close(here)
    return top


def test_no_folder_lies_too_deep(deep: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("stays")
    remove_tree(str(deep))
    assert not deep.exists()
    assert (tmp_path / "file").read_text() == "stays"


def test_files_links_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "file").touch()
    for name in "link", "file", "nothing":
        remove_tree(str(tmp_path / name))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
