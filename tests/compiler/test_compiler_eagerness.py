"""What is evaluated early, or by a shorter way, gives what Nix gives: every expectation is Nix 2.26.3's own answer.

`python tests/compiler/test_compiler_eagerness.py` asks the real Nix behind LIXEVAL_TEST_NIX again and rewrites the
recorded answers; the expressions stand in the same file.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess

import pytest

from lixeval.cli import run

RECORD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "eagerness.json")

with open(RECORD, encoding="utf-8") as file:
    ANSWERS: dict[str, str] = json.load(file)


@pytest.mark.parametrize("expression", ANSWERS)
def test_as_real_nix(
    expression: str, capsys: pytest.CaptureFixture[str], tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}/cache")
    monkeypatch.setenv("LIXEVAL_STORE", f"{tmp_path}/store")
    run(["--eval", "--strict", "-E", expression])
    assert capsys.readouterr().out.strip() == ANSWERS[expression]


def _record() -> None:
    nix = [*shlex.split(os.environ["LIXEVAL_TEST_NIX"]), "nix-instantiate", "--eval", "--strict", "-E"]
    answers = {
        expression: subprocess.run([*nix, expression], capture_output=True, text=True, check=True).stdout.strip()
        for expression in ANSWERS
    }
    with open(RECORD, "w", encoding="utf-8") as file:
        json.dump(answers, file, indent=1, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    _record()
