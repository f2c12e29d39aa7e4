"""A few of the trials that `trials.py` and `collectors.py` make by hand in hundreds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import collectors, trials


@pytest.fixture(scope="module")
def where() -> Iterator[trials.Place]:
    """One place for all: what one trial leaves is what the next one finds."""
    with trials.place() as found:
        yield found


@pytest.fixture(scope="module")
def library(where: trials.Place) -> str:
    if sys.platform != "linux":
        pytest.skip("LD_PRELOAD is Linux's")
    found = trials.compiled(where.folder)
    if found is None:
        pytest.skip("needs a C compiler")
    return found


def test_killed_runs(where: trials.Place) -> None:
    trials.kill(where, 20)


@pytest.mark.parametrize(
    ("operation", "call", "number"),
    [
        ("build", "write", 3),
        ("build", "mkdir", 2),
        ("image", "rename", 2),
        ("layout", "open", 4),
        ("add", "fsync", 1),
        ("gc", "write", 2),
        ("copy", "write", 1),
        ("copy to a cache", "write", 1),
        ("copy to a cache", "rename", 2),
        ("copy from a cache", "fsync", 1),
        ("image", "read", 40),
        ("layout", "open to read", 30),
        ("copy", "read", 2),
    ],
)
def test_calls_that_fail(where: trials.Place, library: str, operation: str, call: str, number: int) -> None:
    trials.fail(where, library, operation, call, number, trials.ERRORS[number % 3])


def test_a_crowd_builds_once(where: trials.Place) -> None:
    trials.crowd(where, 4)


def test_builders_beside_collectors(tmp_path: Path) -> None:
    assert collectors.one_round(tmp_path, 0, builders=4, collectors=2) == []
