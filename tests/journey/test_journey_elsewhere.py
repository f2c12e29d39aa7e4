"""macOS, as far as it can be played here: another sys.platform, without what only Linux has in `os` and the C library.

There expressions are evaluated, and images for Linux are made of what builders inside lixeval make.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PLAYED = """
import ctypes, os, sys

sys.platform = "darwin"
os.uname = lambda: os.uname_result(("Darwin", "mac", "23.0", "x", "arm64"))
for name in (
    "O_PATH", "O_TMPFILE", "copy_file_range", "eventfd", "memfd_create", "pidfd_open", "posix_fallocate",
    "sched_getaffinity", "setns", "splice", "unshare",
):
    if hasattr(os, name):
        delattr(os, name)
real = ctypes.CDLL


class Library:
    def __init__(self, *arguments, **named):
        self._real = real(*arguments, **named)

    def __getattr__(self, name):
        if name in ("capset", "mount", "personality", "prctl", "renameat2", "syncfs", "syscall", "umount2", "unshare"):
            raise AttributeError(f"dlsym({name}): symbol not found")
        return getattr(self._real, name)


ctypes.CDLL = Library
from lixeval.cli import main

sys.exit(main(sys.argv[1:]))
"""

IMAGE = """{ nix2container, pkgs ? import <nixpkgs> { } }: nix2container.buildImage {
  name = "test"; tag = "v1";
  copyToRoot = [ (pkgs.writeTextDir "etc/x" "hi") ];
  config.Cmd = [ "/x" ];
}"""


def played(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What lixeval does there."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LIXEVAL", "NIX"))}
    environment |= {"XDG_DATA_HOME": f"{folder}/data", "XDG_CACHE_HOME": f"{folder}/cache"}
    return subprocess.run(
        [sys.executable, "-c", PLAYED, *words],
        env={**environment, "NIX_CONFIG": "substitute = false"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_expressions_are_evaluated(tmp_path: Path) -> None:
    assert played(tmp_path, "--eval", "-E", "builtins.currentSystem").stdout == '"aarch64-darwin"\n'
    (tmp_path / "file").write_text("x")
    done = played(tmp_path, "--eval", "--strict", "-E", "builtins.readFile ./file")
    assert (done.returncode, done.stdout) == (0, '"x"\n'), done.stderr
    text = 'derivation { name = "x"; system = "s"; builder = "b"; }'
    assert played(tmp_path, "--instantiate", "-E", text).stdout.strip().endswith("-x.drv")


def test_an_image_for_linux_is_made(tmp_path: Path) -> None:
    (tmp_path / "image.nix").write_text(IMAGE)
    done = played(tmp_path, "image.nix", "--system", "aarch64-linux", "--no-link", "--to", "oci:image")
    assert done.returncode == 0, done.stderr
    index = json.loads((tmp_path / "image/index.json").read_text())
    assert len(index["manifests"]) == 1
    manifest = json.loads((tmp_path / "image/blobs/sha256" / index["manifests"][0]["digest"][7:]).read_text())
    config = json.loads((tmp_path / "image/blobs/sha256" / manifest["config"]["digest"][7:]).read_text())
    assert (config["os"], config["architecture"], config["config"]["Cmd"]) == ("linux", "arm64", ["/x"])


def test_a_builder_that_is_a_program_is_refused_in_words(tmp_path: Path) -> None:
    text = 'derivation { name = "x"; system = "aarch64-linux"; builder = "/bin/sh"; }'
    done = played(tmp_path, "-E", text, "--no-link")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "a 'aarch64-linux' with features {} is required to build" in done.stderr
