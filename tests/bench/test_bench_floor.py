"""The floor: what a run does is counted, and what is counted is done (`tests.bench.floor`)."""

from __future__ import annotations

import subprocess
import sys
from array import array
from pathlib import Path

import pytest

from lixeval.runtime.code_info import SOURCE
from tests.bench.executed import Count, Executed, Tracer, read, summarise
from tests.bench.floor import parts_of_nix
from tests.bench.stripped import STATEMENTS, UNROLLED, Parts, instructions

WARMED = 4 * UNROLLED * (UNROLLED + 1)
"""So often each thing is done before it is measured."""


def test_what_a_run_does_is_counted(tmp_path: Path) -> None:
    text = "let f = n: if n == 0 then { } else { a = [ n ]; b = f (n - 1); }; in builtins.deepSeq (f 500) 1"
    words = ["--eval", "-E", text, "--no-eval-cache"]
    subprocess.run([sys.executable, "-m", "tests.bench.executed", tmp_path, *words], check=True, capture_output=True)
    executed = read(str(tmp_path))
    assert 501 <= executed.counts["call with 1"].all < 700
    assert 500 <= executed.counts["set of 2"].all < 600
    assert executed.counts["cell evaluated"].all >= 500
    assert executed.instructions > sum(count.all * instructions(kind) for kind, count in executed.counts.items()) / 2
    calls = array("I", (tmp_path / "order").read_bytes())
    assert len(calls) == sum(code.calls for code in executed.codes)
    assert (tmp_path / "loaded").stat().st_size > executed.code > 0


PLAN = {
    "call of C": (16, 3, 2),
    "cell made": (35, 1234, 20),
    "function made": (8, 40, 10),
    "list of 2": (20, 7, 10),
    "look up": (40, 95, 40),
    "set of 3": (20, 37, 20),
    "type test": (10, 17, 10),
    "update": (0, 21, 1),
}


@pytest.mark.parametrize("kind", PLAN)
def test_what_was_counted_is_done(kind: str) -> None:
    early, late, places = PLAN[kind]
    parts, tracer, executed = Parts(), Tracer(), Executed()
    parts.space[SOURCE] = None  # so that it is counted as code of a program
    tracer.begin()
    try:
        parts.late(kind, late)
    finally:
        tracer.end()
    summarise(tracer, executed)
    loops = {"call of C": 4, "function made": 2}.get(kind, 0)  # what is done to do it
    assert executed.counts[kind].all == late + WARMED + loops
    if early:
        assert parts.early(kind, early, places) > 0


def test_each_code_does_what_it_did_in_the_order_of_the_calls() -> None:
    parts, tracer, executed = Parts(), Tracer(), Executed()
    parts.space[SOURCE] = None
    codes = [
        {"calls": 8, "is_answer": True, "instructions": 400, "does": [["cell made", 12], ["look up", 8]]},
        {"calls": 3, "is_answer": False, "instructions": 90, "does": [["set of 2", 3]]},
    ]
    tracer.begin()
    try:
        parts.in_order(codes, array("I", [0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0]))
    finally:
        tracer.end()
    summarise(tracer, executed)
    assert executed.counts["cell made"].all == 12
    assert executed.counts["set of 2"].all == 3


@pytest.mark.parametrize("kind", STATEMENTS)
def test_instructions_of_a_thing_are_known(kind: str) -> None:
    assert 2 <= instructions(kind) < 20


def test_the_plan_of_what_nix_counts() -> None:
    told = {
        "nrFunctionCalls": 10,
        "nrThunks": 20,
        "nrPrimOpCalls": 5,
        "nrLookups": 6,
        "nrOpUpdates": 2,
        "nrOpUpdateValuesCopied": 8,
        "sets": {"number": 6, "elements": 18},
        "list": {"elements": 16},
    }
    executed = Executed(counts={"cell made": Count(10, 30, 5), "cell evaluated": Count(3, 3, 2)})
    parts = parts_of_nix(told, executed)
    assert {kind: part["early"] + part["late"] for kind, part in parts.items()} == {
        "call with 1": 10,
        "cell made": 20,
        "cell evaluated": 6,
        "call of C": 5,
        "look up": 6,
        "set of 2": 2,
        "set of 3": 2,
        "list of 8": 2,
        "update": 2,
    }
    assert parts["update"]["size"] == 3
