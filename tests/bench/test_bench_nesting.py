"""What compiling takes grows with a text's length, for each construct: bytes are counted, not seconds."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from functools import partial
from pathlib import Path
from types import CodeType

import pytest

from lixeval.builtins.table import INDEX
from lixeval.compiler.functions import MANY_DEFINITIONS
from lixeval.compiler.program import Compiler, Names
from lixeval.source import Source
from lixeval.syntax.parser import parse
from lixeval.system.deep_stack import run_deep

from .nested_programs import SYNTAX

NAMES = Names({"builtins": "builtins", "true": "true", "false": "false"}, dict.fromkeys(INDEX, (0, "")))
SIZE = 400
"""So many links; twice as many must not take more than SLACK times as much."""
SLACK = 2.8
"""Tables of names are doubled when they are full, which may be in one of two runs only."""
TABLE = 256 * 1024
"""So many bytes that may take, where what is compiled takes hardly any."""

NESTED = {"functions", "function called"}
"""Python's compiler has each function know the names of all around it; the parser ends these at 5,000."""


def compile_root(text: str) -> CodeType:
    source = Source("/program.nix", text)
    tree = Compiler(source, lambda: parse(source), NAMES).tree()
    code: CodeType = compile(tree, "program", "exec")
    return code


def peak(text: str) -> int:
    """How many bytes are in use at most."""
    tracemalloc.start()
    try:
        run_deep(lambda: compile_root(text))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def print_peaks() -> None:
    """A line of JSON: for each kind, the peak of one size and of twice that size."""
    peaks = {}
    for kind in sorted(SYNTAX.keys() - NESTED):
        once, twice = SYNTAX[kind](SIZE), SYNTAX[kind](2 * SIZE)
        run_deep(partial(compile_root, once))
        # Python's table of all names may be doubled at any time; in one of two runs it is not.
        of_once, of_twice = min(peak(once), peak(once)), peak(twice)
        peaks[kind] = of_once, of_twice if of_twice < SLACK * of_once else min(of_twice, peak(twice))
    print(json.dumps(peaks))


@pytest.fixture(scope="module")
def peaks() -> dict[str, tuple[int, int]]:
    """Counted in a process of their own: here other tests' threads and garbage would count too."""
    command = [sys.executable, "-c", f"from {__name__} import print_peaks; print_peaks()"]
    folder = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True, timeout=1200)
    found: dict[str, tuple[int, int]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("kind", sorted(SYNTAX.keys() - NESTED))
def test_memory_grows_with_the_text(kind: str, peaks: dict[str, tuple[int, int]]) -> None:
    once, twice = peaks[kind]
    assert twice < max(SLACK * once, TABLE)


@pytest.mark.parametrize("kind", ["let of functions", "let of lambdas unused", "list of lambdas"])
def test_no_function_defines_very_many(kind: str) -> None:
    """Python's compiler takes a time for `def`s in one function that grows with their square."""
    waiting = [compile_root(SYNTAX[kind](5 * MANY_DEFINITIONS))]
    while waiting:
        code = waiting.pop()
        inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        assert code.co_name == "<module>" or len(inner) <= 2 * MANY_DEFINITIONS
        waiting += inner


BOUNDED = {
    "< of lists": (4000, "true"),
    "formals": (100_000, "100000"),
    "inherit in a chain": (20_000, "1"),
    "list of ints": (1_000_000, "1000000"),
    "list of strings": (100_000, "100000"),
    "+ of ints": (100_000, "stack overflow"),
    "+ of strings": (100_000, "stack overflow"),
    "//": (100_000, "memory exhausted"),
    "++": (100_000, "memory exhausted"),
    "->": (100_000, "memory exhausted"),
}
"""Long texts, and what they come to: real Nix 2.26.3 gives the same value, and has the same error where it has one."""

ROOT = Path(__file__).parents[2]

MEASURED = """
import json, sys
from tests.bench.nesting import lixeval, said
done = lixeval(sys.argv[1], sys.argv[2], 300)
print(json.dumps([said(done), done.memory]))
"""
"""Done by a small process: what a child has at its most begins with what its parent has."""


@pytest.mark.parametrize("kind", BOUNDED)
def test_a_value_or_a_clean_error(kind: str, tmp_path: Path) -> None:
    size, expected = BOUNDED[kind]
    program = tmp_path / "program.nix"
    program.write_text(SYNTAX[kind](size), encoding="utf-8")
    words = [sys.executable, "-c", MEASURED, str(program), str(tmp_path / "own")]
    answer, memory = json.loads(subprocess.run(words, capture_output=True, check=True, cwd=ROOT).stdout)
    assert answer.startswith(expected)
    assert memory < 1024


def test_columns_of_a_line_without_end() -> None:
    text = "aé\N{SNOWMAN}\N{PILE OF POO}\udcff" * 3000
    source = Source("/program.nix", "1 +\n" + text)
    for offset in (0, 1, 4095, 4096, 4097, 8192, 12_287, 14_999, 15_000):
        column = len(text[:offset].encode("utf-8", "surrogateescape")) + 1
        assert source.line_and_column(4 + offset) == (2, column)
