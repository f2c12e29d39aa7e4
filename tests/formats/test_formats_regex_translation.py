"""How much work a pattern is said to be for a matcher that backtracks, beside the steps that one takes."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from typing import Any

import pytest

from lixeval.formats.posix_regex import InvalidRegex, parse_regex
from lixeval.formats.regex_translation import Translation, translated

# What `re` reads patterns with.
names: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")


def _steps(pattern: str, text: str, limit: int) -> int:
    """The parts of a pattern that are tried before the whole text matches or all ways have failed; at most `limit`."""
    steps = 0

    def one_after_another(parts: list[Any], at: int, place: int) -> Iterator[int]:
        if at == len(parts):
            yield place
            return
        kind, about = parts[at]
        for end in ends(kind, about, place):
            yield from one_after_another(parts, at + 1, end)

    def ends(kind: Any, about: Any, place: int) -> Iterator[int]:
        nonlocal steps
        steps += 1
        if steps > limit:
            raise TimeoutError
        if kind is names.SUBPATTERN:
            yield from one_after_another(list(about[3]), 0, place)
        elif kind is names.BRANCH:
            for branch in about[1]:
                yield from one_after_another(list(branch), 0, place)
        elif kind is names.MAX_REPEAT:
            yield from repeated(about, 0, place)
        elif place < len(text) and _takes(kind, about, ord(text[place])):
            yield place + 1

    def repeated(about: Any, times: int, place: int) -> Iterator[int]:
        least, most, body = about
        if times < most:
            for end in one_after_another(list(body), 0, place):
                yield from repeated(about, times + 1, end)
        if times >= least:
            yield place

    for end in one_after_another(list(parser.parse(pattern)), 0, 0):
        if end == len(text):
            break
    return steps


def _takes(kind: Any, about: Any, code: int) -> bool:
    if kind is names.LITERAL:
        return bool(about == code)
    if kind is names.NOT_LITERAL:
        return bool(about != code)
    if kind is names.ANY:
        return True
    assert kind is names.IN
    negated = about[0][0] is names.NEGATE
    members = about[1:] if negated else about
    inside = any(
        low <= code <= high
        for low, high in [value if which is names.RANGE else (value, value) for which, value in members]
    )
    return inside != negated


def _random_pattern(choose: random.Random, depth: int) -> str:
    kind = choose.random()
    if depth == 0 or kind < 0.3:
        return choose.choice(["a", "b", ".", "[ab]", "[^a]", "c", "[^b]"])
    if kind < 0.5:
        return "".join(_random_pattern(choose, depth - 1) for _ in range(choose.randint(1, 4)))
    if kind < 0.6:
        return f"({'|'.join(_random_pattern(choose, depth - 1) for _ in range(choose.randint(2, 3)))})"
    if kind < 0.7:
        return f"({_random_pattern(choose, depth - 1)}){choose.choice(['?', '', '{2}', '{1,2}'])}"
    body = choose.choice(["a", "b", ".", "[ab]", "[^a]", f"({_random_pattern(choose, depth - 1)})"])
    return body + choose.choice(["*", "+", "?", "*", "{1,}"])


def _translation(pattern: str) -> Translation | None:
    try:
        return translated(parse_regex(pattern))
    except InvalidRegex:
        return None


@pytest.mark.parametrize("seed", range(200))
def test_the_effort_bounds_the_steps_of_backtracking(seed: int) -> None:
    choose = random.Random(seed)
    pattern = "".join(_random_pattern(choose, 2) for _ in range(choose.randint(1, 5)))
    translation = _translation(pattern)
    if translation is None:
        return
    for n in (6, 14, 22):
        half = n // 2
        for text in ("a" * n, "b" * n, "ab" * half, "a" * half + "b" * half, "a" * n + "c", "ab" * half + "bc"):
            bound = (len(pattern) + 2) * translation.effort(len(text) + 1, searching=False)
            assert _steps(translation.pattern, text, bound) <= bound


@pytest.mark.parametrize(
    ("pattern", "degree"),
    [
        ("[a-z]+-[0-9]+", 1),
        (".*a.*", 2),
        (".*/([^ /]*) [(][^)]*[)](.*)", 2),
        ("(.*)-([0-9]*)[.](.*)x", 2),
        (".*(a|b*c).*d", 2),
        (".*.*.*a", 3),
    ],
)
def test_loops_of_which_the_next_byte_tells_the_end_multiply_nothing(pattern: str, degree: int) -> None:
    translation = _translation(pattern)
    assert translation is not None
    assert translation.degree == degree


def test_the_effort_between_foreign_bytes_is_that_of_each_part() -> None:
    chance = random.Random(1)
    for pattern in ("a", "a*b", "a*b*", "(a|b)*c", "a?b?c", "a*a", "[ab]*a[ab]*"):
        translation = translated(parse_regex(pattern))
        assert translation is not None
        lengths = [chance.randrange(5) for _ in range(50)]
        efforts = [translation.effort(length, searching=True) for length in lengths]
        assert translation.effort_between(iter(lengths)) == sum(efforts)
