"""The command, run in this process, in one store for all tests of a folder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from lixeval.cli import main


class Result(NamedTuple):
    code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lixeval")


@pytest.fixture
def lixeval(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Runs a command line in an empty folder; none may end in a Python traceback."""
    monkeypatch.setenv("LIXEVAL_STORE", str(folders / "store"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folders / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(folders / "data"))
    monkeypatch.setenv("NIX_PATH", "")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        code = main(list(words))
        sys.stdout.flush()
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err and "bug of lixeval" not in captured.err
        return Result(code, captured.out, captured.err)

    return run
