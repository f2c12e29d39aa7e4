"""JSON beyond what recorded_values/json.json has: both readers, round trips."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lixeval.builtins.json import to_json
from lixeval.formats.json_floats import json_float, shortest_digits
from lixeval.formats.json_reading import _parse_sound, _Reader, parse_json

DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner).map(tuple)
        | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


def _with_lists(value: Any) -> Any:
    if value.__class__ is tuple:
        return [_with_lists(item) for item in value]
    if value.__class__ is dict:
        return {name: _with_lists(item) for name, item in value.items()}
    return value


def _no_copy(path: str) -> str:
    raise AssertionError(path)


@given(DATA)
def test_what_is_written_reads_back(value: Any) -> None:
    text, context = to_json(value, _no_copy)
    assert not context
    assert json.loads(text) == _with_lists(value)
    assert parse_json(text) == value
    assert _Reader(text).document() == value


@given(DATA, st.booleans())
def test_both_readers_read_the_same(value: Any, is_ascii: bool) -> None:
    text = json.dumps(_with_lists(value), ensure_ascii=is_ascii, indent=1)
    assert repr(_Reader(text).document()) == repr(parse_json(text))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_back(number: float) -> None:
    assert float(json_float(number)) == number
    assert math.copysign(1, float(json_float(number))) == math.copysign(1, number)


@given(st.floats(min_value=5e-324, allow_nan=False, allow_infinity=False))
def test_digits_are_of_the_number(number: float) -> None:
    digits, exponent = shortest_digits(number)
    assert float(f"{digits}e{exponent}") == number
    assert not digits.startswith("0")


def test_the_quick_reader_is_used_for_sound_text() -> None:
    assert _parse_sound('{"a": [1, 2.5, {"b": null}, "\\u00e9"]}') == {"a": (1, 2.5, {"b": None}, "é")}
