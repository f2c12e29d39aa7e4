"""Hashes of files and trees against those that git gives them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lixeval.errors import FormatError
from lixeval.formats.git_objects import git_hash


def test_known_objects(tmp_path: Path) -> None:
    """Recorded from git hash-object and git mktree."""
    (tmp_path / "file").write_text("hello\n")
    assert git_hash(str(tmp_path / "file")).base16 == "ce013625030ba8dba906f756967f9e9ca394464a"
    (tmp_path / "empty").mkdir()
    assert git_hash(str(tmp_path / "empty")).base16 == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(FormatError, match="unsupported type"):
        git_hash(str(tmp_path))


def test_trees_as_git_writes_them(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git on the PATH")
    tree = tmp_path / "tree"
    # A directory's name sorts as if it ended in a slash: "a" after "a.b" and "a-b", before "a0".
    for name in ("a/inner", "a.b", "a-b", "a0", "sub/deep/er", "é", os.fsdecode(b"\xff")):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name, errors="surrogateescape")
    (tree / "run").write_text("#!/bin/sh\n")
    (tree / "run").chmod(0o755)
    (tree / "link").symlink_to("a/inner")
    (tree / "dangling").symlink_to("nowhere")

    def git(*words: str) -> str:
        place = [f"--git-dir={tmp_path}/git", f"--work-tree={tree}"]
        return subprocess.run(["git", *place, *words], check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", "-A", str(tree))
    assert git_hash(str(tree)).base16 == git("write-tree")
