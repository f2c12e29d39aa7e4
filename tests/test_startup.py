"""What a start costs: the modules that a run loads which finds its result, and which ones no run of `1 + 1` loads.

A module takes a tenth of a millisecond and more to import; the whole run takes 25.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RECALLED = {
    "lixeval",
    "lixeval.cli",
    "lixeval.environment",
    "lixeval.environment.machine",
    "lixeval.environment.nix_conf",
    "lixeval.environment.variables",
    "lixeval.evaluation",
    "lixeval.evaluation.remembered",
    "lixeval.evaluation.remembered.entries",
    "lixeval.evaluation.remembered.facts",
    "lixeval.evaluation.remembered.key",
    "lixeval.evaluation.remembered.recall",
    "lixeval.system",
    "lixeval.system.cache",
    "lixeval.system.deep_stack",
    "lixeval.system.directories",
    "lixeval.system.fingerprints",
    "lixeval.system.machines",
    "lixeval.system.own_modules",
}
"""All of lixeval that is loaded where the command line has been run before."""

NEVER = {"ctypes", "contextlib", "dataclasses", "json", "lark", "re", "rich", "subprocess", "tempfile", "typing"}
"""What no run of `1 + 1` needs once its code is kept."""

UNASKED = {
    "lixeval.formats.derivation",
    "lixeval.formats.hashes",
    "lixeval.formats.json_reading",
    "operator",
    "lixeval.store.local",
    "lixeval.system.terminal_text",
}
"""What an evaluation that asks neither a store nor a terminal can do without."""

PROGRAM = """
import sys
before = set(sys.modules)
from lixeval.cli import main
assert main(sys.argv[2:]) == int(sys.argv[1])
print(*sorted(set(sys.modules) - before))
"""


def loaded(tmp_path: Path, *words: str, code: int = 0) -> set[str]:
    """The modules that a run loads, of `1 + 1` unless the words say what to do; `code` is how it ends."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "LIXEVAL_STORE": str(tmp_path / "store")}
    what = () if "--instantiate" in words else ("--eval", "-E", "1 + 1")
    command = [sys.executable, "-c", PROGRAM, str(code), *what, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.rstrip("\n").rpartition("\n")[2].split())


def test_a_result_that_is_remembered_needs_little(tmp_path: Path) -> None:
    loaded(tmp_path)
    found = loaded(tmp_path)
    assert {name for name in found if name.startswith("lixeval")} == RECALLED
    assert not found & NEVER


@pytest.mark.parametrize("words", [(), ("--json",), ("--strict",)])
def test_code_that_is_kept_needs_no_compiler(tmp_path: Path, words: tuple[str, ...]) -> None:
    loaded(tmp_path, "--no-eval-cache", *words)
    found = loaded(tmp_path, "--no-eval-cache", *words)
    assert not {name for name in found if name.startswith(("lixeval.compiler.program", "lixeval.syntax."))}
    assert not found & (NEVER if not words else {"lark", "rich", "subprocess", "typing"})
    assert not found & UNASKED


def test_a_text_that_nobody_has_compiled_needs_no_module_that_is_slow_to_import(tmp_path: Path) -> None:
    """Test suites of shell scripts have hundreds of runs, each with a text of its own."""
    loaded(tmp_path)  # keeps the parser's tables
    found = loaded(tmp_path, "-E", "let f = { a ? 1, ... }: [ a ]; in f { }", "--no-eval-cache")
    assert not found & {"dataclasses", "inspect", "lark", "typing", "lixeval.syntax.unparse"}
    assert "lixeval.compiler.program" in found


def test_a_failure_that_was_explained_before_parses_nothing(tmp_path: Path) -> None:
    """Patterns alone take six of the fifty milliseconds of such a run."""
    words = ("-E", "let f = x: x + { }; in f 1", "--no-eval-cache")
    loaded(tmp_path, *words, code=1)
    found = loaded(tmp_path, *words, code=1)
    assert "lixeval.diagnostics.outline" in found
    assert not {name for name in found if name.startswith(("lixeval.compiler.program", "lixeval.syntax.parser"))}
    assert not found & {"collections", "contextlib", "dis", "enum", "functools", "json", "lark", "re", "typing"}


def test_making_a_derivation_needs_no_module_that_is_slow_to_import(tmp_path: Path) -> None:
    """SQLite's module brings `collections` and `functools`; its own source is a file that is copied."""
    (tmp_path / "source").write_text("text")
    text = 'derivation { name = "d"; system = "s"; builder = "b"; source = ./source; }'
    (tmp_path / "default.nix").write_text(text)
    words = ("--instantiate", str(tmp_path), "--no-eval-cache")
    loaded(tmp_path, *words)
    found = loaded(tmp_path, *words)
    assert "lixeval.store.sources" in found
    slow = {"ctypes", "dataclasses", "hashlib", "inspect", "json", "re", "rich", "subprocess", "tempfile", "typing"}
    assert not found & slow
