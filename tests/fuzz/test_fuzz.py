"""Out of no parser comes anything but its declared errors: good inputs, kept ones, as many changed ones as 0.6 s allow.

The time is a budget, not an assertion: a slow machine tries less.  What has once been found is kept in `kept/TARGET/`.
"""

from __future__ import annotations

import contextlib
import time
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import CORPUS, kept
from tests.fuzz.mutation import mutated
from tests.fuzz.targets import TARGETS

BUDGET = 0.6
EXAMPLES = 60


@pytest.mark.parametrize("name", TARGETS)
def test_changed_inputs(name: str) -> None:
    target = TARGETS[name]
    inputs = [*target.seeds, *kept(name)]
    if not inputs:
        pytest.skip("git, which makes the first input, is not installed")
    for data in inputs:
        with contextlib.suppress(*target.declared):
            target.run(data)
    small = [data for data in inputs if len(data) < 10_000]
    choice = Random(name)
    end = time.monotonic() + BUDGET
    while time.monotonic() < end:
        data = mutated(choice.choice(small), small, choice)
        try:
            target.run(data)
        except target.declared:
            pass
        except BaseException as error:
            raise AssertionError(f"{name}: {data!r}") from error


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes(name: str) -> None:
    target = TARGETS[name]

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))))
    def run(data: bytes) -> None:
        with contextlib.suppress(*target.declared):
            target.run(data)

    run()


def test_nothing_is_kept_for_nobody() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= TARGETS.keys()
