"""What tells Jupyter of the kernel: a folder with kernel.json, where Jupyter looks for kernels.

    PREFIX/share/jupyter/kernels/lixeval/kernel.json

Source: jupyter_client, "Making kernels for Jupyter".
"""

from __future__ import annotations

import json
import os
import sys

from lixeval.errors import SystemFailure
from lixeval.system.atomic import write_file

NAME = "lixeval"


def kernel_json() -> str:
    """The kernel's own description; Jupyter starts this very Python."""
    made = {
        "argv": [sys.executable, "-m", "lixeval", "kernel", "start", "--connection-file", "{connection_file}"],
        "display_name": "Nix (lixeval)",
        "language": "nix",
        "interrupt_mode": "signal",
    }
    return json.dumps(made, indent=1) + "\n"


def install(prefix: str | None = None) -> str:
    """Puts it below `prefix`, or below the user's own Jupyter folder; the folder it stands in."""
    base = os.path.join(prefix, "share", "jupyter") if prefix is not None else _users_own()
    folder = os.path.join(base, "kernels", NAME)
    try:
        os.makedirs(folder, exist_ok=True)
        write_file(os.path.join(folder, "kernel.json"), kernel_json().encode())
    except OSError as error:
        raise SystemFailure(f"cannot write '{folder}': {error.strerror}") from None
    return folder


def _users_own() -> str:
    """Where Jupyter looks for what the user has installed."""
    named = os.environ.get("JUPYTER_DATA_DIR")
    if named:
        return named
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Jupyter")
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(data, "jupyter")
