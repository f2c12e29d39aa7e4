"""Numbers in the shell file of structured attributes, as real Nix 2.26.3 wrote them on x86_64."""

from __future__ import annotations

from typing import Any

import pytest

from lixeval.build.structured_attrs import to_shell


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (1.0e300, "x=-2147483648"),
        (3.0e9, "x=-2147483648"),
        ([1.0e39], "-a x=(-2147483648 )"),
        ({"k": 1.0e18}, "-A x=(['k']=-2147483648 )"),
        (-3.0e9, "x=-2147483648"),
        (1.5, None),
        (3.0, "x=3"),
        ([1.0, 2.5], None),
        (4294967296, "x=0"),
        (-2147483649, "x=2147483647"),
        (16777217.5, "x=16777217"),
        (2147483648.0, "x=-2147483648"),
        (-1.0e300, "x=-2147483648"),
        ([1.0e300, "a", None, True], "-a x=(-2147483648 'a' '' 1 )"),
        (8388608.5, "x=8388608"),
        (4194304.5, None),
        (9223372036854775807, "x=-1"),
        ([4.0e9, [1]], None),
        ({"a": 1.0e10, "b": 0.1}, None),
        (1.0e-50, "x=0"),
        (-0.0, "x=0"),
        (0.99999999, "x=0"),
    ],
)
def test_a_number_as_nix_declares_it(value: Any, line: str | None) -> None:
    assert to_shell({"x": value}) == ("" if line is None else f"declare {line}\n")
