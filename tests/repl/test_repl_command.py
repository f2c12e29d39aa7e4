"""`lixeval repl` through a pipe, and on a terminal of its own."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.terminals import read_piece


def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "LIXEVAL_STORE": str(tmp_path / "store"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "NIX_PATH": "",
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }


def through_a_pipe(tmp_path: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lixeval", "repl", *words],
        input=text,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )


def test_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "file.nix").write_text("{ a = 5; }")
    done = through_a_pipe(tmp_path, "x = a + b\nx +\n1\n1 + null\nnope\n:t x\n:q\nx\n", "file.nix", "-E", "{ b = 2; }")
    assert done.returncode == 0
    assert done.stdout == "Added 1 variable.\nAdded 1 variable.\n8\nan integer\n"
    assert "cannot add null to an integer" in done.stderr
    assert "undefined variable 'nope'" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_expression_that_is_never_finished(tmp_path: Path) -> None:
    done = through_a_pipe(tmp_path, "let a = 1;\n")
    assert "syntax error, unexpected end of file" in done.stderr


def test_what_cannot_be_loaded(tmp_path: Path) -> None:
    done = through_a_pipe(tmp_path, "1\n", "nothing.nix")
    assert done.stdout == "1\n"
    assert "nothing.nix" in done.stderr


def test_on_a_terminal(tmp_path: Path) -> None:
    pytest.importorskip("prompt_toolkit")
    told = on_a_terminal(tmp_path, ["abc = 4", "abc +", "38", "\x04"])
    assert "42" in told
    history = (tmp_path / "state/lixeval/repl-history").read_text()
    assert "+abc = 4\n" in history
    assert "+abc +\n+38\n" in history


def test_nothing_moves_once_a_build_is_interrupted(tmp_path: Path) -> None:
    pytest.importorskip("prompt_toolkit")
    pytest.importorskip("rich")
    loop = 'args = [ "-c" "echo begun; while true; do :; done" ];'
    told = f':b derivation {{ name = "endless"; system = builtins.currentSystem; builder = "/bin/sh"; {loop} }}'
    process, terminal = started(tmp_path)
    try:
        _until_quiet(terminal)
        os.write(terminal, told.encode() + b"\r")
        shown = b""
        while b"endless " not in shown.rpartition(b"builders run in")[2]:
            shown += read_piece(terminal)
        os.write(terminal, b"\x03")
        while b"interrupted by the user" not in shown:
            shown += read_piece(terminal)
        _until_quiet(terminal)
        os.write(terminal, b"40 + 2\r")
        rest = _until_quiet(terminal)
        os.write(terminal, b"\x04")
        assert os.waitpid(process, 0)[1] == 0
    finally:
        os.close(terminal)
    assert "42" in rest
    assert "building" not in rest


def on_a_terminal(tmp_path: Path, lines: list[str]) -> str:
    """What a terminal shows while lines are typed, each once the one before has been answered."""
    process, terminal = started(tmp_path)
    shown = ""
    try:
        for line in lines:
            shown += _until_quiet(terminal)
            os.write(terminal, line.encode() + (b"" if line == "\x04" else b"\r"))
        shown += _until_quiet(terminal)
        _, status = os.waitpid(process, 0)
    finally:
        os.close(terminal)
    assert status == 0
    return shown


def started(tmp_path: Path) -> tuple[int, int]:
    """A session on a terminal of its own: its process, and the terminal's other side."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.environ |= environment(tmp_path) | {"PYTHONPATH": os.pathsep.join(sys.path)}
        os.execv(sys.executable, [sys.executable, "-m", "lixeval", "repl"])
    return process, terminal


def _until_quiet(terminal: int, patience: float = 10.0, quiet: float = 0.5) -> str:
    """What is written until nothing comes for a while; at first as long as it takes."""
    found = b""
    answers = select.poll()
    answers.register(terminal, select.POLLIN)
    end = time.monotonic() + patience
    latest = end + patience
    while time.monotonic() < end:
        ready = answers.poll(100)
        if not ready:
            continue
        piece = read_piece(terminal)
        if not piece:
            break
        found += piece
        if b"nix-repl>" in found or found.count(b"\n"):
            end = min(time.monotonic() + quiet, latest)
    return found.decode("utf-8", "replace")
