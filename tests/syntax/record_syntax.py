"""Records what real Nix makes of the texts in recorded/*.json: `python tests/syntax/record_syntax.py`.

Each file is an object of topics, each topic an object of texts and what `nix-instantiate --parse` of Nix 2.26 prints
for them: the parsed form, or the first line of the error and its place.  To add a case, add a text with null.

The texts are parsed as a file `case.nix` in a folder that is shown as /base/dir, with the home /base/home.
LIXEVAL_TEST_NIX is a command to put before nix-instantiate, for a Nix that is not on the PATH.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

from tests.support import real_nix

RECORDED = Path(__file__).parent / "recorded"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def recorded_by_nix(text: str, base: Path, *, pipes: bool) -> str:
    """What Nix prints for a text; an error as `message @ line:column`."""
    file = base / "dir" / "case.nix"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    command = [*real_nix.prefix(), "nix-instantiate", "--parse", str(file)]
    if pipes:
        command += ["--extra-experimental-features", "pipe-operators"]
    environment = {**os.environ, "HOME": str(base / "home")}
    ran = subprocess.run(command, capture_output=True, env=environment, check=False)
    if ran.returncode == 0:
        return ran.stdout.decode("utf-8", "surrogateescape").removesuffix("\n").replace(str(base), "/base")
    error = COLOURS.sub("", ran.stderr.decode("utf-8", "surrogateescape"))
    message, place = re.search(r"error: (.*?)\n +at \S+:(\d+:\d+):", error, re.DOTALL).groups()  # type: ignore[union-attr]  # a surprise should stop the recording
    return f"error: {message} @ {place}".replace(str(base), "/base")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base"
        (base / "dir").mkdir(parents=True)
        (base / "home").mkdir()
        for file in sorted(RECORDED.glob("*.json")):
            topics = json.loads(file.read_text())
            for texts in topics.values():
                for text in texts:
                    texts[text] = recorded_by_nix(text, base, pipes=file.stem.startswith("pipes"))
            file.write_text(json.dumps(topics, indent=1) + "\n")


if __name__ == "__main__":
    main()
