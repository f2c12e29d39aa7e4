"""Records what real Nix 2.26.3 answers about the store that `graph.nix` makes; run by hand when the questions change.

    LIXEVAL_TEST_NIX=prefix python tests/store/tools/record.py

LIXEVAL_TEST_NIX is a command to put before Nix's own, such as a wrapper that gives them another root.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PREFIX = shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))
QUESTIONS = [
    ["--outputs"],
    ["--requisites"],
    ["--requisites", "--include-outputs"],
    ["--references"],
    ["--referrers"],
    ["--referrers-closure"],
    ["--deriver"],
    ["--valid-derivers"],
    ["--binding", "name"],
    ["--binding", "unicode"],
    ["--hash"],
    ["--size"],
    ["--tree"],
    ["--graph"],
    ["--graphml"],
    ["--resolve"],
    ["--use-output", "--resolve"],
]
NEW = ["nix", "--extra-experimental-features", "nix-command"]


def nix(*command: str) -> str | None:
    """What a command prints, without escape sequences; None if it fails."""
    environment = {**os.environ, "NIX_REMOTE": "", "NIX_CONFIG": "experimental-features = nix-command\n"}
    done = subprocess.run([*PREFIX, *command], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        return None
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def answers(store: str) -> dict[str, str | None]:
    """The command line in words of lixeval -> what Nix prints."""
    drv_path = (nix("nix-instantiate", "--store", store, str(HERE / "graph.nix")) or "").strip()
    paths = (nix("nix-store", "--store", store, "--query", "--requisites", drv_path) or "").split()
    found: dict[str, str | None] = {}
    for path in paths:
        for question in QUESTIONS:
            if (path == drv_path or not path.endswith(".drv")) or question[0] in ("--binding", "--outputs", "--tree"):
                found[" ".join(["store", "query", *question, path])] = nix(
                    "nix-store", "--store", store, "--query", *question, path
                )
        if path.endswith(".drv"):
            found[f"show-derivation {path}"] = nix(*NEW, "derivation", "show", "--store", store, path)
        for other in paths:
            if re.search("-(leaf|right|plain.drv)$", other):
                for flag in ("", "--all "):
                    command = [*NEW, "why-depends", "--store", store, *flag.split()]
                    found[f"why {flag}{path} {other}"] = nix(*command, "--precise", path, other)
                    found[f"why {flag}--brief {path} {other}"] = nix(*command, path, other)
    found[f"show-derivation --recursive {drv_path}"] = nix(
        *NEW, "derivation", "show", "--store", store, "--recursive", drv_path
    )
    found[f"store path-info -s -S --recursive {drv_path}"] = nix(
        *NEW, "path-info", "--store", store, "-sS", "--recursive", drv_path
    )
    found[f"store path-info -s -h --sigs {drv_path}"] = nix(
        *NEW, "path-info", "--store", store, "-sh", "--sigs", drv_path
    )
    for what in ("--print-dead", "--print-live", "--print-roots"):
        found[f"store gc {what}"] = nix("nix-store", "--store", store, "--gc", what)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = answers(folder)
    (HERE / "recorded.json").write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    print(f"{len(found)} answers, {sum(answer is None for answer in found.values())} failures", file=sys.stderr)


if __name__ == "__main__":
    main()
