"""Whether what was evaluated again is what was kept: so that what follows from it need not be evaluated again.

A cell of the library whose parts are others is evaluated again.  Mostly that gives something new, but often it does
not: the names of all options were looked at to see that each of them exists, the definitions of an option were looked
for in all modules.  What it gives now, live values, is compared with the records of what it gave then:

    texts, numbers, paths     are equal
    sets, lists, functions    are made of the same names, the same code, and of what is alike
    cells                     wait with the same code for what is alike; or their values are alike, where the kept one
                              was evaluated, and follows from nothing that is another one by now

Two values that are made the same way of the same things are the same value, as evaluation follows from nothing else.
Where two hold themselves, what is being compared already counts as alike: a difference would be found elsewhere.
"""

from __future__ import annotations

from types import CellType, FunctionType, MethodType

from lixeval.evaluation.remembered import heap_file as kinds
from lixeval.evaluation.remembered.arguments import LeftToEachRun
from lixeval.runtime.code_info import defaults_of
from lixeval.runtime.thunks import STANDS, position_of
from lixeval.runtime.values import ContextString, Curried2, Curried3, Curried4, Path, Withs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any, Protocol

    from lixeval.evaluation.remembered.parts import Parts
    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Delayed

    class KeptHeap(Protocol):
        """What is asked of a heap (`heap_reader`)."""

        kinds: bytes
        made: dict[int, Any]
        parts: Parts

        def record(self, number: int) -> Any: ...

        def get(self, reference: Any) -> Any: ...

        def place(self, number: int | None) -> Any: ...

        def is_as_it_was(self, number: int) -> bool: ...

        def is_code(self, cell: Cell, number: int) -> bool: ...

        def is_function(self, function: Any, number: int) -> bool: ...

        def own_code(self, record: Any) -> CodeType: ...


MOST_COMPARED = 500
"""What needs more comparisons counts as another one."""

_NOT_MADE = object()
"""In place of what nobody has made of a record yet; null is None."""

_CURRIED = {Curried2: 2, Curried3: 3, Curried4: 4}


class _Another(Exception):
    """The two are not alike, or that would be too much to find out."""


_NAMED = frozenset((kinds.OWN, kinds.BUILTIN, kinds.SERVICE, kinds.ARGUMENT))


def _value(live: Delayed) -> Any:
    """The value where the kept one stood by itself: an attribute of it has no place."""
    if live.__class__ is not list:
        return live
    if position_of(live) is not None:
        raise _Another
    return live[0](live)


class Likeness:
    """Compares live values with the records of one heap."""

    def __init__(self, heap: KeptHeap) -> None:
        self._heap = heap
        self._found: dict[tuple[int, int], Any] = {}
        """What was found alike, each with what must not be collected as its address stands for it."""

    def is_alike(self, live: Delayed, reference: Any) -> bool:
        """Whether a live value is what a reference stands for; may evaluate what was evaluated of the kept one."""
        comparison = _Comparison(self._heap, self._found)
        try:
            comparison.compare(live, reference)
        except (_Another, Exception, LeftToEachRun):
            return False
        self._found.update(comparison.begun)
        return True


