"""What of a Git repository is remembered: a revision says all; a working directory and a branch may change."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_revision_is_remembered_and_a_working_directory_is_not(run: Run, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    who = {f"GIT_{role}_{key}": "a" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    script = "git init -q -b main . && echo a > a && git add a && git commit -qm one && git rev-parse HEAD"
    command = ["sh", "-c", script]
    done = subprocess.run(command, cwd=repository, env=os.environ | who, capture_output=True, text=True, check=True)
    revision = done.stdout.strip()
    (tmp_path / "rev.nix").write_text(f'builtins.readDir (fetchGit {{ url = {repository}; rev = "{revision}"; }})')
    (tmp_path / "tree.nix").write_text(f"builtins.readDir (fetchGit {repository})")
    for name, is_kept in (("rev.nix", True), ("tree.nix", False)):
        first = run("--eval", "--strict", str(tmp_path / name))
        again = run("--eval", "--strict", str(tmp_path / name))
        assert (first.code, first.stdout) == (0, '{ a = "regular"; }\n')
        assert again.stdout == first.stdout
        assert again.evaluated != is_kept
    (repository / "a").unlink()
    assert run("--eval", "--strict", str(tmp_path / "tree.nix")).stdout == "{ }\n"
