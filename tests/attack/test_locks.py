"""Lock files and registries of strangers' flakes lead nowhere, and break nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attack.lock_attempts import ATTEMPTS, REGISTRIES, Attempt

OUTPUTS = "{ outputs = _: { secret = builtins.readDir ./.; }; }"


def evaluated(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    own = {name: str(folder / name) for name in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    command = [sys.executable, "-m", "lixeval", *words]
    environment = {**os.environ, **own, "HOME": str(folder)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def judged(attempt: Attempt, done: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in done.stderr and "bug of lixeval" not in done.stderr, done.stderr
    assert "\x1b" not in done.stderr and "\x07" not in done.stderr
    if attempt.must is None:
        assert (done.returncode, done.stdout) == (0, '{"flake.nix":"regular"}\n'), done.stderr
    else:
        assert done.returncode == 1 and attempt.must in done.stderr, done.stderr


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_lock_files(attempt: Attempt, tmp_path: Path) -> None:
    flake = tmp_path / "flake"
    (flake / "dep").mkdir(parents=True)
    (flake / "dep/flake.nix").write_text(OUTPUTS)
    (flake / "flake.nix").write_text('{ inputs.a.url = "path:./dep"; outputs = { a, ... }: { y = a.secret; }; }')
    (flake / "flake.lock").write_text(attempt.text)
    judged(attempt, evaluated(["eval", "--json", f"path:{flake}#y"], tmp_path))


@pytest.mark.parametrize("attempt", REGISTRIES, ids=lambda attempt: attempt.name)
def test_registries(attempt: Attempt, tmp_path: Path) -> None:
    registry = tmp_path / "registry.json"
    registry.write_text(attempt.text)
    judged(attempt, evaluated(["eval", "x#y", "--option", "flake-registry", str(registry)], tmp_path))
