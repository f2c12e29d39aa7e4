"""Go's regular expressions; expected results follow the syntax page of RE2 and the documentation of Go's regexp."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lixeval.containers import go_regexp
from lixeval.containers.failure import Nix2containerError


def found(pattern: str, text: str) -> str | None:
    match = go_regexp.compile_pattern(pattern).search(text)
    return text[slice(*match.span())] if match else None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a$", "ba", "a"),
        ("a$", "ba\n", None),
        ("(?m)a$", "ba\nc", "a"),
        ("(?m)^c", "ba\nc", "c"),
        ("^c", "ba\nc", None),
        (r"a\z", "ba\n", None),
        (".", "\n", None),
        ("(?s).", "\n", "\n"),
        ("(?s:.)b|.", "\nb", "\nb"),
        (".é.", "aéb", "aéb"),
        ("^.$", "日", "日"),
        ("^.{2}$", "\udcff\udcfe", "\udcff\udcfe"),
        (r"\d", "٣", None),
        (r"\w+", "éa_1", "a_1"),
        (r"\s", "\v", None),
        (r"[\s]", "\f", "\f"),
        (r"\bé", "aé", "é"),
        (r"[[:alpha:]]+", "1ab2", "ab"),
        (r"[[:^digit:]]+", "1aé2", "aé"),
        (r"[^\D1]+", "a1231", "23"),
        (r"\pL+", "1éa日2", "éa日"),
        (r"\p{Lu}", "aÉ", "É"),
        (r"[\PL]", "a1", "1"),
        (r"\Qa.b\E+", "a.bbb", "a.bbb"),
        (r"\Qa.b", "xa.b", "a.b"),
        (r"\x41\x{e9}\101", "AéA", "AéA"),
        ("(?i)nix", "NiX", "NiX"),
        ("(?i:n)ix", "NIX", None),
        ("(?i)a(?-i)b", "AB", None),
        ("(?U)a+", "aaa", "a"),
        ("(?U)a+?", "aaa", "aaa"),
        ("a+?", "aaa", "a"),
        ("(a|ab)(c|bcd)", "abcd", "abcd"),
        ("a{2}", "aaa", "aa"),
        ("a{,2}", "a{,2}", "a{,2}"),
        ("x{", "x{", "x{"),
        ("[]a]+", "]a", "]a"),
        ("[a-]", "-", "-"),
        ("^*a", "ba", "a"),
        ("(?P<n>a)b", "ab", "ab"),
        ("(?<n>a)b", "ab", "ab"),
        ("a(?:)b", "ab", "ab"),
        ("/nix/store/x-libstdc+13", "/nix/store/x-libstdc+13", None),
        ("", "abc", ""),
        ("a||b", "b", ""),
    ],
)
def test_what_matches(pattern: str, text: str, expected: str | None) -> None:
    assert found(pattern, text) == expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "missing closing ): `(`"),
        ("a)", "unexpected ): `a)`"),
        ("[a", "missing closing ]: `[a`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a|*", "missing argument to repetition operator: `*`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{2,1}", "invalid repeat count: `{2,1}`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?<!a)", "invalid or unsupported Perl syntax: `(?<`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        (r"\C", r"invalid escape sequence: `\C`"),
        (r"\Z", r"invalid escape sequence: `\Z`"),
        ("\\", "trailing backslash at end of expression: ``"),
        ("[z-a]", "invalid character class range: `z-a`"),
        (r"\p{Klingon}", r"invalid character class range: `\p{Klingon}`"),
        ("/nix/store/x-libstdc++-13", "invalid nested repetition operator: `++`"),
    ],
)
def test_what_go_refuses_is_a_panic(pattern: str, reason: str) -> None:
    with pytest.raises(Nix2containerError) as failure:
        go_regexp.compile_pattern(pattern)
    assert failure.value.status == 2
    assert failure.value.message == f"panic: regexp: Compile(`{pattern}`): error parsing regexp: {reason}"


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a*)*b", "(a|a)*b", "(a|aa)+b", "(.*)*b", "(x+x+)+y|a+b", "(a{1,30}){1,30}b"]
)
def test_time_grows_with_the_text_alone(pattern: str) -> None:
    assert found(pattern, "a" * 30) is None
    assert found(pattern, "a" * 100_000) is None


def test_a_group_name_that_comes_twice() -> None:
    """Go takes the first of them that has matched."""
    pattern = "(?P<n>a)|(?P<n>b)"
    assert found(pattern, "xb") == "b"
    assert go_regexp.replace_all(pattern, "<$n>", "ab") == "<a><b>"


@given(st.text(max_size=20))
def test_quoted_text_matches_itself(text: str) -> None:
    if r"\E" not in text:
        assert found(rf"\Q{text}\E", "x" + text) == text
    assert found(re.sub(r"([^\w\s])", r"\\\1", text, flags=re.ASCII) if text.isascii() else text[:0], text) is not None


@given(st.text(st.sampled_from("ab|()[]*+?.^$\\{}1,-:"), max_size=12))
def test_whatever_the_pattern_there_is_an_answer(pattern: str) -> None:
    """Either Go's error or a compiled pattern, never one of Python's errors."""
    with contextlib.suppress(Nix2containerError):
        go_regexp.compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "template", "text", "expected"),
    [
        ("^/nix/store/x", "", "/nix/store/x/bin", "/bin"),
        ("a(x*)b", "T", "-ab-axxb-", "-T-T-"),
        ("a(x*)b", "$1", "-ab-axxb-", "--xx-"),
        ("a(x*)b", "$1W", "-ab-axxb-", "---"),
        ("a(x*)b", "${1}W", "-ab-axxb-", "-W-xxW-"),
        ("(?P<word>b)", "<$word>", "abc", "a<b>c"),
        ("^/nix/store/x-1.2", "/y", "/nix/store/x-1.2/bin", "/y/bin"),
        ("^/nix/store/x-1.2", "", "/nix/store/x-1.2", ""),
        ("^/nix/store/x-1.2", "", "/nix/store/x-1x2/bin", "/bin"),
        ("^/nix/store/x-1.2", "", "/a/nix/store/x-1.2", "/a/nix/store/x-1.2"),
        ("^aa", "", "aaaa", "aa"),
        ("b", "$$", "abc", "a$c"),
        ("b", "$0$9$", "abc", "ab$c"),
        ("x*", "-", "abxc", "-a-b-c-"),
        ("", "-", "ab", "-a-b-"),
        ("a*", "-", "baaac", "-b-c-"),
        ("^", "x", "ab", "xab"),
    ],
)
def test_replacing(pattern: str, template: str, text: str, expected: str) -> None:
    assert go_regexp.replace_all(pattern, template, text) == expected
