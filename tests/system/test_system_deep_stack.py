"""Running deep: several at once, watched, and where there are no threads."""

from __future__ import annotations

import cProfile
import gc
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from lixeval.system import deep_stack
from lixeval.system.deep_stack import run_deep


def depth(left: int) -> int:
    return 0 if left == 0 else 1 + depth(left - 1)


def test_runs_in_several_threads_leave_one_another_alone() -> None:
    before = sys.getrecursionlimit(), gc.get_threshold()
    first_is_in, second_is_done = threading.Event(), threading.Event()

    def first() -> int:
        first_is_in.set()
        assert second_is_done.wait(30)
        return depth(50_000)

    def second() -> int:
        assert first_is_in.wait(30)
        return depth(50_000)

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(run_deep, first)
        quick = pool.submit(run_deep, second)
        assert quick.result() == 50_000
        second_is_done.set()
        assert slow.result() == 50_000
    assert (sys.getrecursionlimit(), gc.get_threshold()) == before


def test_a_run_within_a_run() -> None:
    before = sys.getrecursionlimit()
    assert run_deep(lambda: run_deep(lambda: depth(20_000), depth=30_000) + depth(50_000)) == 70_000
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize("of_threads", [False, True])
def test_debuggers_and_coverage_see_what_runs(of_threads: bool) -> None:
    seen: set[str] = set()

    def trace(frame: FrameType, event: str, argument: Any) -> None:
        seen.add(frame.f_code.co_name)

    old, old_of_threads = sys.gettrace(), threading.gettrace()
    try:
        (threading.settrace if of_threads else sys.settrace)(trace)
        run_deep(lambda: depth(3))
    finally:
        sys.settrace(old)
        threading.settrace(old_of_threads)  # type: ignore[arg-type]  # None is what there was
    assert "depth" in seen


def test_a_profiler_sees_what_runs() -> None:
    profile = cProfile.Profile()
    profile.enable()
    try:
        run_deep(lambda: depth(3))
    finally:
        profile.disable()
    names = {entry.code.co_name: entry.callcount for entry in profile.getstats() if not isinstance(entry.code, str)}
    assert names["depth"] == 4


def test_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(deep_stack._thread, "start_new_thread", refuse)
    assert run_deep(lambda: depth(20_000)) == 20_000
    with pytest.raises(KeyError):
        run_deep(lambda: {}["nothing"])


def test_a_machine_without_threads_and_users_evaluates() -> None:
    """As Python in WebAssembly has it."""
    program = """
import os, sys, _thread
del os.geteuid, os.getuid
def refuse(*arguments):
    raise RuntimeError("can't start new thread")
_thread.start_new_thread = refuse
from lixeval.cli import main
sys.exit(main(["--eval", "--strict", "-E", "builtins.map (x: x * 2) [ 1 2 ]"]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[ 2 4 ]\n", "")
