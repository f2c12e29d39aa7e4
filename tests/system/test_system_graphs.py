"""Orders of graphs and circles in them."""

from __future__ import annotations

from lixeval.system.graphs import components


def test_circles_are_found() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["a", "d"], "d": [], "e": ["a", "e"]}
    found = components(graph)
    assert sorted(map(tuple, found)) == [("a", "b", "c"), ("d",), ("e",)]
    assert found.index(["d"]) < found.index(["a", "b", "c"]) < found.index(["e"])


def test_a_long_chain_needs_no_recursion() -> None:
    graph = {str(number): [str(number + 1)] for number in range(20000)}
    graph["20000"] = []
    assert len(components(graph)) == 20001


def test_the_order_of_successors_is_nobodys_business() -> None:
    leaves: dict[int, list[int]] = {number: [] for number in range(1, 9)}
    assert components({0: [8, 3, 5], **leaves}) == components({0: [5, 8, 3], **leaves})
