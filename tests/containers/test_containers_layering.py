"""Order of paths, options, parents, and how paths are dealt out to layers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lixeval.containers import layering, popularity
from lixeval.containers.failure import Nix2containerError
from lixeval.containers.layers_json import LayerPath, LayerRecord, PathOptions, Perm, Rewrite


def test_the_most_used_path_comes_first() -> None:
    graph = [("/app", ["/bash", "/libc"]), ("/bash", ["/libc"]), ("/libc", [])]
    assert popularity.order(graph) == ["/libc", "/bash", "/app"]


def test_equal_scores_go_by_id_downwards_and_references_count_once() -> None:
    assert popularity.order([("/a", []), ("/b", []), ("/c", [])]) == ["/c", "/b", "/a"]
    assert popularity.order([("/a", ["/x", "/x", "/a"]), ("/b", ["/y"])]) == ["/y", "/x", "/b", "/a"]


def test_scores_wrap_around() -> None:
    """A ladder of 70 rungs of two: a score above 2^63 is negative, and its path comes last."""
    graph = []
    for rung in range(70):
        below = [f"/{rung + 1}{side}" for side in "ab"] if rung < 69 else []
        graph += [(f"/{rung}{side}", below) for side in "ab"]
    order = popularity.order(graph)
    scores = [1]
    for _ in range(69):
        scores.append((1 + 2 * scores[-1] + 2**63) % 2**64 - 2**63)
    best = max(range(70), key=lambda rung: scores[rung])
    assert order[0].startswith(f"/{best}") and min(scores) < 0
    assert [scores[int(path[1:-1])] for path in order] == sorted(scores * 2, reverse=True)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ([("/a", ["/b"]), ("/b", ["/a"])], "cyclic components: [[0 1]]"),
        ([("/x", ["/a"]), ("/a", ["/b"]), ("/b", ["/c"]), ("/c", ["/a"])], "cyclic components: [[1 2 3]]"),
        ([("/a", ["/b"]), ("/b", ["/a", "/c"]), ("/c", ["/d"]), ("/d", ["/c"])], "cyclic components: [[0 1] [2 3]]"),
        ([(f"/{n}", [f"/{(n + 1) % 12}"]) for n in range(12)], "12 nodes in 1 cyclic components"),
    ],
)
def test_cycles_are_named(graph: list[tuple[str, list[str]]], message: str) -> None:
    with pytest.raises(Nix2containerError) as failure:
        popularity.order(graph)
    assert failure.value.message == f"topo: no topological ordering: {message}"
    assert failure.value.hint is not None and "refer to one another" in failure.value.hint


def test_a_deep_chain_needs_no_stack() -> None:
    graph = [(f"/{n}", [f"/{n + 1}"]) for n in range(50_000)]
    assert popularity.order(graph)[-1] == "/0"
    with pytest.raises(Nix2containerError, match="50001 nodes in 1 cyclic components"):
        popularity.order([*graph, ("/50000", ["/0"])])


def names(layers: list[tuple[LayerPath, ...]]) -> list[list[str]]:
    return [[entry.path for entry in layer] for layer in layers]


@pytest.mark.parametrize(
    ("max_layers", "expected"),
    [
        (1, [["a", "b", "c"]]),
        (2, [["a"], ["b", "c"]]),
        (3, [["a"], ["b"], ["c"]]),
        (100, [["a"], ["b"], ["c"]]),
        (0, [["a"], ["b"], ["c"]]),
        (-5, [["a"], ["b"], ["c"]]),
    ],
)
def test_dealing(max_layers: int, expected: list[list[str]]) -> None:
    assert names(layering.deal([LayerPath(name) for name in "abc"], max_layers)) == expected
    assert layering.deal([], max_layers) == []


@given(st.integers(0, 40), st.integers(-3, 50))
def test_dealing_loses_nothing_and_keeps_the_order(count: int, max_layers: int) -> None:
    entries = [LayerPath(str(n)) for n in range(count)]
    layers = layering.deal(entries, max_layers)
    assert [entry for layer in layers for entry in layer] == entries
    assert all(layers) and (max_layers <= 0 or len(layers) <= max_layers)


def parent(*entries: LayerPath) -> LayerRecord:
    return LayerRecord("d", 1, "d", "m", entries)


def test_a_path_with_other_options_than_in_the_parent_is_kept() -> None:
    rewrite = ("/a", Rewrite("^/a", ""))
    assert layering.select(["/a", "/b"], [parent(LayerPath("/a"))], [], []) == [LayerPath("/b")]
    kept = layering.select(["/a"], [parent(LayerPath("/a"))], [rewrite], [])
    assert kept == [LayerPath("/a", PathOptions(rewrite[1]))]
    assert layering.select(["/a"], [parent(*kept)], [], []) == [LayerPath("/a")]
    assert layering.select(["/a"], [parent(*kept)], [rewrite], []) == []


def test_perms_gather_and_the_last_rewrite_wins() -> None:
    perms = [("/a", Perm("x")), ("/b", Perm("y")), ("/a", Perm("z"))]
    rewrites = [("/a", Rewrite("1")), ("/a", Rewrite("2"))]
    (entry,) = layering.select(["/a"], [], rewrites, perms)
    assert entry.options == PathOptions(Rewrite("2"), (Perm("x"), Perm("z")))


def test_the_ignored_path_is_left_out() -> None:
    assert layering.select(["/a", "/b"], [], [], [], ignore="/a") == [LayerPath("/b")]
