"""Names and what they are bound to, resolved before any code is generated (manual, "Scoping rules").

A `Scope` is one level of the program's text: the names that a `let`, a recursive set or a lambda binds, or a `with`.
Lexical scopes, the globals included, win over every `with`; among `with`s the innermost wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lixeval.compiler.frames import Binding


@dataclass(slots=True, eq=False)
class Builtin:
    """A global name (`map`, `builtins`, `true`): resolved while the program is compiled."""

    name: str


@dataclass(slots=True, eq=False)
class Scope:
    """One level of scope; `with_set` is the binding of the set where the level is a `with`."""

    parent: Scope | None
    names: dict[str, Binding | Builtin] = field(default_factory=dict)
    with_set: Binding | None = None

    def lookup(self, name: str) -> Binding | Builtin | None:
        """The lexical binding of a name, or None: then it is a `with`'s, or undefined."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def with_sets(self) -> list[Binding]:
        """The sets of the `with`s around this place, innermost first."""
        found: list[Binding] = []
        scope: Scope | None = self
        while scope is not None:
            if scope.with_set is not None:
                found.append(scope.with_set)
            scope = scope.parent
        return found
