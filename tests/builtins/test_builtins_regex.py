"""Regular expressions: what real Nix answers is in recorded_values/regex.json; here the two matchers and the bounds."""

from __future__ import annotations

import random
import re
import sys

import pytest

from lixeval.builtins import regex
from lixeval.builtins.regex import Regex
from lixeval.formats.posix_regex import InvalidRegex, RegexTooLarge, parse_regex
from lixeval.formats.regex_automaton import Automaton
from lixeval.formats.regex_translation import translated


def _pattern(source: random.Random, depth: int) -> str:
    """A pattern over a, b, c."""
    chance = source.random()
    if depth == 0 or chance < 0.3:
        return source.choice(["a", "b", "c", ".", "[ab]", "[^a]", "[b-c]", "", "ab", "bc"])
    if chance < 0.5:
        return _pattern(source, depth - 1) + _pattern(source, depth - 1)
    if chance < 0.65:
        return f"({_pattern(source, depth - 1)}|{_pattern(source, depth - 1)})"
    if chance < 0.8:
        return f"({_pattern(source, depth - 1)})"
    quantifier = source.choice(["*", "+", "?", "{2}", "{1,2}", "{0,1}", "{1,}", "{0,2}", "{0}"])
    return f"({_pattern(source, depth - 1)}){quantifier}"


@pytest.mark.parametrize("seed", range(20))
def test_the_translation_matches_as_the_automaton_does(seed: int) -> None:
    source = random.Random(seed)
    compared = 0
    for _ in range(60):
        pattern = _pattern(source, source.randrange(1, 5))
        syntax = parse_regex(pattern)
        translation = translated(syntax)
        if translation is None:
            continue
        compared += 1
        automaton = Automaton(syntax)
        compiled = re.compile(translation.pattern, re.DOTALL)
        for _ in range(3):
            text = "".join(source.choice("abc") for _ in range(source.randrange(9)))
            captures = automaton.match(text)
            found = compiled.fullmatch(text)
            assert (found is None) == (captures is None), (pattern, text)
            if found is not None and captures is not None:
                assert _spans(found) == captures, (pattern, text)
            if translation.for_search:
                ours = automaton.matches(text)
                assert [_spans(found) for found in compiled.finditer(text)] == ours, (pattern, text)
    assert compared > 20


@pytest.mark.parametrize("seed", range(10))
def test_a_text_is_cut_alike_by_both(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source = random.Random(seed)
    for _ in range(60):
        pattern = _pattern(source, source.randrange(1, 5))
        text = "".join(source.choice("abcé") for _ in range(source.randrange(20)))
        plain, own = Regex(pattern), Regex(pattern)
        monkeypatch.setattr(own, "_translation", None)
        assert plain.pieces(text) == own.pieces(text), (pattern, text)
        assert plain.groups_of_match(text) == own.groups_of_match(text), (pattern, text)


def test_few_and_short_texts_are_matched_without_re(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "re")
    monkeypatch.setattr(regex, "_bytes_without_re", 100)
    found = Regex("(a+)b")
    assert found.groups_of_match("aab") == ("aa",) and found.pieces("xabx") == ["x", ("a",), "x"]
    assert "re" not in sys.modules
    assert found.groups_of_match("a" * 1000 + "b") == ("a" * 1000,)
    assert found.groups_of_match("aab") == ("aa",)
    assert "re" in sys.modules


def _spans(found: re.Match[str]) -> list[int]:
    return [end for group in range(found.re.groups + 1) for end in found.span(group)]


@pytest.mark.parametrize(
    "pattern",
    ["(a*)*b", "(a|aa)+b", "((a?)*)*b", "(.*)(.*)(.*)(.*)x", "([a-z]+)+[0-9]", "(a|b|ab)*c", "(x+x+)+y", "(.*a){12}b"],
)
def test_hostile_patterns_take_time_in_proportion_to_the_text(pattern: str) -> None:
    regex = Regex(pattern)
    assert regex.groups_of_match("a" * 3000) is None
    assert regex.pieces("a" * 1000) == ["a" * 1000]


@pytest.mark.parametrize(
    ("pattern", "text", "by_re"),
    [
        ("([0-9]+) x", "123 x, " * 50_000, True),
        ("([0-9]+) x", "1 " * 50_000, False),
        ("([0-9]+) x", "1" * 100_000, False),
        ("(.+) x", "123 x, " * 50_000, False),
        ("a|b", "a" * 5_000_000, True),
    ],
)
def test_long_texts_are_searched_by_re_where_its_ways_are_short(pattern: str, text: str, by_re: bool) -> None:
    regex = Regex(pattern)
    assert regex._searches(text) is by_re
    beginning = text[:2000]
    own = Regex(pattern)
    own._translation = None
    assert regex.pieces(beginning) == own.pieces(beginning)


def test_what_would_take_too_long_is_an_error() -> None:
    regex = Regex("((((((((a*)*)*)*)*)*)*)*)*b")
    with pytest.raises(RegexTooLarge):
        regex.groups_of_match("a" * 100_000)


def test_patterns_can_be_nested_deeply() -> None:
    regex = Regex("(" * 3000 + "a" + ")" * 3000)
    assert regex.groups_of_match("a") == ("a",) * 3000


@pytest.mark.parametrize(
    ("pattern", "valid"),
    [("a{99993}", True), ("a{99994}", False), ("(a{300}){300}", True), ("(a{1000}){99}", False)],
)
def test_the_limit_is_that_of_libstdcxx(pattern: str, valid: bool) -> None:
    if valid:
        parse_regex(pattern)
    else:
        with pytest.raises(RegexTooLarge):
            parse_regex(pattern)


@pytest.mark.parametrize("pattern", ["(", ")", "[", "a{", "a{1", "a{,1}", "*", "a|*", "\\", "\\d", "[z-a]", "[[:x:]]"])
def test_invalid(pattern: str) -> None:
    with pytest.raises(InvalidRegex):
        parse_regex(pattern)


def test_long_text_with_many_matches() -> None:
    pieces = Regex("(,| )+").pieces("ab, " * 20_000)
    assert len(pieces) == 40_001
    assert pieces[:3] == ["ab", (" ",), "ab"]
