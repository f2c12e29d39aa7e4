"""Lines and columns of offsets: columns count bytes, whatever the line holds and however it ends."""

from __future__ import annotations

import pytest

from lixeval.source import Source

TEXTS = [
    "",
    "a",
    "{ a = 1;\n  b = 2;\n}\n",
    '{ ä = 1;\n  b = 2;\n  c = "é"; d = 3;\n}',
    "a\r\nü b\rc\n\n\u2028 d \x0c e\n",
    '"' + "é" * 5000 + '"; a\nb',
    "\udcff a\n\udc80",
]


@pytest.mark.parametrize("text", TEXTS)
def test_each_way_to_ask_for_a_place_counts_bytes(text: str) -> None:
    source = Source("test.nix", text)
    lines = text.replace("\r\n", " \n").replace("\r", "\n").split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    assert source.line_starts == starts
    offsets = list(range(0, len(text) + 1, 1 + len(text) // 200))
    expected = []
    for offset in offsets:
        line = max(number for number, start in enumerate(starts) if start <= offset)
        before = text[starts[line] : offset].encode("utf-8", "surrogateescape")
        expected.append((line + 1, len(before) + 1))
    assert [source.line_and_column(offset) for offset in offsets] == expected
    assert source.places(offsets) == ([line for line, _ in expected], [column for _, column in expected])
    for start, place in zip(offsets, expected, strict=True):
        for end, end_place in zip(offsets[-20:], expected[-20:], strict=True):
            assert end < start or source.lines_and_columns(start, end) == (*place, *end_place)
