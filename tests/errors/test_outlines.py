"""What stands at a place is the same whether the text is parsed or its outline was kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from lixeval.compiler.cache import CodeCache
from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.roles import FURTHER_SPANS
from lixeval.source import Source, Texts
from lixeval.syntax import parser

TEXTS = [
    "1",
    "let a.b = 1; x = a; a.c = x.y or 2; in f: { p ? 1, ... }@q: with a; assert p == 1; if p then [ q.r x ] else f p",
    'rec { inherit (s) a b; inherit c; "k${d}" = -1; e = ./f; g = "h${i j}"; m.n = x: y: x // y; m.o = l ? m.k; }',
    "[ " + " ".join(map(str, range(3000))) + " ]",
    "{ a, }: ''\n  x ${a}\n''",
]


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    return Texts((), CodeCache(str(tmp_path)))


@pytest.mark.parametrize("text", TEXTS)
def test_a_kept_outline_is_that_of_the_text(texts: Texts, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = Outline(Source("«string»", text, is_file=False, texts=texts))
    monkeypatch.setattr(parser, "parse", lambda *_, **__: pytest.fail("it was parsed again"))
    kept = Outline(Source("«string»", text, is_file=False, texts=texts))
    for name in ("starts", "ends", "parents", "roles", "further", "heads"):
        assert getattr(kept.places, name) == getattr(parsed.places, name)
    assert [(node.__class__, node.start, node.end) for node in kept.nodes] == [
        (node.__class__, node.start, node.end) for node in parsed.nodes
    ]
    assert [kept.number_of(node) for node in kept.nodes] == list(range(len(kept)))


@pytest.mark.parametrize("text", TEXTS[:3])
def test_a_range_means_the_first_node_that_it_names_or_else_the_smallest_around_it(texts: Texts, text: str) -> None:
    outline = Outline(Source("«string»", text, is_file=False, texts=texts))
    named: dict[tuple[int, int], int] = {}
    for number, node in enumerate(outline.nodes):
        for span in [(node.start, node.end), *FURTHER_SPANS.get(node.__class__, lambda _: [])(node)]:
            named.setdefault(span, number)
    for start in range(len(text)):
        for end in range(start, len(text) + 1):
            around = [(n.end - n.start, i) for i, n in enumerate(outline.nodes) if n.start <= start and end <= n.end]
            smallest = min(around, default=(0, -1))[1]
            assert outline.spanning(start, end) == named.get((start, end), smallest)


def test_a_text_that_is_no_nix_has_an_empty_outline_that_is_not_kept(texts: Texts, tmp_path: Path) -> None:
    outline = Outline(Source("«string»", "1 +", is_file=False, texts=texts))
    assert (len(outline), outline.nodes, outline.spanning(0, 1)) == (0, [], -1)
    assert len([each for each in tmp_path.rglob("*") if each.is_file()]) == 1  # the compiler's version
