"""sort: what contradictory comparators give is in recorded_values/lists.json; here what must hold for sound ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lixeval.builtins.arithmetic import less_than_builtin
from lixeval.builtins.sorting import sort, stable_sorted
from lixeval.runtime.values import ContextString, Path, curried

LESS_THAN = curried(2, less_than_builtin)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers())))
def test_stable(pairs: list[tuple[int, int]]) -> None:
    assert stable_sorted(list(pairs), lambda a, b: a[0] < b[0]) == sorted(pairs, key=lambda pair: pair[0])


@given(st.lists(st.text() | st.text().map(lambda text: ContextString(text, frozenset(("/nix/store/x",))))))
def test_the_short_way_for_strings_gives_the_same(texts: list[object]) -> None:
    assert sort(LESS_THAN, tuple(texts)) == tuple(stable_sorted(list(texts), less_than_builtin))


@given(st.lists(st.integers()) | st.lists(st.floats()) | st.lists(st.integers() | st.floats()))
def test_the_short_way_for_numbers_gives_the_same(numbers: list[object]) -> None:
    assert repr(sort(LESS_THAN, tuple(numbers))) == repr(tuple(stable_sorted(list(numbers), less_than_builtin)))


@given(st.lists(st.text()))
def test_paths_sort_as_their_texts(texts: list[str]) -> None:
    in_order = sort(LESS_THAN, tuple([Path(text) for text in texts]))
    encoded = [path.text.encode("utf-8", "surrogateescape") for path in in_order]
    assert encoded == sorted(encoded)


def test_the_number_of_comparisons_is_bounded() -> None:
    count = 0

    def before(left: int, right: int) -> bool:
        nonlocal count
        count += 1
        return left < right

    numbers = [(number * 7919) % 10_007 for number in range(10_000)]
    assert stable_sorted(list(numbers), before) == sorted(numbers)
    assert count < 150_000
