"""Random programs with real Nix: values, errors, and what is traced are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.parity.__main__ import Program, of_pages, run
from tests.parity.file_programs import programs
from tests.parity.page_runs import MODES
from tests.support import real_nix

SEED, NUMBER = 2026, 150


@pytest.mark.parametrize("made", [of_pages, programs])
def test_programs(
    made: Callable[[int], Iterator[Program]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    real_nix.command("nix-instantiate")
    monkeypatch.setenv("LIXEVAL_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert run(made(SEED), NUMBER, list(MODES), tmp_path, keep=True) == 0, capfd.readouterr().out
