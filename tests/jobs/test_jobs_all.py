"""`--all`: one JSON line for each derivation below a set, made by worker processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

EXPRESSION = """
let
  make = name: system: derivation { inherit name system; builder = "/b"; };
in
{
  a = make "a" "x86_64-linux";
  broken = throw "this one cannot";
  number = 1;
  set = { recurseForDerivations = true; inner = make "inner" "s"; };
  hidden = { unseen = make "unseen" "s"; };
}
"""


def run(tmp_path: Path, jobs: str) -> list[dict[str, object]]:
    file = tmp_path / "all.nix"
    file.write_text(EXPRESSION)
    environment = os.environ | {"LIXEVAL_STORE": str(tmp_path / "store"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "lixeval", "--all", "-j", jobs, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_attribute_has_a_line(tmp_path: Path) -> None:
    records = {str(record["attr"]): record for record in run(tmp_path, "2")}
    assert set(records) == {"a", "broken", "set.inner"}
    assert records["a"]["name"] == "a"
    # As real Nix 2.26.3 instantiates it.
    assert records["a"]["drvPath"] == "/nix/store/ri71aa1yq5wjrifaq9d8yqr9sb26ql4z-a.drv"
    assert "this one cannot" in str(records["broken"]["error"])
    assert (tmp_path / "store" / str(records["set.inner"]["drvPath"]).lstrip("/")).exists()


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    one, two = (sorted(map(str, run(tmp_path, jobs))) for jobs in ("1", "2"))
    assert one == two
