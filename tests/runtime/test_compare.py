"""Equality that shows at once is the equality that the walk finds, and forces nothing that Nix would not."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lixeval.errors import EvalError
from lixeval.runtime import compare
from lixeval.runtime.thunks import COMPUTE, FORWARD, READ
from lixeval.runtime.values import ContextString


def function(argument: Any) -> Any:
    return argument


def fails() -> Any:
    raise EvalError("forced")


def value(source: random.Random, depth: int) -> Any:
    """A value, evaluated but for some that fail; small enough for two of them to be alike."""
    kind = source.randrange(10 if depth else 7)
    if kind < 5:
        return source.choice([1, 1, "a", "a", "b", True, None, 1.0, 0.5])
    if kind == 5:
        return source.choice([function, ContextString("a", frozenset(("/nix/store/x",)))])
    if kind == 6:
        return source.choice([{}, ()])
    if kind < 9:
        names = source.sample(["a", "b", "c", "type"], source.choice([1, 2, 2, 3]))
        return {name: held(source, depth - 1) for name in names}
    return tuple([held(source, depth - 1) for _ in range(source.randrange(3))])


SHARED = [READ, {"f": function}]


def held(source: random.Random, depth: int) -> Any:
    """An element: a value, or a cell of one."""
    chance = source.randrange(12)
    if chance == 0:
        return [COMPUTE, fails]
    if chance == 1:
        return SHARED
    inner = value(source, depth)
    if chance < 5:
        return [READ, inner]
    return [FORWARD, inner] if chance == 5 else inner


def outcome(left: Any, right: Any) -> Any:
    try:
        return compare._all_equal([(left, right)])
    except EvalError as error:
        return error.message


@pytest.mark.parametrize("seed", range(20))
def test_what_shows_at_once_is_what_the_walk_finds(seed: int) -> None:
    source = random.Random(seed)
    shown = {True: 0, False: 0, None: 0}
    for _ in range(2000):
        state = source.getstate()
        left = value(source, 3)
        if source.randrange(3):
            source.setstate(state)  # the same value again, or one that differs in its end
        right = left if source.randrange(4) == 0 else value(source, 3)
        if type(left) is type(right) and type(left) in (dict, tuple):
            seen = compare._seen_equal(left, right, 0, [])
            shown[seen] += 1
            assert seen is None or seen == outcome(left, right), (left, right)
    assert min(shown.values()) > 10
