"""Trees that are kept are the trees that were parsed."""

from __future__ import annotations

import marshal
from pathlib import Path
from typing import Any

import pytest

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.kept_tree import as_data, from_data
from lixeval.syntax.parser import parse
from lixeval.system.directories import EMBEDDED

TEXTS = {
    "all kinds": """
        { a ? 1.5, b, ... }@args: x: let inherit (args) c d; inherit b; y = -x; in with c;
        assert a ? b."q".${d} || false; rec { e.f.g = ./p/${y}; "h" = <nixpkgs>; ${d} = __curPos; i = ''
          text ${"in"} text
        ''; k = if !a then [ 1 "s" ~/z ] else a.b.${c} or (x y z) // { }; inherit (b) l; inherit a; } ? e
    """,
    "empty": "{ }",
    "bytes that are no text": '"\udcff"',
    "deep": "[" * 3000 + "]" * 3000,
    "a long sum": " + ".join(["x"] * 3000).join(("x: ", "")),
}


def same(one: Any, other: Any, pairs: dict[int, int]) -> None:
    """Asserts that two trees are the same, shared nodes included."""
    waiting = [(one, other)]
    while waiting:
        a, b = waiting.pop()
        assert a.__class__ is b.__class__
        if isinstance(a, nodes.Node):
            if id(a) in pairs:
                assert pairs[id(a)] == id(b)
                continue
            pairs[id(a)] = id(b)
            waiting += [(x, y) for (_, x), (_, y) in zip(nodes.members(a), nodes.members(b), strict=True)]
        elif a.__class__ is tuple:
            assert len(a) == len(b)
            waiting += zip(a, b, strict=True)
        elif a.__class__ is dict:
            assert list(a) == list(b)
            waiting += zip(a.values(), b.values(), strict=True)
        else:
            assert a == b
    assert len(set(pairs.values())) == len(pairs)


def kept(text: str) -> None:
    tree = parse(Source("/t.nix", text), pipe_operators=True)
    same(tree, from_data(marshal.loads(marshal.dumps(as_data(tree)))), {})


@pytest.mark.parametrize("name", TEXTS)
def test_a_tree_is_what_it_was(name: str) -> None:
    kept(TEXTS[name])


def test_each_file_of_ours_is_what_it_was() -> None:
    cases = Path(__file__).parent.parent / "lang"
    files = sorted([*Path(EMBEDDED).rglob("*.nix"), *cases.rglob("*.nix")])
    assert len(files) > 100
    for file in files:
        try:
            kept(file.read_text(encoding="utf-8", errors="surrogateescape"))
        except NixSyntaxError:
            continue  # of the language's cases some are wrong on purpose
