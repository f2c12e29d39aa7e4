"""`lixeval nix2container` in the place of the original program, in a build that real Nix runs in its sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from lixeval import cli
from tests.support import real_nix

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = Path(__file__).parent / "functions"
# An installed Nix first: one inside a wrapper's namespaces may not be able to make a sandbox of its own.
PREFIX = [] if shutil.which("nix-build") else real_nix.prefix()


def test_real_nix_builds_the_same_layers_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made = by_real_nix(tmp_path)
    for name, folder in (("LIXEVAL_STORE", "store"), ("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.chdir(tmp_path)
    expression = f"""
      (import {ROOT}/lixeval/embedded/nix2container.nix {{ }}).buildLayer {{
        deps = [ (import {FUNCTIONS}/layer-contents.nix).top ];
        maxLayers = 2;
      }}
    """
    capfd.readouterr()
    assert cli.run(["--quiet", "--no-link", "-E", expression]) == 0
    ours = Path(str(tmp_path / "store") + capfd.readouterr().out.strip()) / "layers.json"
    assert made == ours.read_bytes()
    assert made.count(b'"diff_ids"') == 2


def by_real_nix(tmp_path: Path) -> bytes:
    """layers.json as a build of real Nix gives it."""
    interpreter = os.path.realpath(sys.executable)
    done = nix_build(tmp_path, str(FUNCTIONS / "in-real-nix.nix"), "--argstr", "python", interpreter)
    assert done.returncode == 0, done.stderr
    return (tmp_path / "real" / done.stdout.strip().lstrip("/")).read_bytes()


@pytest.fixture(autouse=True)
def real_nix_builds(tmp_path: Path) -> None:
    if shutil.which(PREFIX[0] if PREFIX else "nix-build") is None:
        pytest.skip("no real Nix: set LIXEVAL_TEST_NIX to a command prefix, or install nix-build")
    nothing = """
      derivation {
        name = "nothing";
        system = builtins.currentSystem;
        builder = "/bin/sh";
        args = [ "-c" "echo made > $out" ];
      }
    """
    done = nix_build(tmp_path, "-E", nothing)
    if done.returncode:
        pytest.skip(f"real Nix builds nothing in its sandbox here: {done.stderr.strip()}")


def nix_build(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Build in a store of its own, the sandbox showing the system, this Python and lixeval."""
    seen = ["/usr", "/bin", "/lib", *(["/lib64"] if os.path.exists("/lib64") else [])]
    if not os.path.realpath(sys.executable).startswith("/usr/"):
        seen.append(sys.base_prefix)
    seen += [f"/lixeval={ROOT}", f"/site={sysconfig.get_path('purelib')}"]
    settings = {"sandbox": "true", "sandbox-paths": " ".join(seen), "substituters": "", "build-users-group": ""}
    options = [word for name, value in settings.items() for word in ("--option", name, value)]
    command = [*PREFIX, "nix-build", *words, "--no-out-link", "--store", str(tmp_path / "real"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
