"""The types of expressions in a page, and what is in scope.

A type is a string ("int", "small", "float", "bool", "str", "null"), or a tuple: ("list", T), ("dict", T) a set of any
names with values of one type, ("record", ((NAME, T), …)) a set of these names, ("fn", (T, …), RESULT).  A "small" is an
int that a loop may count to.
"""

from __future__ import annotations

from random import Random
from typing import Any

Type = Any

NAMES = ("a", "b", "c", "f", "g", "h", "k", "n", "p", "x", "y", "xs", "acc", "self", "args", "x'", "_z", "go-on")
"""Few names, so that inner ones hide outer ones."""
ATTRIBUTES = ("a", "b", "c", "f", "k", "n", "w", "m", "v", "xs", "_type", "it")
ODD = ('"a b"', '"1"', '"x.y"', '"${"a"}"', '""', '"or"')
ALPHABET = sorted(("", "1", "a b", "ab c", "b", "or", "x-1.2", "x.y", "d", "e", "opt", "q", *NAMES, *ATTRIBUTES))
"""All that attributes are called, as some pages begin: C++ Nix goes through sets in the order in which it met names."""

KINDS = {
    "mixed": ("int", "int", "int", "small", "str", "str", "bool", "null", "float"),
    "numbers": ("int", "int", "int", "int", "int", "small", "str", "bool"),
    "texts": ("str", "str", "str", "int", "bool"),
}
"""Simple types, as often as they stand here, by the bent of a page."""


class Scope:
    """What may be named: variables and selections from them ("s.a"), each with its type.

    `bound` are variables of functions and lets; `given` are those of a `with`, which the former hide.
    """

    def __init__(self, bound: dict[str, Type] | None = None, given: dict[str, Type] | None = None) -> None:
        self.bound = bound or {}
        self.given = given or {}

    def items(self) -> list[tuple[str, Type]]:
        hidden = {name.split(".")[0] for name in self.bound}
        given = [(name, kind) for name, kind in self.given.items() if name.split(".")[0] not in hidden]
        return [*given, *self.bound.items()]

    def of(self, wanted: Type) -> list[str]:
        return [name for name, kind in self.items() if kind == wanted]

    def has(self, name: str) -> bool:
        return name in self.bound or name in self.given

    def binding(self, names: dict[str, Type]) -> Scope:
        """With these as variables."""
        return Scope(_hiding(self.bound, names), self.given)

    def giving(self, names: dict[str, Type]) -> Scope:
        """With these as what a `with` gives."""
        return Scope(self.bound, _hiding(self.given, names))

    def closed(self) -> Scope:
        """With nothing of this scope but builtins."""
        return Scope({name: kind for name, kind in self.bound.items() if kind == "builtin"})


def _hiding(known: dict[str, Type], names: dict[str, Type]) -> dict[str, Type]:
    roots = {name.split(".")[0] for name in names if "." not in name}
    return {name: kind for name, kind in known.items() if name.split(".")[0] not in roots} | names


class Types:
    """The choice of types for a page."""

    def __init__(self, random: Random, kinds: tuple[str, ...], depth: int) -> None:
        self.random = random
        self.kinds = kinds
        self.depth = depth

    def data(self, depth: int | None = None) -> Type:
        """A type without functions."""
        random, depth = self.random, self.depth if depth is None else depth
        chance = random.random()
        if depth <= 0 or chance < 0.5:
            return random.choice(self.kinds)
        if chance < 0.7:
            return "list", self.data(depth - 1)
        if chance < 0.8:
            return "dict", self.data(depth - 1)
        return self.record(depth - 1)

    def record(self, depth: int = 1, *, functions: bool = False) -> Type:
        """The type of a set of known names."""
        names = self.random.sample(ATTRIBUTES, self.random.randint(1, 4))
        kinds = [self.any(depth) if functions else self.data(depth) for _ in names]
        return "record", tuple(sorted(zip(names, kinds, strict=True)))

    def any(self, depth: int | None = None) -> Type:
        """A type, perhaps of a function."""
        depth = self.depth if depth is None else depth
        chance = self.random.random()
        if depth > 0 and chance < 0.3:
            return self.function(depth - 1)
        if depth > 0 and chance < 0.45:
            return self.record(depth - 1, functions=True)
        return self.data(depth)

    def function(self, depth: int = 1) -> Type:
        """The type of a function, most often one that gives data."""
        kinds = [self.any(depth) for _ in range(self.random.choice((1, 1, 2, 2, 3)))]
        return "fn", tuple(kinds), self.any(depth) if self.random.random() < 0.2 else self.data(depth)

    def at_hand(self, scope: Scope, depth: int = 1) -> Type:
        """A type without functions, most often one that something in scope gives."""
        found = [given for _, kind in scope.items() for given in _given_by(kind)]
        return self.random.choice(found) if found and self.random.random() < 0.7 else self.data(depth)


def _given_by(kind: Type) -> list[Type]:
    if isinstance(kind, str):
        return [kind] if kind in KINDS["mixed"] else []
    if kind[0] == "fn":
        return _given_by(kind[2]) * 2
    if kind[0] == "record":
        whole = [] if any(has_functions(inner) for _, inner in kind[1]) else [kind]
        return [*whole, *(given for _, inner in kind[1] for given in _given_by(inner))]
    return [kind, kind[1]]


def has_functions(kind: Type) -> bool:
    if isinstance(kind, str):
        return False
    return kind[0] == "fn" or (any(has_functions(inner) for _, inner in kind[1]) if kind[0] == "record" else False)
