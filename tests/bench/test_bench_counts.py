"""Speed that does not waver: how many calls, thunks and copies each program takes, as recorded in counts.json, and how
many of Python's instructions its compiled code executes, in instructions.json.

The counts are the same on every machine and under every Python, the instructions those of one version of Python; so a
change for the worse shows in CI however noisy it is there.  `python tests/bench/test_bench_counts.py` writes the record
anew, that of instructions for the Python that runs it, to be committed with what changed it.
"""

from __future__ import annotations

import json
import os
import sys
from types import FrameType
from typing import Any

import pytest

from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.observer import NOBODY, Observer
from lixeval.evaluation.observers.counts import Counts
from lixeval.runtime.code_info import SOURCE
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.system.deep_stack import run_deep
from lixeval.system.directories import EMBEDDED

HERE = os.path.dirname(os.path.abspath(__file__))
RECORD = os.path.join(HERE, "counts.json")
INSTRUCTIONS = os.path.join(HERE, "instructions.json")
MAY_GROW = 1.05
INSTRUCTIONS_MAY_GROW = 1.1
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
ARGUMENTS = "{ n = 2000; }"

with open(RECORD, encoding="utf-8") as file:
    RECORDED: dict[str, dict[str, int]] = json.load(file)
with open(INSTRUCTIONS, encoding="utf-8") as file:
    RECORDED_INSTRUCTIONS: dict[str, dict[str, int]] = json.load(file)


def programs() -> list[str]:
    names = [name.removesuffix(".nix") for name in os.listdir(os.path.join(HERE, "programs"))]
    return sorted(names)


def counted(program: str) -> dict[str, int]:
    """The counts of evaluating a program in full, with nothing cached."""
    watch = Counts()
    evaluator = evaluator_of(watch)
    run_deep(lambda: printed(evaluator.text(text_of(program), HERE), force))
    return watch.record()


def evaluator_of(watch: Observer) -> Evaluator:
    search_path = (("nixpkgs-lib", f"{EMBEDDED}/lib"),)
    return Evaluator(Settings(system="x86_64-linux", search_path=search_path), None, watch=watch)  # type: ignore[arg-type]  # nothing is stored


def text_of(program: str) -> str:
    path = os.path.join(HERE, "programs", f"{program}.nix")
    return f"let f = import {path}; in if builtins.isFunction f then f {ARGUMENTS} else f"


def instructions(program: str) -> int:
    """How many of Python's instructions the code executes that a program was compiled to."""
    cell = evaluator_of(NOBODY).text_cell(text_of(program), HERE)
    count = 0

    def within(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if event == "opcode":
            count += 1
        return within

    def called(frame: FrameType, event: str, argument: Any) -> Any:
        if SOURCE not in frame.f_globals:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return within

    def body() -> str:
        before = sys.gettrace()
        sys.settrace(called)
        try:
            return printed(cell, force)
        finally:
            sys.settrace(before)

    run_deep(body)
    return count


def test_every_program_is_recorded() -> None:
    assert sorted(RECORDED) == programs()


@pytest.mark.parametrize("program", programs())
def test_nothing_has_grown(program: str) -> None:
    now, before = counted(program), RECORDED[program]
    grown = [
        f"{name}: {before[name]:,} -> {count:,}"
        for name, count in now.items()
        if name != "thunks avoided" and count > before[name] * MAY_GROW
    ]
    assert not grown, "more than 5 % more than recorded; if it is worth it, write the record anew in the same commit"


@pytest.mark.skipif(VERSION not in RECORDED_INSTRUCTIONS, reason="instructions of this Python are not recorded")
@pytest.mark.parametrize("program", programs())
def test_no_more_instructions_are_executed(program: str) -> None:
    now, before = instructions(program), RECORDED_INSTRUCTIONS[VERSION][program]
    assert now <= before * INSTRUCTIONS_MAY_GROW, (
        f"{before:,} -> {now:,}: over a tenth more; if it is worth it, write the record anew in the same commit"
    )


if __name__ == "__main__":
    with open(RECORD, "w", encoding="utf-8") as out:
        json.dump({program: counted(program) for program in programs()}, out, indent=1)
        out.write("\n")
    RECORDED_INSTRUCTIONS[VERSION] = {program: instructions(program) for program in programs()}
    with open(INSTRUCTIONS, "w", encoding="utf-8") as out:
        json.dump(RECORDED_INSTRUCTIONS, out, indent=1)
        out.write("\n")
