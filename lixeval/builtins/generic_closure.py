"""`genericClosure`: what can be reached from some elements by a function, each key once.

nixpkgs collects its dependency graphs with it.  C++ Nix remembers the keys that it has seen in an ordered set whose
order is `<`; keys of kinds that `<` does not take are therefore errors as soon as there are two.
"""

from __future__ import annotations

from lixeval.runtime.arguments import attribute, forced_attrs, forced_function, forced_list
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import call1
from lixeval.runtime.compare import less_than
from lixeval.runtime.values import ContextString, Delayed, FunctionType, Value


class _SeenKeys:
    """The keys met so far, as values in weak head normal form."""

    __slots__ = ("kind", "ordered", "plain")

    def __init__(self) -> None:
        self.kind: type | None = None
        self.plain: set[Value] = set()
        """All keys, as long as they are of one `kind` whose equality is Python's: int, or the text of strings."""
        self.ordered: list[Value] | None = None
        """All keys in the order of `<`, once they are not."""

    def add(self, key: Value) -> bool:
        """Remembers a key; whether it is a new one."""
        if self.ordered is None:
            plain = key.text if key.__class__ is ContextString else key
            kind = plain.__class__
            if kind is self.kind or (self.kind is None and (kind is str or kind is int)):
                self.kind = kind
                if plain in self.plain:
                    return False
                self.plain.add(plain)
                return True
            self.ordered = []
            for known in self.plain:
                self._insert(self.ordered, known)
        return self._insert(self.ordered, key)

    @staticmethod
    def _insert(ordered: list[Value], key: Value) -> bool:
        low, high = 0, len(ordered)
        while low < high:
            middle = (low + high) // 2
            if less_than(key, ordered[middle]):
                high = middle
            else:
                low = middle + 1
        if low and not less_than(ordered[low - 1], key):
            return False
        ordered.insert(low, key)
        return True


@builtin("genericClosure")
def generic_closure(arguments: Delayed) -> Value:
    """All elements reachable from `startSet` by `operator`, which gives a list of further elements for each one.

    Elements are sets with a `key`; of those with one key the first is kept and given to the operator.  They come out in
    the order in which they were found, breadth first.  Forces all elements and their keys.

    >>> builtins.genericClosure { startSet = [ { key = 5; } ]; operator = x: [ { key = x.key / 2; } ]; }
    [ { key = 5; } { key = 2; } { key = 1; } { key = 0; } ]
    """
    arguments = forced_attrs(arguments)
    start = forced_list(attribute(arguments, "startSet"))
    if not start:
        return start
    operator = forced_function(attribute(arguments, "operator"))
    # A list that grows while it is read: collections, for its deque, would take 1.5 ms to import.
    work = list(start)
    seen = _SeenKeys()
    found: list[Delayed] = []
    for waiting in work:
        element = waiting if waiting.__class__ is dict else forced_attrs(waiting)
        key = attribute(element, "key")
        if not seen.add(key[0](key) if key.__class__ is list else key):
            continue
        found.append(element)
        given = operator(element) if operator.__class__ is FunctionType else call1(operator, element)
        for further in given if given.__class__ is tuple else forced_list(given):
            work.append(further[0](further) if further.__class__ is list else further)
    return tuple(found)
