"""Daemons to test against: real Nix of two versions, each with a folder of its own as /nix.

A daemon that shall build needs its store at /nix/store, so it gets a mount of its own there, which takes root.
LIXEVAL_TEST_NIX (see CONTRIBUTING.md) is 2.26.3; `nix-daemon` on the PATH is whatever the machine has.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

PREFIX = os.environ.get("LIXEVAL_TEST_NIX", "")
CONFIG = (
    "build-users-group =\nsandbox = false\nsubstituters =\nexperimental-features = nix-command daemon-trust-override\n"
)


def _mounting_works() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    done = subprocess.run(["unshare", "-m", "mount", "--bind", "/tmp", "/mnt"], capture_output=True, check=False)
    return done.returncode == 0


MOUNTS = _mounting_works()
REAL = [
    pytest.param(
        "recent",
        marks=pytest.mark.skipif(not (PREFIX and MOUNTS), reason="no real Nix (LIXEVAL_TEST_NIX), or not root"),
    ),
    pytest.param(
        "installed",
        marks=pytest.mark.skipif(
            shutil.which("nix-daemon") is None or not MOUNTS, reason="no nix-daemon on the PATH, or not root"
        ),
    ),
]


def command(which: str, folder: Path, *words: str) -> list[str]:
    """A command of real Nix that sees the folder as /nix."""
    folder.mkdir(parents=True, exist_ok=True)
    script = f"mount --bind {shlex.quote(str(folder))} /nix && exec {shlex.join(words)}"
    prefix = shlex.split(PREFIX) if which == "recent" else []
    return [*prefix, "unshare", "-m", "sh", "-c", script]


def url(which: str, folder: Path, *options: str) -> str:
    """The store URL of a daemon that is started for each connection."""
    program = ["nix-daemon", "--stdio"]
    if "untrusted" in options:
        program = ["nix", "daemon", "--stdio", "--force-untrusted"]
    return "exec:" + shlex.join(command(which, folder, *program))


def environment(folder: Path) -> dict[str, str]:
    """Variables under which daemons run, and a client has its own folders."""
    conf = folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "nix.conf").write_text("")
    return {
        "NIX_CONF_DIR": str(conf),
        "NIX_CONFIG": CONFIG,
        "NIX_REMOTE": "",
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
