"""`lixeval repl` answers as `nix repl` does: what real Nix said to a session's lines was recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.repl.record_answers import RECORDED, answers_in, marked
from tests.repl.repl_inputs import INPUTS
from tests.repl.test_repl_command import environment

OTHERWISE = {
    # The only element of a list or set is evaluated before it is shown, and its error ends the line there.
    "[ (throw ''no'') ]": ["[ «error: no» ]"],
    ":p [ (throw ''no'') ]": ["[ «error: no» ]"],
    "rec { a = a; }": ["{ a = «error: infinite recursion encountered»; }"],
}


def test_a_session_is_answered_as_in_nix(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lixeval", "repl"],
        input=marked(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        env={**environment(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"},
        check=True,
    )
    recorded = json.loads(RECORDED.read_text())
    assert list(recorded) == list(INPUTS)
    assert len(INPUTS) >= 80
    found = dict(zip(INPUTS, answers_in(done.stdout), strict=True))
    assert {line: found[line] for line in INPUTS if found[line] != recorded[line]} == OTHERWISE
