"""The table of attempts is whole, and what the documents promise is tried by tests that are there."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

from tests.attack.table import table

TESTS = Path(__file__).parents[1]
DOCUMENT = TESTS.parent / "docs/security.md"
_ADVISORY = re.compile(r"(CVE-\d{4}-\d{4,}(, CVE-\d{4}-\d{4,})*)?")


@functools.cache
def functions(file: Path) -> frozenset[str]:
    """The tests in a file."""
    return frozenset(node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef))


def test_every_attempt_says_what_and_what_must_happen() -> None:
    rows = table()
    assert len(rows) > 700
    for row in rows:
        assert row.door and row.what and row.must, row
        assert _ADVISORY.fullmatch(row.advisory), row
        file, _, function = row.test.partition("::")
        assert function in functions(TESTS / "attack" / file), row


def test_no_attempt_is_there_twice() -> None:
    keys = [(row.door, row.what, row.must) for row in table()]
    assert sorted(keys) == sorted(set(keys))


def rows_of_the_document() -> list[list[str]]:
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|") and "::" in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("cells", rows_of_the_document(), ids=lambda cells: cells[1])
def test_every_threat_has_a_test_that_is_there(cells: list[str]) -> None:
    assert len(cells) == 4 and all(cells)
    for named in re.findall(r"`([^`]*::[^`]*)`", cells[3]):
        file, _, function = named.partition("::")
        assert function in functions(TESTS / file), named


def test_every_advisory_of_the_table_is_in_the_document() -> None:
    text = DOCUMENT.read_text()
    missing = {number for row in table() for number in row.advisory.split(", ") if number and number not in text}
    assert not missing
