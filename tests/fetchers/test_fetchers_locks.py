"""Lock files to the byte of those that Nix 2.26.3 writes, and what it says meanwhile (`record_locks.py`)."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lixeval.cli import main
from tests.fetchers import lock_cases

RECORDED = json.loads(Path(__file__).with_name("recorded").joinpath("locks.json").read_text())


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the cases, for one test at a time."""
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    for one in ("AUTHOR", "COMMITTER"):
        for what, value in (("NAME", "a@b.c"), ("EMAIL", "a@b.c"), ("DATE", f"{lock_cases.TIME} +0000")):
            monkeypatch.setenv(f"GIT_{one}_{what}", value)
    monkeypatch.setenv("TZ", "UTC")
    guard = lock_cases.ROOT.with_name("lixeval-flake-trees.lock")
    if not guard.exists():
        guard.touch()
    with open(guard) as file:  # another user's will do
        fcntl.flock(file, fcntl.LOCK_EX)
        yield lock_cases.ROOT
        shutil.rmtree(lock_cases.ROOT, ignore_errors=True)


@pytest.mark.parametrize("name", lock_cases.CASES)
def test_locks_as_nix_does(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = lock_cases.CASES[name]
    lock_cases.make(case)
    monkeypatch.chdir(root / "main" if (root / "main").is_dir() else root)
    expected = iter(RECORDED[name])
    for step in case.steps:
        if lock_cases.prepare(step):
            continue
        told = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(told):
            words = [lock_cases.filled(word) for word in step]
            if "--flake-registry" not in words:
                words += ["--flake-registry", ""]
            code = main(["flake", *words])
        lock_cases.settle()
        wanted = next(expected)
        assert lock_cases.lock_files() == wanted["locks"], (step, told.getvalue())
        assert (code, lock_cases.said(told.getvalue())) == (wanted["code"], wanted["said"]), step
    assert os.path.isdir(root)
