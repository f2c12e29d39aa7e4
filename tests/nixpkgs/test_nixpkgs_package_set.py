"""A small package set made as nixpkgs makes its own: the same derivations, and failures, as real Nix.

The facts were recorded from real Nix 2.26.3 by real_records.py; where LIXEVAL_TEST_NIX names a real Nix it is asked
again.
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


FOLDER = HERE / "package_set"
Facts = dict[str, Any]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("package_set")
    environment = os.environ | {"LIXEVAL_STORE": str(folder / "store"), "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-m", "lixeval", "--all", "-j", "2", "--show-input-drvs", str(FOLDER / "cases.nix")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
    return [json.loads(line) | {"store": str(folder / "store")} for line in done.stdout.splitlines()]


def facts_of(records: list[dict[str, Any]]) -> Facts:
    return {".".join(record["attrPath"]): real_records.fact(record, str(FOLDER), False) for record in records}


def test_the_derivations_are_real_nix_s(ours: list[dict[str, Any]]) -> None:
    recorded = json.loads((HERE / "facts" / "package_set.json").read_text())
    expected = {".".join(path): fact for path, fact in recorded["attributes"]}
    assert facts_of(ours) == expected
    assert sum(isinstance(fact, str) for fact in expected.values()) > 200
    assert sum(isinstance(fact, dict) for fact in expected.values()) > 100


def test_real_nix_says_so_today(ours: list[dict[str, Any]], tmp_path: Path) -> None:
    prefix = shlex.join(real_nix.chosen_prefix())
    theirs = list(real_records.records(prefix, FOLDER, "import ./cases.nix", tmp_path / "store"))
    assert facts_of(ours) == facts_of(theirs)
    outputs = {".".join(record["attrPath"]): record["outputs"] for record in theirs if "outputs" in record}
    assert {record["attr"]: record["outputs"] for record in ours if "outputs" in record} == outputs
    files = sorted((tmp_path / "store/nix/store").glob("*.drv"))
    assert len(files) > 150
    for file in files:  # the .drv files themselves, those of dependencies too
        assert (Path(ours[0]["store"]) / "nix/store" / file.name).read_bytes() == file.read_bytes()


def test_what_cannot_be_had_says_why(ours: list[dict[str, Any]]) -> None:
    reasons = {record["attr"]: record["error"] for record in ours if "error" in record}
    assert reasons["native.incomplete"] == 'nothing is called "nowhereToBeFound", which packages.nix:81 asks for'
    assert "unfree licence" in reasons["native.needsSecret"] and "allowed.needsSecret" not in reasons
    assert reasons["native.cyclic"] == "infinite recursion encountered"
