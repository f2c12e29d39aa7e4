"""A configuration of a few hundred options: the same values, and the same messages where it is wrong, as real Nix.

The module system is that of the embedded library; the facts were recorded from real Nix 2.26.3 by real_records.py.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.nixpkgs import real_records
from tests.support import real_nix

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("modules")
    environment = os.environ | {"LIXEVAL_STORE": str(folder / "store"), "XDG_CACHE_HOME": str(folder / "cache")}

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "lixeval", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
        return done.stdout

    errors = run("--all", "-j", "1", "-E", f"({real_records.MODULE_CASES}).fails")
    found: dict[str, Any] = real_records.module_facts(
        lambda expression: run("--eval", "--strict", "--json", "-E", expression), map(json.loads, errors.splitlines())
    )
    return found


def test_values_and_messages_are_real_nix_s(ours: dict[str, Any]) -> None:
    recorded = json.loads((HERE / "facts" / "modules.json").read_text())
    assert ours["errors"] == recorded["errors"]
    assert ours["values"] == recorded["values"]
    assert len(recorded["errors"]) == 27


def test_real_nix_says_so_today(ours: dict[str, Any], tmp_path: Path) -> None:
    prefix = shlex.join(real_nix.chosen_prefix())
    assert ours == real_records.real_module_facts(prefix, tmp_path / "store")
