"""Programs run where nothing but a store exists, as on a machine that knows nothing of ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def run_alone(root: Path, program: str, *arguments: str) -> str:
    """What a program of the store below `root` prints; the test is skipped where that cannot be done."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("bubblewrap (bwrap) is not installed")
    isolation = [bwrap, "--unshare-all", "--clearenv", "--ro-bind", f"{root}/nix", "/nix", "--proc", "/proc"]
    command = [*isolation, "--dev", "/dev", "--", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "bwrap:" in done.stderr and "namespace" in done.stderr:
        pytest.skip(f"bubblewrap cannot make namespaces here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return done.stdout
