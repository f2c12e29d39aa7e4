"""Machines by their names: which one this is, as Nix calls it."""

from __future__ import annotations

import os


def current_system() -> str:
    """This machine's system, which `builtins.currentSystem` is: "x86_64-linux"."""
    uname = os.uname()
    processor = {"arm64": "aarch64", "amd64": "x86_64"}.get(uname.machine, uname.machine)
    return f"{processor}-{uname.sysname.lower()}"
