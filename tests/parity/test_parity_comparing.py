"""Where two outcomes part, of implementations that answer without evaluating."""

from __future__ import annotations

from collections.abc import Sequence

from lixeval.parity.comparing import MAX_DEPTH, compare
from lixeval.parity.subjects import Outcome, Subject


class _HoldsItself:
    """A set whose `a` is the set again; printing all of it gives `strict`."""

    def __init__(self, strict: Outcome) -> None:
        self.strict = strict

    def outcomes(self, mode: str, subjects: Sequence[Subject]) -> list[Outcome]:
        return [self.strict if mode == "strict" else Outcome("value", "{ a = «thunk»; }") for _ in subjects]

    def read(self, path: str) -> bytes:
        raise FileNotFoundError(path)


def test_the_search_for_a_difference_in_a_value_that_holds_itself_ends() -> None:
    value, failure = Outcome("value", "{ a = «repeated»; }"), Outcome("error", "error: oh")
    (comparison,) = compare([Subject("x", text="x")], _HoldsItself(failure), _HoldsItself(value))
    (difference,) = comparison.differences
    assert difference.path == ".".join(["a"] * MAX_DEPTH)
    assert (difference.nix, difference.lixeval) == ("error: error: oh", value.text)
