"""`lixeval store gc` and images: what it says of them, and how one is kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

IMAGE = """\
let pkgs = import <nixpkgs> { }; in pkgs.nix2container.buildImage {
  name = "kept"; tag = "v1"; copyToRoot = pkgs.writeText "text" "hello";
}
"""


@pytest.fixture
def lixeval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in a process of its own, which leaves the store to the next."""
    for name, folder in {"LIXEVAL_STORE": "store", "XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data"}.items():
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("NIX_PATH", "")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lixeval", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_images_go_unless_a_link_keeps_them(lixeval: Run, tmp_path: Path) -> None:
    (tmp_path / "image.nix").write_text(IMAGE)
    assert lixeval("image.nix", "-o", "kept.tar", "--add-root", "link").returncode == 0
    assert (tmp_path / "link").read_text().startswith("{")
    told = lixeval("store", "gc", "--dry-run")
    assert "images: 1 kept, 0 to be deleted" in told.stderr
    assert lixeval("store", "gc").returncode == 0
    assert (tmp_path / "link").exists()
    (tmp_path / "link").unlink()
    told = lixeval("store", "gc", "--dry-run")
    assert "images: 0 kept, 1 to be deleted" in told.stderr
    told = lixeval("store", "gc")
    assert "images: 0 kept, 1 deleted" in told.stderr
    assert "--add-root LINK keeps an image here" in told.stderr
    assert (tmp_path / "kept.tar").exists()
    assert lixeval("validate", "kept.tar").returncode == 0


def test_what_settings_keep(lixeval: Run, tmp_path: Path) -> None:
    text = 'derivation { name = "n"; system = "builtin"; builder = "builtin:write-text"; text = "hello"; }'
    out = lixeval("-E", text, "-o", "result").stdout.strip()
    drv = lixeval("--instantiate", "-E", text).stdout.strip()

    def dead(*words: str) -> set[str]:
        return set(lixeval("store", "gc", "--print-dead", *words).stdout.split())

    assert dead() == set()
    assert dead("--no-keep-derivations") == {drv}
    (tmp_path / "result").unlink()
    assert dead() == {out, drv}
    lixeval("--instantiate", "-E", text, "--add-root", "drv")
    assert dead() == {out}
    assert dead("--keep-outputs") == set()
    assert dead("--option", "gc-keep-outputs", "true") == set()
