"""Checkouts of nixpkgs, old and new: the same derivations, and failures, as real Nix 2.26.3.

nixpkgs itself is not in this repository.  Each test takes the folder of a checkout from a variable:

    LIXEVAL_NIXPKGS_CORE    github.com/auxolotl/core, a part of nixpkgs of 2024
    LIXEVAL_NIXPKGS_2014    github.com/msackman/nixpkgs, of March 2014
    LIXEVAL_NIXPKGS_2018    github.com/vicgc/nixpkgs-1, of June 2018 (release 15.09 with later packages)

The last takes some packages from a newer release through <nixpkgs>; the checkout of 2014 stands for that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.nixpkgs import real_records

HERE = Path(__file__).resolve().parent


CHOSEN = """
let
  root = import FOLDER { };
  paths = builtins.fromJSON (builtins.readFile PATHS);
  chosen = number: {
    name = "a${toString number}";
    value = builtins.foldl' (set: name: set.${name}) root (builtins.elemAt paths number);
  };
in builtins.listToAttrs (builtins.genList chosen (builtins.length paths))
"""


def folder_of(name: str) -> str:
    variable = f"LIXEVAL_NIXPKGS_{name.upper()}"
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"no checkout: set {variable} to the folder of one (see this file)")
    return str(Path(folder).resolve())


@pytest.mark.parametrize("name", ["core", "2014", "2018"])
def test_the_derivations_are_real_nix_s(name: str, tmp_path: Path) -> None:
    folder = folder_of(name)
    environment = os.environ | {"LIXEVAL_STORE": str(tmp_path / "store"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    if name == "2018":
        older = folder_of("2014")
        newer = f"{{ ... }}: {{ fetchFromGitHub = _: {older}; lib = import {folder}/lib; }}"
        (tmp_path / "default.nix").write_text(newer)
        environment["NIX_PATH"] = f"nixpkgs={tmp_path}"
    facts = json.loads((HERE / "facts" / f"{name}.json").read_text())["attributes"]
    (tmp_path / "paths.json").write_text(json.dumps([path for path, _ in facts]))
    expression = CHOSEN.replace("FOLDER", folder).replace("PATHS", str(tmp_path / "paths.json"))
    command = [sys.executable, "-m", "lixeval", "--all", "-j", "2", "-E", expression]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = {}
    for record in map(json.loads, done.stdout.splitlines()):
        by_outputs = name in real_records.BY_OUTPUTS
        found[int(record["attr"][1:])] = real_records.fact(record, folder, by_outputs)
    different = [
        (path, fact, found.get(number)) for number, (path, fact) in enumerate(facts) if found.get(number) != fact
    ]
    assert different == []
    assert len(facts) > 500
