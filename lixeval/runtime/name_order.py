"""The order of the names of sets in a running program (see `syntax.symbols`), found out when it is first asked for.

Walking a set by the alphabet gives the same value, as long as nothing fails and nothing is left out.  So what compares
or forces sets goes by the alphabet, and asks here only once that may have made a difference.

Compiled code has the order of its evaluator in its own namespace, where `order_at_hand` finds it for whoever was called
by such code.
"""

from __future__ import annotations

import sys

from lixeval.runtime.code_info import ORDER
from lixeval.syntax.symbols import KNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    InOrder = Callable[[Iterable[str]], list[str]]
    """Puts names in order."""


class NameOrder:
    """The order of one evaluator's names."""

    def __init__(self) -> None:
        self._ranks = dict(KNOWN)
        self._read = 0

    def sorted(self, names: Iterable[str], met: Sequence[Callable[[], Iterable[str]]]) -> list[str]:
        """Names in their order; `met` gives those that each text read so far holds, in the order of the texts.

        Those that no text holds (`listToAttrs`, `fromJSON`) stay as they come, at the end.
        """
        ranks = self._ranks
        for names_of_text in met[self._read :]:
            for name in names_of_text():
                ranks.setdefault(name, len(ranks))
        self._read = len(met)
        last = len(ranks)
        return sorted(names, key=lambda name: ranks.get(name, last))


def order_at_hand() -> InOrder | None:
    """The order of the evaluator whose compiled code has called, directly or not."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        found = frame.f_globals.get(ORDER)
        if found is not None:
            in_order: InOrder = found
            return in_order
        frame = frame.f_back
    return None


def names_as_met(names: Iterable[str]) -> list[str]:
    """Names in their order, where one is at hand; else by bytes."""
    return (order_at_hand() or sorted)(names)
