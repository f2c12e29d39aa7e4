"""The order in which C++ Nix binds the names of a recursive set or `let`: that in which it has met them first.

A name that stands for one bound after it becomes a thunk, else it is that value, and printing without --strict shows
which (see `syntax.symbols`).  C++: `SymbolTable`, `ExprAttrs::eval`.
"""

from __future__ import annotations

from lixeval.source import Source
from lixeval.syntax.symbols import KNOWN


def place_in_order(source: Source, name: str) -> int:
    """A key by which names of a source that has been parsed sort as they are bound."""
    known = KNOWN.get(name)
    return len(KNOWN) + source.names_met.index(name) if known is None else known
