"""Speed that does not waver: how many calls, thunks and copies each program takes, as recorded in counts.json.

The counts are the same on every machine and under every Python, so a change for the worse shows in CI however noisy it
is there.  `python tests/bench/test_bench_counts.py` writes the record anew, to be committed with what changed it.
"""

from __future__ import annotations

import json
import os

import pytest

from lixeval.environment.settings import Settings
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.observers.counts import Counts
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.system.deep_stack import run_deep
from lixeval.system.directories import EMBEDDED

HERE = os.path.dirname(os.path.abspath(__file__))
RECORD = os.path.join(HERE, "counts.json")
MAY_GROW = 1.05
ARGUMENTS = "{ n = 2000; }"

with open(RECORD, encoding="utf-8") as file:
    RECORDED: dict[str, dict[str, int]] = json.load(file)


def programs() -> list[str]:
    names = [name.removesuffix(".nix") for name in os.listdir(os.path.join(HERE, "programs"))]
    return sorted(names)


def counted(program: str) -> dict[str, int]:
    """The counts of evaluating a program in full, with nothing cached."""
    watch = Counts()
    search_path = (("nixpkgs-lib", f"{EMBEDDED}/lib"),)
    evaluator = Evaluator(Settings(system="x86_64-linux", search_path=search_path), None, watch=watch)  # type: ignore[arg-type]  # nothing is stored
    path = os.path.join(HERE, "programs", f"{program}.nix")
    text = f"let f = import {path}; in if builtins.isFunction f then f {ARGUMENTS} else f"
    run_deep(lambda: printed(evaluator.text(text, HERE), force))
    return watch.record()


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


if __name__ == "__main__":
    with open(RECORD, "w", encoding="utf-8") as out:
        json.dump({program: counted(program) for program in programs()}, out, indent=1)
        out.write("\n")
