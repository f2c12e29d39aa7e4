"""Records what real Nix 2.26.3 makes of each attribute of `verdicts.nix`: contents, or message and exit code.

    LIXEVAL_TEST_NIX=prefix python tests/build/record_verdicts.py

LIXEVAL_TEST_NIX is a command to put before Nix's own; it is its root's /nix/store that is built in, without a sandbox.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support import real_nix

HERE = Path(__file__).parent
PREFIX = real_nix.prefix()
CONFIG = "experimental-features = nix-command\nbuild-users-group =\nsubstitute = false\nsandbox = false\n"


def names() -> list[str]:
    """The attributes of the file's set."""
    text = (HERE / "verdicts.nix").read_text()
    return re.findall(r"^  (\w+) = b ", text.partition("\nin ")[2], re.MULTILINE)


def nix(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NIX_REMOTE": "", "NIX_CONFIG": CONFIG}
    return subprocess.run([*PREFIX, *command], capture_output=True, text=True, env=environment, check=False)


def verdict(name: str) -> dict[str, str | int]:
    """The contents of the output, or the error's lines and the exit code."""
    done = nix("nix-build", "--no-out-link", str(HERE / "verdicts.nix"), "-A", name)
    if not done.returncode:
        path = done.stdout.strip()
        return {"path": path, "contents": nix("nix", "store", "cat", path).stdout}
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", done.stderr).splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("error:"))
    told = [line for line in [lines[start].removeprefix("error:").strip(), *lines[start + 1 :]] if line]
    kept = [line for line in told if not line.startswith(("For full logs", "nix log", "last ", ">"))]
    return {"message": "\n".join(kept), "exit_code": done.returncode}


def main() -> None:
    found = {name: verdict(name) for name in names()}
    (HERE / "verdicts.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(found)} verdicts", file=sys.stderr)


if __name__ == "__main__":
    main()
