"""`--all`: one JSON line for each derivation below a set, made by worker processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXPRESSION = """
let
  make = name: system: derivation { inherit name system; builder = "/b"; };
in
{
  a = make "a" "x86_64-linux";
  broken = throw "this one cannot";
  number = 1;
  set = { recurseForDerivations = true; inner = make "inner" "s"; "dotted.name" = make "dotted" "s"; };
  hidden = { unseen = make "unseen" "s"; };
}
"""


def start(tmp_path: Path, expression: str, *options: str) -> subprocess.Popen[str]:
    file = tmp_path / "all.nix"
    file.write_text(expression)
    environment = os.environ | {"LIXEVAL_STORE": str(tmp_path / "store"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "lixeval", "--all", *options, str(file)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def run(tmp_path: Path, expression: str, *options: str) -> list[dict[str, object]]:
    process = start(tmp_path, expression, *options)
    try:
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    return [json.loads(line) for line in output.splitlines()]


def by_attribute(records: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    assert len(records) == len({str(record["attr"]) for record in records})
    return {str(record["attr"]): record for record in records}


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_each_attribute_has_a_line(tmp_path: Path) -> None:
    records = by_attribute(run(tmp_path, EXPRESSION, "-j", "2"))
    assert set(records) == {"a", "broken", "set.inner", 'set."dotted.name"'}
    assert records["a"]["name"] == "a"
    # As real Nix 2.26.3 instantiates it.
    assert records["a"]["drvPath"] == "/nix/store/ri71aa1yq5wjrifaq9d8yqr9sb26ql4z-a.drv"
    assert "this one cannot" in str(records["broken"]["error"])
    assert records['set."dotted.name"']["attrPath"] == ["set", "dotted.name"]
    assert (tmp_path / "store" / str(records["set.inner"]["drvPath"]).lstrip("/")).exists()


@pytest.mark.parametrize("options", [["-j", "1"], ["-j", "5"], ["-j", "2", "--max-memory-size", "1"]])
def test_the_number_and_the_life_of_workers_change_nothing(tmp_path: Path, options: list[str]) -> None:
    """With 1 MiB of memory, less than Python itself takes, each attribute has a worker of its own."""
    two, others = (by_attribute(run(tmp_path, EXPRESSION, *words)) for words in (["-j", "2"], options))
    assert two == others


def test_workers_share_a_store_from_the_start(tmp_path: Path) -> None:
    """They make the database together, and add the same files: what all depend on, and a tree."""
    (tmp_path / "tree" / "folder").mkdir(parents=True)
    (tmp_path / "tree" / "folder" / "file").write_text("text")
    expression = """
      let
        make = name: used: derivation { inherit name used; system = "s"; builder = ./tree; };
        shared = builtins.foldl' (used: n: make "shared-${toString n}" used) null (builtins.genList (n: n) 20);
        own = n: { name = "a${toString n}"; value = make "own-${toString n}" shared; };
      in builtins.listToAttrs (builtins.genList own 60)
    """
    records = run(tmp_path, expression, "-j", "3")
    assert len(records) == 60 and not any("error" in record for record in records)
    from lixeval.store.local import LocalStore
    from lixeval.store.verify import verify

    store = LocalStore(str(tmp_path / "store"))
    assert verify(store, check_contents=True) == []
    assert len(store.all_paths()) == 60 + 20 + 1
    assert not [name for name in os.listdir(store.real_store_dir) if name.startswith(".tmp") or name.endswith(".lock")]


ENDLESS = """
let sum = builtins.foldl' builtins.add 0; in
{
  a = derivation { name = "a"; system = "s"; builder = "/b"; };
  endless = builtins.seq (builtins.toFile "begun" "")
    (sum (builtins.genList (_: sum (builtins.genList (n: n) 1000)) 10000000));
}
"""
"""A set with an attribute that, once begun, leaves a file in the store and then goes on for as long as tests last."""


def waiting(process: subprocess.Popen[str], tmp_path: Path) -> list[int]:
    """The workers, once one of them is in the endless attribute."""
    for _ in range(600):
        if list((tmp_path / "store/nix/store").glob("*-begun")):
            return children(process.pid)
        assert process.poll() is None
        time.sleep(0.05)
    raise AssertionError("it has not begun")


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(processes: list[int]) -> bool:
    for _ in range(400):
        if not any(map(alive, processes)):
            return True
        time.sleep(0.05)
    return False


linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers through /proc")


@linux
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_when_the_parent_is_stopped_the_workers_end(tmp_path: Path, how: signal.Signals) -> None:
    process = start(tmp_path, ENDLESS, "-j", "2")
    workers = waiting(process, tmp_path)
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in errors
    assert gone(workers)


@linux
def test_a_worker_that_is_killed_is_reported(tmp_path: Path) -> None:
    """It is noticed, its attributes are tried again one by one, and the one that kills again is named."""
    process = start(tmp_path, ENDLESS, "-j", "1")
    killed: set[int] = set()
    deadline = time.monotonic() + 60
    waiting(process, tmp_path)
    while process.poll() is None and time.monotonic() < deadline:
        for worker in children(process.pid):
            # One that has worked for so long is in the endless attribute.
            if worker not in killed and processor_time(worker) > 0.6:
                os.kill(worker, signal.SIGKILL)
                killed.add(worker)
        time.sleep(0.02)
    output, _ = process.communicate(timeout=30)
    records = by_attribute([json.loads(line) for line in output.splitlines()])
    assert process.returncode == 0 and "drvPath" in records["a"]
    assert records["endless"]["error"] == "evaluation ended its process (SIGKILL)"


def processor_time(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
