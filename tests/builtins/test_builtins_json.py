"""JSON beyond what recorded_values/json.json has: both readers, round trips."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lixeval.builtins.json import MAX_PLAIN_DEPTH, _PlainData, _written, to_json
from lixeval.errors import EvalError
from lixeval.formats.json_floats import json_float, shortest_digits
from lixeval.formats.json_octets import OctetReader
from lixeval.formats.json_reading import _parse_sound, parse_json
from lixeval.runtime.thunks import COMPUTE, READ
from lixeval.system.deep_stack import run_deep

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
    assert OctetReader(text).document() == value


@given(DATA, st.booleans())
def test_both_readers_read_the_same(value: Any, is_ascii: bool) -> None:
    text = json.dumps(_with_lists(value), ensure_ascii=is_ascii, indent=1)
    assert repr(OctetReader(text).document()) == repr(parse_json(text))


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


CELLS = st.sampled_from(("forced", "evaluated", "value"))


@given(DATA, st.data())
def test_thunks_and_values_are_written_alike(value: Any, data: st.DataObject) -> None:
    def delayed(item: Any) -> Any:
        if item.__class__ is tuple:
            item = tuple([delayed(element) for element in item])
        elif item.__class__ is dict:
            item = {name: delayed(member) for name, member in item.items()}
        kind = data.draw(CELLS)
        return item if kind == "value" else [READ, item] if kind == "evaluated" else [COMPUTE, lambda: item]

    assert to_json(delayed(value), _no_copy)[0] == _written(value, _PlainData(_no_copy))


@pytest.mark.parametrize("depth", [1, MAX_PLAIN_DEPTH - 1, MAX_PLAIN_DEPTH, MAX_PLAIN_DEPTH + 1, 3 * MAX_PLAIN_DEPTH])
def test_any_depth_is_written(depth: int) -> None:
    value: Any = ()
    for _ in range(depth):
        value = ({"a": value},)
    text = run_deep(lambda: to_json(value, _no_copy)[0])
    assert text == '[{"a":' * depth + "[]" + "}]" * depth


@pytest.mark.parametrize("number", [1e16, 1e-5, 1e15, 5e-324, 1.7976931348623157e308, 0.1, -0.0, 9007199254740993.0])
def test_numbers_are_written_as_nix_does_wherever_they_are(number: float) -> None:
    assert to_json({"a": (1, number)}, _no_copy)[0] == f'{{"a":[1,{json_float(number)}]}}'


def test_thunks_are_forced_in_the_order_of_names() -> None:
    forced: list[str] = []

    def cell(name: str) -> Any:
        def compute() -> Any:
            forced.append(name)
            return {"x": name}

        return [COMPUTE, compute]

    value = {"b": cell("b"), "é": cell("é"), "a": ({"d": cell("d"), "c": cell("c")},), "z": [READ, 1], "B": cell("B")}
    to_json(value, _no_copy)
    assert forced == ["B", "c", "d", "b", "é"]


@pytest.mark.parametrize("text", ["[" * 600 + "]" * 600, '{"a":' * 600 + "1" + "}" * 600, '["' + "[" * 600 + '"]'])
def test_deep_texts_are_not_read_by_recursion(text: str) -> None:
    assert OctetReader(text).document() == parse_json(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "1 2", "[1", "nul", "NaN", "[Infinity]", r'"\q"', '{"a" 1}', "\ufeff[]", '["\x01"]', "1" * 30, "1e999"],
)
def test_what_the_scanner_refuses_is_read_byte_by_byte(text: str) -> None:
    def outcome(read: Any) -> tuple[str, Any]:
        try:
            return "value", repr(read())
        except EvalError as error:
            return "error", error.message

    assert outcome(lambda: parse_json(text)) == outcome(lambda: OctetReader(text).document())
