"""Files on which another process holds a lease are waited for, but not for long."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lixeval.system import opening
from lixeval.system.opening import open_soon
from tests.support.leases import leasable, lease


def test_a_lease_that_is_given_back(tmp_path: Path) -> None:
    file = leasable(tmp_path / "folder")
    with lease(file, "gives back"), open(file, "rb", opener=open_soon) as opened:
        assert opened.read() == b"text"


def test_a_lease_that_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = leasable(tmp_path / "folder")
    monkeypatch.setattr(opening, "SECONDS", 0.1)
    with lease(file, "keeps it"), pytest.raises(OSError, match="another process holds a lease on it"):
        open_soon(file.name, os.O_RDONLY, os.open(file.parent, os.O_RDONLY))


def test_a_pipe_is_open_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with open(tmp_path / "pipe", "rb", buffering=0, opener=open_soon) as pipe:
        assert pipe.read() == b""
