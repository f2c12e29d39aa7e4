"""Processes that evaluate one thing after the other let go of what nobody can reach any more; others look for nothing.

Each is started as users start it, and counted is what its collector finds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.parity.own import OwnNix
from lixeval.parity.real_nix import About
from lixeval.parity.subjects import Subject
from tests.support.collections_seen import Looks

ROUND = 120_000
"""Sets in one evaluation that lead back to themselves, each of three objects."""
ROUNDS = 10
VALUE = sum(range(ROUND))


def cycles(count: int = ROUND) -> str:
    return f"builtins.foldl' (n: s: n + s.b.a) 0 (builtins.genList (i: let s = {{ a = i; b = s; }}; in s) {count})"


def lixeval(looks: Looks, folder: Path, *words: str, text: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lixeval", *words],
        input=text,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **looks.environment, "LIXEVAL_STORE": os.fspath(folder / "store")},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def lets_go(looks: Looks) -> None:
    """Of all evaluations but the last few nothing is left."""
    assert looks.freed() > 2 * ROUND * (ROUNDS // 2)


def looks_for_nothing(looks: Looks) -> None:
    """But for what Python finds before a command begins."""
    assert looks.whole() == 0 and looks.freed() < 1000


@pytest.fixture
def looks(tmp_path: Path) -> Looks:
    return Looks(tmp_path)


def test_one_evaluation_looks_for_nothing(looks: Looks, tmp_path: Path) -> None:
    """The control: as much garbage as a session lets go of."""
    assert lixeval(looks, tmp_path, "--eval", "-E", cycles(ROUND * ROUNDS)) == f"{sum(range(ROUND * ROUNDS))}\n"
    looks_for_nothing(looks)


def test_a_session_lets_go(looks: Looks, tmp_path: Path) -> None:
    assert lixeval(looks, tmp_path, "repl", text=f"{cycles()}\n" * ROUNDS) == f"{VALUE}\n" * ROUNDS
    lets_go(looks)


def test_a_short_session_looks_for_nothing(looks: Looks, tmp_path: Path) -> None:
    assert lixeval(looks, tmp_path, "repl", text=f"{cycles()}\n") == f"{VALUE}\n"
    looks_for_nothing(looks)


def test_judging_exercises_lets_go(looks: Looks, tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    for number in range(ROUNDS):
        head = f"# title: {number}\n# kind: repair\n# read: .\n# ask: .\n# answer: {VALUE}\n# hint: .\n"
        (course / f"{number:02}-it.nix").write_text(head + f"# solution: 1\n# replace: 1\n1 * {cycles()}\n")
    told = lixeval(looks, tmp_path, "learn", "--path", os.fspath(course), "--check")
    assert told.count("right") == ROUNDS
    lets_go(looks)


def test_who_compares_with_real_nix_lets_go(looks: Looks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in looks.environment.items():
        monkeypatch.setenv(name, value)
    own = OwnNix(About("2.26.3", "x86_64-linux", frozenset()), store=os.fspath(tmp_path))
    subjects = [Subject("cycles", text=cycles(), directory=os.fspath(tmp_path))] * ROUNDS
    try:
        outcomes = own.outcomes("strict", subjects)
    finally:
        own.close()
    assert [outcome.text for outcome in outcomes] == [str(VALUE)] * ROUNDS
    lets_go(looks)


def most_memory(folder: Path, *words: str) -> int:
    """Bytes of the largest process of a command, with those that it starts; checks what it prints."""
    # Measured by a small process: Linux counts what its parent had as a process's own, until it starts a program.
    program = "import json, os, sys; pid = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)"
    program += "; _, status, used = os.wait4(pid, 0); print(json.dumps([status, used.ru_maxrss]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "-m", "lixeval", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "LIXEVAL_STORE": os.fspath(folder / "store"), "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    *records, told = map(json.loads, done.stdout.splitlines())
    assert sorted(record["name"] for record in records) == sorted(f"n{number}-{VALUE}" for number in range(ROUNDS))
    status, kilobytes = told
    assert status == 0
    return int(kilobytes) * 1024


def test_a_worker_that_has_grown_is_replaced(tmp_path: Path) -> None:
    """It keeps what it has evaluated, and looks for nothing: its memory comes back with its end."""
    (tmp_path / "all.nix").write_text(
        'builtins.listToAttrs (builtins.genList (n: rec { name = "n${toString n}"; value = derivation {'
        f' name = "${{name}}-${{toString ({cycles()})}}"; system = "s"; builder = "/b"; }}; }}) {ROUNDS})'
    )
    usual, bounded = (
        most_memory(tmp_path, "--all", "all.nix", "-j", "1", "--quiet", *words)
        for words in ([], ["--max-memory-size", "100"])
    )
    assert bounded < 200 << 20 and usual > 2 * bounded
