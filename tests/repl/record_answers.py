"""Asks real Nix's REPL what `repl_inputs` has, and writes down what it says: python tests/repl/record_answers.py"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from tests.repl.repl_inputs import INPUTS
from tests.support import real_nix

RECORDED = Path(__file__).with_name("recorded_answers.json")


def marked() -> str:
    """All inputs, a string of its own behind each, so that answers can be told apart."""
    return "".join(f'{line}\n"=== {at}"\n' for at, line in enumerate(INPUTS))


def answers_in(said: str) -> list[list[str]]:
    """For each input the lines of its answer, or ["error"]."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", said)
    found = []
    for at in range(len(INPUTS)):
        part, mark, text = text.partition(f'"=== {at}"\n')
        assert mark, (at, part[-500:])
        lines = [line for line in part.split("\n") if line.strip() and not _is_echo(line, at)]
        found.append(["error"] if any(line.startswith("error:") for line in lines) else lines)
    return found


def _is_echo(line: str, at: int) -> bool:
    """Whether a line is what was typed; through a pipe Nix repeats it."""
    typed = [word.strip() for word in INPUTS[at].split("\n")[1:]]
    return line.startswith("nix-repl> ") or (line.startswith("          ") and line.strip() in typed)


def main() -> None:
    words = real_nix.command("nix", "--extra-experimental-features", "nix-command", "repl")
    done = subprocess.run(
        words,
        input=marked(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        env={**os.environ, "NO_COLOR": "1", "TERM": "dumb"},
    )
    _, _, said = done.stdout.partition("Type :? for help.\n")
    found = answers_in(re.sub(r'nix-repl> "=== \d+"\n', "", said))
    RECORDED.write_text(json.dumps(dict(zip(INPUTS, found, strict=True)), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
