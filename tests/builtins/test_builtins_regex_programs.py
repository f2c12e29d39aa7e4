"""What `re` makes of patterns is kept for the next run, which matches the same without it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lixeval.builtins import regex_programs
from lixeval.builtins.regex_programs import Programs, matcher, program_of

PATTERNS = ["a", "(?:ab)*(c)?", "[^a-z]+|(x)(y)", "(?:\\[|\\])", "a{2,4}(?:b|c)$", "", ".*", "[\\x80-\\xff]+"]
TEXTS = ["", "a", "ababc", "abab", "xy", "[", "aab", "aaaac", "a\nb", "\xe9\xff"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_program_matches_as_the_pattern_does(pattern: str) -> None:
    own, usual = matcher(pattern, program_of(pattern)), re.compile(pattern, re.DOTALL)
    assert own == usual and own.groups == usual.groups and own.flags == usual.flags
    for text in TEXTS:
        mine, theirs = own.fullmatch(text), usual.fullmatch(text)
        assert (mine and mine.groups()) == (theirs and theirs.groups())
        assert own.split(text) == usual.split(text)
        assert [m.span() for m in own.finditer(text)] == [m.span() for m in usual.finditer(text)]


class Memory:
    """A table in memory."""

    def __init__(self) -> None:
        self.value: Any = None
        self.writes = 0

    def load(self) -> Any:
        return self.value

    def save(self, value: Any) -> None:
        self.value = value
        self.writes += 1


def test_what_was_made_is_known_to_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_programs, "MOST", 3)
    table = Memory()

    def run(*patterns: str) -> list[bool]:
        programs = Programs(table)
        known = []
        for pattern in patterns:
            found = programs.get(pattern)
            known.append(found is not None)
            if found is None:
                programs.add(pattern, program_of(pattern))
        programs.keep()
        return known

    assert run("a", "b") == [False, False]
    assert run("a", "b") == [True, True]
    assert table.writes == 1
    assert run("a", "c") == [True, False]
    assert run("a", "d") == [True, False]  # too many: what this run did without goes
    assert run("a", "d", "c") == [True, True, False]
    assert run("1", "2", "3", "4", "5") == [False] * 5
    writes = table.writes
    assert run("1", "2", "3", "4", "5") == [True, True, True, False, False]
    assert table.writes == writes


def test_a_program_that_is_none_is_refused() -> None:
    flags, code, groups = program_of("(a|b)c")
    with pytest.raises(RuntimeError):
        matcher("(a|b)c", (flags, [*code[:-3], 77, 1 << 20, 5], groups))


PROGRAM = """
import sys
from lixeval.cli import main
assert main(sys.argv[1:]) == 0
print("re" in sys.modules)
"""


def test_the_next_run_does_not_import_re(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "LIXEVAL_STORE": str(tmp_path / "store")}
    texts = 'builtins.genList (n: "a${toString n}b") 900'
    text = f'builtins.length (builtins.filter (t: builtins.match "a([0-9]+)(b|c)?" t != null) ({texts}))'
    command = [sys.executable, "-c", PROGRAM, "--eval", "--no-eval-cache", "-E", text]
    printed = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    ]
    assert printed == [["900", "True"], ["900", "False"]]
