"""What the names in expressions are bound to, and so what the environment of a piece has to hold."""

from __future__ import annotations

from collections.abc import Sequence

from lixeval.compiler.analysis import FreeNames, NamesOutsideWith
from lixeval.compiler.frames import Binding
from lixeval.compiler.positions import Positions
from lixeval.compiler.scope import Builtin, Scope
from lixeval.errors import UndefinedVariable
from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.mentions import Mentions
from lixeval.syntax.nodes import Expression


class Captures(Positions):
    """The names of one source; `globals_` gives the builtin that a global name stands for, `mentions` are those of the
    text, where they are known.
    """

    def __init__(self, source: Source, file: str, globals_: dict[str, str], mentions: Mentions | None) -> None:
        super().__init__(source, file)
        self.globals = globals_
        self.free_names = FreeNames(mentions)
        self.names_outside_with = NamesOutsideWith()
        self._unbound: frozenset[str] = frozenset()
        """The names that something in the text mentions where nothing binds them."""
        self._captured: tuple[Scope | None, dict[frozenset[str], list[Binding]]] = None, {}
        """What expressions capture that were last looked at, all in one scope, by their free names: as a rule many have
        the same."""

    def look_for_unbound(self, whole: Expression, extra: Sequence[str]) -> None:
        """Looks at all of a text, before it is compiled; `extra` are names that it is given."""
        self._unbound = self.free_names.unbound(whole).difference(self.globals, extra)

    def lookup(self, scope: Scope, node: nodes.Variable) -> Binding | Builtin | None:
        """What a variable is bound to; None where only a `with` can tell; an error where nothing can."""
        found = scope.lookup(node.name)
        if found is not None:
            return found
        if node.name in self.globals:
            return Builtin(self.globals[node.name])
        if scope.with_sets():
            return None
        raise self.undefined(node)

    def undefined(self, node: nodes.Variable) -> UndefinedVariable:
        """The error of a variable that nothing binds."""
        error = UndefinedVariable(f"undefined variable '{node.name}'", span=self.span(node))
        error.name = node.name
        return error

    def captures(self, scope: Scope, node: Expression) -> list[Binding] | None:
        """What the environment of a piece must hold, in an order that depends on the text alone; None where the
        expression must be compiled at once, because a name in it seems to be bound by nothing."""
        if scope.parent is None and not scope.names and not self._unbound:
            return []
        names = self.free_names(node)
        if self._captured[0] is not scope:
            self._captured = scope, {}
        known = self._captured[1].get(names)
        if known is not None:
            return known
        with_sets = scope.with_sets()
        found: dict[Binding, None] = {}
        unresolved = False
        for name in sorted(names):
            binding = scope.lookup(name)
            if isinstance(binding, Binding):
                if binding.member_of is not None:
                    binding = binding.member_of
                elif binding.wrapper is not None:
                    binding = binding.wrapper
                if not binding.constant:
                    found.setdefault(binding)
            elif binding is None and name not in self.globals:
                unresolved = True
                if not with_sets and name in self.names_outside_with(node):
                    return None
        if unresolved:
            found.update(dict.fromkeys(with_sets))
        captures = list(found)
        if not unresolved or with_sets:
            self._captured[1][names] = captures
        return captures

    def are_bound(self, scope: Scope, node: Expression) -> bool:
        """Whether all names in an expression are bound, or may be; else it must be compiled at once, which fails."""
        if not self._unbound or scope.with_sets():
            return True
        unbound = [name for name in self.free_names(node) if name not in self.globals and scope.lookup(name) is None]
        return not unbound or self.names_outside_with(node).isdisjoint(unbound)
