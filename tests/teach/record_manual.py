"""Records in lixeval/teach/manual what real Nix and nixpkgs' lib answer to the examples of lib.txt and constants.txt.

    python tests/teach/record_manual.py

LIXEVAL_TEST_NIX names what runs Nix's commands, LIXEVAL_NIXPKGS_LIB a copy of nixpkgs' lib.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from lixeval.teach.manual import CONSTANTS, FILE


def answers(expressions: list[str]) -> list[str]:
    """What Nix prints for each expression, in which `lib` is nixpkgs' own."""
    lib = f"let lib = import {os.environ['LIXEVAL_NIXPKGS_LIB']}/lib; in "
    command = [
        *os.environ["LIXEVAL_TEST_NIX"].split(),
        "nix-instantiate",
        "--eval",
        "--strict",
        "--read-write-mode",
        "-E",
    ]
    found: list[str] = []
    for one in expressions:
        done = subprocess.run([*command, lib + one], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{one}\n{done.stderr}")
        found.append(done.stdout.rstrip("\n"))
    return found


def main() -> None:
    for path in (CONSTANTS, FILE):
        record(Path(path))


def record(page: Path) -> None:
    """Writes the answers to a page's examples into it."""
    lines = page.read_text(encoding="utf-8").splitlines()
    expressions = [line.removeprefix("  >>> ") for line in lines if line.startswith("  >>> ")]
    values = iter(answers(expressions))
    recorded: list[str] = []
    follows = False
    for line in lines:
        if follows and line.startswith("  ") and not line.startswith("  >>> "):
            continue  # the value that was recorded before
        follows = False
        recorded.append(line)
        if line.startswith("  >>> "):
            recorded.append(f"  {next(values)}")
            follows = True
    page.write_text("\n".join(recorded) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
