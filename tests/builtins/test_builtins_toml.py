"""fromTOML beyond what recorded_values/documents.json has: what Nix has no room for, and timestamps.

What is accepted and refused, and the timestamps, are as Nix 2.26 has them (the latter with the experimental feature
parse-toml-timestamps); messages are tomllib's.
"""

from __future__ import annotations

import pytest

from lixeval.builtins.toml import parse_toml
from lixeval.errors import EvalError, StackOverflow


@pytest.mark.parametrize(
    "text",
    [
        "a=9223372036854775808",
        "a=-9223372036854775809",
        "a=0xffffffffffffffff",
        "a=1e400",
        'a="\\u0000"',
        '"\\u0000"=1',
        'a="\udce9"',
        "a=1979-05-27",
        "a=07:32:00",
        "a=[1979-05-27T07:32:00Z]",
        "a=1\na=2",
        "[a]\n[a]",
        "a={b=1}\na.c=2",
        "a={b=1,}",
        "a={b=1,\n c=2}",
        "a={ # new\n b=1}",
        'a="\\e"',
        'a="\\x41"',
        "a=12:30",
        "a=01",
        "a=1.",
        "a='",
        "é=1",
        "a=1 b=2",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(EvalError, match="while parsing TOML: "):
        parse_toml(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=9223372036854775807", {"a": 2**63 - 1}),
        ("a=-9223372036854775808", {"a": -(2**63)}),
        ("\ufeffa=1", {"a": 1}),
        ("a=[[1],[{b=[]}]]", {"a": ((1,), ({"b": ()},))}),
        ("a=1\r\nb=2\r\n", {"a": 1, "b": 2}),
        ("a=inf\nb=-inf", {"a": float("inf"), "b": float("-inf")}),
        ('a="""""x"""', {"a": '""x'}),
        ("[a.b]\n[a]\nx=1", {"a": {"b": {}, "x": 1}}),
    ],
)
def test_accepted(text: str, expected: object) -> None:
    assert parse_toml(text) == expected


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1979-05-27", "1979-05-27"),
        ("07:32:00", "07:32:00"),
        ("07:32:00.123", "07:32:00.123"),
        ("07:32:00.123456", "07:32:00.123456"),
        ("1979-05-27T07:32:00", "1979-05-27T07:32:00"),
        ("1979-05-27T07:32:00Z", "1979-05-27T07:32:00Z"),
        ("1979-05-27T07:32:00-00:00", "1979-05-27T07:32:00Z"),
        ("1979-05-27T07:32:00.000001-07:30", "1979-05-27T07:32:00.000001-07:30"),
    ],
)
def test_timestamps(written: str, value: str) -> None:
    assert parse_toml(f"a={written}", timestamps=True) == {"a": {"_type": "timestamp", "value": value}}


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 20_000) + " = 1",
        "\n".join(f"{number}." + " . ".join(["'a'"] * 4000) + " = 1" for number in range(50)),
    ],
    ids=["one", "many"],
)
def test_dotted_keys_that_would_take_all_memory(text: str) -> None:
    with pytest.raises(EvalError, match="dotted keys have too many parts"):
        parse_toml(text)


def test_dots_elsewhere_are_no_keys() -> None:
    text = "a = '" + "b c." * 50_000 + "'\nd = [" + "1.5, " * 20_000 + "]\n" + "x.y.z = 1 # " + "." * 50_000
    assert sorted(parse_toml(text)) == ["a", "d", "x"]


def test_deep_nesting_is_a_stack_overflow() -> None:
    with pytest.raises(StackOverflow):
        parse_toml("a = " + "[" * 100_000)
