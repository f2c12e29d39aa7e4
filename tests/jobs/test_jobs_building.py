"""`--all --build`: what is evaluated is built meanwhile, brought away, and told of in lines of JSON and a table."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lixeval.store.local import LocalStore
from lixeval.store.verify import verify
from tests.support.faulty_registry import FaultyRegistry

JOBS = """
let
  system = "x86_64-linux";
  make = name: script: derivation { inherit name system; builder = "/bin/sh"; args = [ "-c" script ]; };
in
rec {
  a = make "a" "echo a > $out";
  b = make "b" "echo ${a} > $out";
  bad = make "bad" "echo oh no; exit 1";
  onbad = make "onbad" "echo ${bad} > $out";
  broken = throw "cannot";
  set = { recurseForDerivations = true; c = make "c" "echo ${b} > $out"; };
}
"""
AGGREGATES = """
let
  make = name: rest: derivation ({ inherit name; system = "x86_64-linux"; builder = "/bin/sh"; } // rest);
  aggregate = name: constituents: more: make name ({ inherit constituents; _hydraAggregate = true; } // more);
in
rec {
  a = make "a" { };
  b = make "b" { };
  both = aggregate "both" [ a "b" ] { };
  globbed = aggregate "globbed" [ "[ab]" ] { _hydraGlobConstituents = true; };
  lost = aggregate "lost" [ "nowhere" ] { };
  round = aggregate "round" [ "both" ] { };
}
"""
IMAGES = """
{ nix2container }: let inherit (nix2container) buildImage; in {
  web = buildImage { name = "example.org/team/web"; tag = "v1"; config.Env = [ "A=1" ]; };
  hub = buildImage { name = "hub"; tag = "v2"; };
  plain = derivation { name = "p"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo > $out" ]; };
}
"""


def run(tmp_path: Path, text: str, *options: str, code: int = 0) -> tuple[list[dict[str, Any]], str]:
    (tmp_path / "jobs.nix").write_text(text)
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "NIX_CONFIG": "substituters ="}
    store = ["--store", str(tmp_path / "store"), "--sandbox", "off", "-j", "2"]
    command = [sys.executable, "-m", "lixeval", "--all", "jobs.nix", *store, *options]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def of_type(lines: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {line["attr"]: line for line in lines if line.get("type", "EVAL") == kind}


def check_builds(lines: list[dict[str, Any]]) -> None:
    assert set(of_type(lines, "EVAL")) == {"a", "b", "bad", "onbad", "broken", "set.c"}
    builds = of_type(lines, "BUILD")
    assert {attr for attr, line in builds.items() if line["success"]} == {"a", "b", "set.c"}
    assert all(
        "exit code 1" in builds[attr]["error"] and "> oh no" in builds[attr]["error"] for attr in ("bad", "onbad")
    )
    assert builds["a"]["outputs"] == of_type(lines, "EVAL")["a"]["outputs"]


def test_what_is_evaluated_is_built_and_brought_away(tmp_path: Path) -> None:
    places = ["--to", f"file://{tmp_path}/binary-cache", "--to", f"local?root={tmp_path}/other"]
    lines, said = run(tmp_path, JOBS, "--build", *places, code=1)
    check_builds(lines)
    uploads = [line for line in lines if line.get("type") == "UPLOAD"]
    assert len(uploads) == 6 and all(line["success"] for line in uploads)
    assert "3 of 5 built or there" in said and "  onbad  failed" in said
    other = LocalStore(str(tmp_path / "other"))
    assert len(other.all_paths()) == 3 and verify(other, check_contents=True) == []
    assert len(list((tmp_path / "binary-cache").glob("*.narinfo"))) == 3
    again, _ = run(tmp_path, JOBS.replace("echo oh no; exit 1", "echo > $out"), "--build", code=1)
    assert {attr: line["built"] for attr, line in of_type(again, "BUILD").items()} == {
        "a": False,
        "b": False,
        "set.c": False,
        "bad": True,
        "onbad": True,
    }


def test_images_are_pushed_below_one_place(tmp_path: Path) -> None:
    with FaultyRegistry() as registry:
        place = f"docker://{registry.host}/all"
        cache = f"file://{tmp_path}/binary-cache"
        lines, said = run(tmp_path, IMAGES, "--to", place, "--to", cache, "--plain-http")
        pushed = {line["attr"]: line for line in lines if line.get("to") == place}
        assert set(pushed) == {"web", "hub"} and all(line["success"] for line in pushed.values()), pushed
        assert "v1" in registry.manifests["all/team/web"] and "v2" in registry.manifests["all/hub"]
        assert {line["attr"] for line in lines if line.get("to") == cache} == {"web", "hub", "plain"}
        assert of_type(lines, "EVAL")["web"]["imageTag"] == "v1" and "3 of 3 built or there" in said
    lines, said = run(tmp_path, IMAGES, "--to", place, "--plain-http", code=1)
    assert [line["success"] for line in lines if line.get("to") == place] == [False, False]


@pytest.mark.parametrize("place", ["docker://host/name:tag", "docker://UPPER/Case", "oci:there", "there.tar"])
def test_images_are_not_pushed_to_what_is_one_image(tmp_path: Path, place: str) -> None:
    _, said = run(tmp_path, IMAGES, "--to", place, code=1)
    assert "--to docker://HOST/PATH is where all images are put" in said or "is none" in said or "not allowed" in said


def test_builders_build_what_is_evaluated(tmp_path: Path) -> None:
    program = [
        sys.executable,
        "-m",
        "lixeval",
        "daemon",
        "--stdio",
        "--sandbox",
        "off",
        "--store",
        str(tmp_path / "there"),
    ]
    line = f"{shlex.quote('exec:' + shlex.join(program))} x86_64-linux - 4 1"
    (tmp_path / "machines").write_text(line)
    lines, _ = run(tmp_path, JOBS, "--builders", f"@{tmp_path}/machines", code=1)
    check_builds(lines)
    assert verify(LocalStore(str(tmp_path / "store")), check_contents=True) == []
    assert len(LocalStore(str(tmp_path / "there")).all_paths()) >= 3


def test_cache_status(tmp_path: Path) -> None:
    lines, _ = run(tmp_path, JOBS, "--build", "--to", f"file://{tmp_path}/binary-cache", code=1)
    built = of_type(lines, "EVAL")
    here, _ = run(tmp_path, JOBS, "--check-cache-status")
    status = of_type(here, "EVAL")
    assert {attr: line.get("cacheStatus") for attr, line in status.items()} == {
        **dict.fromkeys(("a", "b", "set.c"), "local"),
        **dict.fromkeys(("bad", "onbad"), "notBuilt"),
        "broken": None,
    }
    assert status["onbad"]["neededBuilds"] == [built["bad"]["drvPath"]] and not status["onbad"]["isCached"]
    cache = f"file://{tmp_path}/binary-cache?trusted=true"
    there, _ = run(tmp_path, JOBS, "--check-cache-status", "--store", str(tmp_path / "empty"), "--substituters", cache)
    cached = of_type(there, "EVAL")["set.c"]
    assert cached["cacheStatus"] == "cached" and cached["isCached"]
    # The output itself, and what it uses as an input.
    assert cached["neededSubstitutes"] == [built[attr]["outputs"]["out"] for attr in ("a", "b", "set.c")]


def test_constituents_become_inputs(tmp_path: Path) -> None:
    lines, _ = run(tmp_path, AGGREGATES, "--constituents")
    found = of_type(lines, "EVAL")
    a, b = found["a"]["drvPath"], found["b"]["drvPath"]
    assert found["a"]["constituents"] == [] and found["a"]["namedConstituents"] == []
    assert found["both"]["constituents"] == [a, b] and "namedConstituents" not in found["both"]
    assert found["globbed"]["constituents"] == [a, b]
    assert found["lost"]["error"] == "nowhere: does not exist\n"
    assert found["round"]["constituents"] == [found["both"]["drvPath"]]
    store = LocalStore(str(tmp_path / "store"))
    derivation = store.read_derivation(found["both"]["drvPath"])
    assert set(derivation.input_derivations) == {a, b}
    assert derivation.outputs["out"].path == found["both"]["outputs"]["out"]


def test_select_roots_and_flake(tmp_path: Path) -> None:
    lines, _ = run(tmp_path, JOBS, "--select", "jobs: { inherit (jobs) b; }", "--gc-roots-dir", "roots")
    assert set(of_type(lines, "EVAL")) == {"b"}
    link = tmp_path / "roots" / lines[0]["drvPath"].rpartition("/")[2]
    assert os.readlink(link) == str(tmp_path / "store") + lines[0]["drvPath"]
    (tmp_path / "flake").mkdir()
    flake = f"{{ outputs = _: {{ checks.x86_64-linux = ({JOBS}); }}; }}"
    (tmp_path / "flake" / "flake.nix").write_text(flake)
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "lixeval", "--all", "--flake", "path:flake#checks.x86_64-linux"]
    command += ["--store", str(tmp_path / "store")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["attr"] for line in done.stdout.splitlines() if '"b"' in line] == ["b"]


def test_internal_json_is_for_programs(tmp_path: Path) -> None:
    _, said = run(tmp_path, JOBS, "--build", "--log-format", "internal-json", "--quiet", code=1)
    events = [json.loads(line.removeprefix("@nix ")) for line in said.splitlines() if line.startswith("@nix ")]
    started = {
        event["id"]: event["fields"][0] for event in events if event["action"] == "start" and event["type"] == 105
    }
    assert len(started) == 4 and all(path.endswith(".drv") for path in started.values())
    assert {event["id"] for event in events if event["action"] == "stop"} >= started.keys()
    logs = [event["fields"] for event in events if event["action"] == "result" and event["type"] == 101]
    assert logs == [["oh no"]]
    assert any(event["action"] == "msg" and "exit code 1" in event["msg"] for event in events)


@pytest.mark.parametrize("words", [["--select", "x: 1"], ["--to", "oci:somewhere"]])
def test_what_cannot_be_is_told_at_once(tmp_path: Path, words: list[str]) -> None:
    _, said = run(tmp_path, JOBS, *words, code=1)
    assert "error:" in said and "Traceback" not in said
