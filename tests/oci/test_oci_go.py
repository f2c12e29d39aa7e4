"""Go's JSON and times: expected texts follow the documentation of encoding/json and time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lixeval.errors import ImageError
from lixeval.oci import config, go_json, go_time

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_json(value: Any) -> None:
    assert json.loads(go_json.marshal(value)) == value
    assert json.loads(go_json.marshal_indent(value)) == value


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a<b>&c", r'"a\u003cb\u003e\u0026c"'),
        ("\u2028\u2029", r'"\u2028\u2029"'),
        ("\b\f\n\r\t\x01\x1f", r'"\b\f\n\r\t\u0001\u001f"'),
        ('"\\', r'"\"\\"'),
        ("\x7f é 日", '"\x7f é 日"'),
        ("\udcff", r'"\ufffd"'),
    ],
)
def test_strings(text: str, written: str) -> None:
    assert go_json.quote(text) == written


def test_indentation() -> None:
    assert go_json.marshal_indent({"a": [1, {}], "b": [], "c": None}) == (
        b'{\n\t"a": [\n\t\t1,\n\t\t{}\n\t],\n\t"b": [],\n\t"c": null\n}'
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ('{"Env": 1}', "json: cannot unmarshal number into Go struct field ImageConfig.Env of type []string"),
        ('{"env": [1]}', "json: cannot unmarshal number into Go struct field ImageConfig.Env of type string"),
        ('{"User": true}', "json: cannot unmarshal bool into Go struct field ImageConfig.User of type string"),
        ('{"Cmd": "sh"}', "json: cannot unmarshal string into Go struct field ImageConfig.Cmd of type []string"),
        (
            '{"Labels": []}',
            "json: cannot unmarshal array into Go struct field ImageConfig.Labels of type map[string]string",
        ),
        (
            '{"Volumes": {"/a": 1}}',
            "json: cannot unmarshal number into Go struct field ImageConfig.Volumes of type struct {}",
        ),
        ("[]", "json: cannot unmarshal array into Go value of type v1.ImageConfig"),
    ],
)
def test_wrong_types_are_told_as_go_tells_them(document: str, message: str) -> None:
    with pytest.raises(ImageError) as failure:
        config.read_run_config(go_json.parse(document), None, go_json.Where())
    assert failure.value.message == message


def test_names_match_without_regard_to_case_and_maps_merge() -> None:
    text = '{"LABELS": {"a": "1"}, "labels": {"b": "2", "a": "3"}, "cmd": ["x"], "Cmd": ["y"], "Shell": []}'
    found = config.read_run_config(go_json.parse(text), None, go_json.Where())
    assert found == {"Labels": {"a": "3", "b": "2"}, "Cmd": ["y"]}


def test_text_that_is_no_json() -> None:
    for text in ("", "{", "NaN", "{'a': 1}"):
        with pytest.raises(ImageError):
            go_json.parse(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2024-05-13T09:31:10Z", "2024-05-13T09:31:10Z"),
        ("2024-05-13T09:31:10.1200Z", "2024-05-13T09:31:10.12Z"),
        ("2024-05-13T09:31:10.000Z", "2024-05-13T09:31:10Z"),
        ("2024-05-13T09:31:10+00:00", "2024-05-13T09:31:10Z"),
        ("2024-05-13T09:31:10.5+02:00", "2024-05-13T09:31:10.5+02:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
    ],
)
def test_times(text: str, printed: str) -> None:
    assert go_time.normalise(text) == printed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("now", 'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"'),
        (
            "2024-05-13 09:31:10Z",
            'parsing time "2024-05-13 09:31:10Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 09:31:10Z" as "T"',
        ),
        ("2024-13-13T09:31:10Z", 'parsing time "2024-13-13T09:31:10Z": month out of range'),
        ("2023-02-29T09:31:10Z", 'parsing time "2023-02-29T09:31:10Z": day out of range'),
        ("2024-05-13T24:31:10Z", 'parsing time "2024-05-13T24:31:10Z": hour out of range'),
        ("2024-05-13T09:31:10Zx", 'parsing time "2024-05-13T09:31:10Zx": extra text: "x"'),
    ],
)
def test_times_that_are_none(text: str, message: str) -> None:
    with pytest.raises(ImageError) as failure:
        go_time.normalise(text)
    assert failure.value.message == message
