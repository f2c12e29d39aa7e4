"""The warning about `f or`, as real Nix 2.26.3 has it."""

from __future__ import annotations

import pytest

from lixeval.source import Source
from lixeval.syntax.parser import parse

WARNING = """\
warning: at «string»:{place}: This expression uses `or` as an identifier in a way that will change in a future Nix \
release.
Wrap this entire expression in parentheses to preserve its current meaning:
    ({shown})
Give feedback at https://github.com/NixOS/nix/pull/11121"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("let or = 1; in [ (x: x) or ]", [("1:18", "(x: x) or")]),
        ("let or = 1; in (x: x) (y: y + 1) or", [("1:23", "(y: y + 1) or")]),
        ("let or = 1; in { }.a or (x: x) or", [("1:25", "(x: x) or")]),
        ("let or = 1; f = x: y: x; in f f or f or", [("1:31", "f or"), ("1:36", "f or")]),
        ("let or = x: x; in [ ((y: y) or) ]", []),
        ("let or = x: x; f = x: x; in f (f or)", []),
        ("let or = x: x; in map or [ ]", []),
        ("{ or = 1; }.or or 2", []),
    ],
)
def test_warnings(text: str, told: list[tuple[str, str]]) -> None:
    warnings: list[str] = []
    parse(Source("«string»", text, is_file=False), warn=warnings.append)
    assert warnings == [WARNING.format(place=place, shown=shown) for place, shown in told]
