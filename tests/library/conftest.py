"""A folder, a store and a cache of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "store"))
    for name in ("NIX_PATH", "NIX_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NIX_CONF_DIR", str(tmp_path / "etc"))
    monkeypatch.setenv("NIX_USER_CONF_FILES", str(tmp_path / "nix.conf"))
    return tmp_path
