"""The order in which C++ Nix binds the names of a recursive set or `let`: that in which it has met them first.

A name that stands for one bound after it becomes a thunk, else it is that value, and printing without --strict shows
which.  Nix knows some names before it reads anything: those it asks for itself, the builtins, and those in its own
definition of `derivation`.  C++: `EvalState::EvalState`, `SymbolTable`, `ExprAttrs::eval`.
"""

from __future__ import annotations

import re

from lixeval.source import Source

_ASKED_FOR = (
    *("outPath", "drvPath", "type", "meta", "name", "value", "system", "__overrides", "outputs", "outputName"),
    *("__ignoreNulls", "file", "line", "column", "__functor", "__toString", "right", "wrong", "__structuredAttrs"),
    *("allowedReferences", "allowedRequisites", "disallowedReferences", "disallowedRequisites", "maxSize"),
    *("maxClosureSize", "builder", "args", "__contentAddressed", "__impure", "outputHash", "outputHashAlgo"),
    *("outputHashMode", "recurseForDerivations", "description", "self", "", "startSet", "operator", "key", "path"),
    *("prefix", "outputSpecified", "__sub", "__lessThan", "__mul", "__div", "or", "__findFile", "__nixPath", "body"),
)
_OF_DERIVATION = ("drvAttrs", "strict", "commonAttrs", "outputsList", "outputToAttrListElement", "x")

_KNOWN = {name: number for number, name in enumerate(_ASKED_FOR)} | dict.fromkeys(_OF_DERIVATION, 201)


def place_in_order(source: Source, name: str, is_builtin: bool) -> tuple[int, int]:
    """A key by which names sort as they are bound."""
    known = _KNOWN.get(name, 200 if is_builtin else 300)
    if known < 200:
        return known, 0
    found = re.search(rf"(?<![\w'-]){re.escape(name)}(?![\w'-])", source.text)
    return known, found.start() if found else 0
