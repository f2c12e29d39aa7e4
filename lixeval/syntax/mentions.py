"""Where a text mentions names, and what in it binds each: from this the free names of any part of it are a slice.

The parser's actions note each variable and each expression that binds names on the way; the rest is worked out when
somebody asks for the first time.
"""

from __future__ import annotations

from bisect import bisect_left

from lixeval.syntax.nodes import Apply, AttributeSet, Expression, Lambda, Let, Variable

MANY = 500
"""What mentions more is long.  Of long expressions in one another, which could take the square of the text's length,
the names are gone through until that was `MOST_AGAIN` times the text; then the free names are those of the parts."""

MOST_AGAIN = 8

_NOTHING = -1


class Mentions:
    """The variables of one text in its order, those of `inherit` among them; what binds names, the inner ones first;
    and all calls.

    `are_apart` says that the sets in it hold what stands between their braces and nothing else, no `a = { }; a.b = 1;`;
    of other texts nothing is told.
    """

    __slots__ = ("_bound_from", "_left", "_names", "_starts", "are_apart", "binders", "calls", "variables")

    def __init__(self) -> None:
        self.variables: list[Variable] = []
        self.binders: list[Lambda | Let | AttributeSet] = []
        self.calls: list[Apply] = []
        self.are_apart = True
        self._starts: list[int] = []
        self._names: list[str] = []
        self._bound_from: list[int] = []
        self._left = 0

    def unbound(self) -> frozenset[str]:
        """The names that the text mentions and nowhere binds where it does."""
        bound_from = self._bound_from or self._bound()
        return frozenset([name for name, bound in zip(self._names, bound_from, strict=True) if bound < 0])

    def free(self, node: Expression) -> frozenset[str] | None:
        """The names that an expression mentions and does not bind; None where they are many, or it is in pieces."""
        start = node.start
        if node.__class__ is AttributeSet and node.bindings.start == start:
            return None  # the set in `a.b = 1;`, which begins where its path does
        bound_from = self._bound_from or self._bound()
        first = bisect_left(self._starts, start)
        last = bisect_left(self._starts, node.end, first)
        if last - first > MANY:
            self._left -= last - first
            if self._left < 0:
                return None
        names = self._names[first:last]
        return frozenset([name for name, bound in zip(names, bound_from[first:last], strict=True) if bound < start])

    def fewest_given(self) -> dict[str, int]:
        """The fewest arguments that are given to each name, whatever binds it; 0: it is mentioned otherwise."""
        given = {call.function: len(call.arguments) for call in self.calls if call.function.__class__ is Variable}
        fewest: dict[str, int] = {}
        for variable in self.variables:
            name, count = variable.name, given.get(variable, 0)
            if count < fewest.get(name, count + 1):
                fewest[name] = count
        return fewest

    def _bound(self) -> list[int]:
        """Finds where the expression begins that binds each variable; -1 where none does.

        The inner ones come first, so what is left within an expression is its own.
        """
        starts = self._starts = [variable.start for variable in self.variables]
        self._names = [variable.name for variable in self.variables]
        self._left = MOST_AGAIN * len(starts)
        bound_from = self._bound_from = [_NOTHING] * len(starts)
        unbound: dict[str, list[int]] = {}
        for index, name in enumerate(self._names):
            if name in unbound:
                unbound[name].append(index)
            else:
                unbound[name] = [index]
        for binder in self.binders:
            first = bisect_left(starts, binder.start)
            last = bisect_left(starts, binder.end, first)
            if first == last:
                continue
            for name, outside in _bound_by(binder):
                indices = unbound.get(name)
                if not indices or indices[-1] < first:
                    continue
                low = bisect_left(indices, first)
                high = bisect_left(indices, last, low)
                kept = [] if outside < 0 else [index for index in indices[low:high] if starts[index] == outside]
                for index in indices[low:high]:
                    bound_from[index] = binder.start
                for index in kept:
                    bound_from[index] = _NOTHING
                indices[low:high] = kept
        return bound_from


def _bound_by(binder: Lambda | Let | AttributeSet) -> list[tuple[str, int]]:
    """The names that an expression binds, each with the offset of the one variable in it that is still another one's:
    that of `inherit name;`."""
    if isinstance(binder, Lambda):
        names = [] if binder.parameter is None else [binder.parameter]
        if binder.formals is not None:
            names += [formal.name for formal in binder.formals.formals]
        return [(name, _NOTHING) for name in names]
    attributes = binder.bindings.attributes.values()
    return [(each.name, each.start if each.kind == "inherited" else _NOTHING) for each in attributes]
