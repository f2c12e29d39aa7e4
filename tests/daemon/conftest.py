from __future__ import annotations

from pathlib import Path

import pytest

from tests.daemon import daemons


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own for everything that is left somewhere; real Nix runs with settings of ours."""
    for name, value in daemons.environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LIXEVAL_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path
