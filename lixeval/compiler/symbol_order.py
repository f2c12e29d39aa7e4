"""The order in which C++ Nix binds the names of a recursive set or `let`: that in which it has met them first.

A name that stands for one bound after it becomes a thunk, else it is that value: printing without --strict shows which,
and a function is the very same one only in the latter case (see `syntax.symbols`).  C++: `SymbolTable`,
`ExprAttrs::eval`.
"""

from __future__ import annotations

from lixeval.source import Source
from lixeval.syntax.symbols import KNOWN


def places_in_order(source: Source) -> dict[str, int]:
    """Keys by which the names of a source that has been parsed sort as they are bound."""
    places = dict(KNOWN)
    for name in source.names_met:
        places.setdefault(name, len(places))
    return places
