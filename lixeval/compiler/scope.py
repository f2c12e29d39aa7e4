"""Names and what they are bound to, resolved before any code is generated (manual, "Scoping rules").

A `Scope` is one level of the program's text: the names that a `let`, a recursive set or a lambda binds, or a `with`.
Lexical scopes, the globals included, win over every `with`; among `with`s the innermost wins.
"""

from __future__ import annotations

from lixeval.compiler.frames import Binding
from lixeval.runtime.code_info import SCOPES


class Builtin:
    """A global name (`map`, `builtins`, `true`): resolved while the program is compiled."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Scope:
    """One level of scope; `with_set` is the binding of the set where the level is a `with`, `withs` that of all sets of
    the `with`s around it, where one variable holds these.
    """

    __slots__ = ("names", "parent", "with_set", "withs")

    def __init__(
        self,
        parent: Scope | None,
        names: dict[str, Binding | Builtin] | None = None,
        with_set: Binding | None = None,
    ) -> None:
        self.parent = parent
        self.names: dict[str, Binding | Builtin] = {} if names is None else names
        self.with_set = with_set
        self.withs: Binding | None = None

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
        """The sets of the `with`s around this place, innermost first; the last variable may hold several of them."""
        found: list[Binding] = []
        scope: Scope | None = self
        while scope is not None:
            if scope.withs is not None:
                return [*found, scope.withs]
            if scope.with_set is not None:
                found.append(scope.with_set)
            scope = scope.parent
        return found

    def single_with_sets(self) -> list[Binding]:
        """The same, each by itself."""
        found: list[Binding] = []
        scope: Scope | None = self
        while scope is not None:
            if scope.with_set is not None:
                found.append(scope.with_set)
            scope = scope.parent
        return found


def holds_several(binding: Binding) -> bool:
    """Whether a variable of `with_sets` holds several sets, as one `Withs`."""
    return binding.name == SCOPES
