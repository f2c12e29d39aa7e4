"""Writes down what real Nix 2.26.3 says to the command lines of `recorded_cases.py`.

python tests/cli/record.py [WORDS BEFORE nix...]        for example the words that enter a chroot with Nix in it
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cli import recorded_cases
from tests.cli.recorded_cases import CASES, NIX, write_files

HERE = Path(__file__).parent


def main(before: list[str]) -> None:
    """Runs all cases in a new store and writes recorded.json: "our words" -> [whether it succeeded, stdout]."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder))
        names = {"here": folder, "tree": recorded_cases.TREE}
        found: dict[str, list[object]] = {}
        for ours, theirs in CASES:
            text, succeeded = _run(before, [_filled(word, names) for word in theirs], folder)
            found[" ".join(ours)] = [succeeded, printable(text)]
            if "--instantiate" in ours:
                names[ours[-1]] = text.decode().strip()
                closure, _ = _run(before, ["nix-store", "--query", "--requisites", names[ours[-1]]], folder)
                names[f"closure-of-{ours[-1]}"] = " ".join(closure.decode().split())
    (HERE / "recorded.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def _filled(word: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def _run(before: list[str], words: list[str], folder: str) -> tuple[bytes, bool]:
    words = [part for word in words for part in (word.split() if word.startswith("/nix/store/") else [word])]
    store = ["--store", f"{folder}/store"] if words[0] != NIX[0] or words[3] in ("store", "eval") else []
    environment = {**os.environ, "NIX_CONFIG": "", "NIX_USER_CONF_FILES": "/dev/null", "LC_ALL": "C.UTF-8"}
    result = subprocess.run([*before, *words, *store], cwd=folder, capture_output=True, env=environment, check=False)
    return result.stdout, result.returncode == 0


def printable(data: bytes) -> str:
    """Text as it is, without colours; of other bytes their hash."""
    import re

    try:
        return re.sub(r"\x1b\[[0-9;]*m", "", data.decode()) if b"\0" not in data else hashlib.sha256(data).hexdigest()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


if __name__ == "__main__":
    main(sys.argv[1:])
