"""Names and what they are bound to, resolved before any code is generated (manual, "Scoping rules").

A `Scope` is one level of the program's text: the names that a `let`, a recursive set or a lambda binds, or a `with`.
Lexical scopes, the globals included, win over every `with`; among `with`s the innermost wins.
"""

from __future__ import annotations

from lixeval.compiler.frames import Binding
from lixeval.runtime.code_info import SCOPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, TypeVar

    Named = TypeVar("Named")
    WithSet = TypeVar("WithSet")
else:  # `typing` takes longer to import than a short text to compile

    class Generic:
        __slots__ = ()

        def __class_getitem__(cls, parameters):
            return cls

    Named = WithSet = None


class Builtin:
    """A global name (`map`, `builtins`, `true`): resolved while the program is compiled."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Level(Generic[Named, WithSet]):
    """One level of scope: what its names stand for.  `with_set` is the set where the level is a `with`, `withs` all
    sets of the `with`s around it, where one variable holds these.
    """

    __slots__ = ("_binding", "_with", "names", "parent", "with_set", "withs")

    def __init__(
        self,
        parent: Level[Named, WithSet] | None,
        names: dict[str, Named] | None = None,
        with_set: WithSet | None = None,
    ) -> None:
        self.parent = parent
        self.with_set = with_set
        self._binding: Level[Named, WithSet] | None = parent
        """The next level outside that is no `with`, which binds no names."""
        self._with: Level[Named, WithSet] | None = None
        """The next level outside that is one."""
        if parent is not None:
            if parent.with_set is None:
                self._with = parent._with
            else:
                self._binding, self._with = parent._binding, parent
        self.names: dict[str, Named] = {} if names is None else names
        self.withs: WithSet | None = None

    def lookup(self, name: str) -> Named | None:
        """What a name stands for lexically, or None: then it is a `with`'s, or undefined."""
        scope: Level[Named, WithSet] | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope._binding
        return None

    def with_sets(self) -> list[WithSet]:
        """The sets of the `with`s around this place, innermost first; the last variable may hold several of them."""
        found: list[WithSet] = []
        scope = self._with if self.with_set is None else self
        while scope is not None:
            if scope.withs is not None:
                return [*found, scope.withs]
            found.append(scope.with_set)  # type: ignore[arg-type]  # a `with` has one
            scope = scope._with
        return found

    def single_with_sets(self) -> list[WithSet]:
        """The same, each by itself."""
        found: list[WithSet] = []
        scope = self._with if self.with_set is None else self
        while scope is not None:
            found.append(scope.with_set)  # type: ignore[arg-type]  # a `with` has one
            scope = scope._with
        return found


Scope = Level[Binding | Builtin, Binding]
"""A level where code is generated."""


def holds_several(binding: Binding) -> bool:
    """Whether a variable of `with_sets` holds several sets, as one `Withs`."""
    return binding.name == SCOPES
