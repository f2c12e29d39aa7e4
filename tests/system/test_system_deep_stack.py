"""Running deep: several at once, watched, and where there are no threads."""

from __future__ import annotations

import _thread
import cProfile
import gc
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from lixeval.system import deep_stack
from lixeval.system.deep_stack import run_deep
from lixeval.system.machines import memory


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
        threading.settrace(old_of_threads)
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

    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    assert run_deep(lambda: depth(20_000)) == 20_000
    with pytest.raises(KeyError):
        run_deep(lambda: dict[str, int]()["nothing"])


@pytest.mark.skipif(sys.platform != "linux", reason="counts calls of mmap in /proc")
def test_a_recursion_that_swings_maps_no_memory() -> None:
    """CPython makes room for frames 16 KB at a time, each time that a call goes over the end of the last."""

    def swing() -> int:
        import resource

        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(300):
            for levels in range(100, 400, 20):
                depth(levels)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    run_deep(swing)
    assert run_deep(swing) < 1000


def test_evaluates_where_so_much_memory_for_frames_is_refused() -> None:
    program = """
import resource
from lixeval.system import deep_stack
deep_stack.STACK_SIZE = 16 * 1024 * 1024
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 40 * 1024 * 1024,) * 2)
def depth(left):
    return 0 if left == 0 else 1 + depth(left - 1)
def fails():
    raise KeyError("nothing")
print(deep_stack.run_deep(lambda: depth(20_000)))
try:
    deep_stack.run_deep(fails)
except KeyError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("20000\n'nothing'\n", "")


def test_a_command_leaves_the_collector_at_rest_and_others_do_not() -> None:
    program = """
import gc, sys
from lixeval.system import deep_stack
deep_stack.rest_collector(ends=sys.argv[1] == "ends")
print(deep_stack.run_deep(lambda: gc.get_threshold()[0]), gc.get_threshold()[0])
"""

    def thresholds(word: str) -> list[int]:
        done = subprocess.run([sys.executable, "-c", program, word], capture_output=True, text=True, check=True)
        return [int(number) for number in done.stdout.split()]

    assert thresholds("lives") == [deep_stack.YOUNG, deep_stack.YOUNG]
    quarter = max(deep_stack.YOUNG, min(memory() // 400, deep_stack.MOST_YOUNG))
    assert thresholds("ends") == [quarter, quarter]


@pytest.mark.parametrize(("collects", "spare", "left"), [(True, 1000, 0), (True, 1 << 40, 3), (False, 1000, 3)])
def test_what_lives_long_looks_for_cycles_between_its_evaluations(
    collects: bool, spare: int, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has survived once as well: Python itself would look there after thousands of millions of objects."""

    class Cycle:
        def __init__(self) -> None:
            self.itself = self

    thresholds = gc.get_threshold()
    gc.set_threshold(100_000_000, 10, 100)
    try:
        cycles = [Cycle() for _ in range(3)]
        made = [weakref.ref(cycle) for cycle in cycles]
        gc.collect(0)
        del cycles
        monkeypatch.setattr(deep_stack, "_COLLECTS", collects)
        monkeypatch.setattr(deep_stack, "_left", 0)
        monkeypatch.setattr(deep_stack, "SPARE", spare)
        run_deep(int)
        assert sum(one() is not None for one in made) == left
    finally:
        gc.set_threshold(*thresholds)


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


@pytest.mark.parametrize("error", [MemoryError(), SystemError("error return without exception set")])
@pytest.mark.parametrize("begun", [False, True])
def test_memory_that_ends_in_the_machinery_runs_nothing_twice(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, begun: bool
) -> None:
    """Python may find no memory for the large frame before the function, or for what comes after it."""
    calls: list[int] = []

    def roomy(body: Any) -> None:
        if begun:
            body()
        raise error

    monkeypatch.setattr(deep_stack, "_roomy", roomy)
    assert run_deep(lambda: calls.append(1) or "value") == "value"  # type: ignore[func-returns-value]
    assert calls == [1]
