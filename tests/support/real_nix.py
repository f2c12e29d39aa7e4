"""Real Nix, where there is one: behind the command in LIXEVAL_TEST_NIX, to be put before Nix's own, else on PATH."""

from __future__ import annotations

import os
import shlex
import shutil

import pytest


def prefix() -> list[str]:
    """What goes before a command of Nix."""
    return shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))


def command(*words: str) -> list[str]:
    """A command of real Nix; the test is skipped where there is none."""
    whole = [*prefix(), *words]
    if shutil.which(whole[0]) is None:
        pytest.skip(f"no real Nix: set LIXEVAL_TEST_NIX to a command prefix, or install {words[0]}")
    return whole


def chosen_prefix() -> list[str]:
    """The Nix that LIXEVAL_TEST_NIX names, and no other: its version and its store are known."""
    if not prefix():
        pytest.skip("no real Nix: set LIXEVAL_TEST_NIX to a command prefix")
    return prefix()