class _Comparison:
    """One comparison; `begun` are the pairs that are alike unless a difference is found elsewhere."""

    def __init__(self, heap: KeptHeap, found: dict[tuple[int, int], Any]) -> None:
        self._heap = heap
        self._found = found
        self._left = MOST_COMPARED
        self.begun: dict[tuple[int, int], Any] = {}

    def compare(self, live: Delayed, reference: Any) -> None:
        """Raises where the two differ."""
        todo = [(live, reference)]
        while todo:
            live, reference = todo.pop()
            kind = reference.__class__
            if kind is not int:
                self._compare_atoms(live, reference[0] if kind is tuple else reference)
                continue
            heap = self._heap
            if heap.made.get(reference, _NOT_MADE) is live:
                continue
            pair = (id(live), reference)
            if pair in self.begun or pair in self._found:
                continue
            self._left -= 1
            if self._left < 0:
                raise _Another
            self.begun[pair] = live
            todo += self._parts(live, reference, heap.kinds[reference])

    def _compare_atoms(self, live: Delayed, kept: Any) -> None:
        live = _value(live)
        if live.__class__ is not kept.__class__ or repr(live) != repr(kept):
            raise _Another

    def _parts(self, live: Any, number: int, kind: int) -> Any:
        """What must be alike besides, as these are of the same kind; raises where they are not."""
        heap = self._heap
        if kind <= kinds.LAST_CELL:
            return self._cells(live, number, kind)
        if kind != kinds.MUTABLE:
            live = _value(live)
        if heap.made.get(number, _NOT_MADE) is live:
            return ()
        record = heap.record(number)
        if kind == kinds.PROJECTS:
            if heap.parts.at_hand(record) is live:
                return ()
            raise _Another
        compare = _KINDS.get(kind)
        if compare is not None:
            return compare(self, live, record)
        if kind in _NAMED and heap.get(number) is live:
            return ()
        raise _Another

    # Cells

    def _cells(self, live: Any, number: int, kind: int) -> Any:
        heap, record = self._heap, self._heap.record(number)
        if kind == kinds.GIVING:
            return self._part(live, record)
        if live.__class__ is list and live[0] is STANDS:
            return ((live[1], number),)
        if heap.place(record[-1]) != position_of(live):
            raise _Another
        if kind != kinds.ANSWERED and live.__class__ is list:
            waits = getattr(live[0], "stands_for", None)  # another one of the heap
            if waits is not None:
                waits(live)
            code, payload, *told = (record if kind == kinds.WAITING else record[3:])[:-1]
            if heap.is_code(live, code) and live[3:] == [heap.get(each) for each in told]:
                return ((live[1], payload),)
        if kind != kinds.WAITING and heap.is_as_it_was(number):
            return ((live[0](live) if live.__class__ is list else live, record[0]),)
        raise _Another

    def _part(self, live: Any, record: Any) -> Any:
        """A part of the project is that part."""
        part = self._heap.record(record[0])[0]
        if part[0] == "member" and self._heap.parts.at_hand(part[1])[part[2]] is live:
            return ()
        raise _Another

    # Values

    def _set(self, live: Any, record: Any) -> Any:
        names = self._heap.get(record[0])
        if live.__class__ is not dict or len(live) != len(names):
            raise _Another
        return [(live[name], reference) for name, reference in zip(names, record[1:], strict=True)]

    def _list(self, live: Any, record: Any) -> Any:
        if live.__class__ is not tuple or len(live) != len(record):
            raise _Another
        return zip(live, record, strict=True)

    def _withs(self, live: Any, record: Any) -> Any:
        if live.__class__ is not Withs:
            raise _Another
        return self._list(live.sets, record)

    def _mutable(self, live: Any, record: Any) -> Any:
        if live.__class__ is not list or len(live) != len(record) or (live and callable(live[0])):
            raise _Another
        return zip(live, record, strict=True)

    def _function(self, live: Any, record: Any) -> Any:
        defaults = None if record[2] is None else self._heap.get(record[2])
        if live.__class__ is not FunctionType or repr(defaults_of(live)) != repr(defaults):
            raise _Another
        if not self._heap.is_function(live, record[0]):
            raise _Another
        return self._variables(live, record[3:])

    def _own_within(self, live: Any, record: Any) -> Any:
        if live.__class__ is not FunctionType or live.__module__ != record[0]:
            raise _Another
        if self._heap.own_code(record) is not live.__code__ or repr(defaults_of(live)) != repr(record[3]):
            raise _Another
        return self._variables(live, record[4:])

    def _variables(self, live: Any, references: Any) -> Any:
        closure = live.__closure__ or ()
        if len(closure) != len(references):
            raise _Another
        return zip(closure, references, strict=True)

    def _variable(self, live: Any, record: Any) -> Any:
        if live.__class__ is not CellType or not record:
            raise _Another
        return ((live.cell_contents, record[0]),)

    def _curried(self, live: Any, record: Any) -> Any:
        if _CURRIED.get(live.__class__) != record[0]:
            raise _Another
        if (live.code.__class__ is MethodType) != (len(record) > 2):
            raise _Another
        if len(record) > 2:
            return (live.code.__func__, record[1]), (live.code.__self__, record[2])
        return ((live.code, record[1]),)

    def _string(self, live: Any, record: Any) -> Any:
        if live.__class__ is not ContextString or (live.text, *sorted(live.context)) != record:
            raise _Another
        return ()

    def _path(self, live: Any, record: Any) -> Any:
        if live.__class__ is not Path or live.text != record:
            raise _Another
        return ()

    def _text(self, live: Any, record: Any) -> Any:
        if live.__class__ is not str or live != record:
            raise _Another
        return ()


_KINDS: dict[int, Callable[[_Comparison, Any, Any], Any]] = {
    kinds.SET: _Comparison._set,
    kinds.LIST: _Comparison._list,
    kinds.WITHS: _Comparison._withs,
    kinds.MUTABLE: _Comparison._mutable,
    kinds.FUNCTION: _Comparison._function,
    kinds.OWN_WITHIN: _Comparison._own_within,
    kinds.VARIABLE: _Comparison._variable,
    kinds.CURRIED: _Comparison._curried,
    kinds.STRING: _Comparison._string,
    kinds.PATH: _Comparison._path,
    kinds.TEXT: _Comparison._text,
}
