"""Equality and order of values (manual, "Operators": comparison, equality).

Both walk deep structures with an explicit stack.  Functions and NaN are equal to nothing, but a value that is the very
same object inside two lists or sets is taken as equal without looking into it, as C++ Nix does with pointers.
"""

from __future__ import annotations

from lixeval.errors import NixTypeError
from lixeval.runtime.faults import described
from lixeval.runtime.nesting import MAX_NESTING, endless
from lixeval.runtime.said import WALKS, InAnyOrder
from lixeval.runtime.strings import text_of
from lixeval.runtime.thunks import FORWARD, FORWARDED, LATER, READ, STANDS, Cell
from lixeval.runtime.values import ContextString, Delayed, Path, Value, sorted_names, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Pair = tuple[Delayed, Delayed]
    NamesOf = Callable[[dict[str, Delayed]], list[str]]
    """The names of a set, in the order in which it is gone through."""

_NUMBERS = (int, float)
_STRINGS = (str, ContextString)
_PLAIN = frozenset((str, int, bool, type(None)))


def equal(left: Delayed, right: Delayed) -> bool:
    """`left == right`.

    What needs no looking into, most of what is compared, is answered here; the walk is for sets and lists.
    """
    if left.__class__ is list:
        left = left[0](left)
    if right.__class__ is list:
        right = right[0](right)
    kind = left.__class__
    if kind is not right.__class__:
        return _equal_of_two_kinds(left, right)
    if kind is dict or kind is tuple:
        return _equal_deeply(left, right) if left and right else not left and not right
    if kind is ContextString or kind is Path:
        return bool(left.text == right.text)
    if kind is str or kind is int or kind is bool or left is None or kind is float:
        return bool(left == right)
    return False


def _equal_of_two_kinds(left: Value, right: Value) -> bool:
    kind, other = left.__class__, right.__class__
    if kind in _NUMBERS and other in _NUMBERS:
        # The int becomes a float, and may round: Python would compare exactly.
        return float(left) == float(right)
    if kind in _STRINGS and other in _STRINGS:
        return text_of(left) == text_of(right)
    return False


def _equal_deeply(left: Value, right: Value) -> bool:
    """Two sets or two lists: at once where all that counts is evaluated, else with a stack of our own."""
    if len(left) != len(right) and (left.__class__ is tuple or "type" not in left):
        return False  # derivations are compared by their outputs
    known: list[Cell] = []
    seen = _seen_equal(left, right, 0, known)
    if known:
        if seen is False:
            seen = None  # the walk wants no more of them than Nix
        elif seen:
            for cell in known:
                cell[0] = READ
    return _all_equal([(left, right)]) if seen is None else seen


_SEEN_DEPTH = 100
"""How deep is looked for what is equal at once."""

_SEEN_BESIDE = 8
"""How large a set or list is looked at, beside a difference, for what could fail before that shows."""


def _seen_equal(left: Value, right: Value, depth: int, known: list[Cell]) -> bool | None:
    """Whether two sets or two lists are equal; None where that does not show without evaluating anything.

    A difference between sets shows where nothing in them can fail: Nix may come upon the rest first.  Cells that are
    no more than not wanted yet become `known`.
    """
    if depth > _SEEN_DEPTH:
        return None
    is_set = left.__class__ is dict
    if len(left) != len(right):
        return None if is_set else False
    if is_set and "type" in left:
        return None
    equal = True
    try:
        for place in left if is_set else range(len(left)):
            x = left[place]
            y = right[place]
            kind = x.__class__
            if kind is list:
                value = x[1]
                if x[0] is not READ and (x[0] is not FORWARD or value.__class__ is list):
                    value = _known_value(x, known)
                    if value is _UNKNOWN:
                        return None
                if x is y:
                    continue
                x = value
                kind = x.__class__
            elif x is y:
                continue
            other = y.__class__
            if other is list:
                value = y[1]
                if y[0] is not READ and (y[0] is not FORWARD or value.__class__ is list):
                    value = _known_value(y, known)
                    if value is _UNKNOWN:
                        return None
                y = value
                other = y.__class__
            if kind is not other:
                if kind not in _PLAIN or other not in _PLAIN:
                    return None
                same: bool | None = False
            elif kind in _PLAIN:
                if x == y:
                    continue
                same = False
            elif (kind is not dict and kind is not tuple) or (not equal and len(x) > _SEEN_BESIDE):
                return None
            else:
                same = _seen_equal(x, y, depth + 1, known)
            if not same:
                if same is None or not is_set:
                    return same
                equal = False
    except KeyError:
        return None  # a name that only one of them has
    return equal


_UNKNOWN: Any = object()


def _known_value(cell: Cell, known: list[Cell]) -> Value:
    """What forcing a cell gives where that evaluates nothing; else `_UNKNOWN`."""
    if cell[0] is LATER:
        known.append(cell)
        return cell[1]
    value: Delayed = cell
    while value.__class__ is list and (value[0] is FORWARD or value[0] is FORWARDED):
        value = value[1]
    if value.__class__ is not list:
        return value
    if value[0] is LATER:
        known.append(value)
    return value[1] if value[0] is READ or value[0] is LATER else _UNKNOWN


def _all_equal(pairs: list[Pair]) -> bool:
    """Whether the pairs on a stack, the first one last, are equal."""
    stack = list(pairs)
    found = _walk(stack, None)
    return _equal_by_names(stack) if found is None else found


def _equal_by_names(pairs: list[Pair]) -> bool:
    """The same of pairs of which the first ones are sets with several names under which something is not evaluated.

    First by the alphabet.  Should a pair fail, say something (see `said`) or differ while others wait, these may come
    before it in Nix's order of names, and fail, say something, or tell the difference: then all is gone through again
    in that order, but for the pair that has failed.
    """
    failed: Pair | None = None
    error: Exception | None = None
    if not WALKS.in_order:
        stack = list(pairs)
        with InAnyOrder() as walk:
            if _walk(stack, sorted_names):
                return True
            if not any(_may_fail(a) or _may_fail(b) for a, b in stack):
                return False
        error = walk.error
        failed = None if error is None else stack[-1]
    try:
        return bool(_walk(list(pairs), _order_at_hand() or sorted_names, failed))
    except _FailedAgain:
        assert error is not None
        raise error from None


def _walk(stack: list[Pair], names_of: NamesOf | None, failed: Pair | None = None) -> bool | None:
    """Compares what is on the stack, on which what fails or is not equal is left, but for what is known to have failed.

    None where `names_of` is None, and what is on the stack begins with sets whose order of names may count.
    """
    pop = stack.pop
    opened = depth = 0
    pair: Pair = (None, None)
    try:
        while stack:
            pair = pop()
            a, b = pair
            if a is _CLOSED:
                depth -= 1
                continue
            if failed is not None and a is failed[0] and b is failed[1]:
                raise _FailedAgain
            if a.__class__ is list:
                if a is b:
                    # One thunk: still forced, so that its failure shows, but its value is not looked into.
                    a[0](a)
                    continue
                a = a[0](a)
            if b.__class__ is list:
                b = b[0](b)
            kind = a.__class__
            if kind is not b.__class__:
                if not _equal_of_two_kinds(a, b):
                    return False
                continue
            if kind is dict or kind is tuple:
                opened += 1
                if opened > MAX_NESTING:
                    # Only now it is worth while to count how deep this is, from here on.
                    stack.append((_CLOSED, None))
                    depth += 1
                    if depth > MAX_NESTING:
                        raise endless()
            if kind is dict:
                pushed = _push_attributes(stack, a, b, names_of)
                if not pushed:
                    if pushed is None:
                        stack.append(pair)
                    return pushed
            elif kind is tuple:
                if len(a) != len(b):
                    return False
                _push_elements(stack, a, b)
            elif kind is ContextString or kind is Path:
                if a.text != b.text:
                    return False
            elif kind is str or kind is int or kind is bool or a is None or kind is float:
                if a != b:
                    return False
            elif not are_one(a, b):
                return False
        return True
    except Exception:
        stack.append(pair)
        raise


def are_one(left: Value, right: Value) -> bool:
    """Whether two functions count as one though nothing said so before they were evaluated: they never do."""
    return False


_CLOSED: Any = object()
"""Marks on the stack where a set or list ends."""


class _FailedAgain(Exception):
    """The pair that is known to fail has been reached."""


def _order_at_hand() -> NamesOf | None:
    from lixeval.runtime.name_order import order_at_hand  # only failures pay for the module

    return order_at_hand()


def _push_attributes(
    stack: list[Pair], a: dict[str, Delayed], b: dict[str, Delayed], names_of: NamesOf | None
) -> bool | None:
    """Pushes what is to be compared of two sets; False where they are different already, None where `names_of` is to
    tell in which order."""
    if "type" in a and is_derivation(a) and is_derivation(b) and "outPath" in a and "outPath" in b:
        stack.append((a["outPath"], b["outPath"]))
        return True
    if len(a) != len(b):
        return False
    if a.keys() == b.keys():
        waiting = _waiting(a, b)
        names: Iterable[str] = waiting
        if len(waiting) > 1:
            if names_of is None:
                return None
            names = reversed(names_of(waiting))
        for name in names:
            _push_unless_same(stack, a[name], b[name])
        return True
    common = a.keys() & b.keys()
    if not any(_may_fail(a[name]) or _may_fail(b[name]) for name in common):
        return False
    # Nix compares what comes before the first name that only one of them has.
    stack.append((True, False))
    in_order = (_order_at_hand() or sorted_names)(a | b)
    first = next(number for number, name in enumerate(in_order) if name not in common)
    for name in reversed(in_order[:first]):
        _push_unless_same(stack, a[name], b[name])
    return True


# Most of what sets and lists hold is evaluated and one string, int or Boolean: that need not wait for its turn.


def _push_elements(stack: list[Pair], a: tuple[Delayed, ...], b: tuple[Delayed, ...]) -> None:
    for index in range(len(a) - 1, -1, -1):
        x, y = a[index], b[index]
        if x.__class__ is list and x[0] is READ:
            x = x[1]
        if y.__class__ is list and y[0] is READ:
            y = y[1]
        kind = x.__class__
        if kind is y.__class__ and (kind is str or kind is int or kind is bool or x is None) and x == y:
            continue
        _push_unless_same(stack, a[index], b[index])


def _waiting(a: dict[str, Delayed], b: dict[str, Delayed]) -> dict[str, Delayed]:
    """The attributes of which it must be looked whether they are equal."""
    waiting: dict[str, Delayed] = {}
    for name, cell in a.items():
        x, y = _as_it_was(cell), _as_it_was(b[name])
        if x.__class__ is list and x[0] is READ:
            x = x[1]
        if y.__class__ is list and y[0] is READ:
            y = y[1]
        kind = x.__class__
        if kind is not y.__class__ or not (kind is str or kind is int or kind is bool or x is None) or x != y:
            waiting[name] = cell
    return waiting


def _may_fail(cell: Delayed) -> bool:
    cell = _as_it_was(cell)
    return cell.__class__ is list and cell[0] is not READ and cell[0] is not LATER


def _as_it_was(cell: Delayed) -> Delayed:
    """A cell, or what it was where it waits on the disk: that may be evaluated."""
    kept = getattr(cell[0], "stands_for", None) if cell.__class__ is list else None
    return cell if kept is None else kept(cell)


def equal_elements(a: Delayed, b: Delayed) -> bool:
    """Whether two elements of lists are equal."""
    pairs: list[Pair] = []
    _push_unless_same(pairs, a, b)
    return not pairs or _all_equal(pairs)


def _push_unless_same(stack: list[Pair], a: Delayed, b: Delayed) -> None:
    """Elements that are one object are equal unseen (even a function); others are to be compared."""
    if a is b:
        if a.__class__ is list:
            # In its turn: elements before it may tell the difference without it.
            stack.append((a, b))
        return
    x, y = held(a), held(b)
    if x is y:
        if x.__class__ is list:
            stack.append((x, y))
        return
    stack.append((a, b))


def are_same(a: Delayed, b: Delayed) -> bool:
    """Whether two elements are one object, which is equal to itself unseen."""
    return a is b or held(a) is held(b)


def held(cell: Delayed) -> Delayed:
    """The cell or value that a cell with a position of its own stands for (`inherit x;`)."""
    while cell.__class__ is list:
        if cell[0] is FORWARD or cell[0] is FORWARDED or cell[0] is STANDS:
            cell = cell[1]
            continue
        kept = getattr(cell[0], "stands_for", None)  # of a cell that waits on the disk
        if kept is None:
            break
        cell = kept(cell)
    return cell


def is_derivation(value: dict[str, Delayed]) -> bool:
    kind = value.get("type")
    if kind.__class__ is list:
        kind = kind[0](kind)
    return kind.__class__ is str and kind == "derivation"


def less_than(left: Delayed, right: Delayed) -> bool:
    """`left < right`: numbers, strings (bytewise), paths, and lists of those (lexicographically)."""
    for _ in range(MAX_NESTING):
        if left.__class__ is list:
            left = left[0](left)
        if right.__class__ is list:
            right = right[0](right)
        kind = left.__class__
        other = right.__class__
        if kind is tuple and other is tuple:
            pair = _first_difference(left, right)
            if pair is None:
                return len(left) < len(right)
            left, right = pair
            continue
        if kind in _NUMBERS and other in _NUMBERS:
            return bool(left < right) if kind is other else float(left) < float(right)
        if (kind is str or kind is ContextString) and (other is str or other is ContextString):
            return bytes_less(text_of(left), text_of(right))
        if kind is Path and other is Path:
            return bytes_less(left.text, right.text)
        if type_name(left) == type_name(right):
            raise NixTypeError(
                f"cannot compare {described(left)} with {described(right)}; values of that type are incomparable",
                code="E0306",
            )
        raise NixTypeError(f"cannot compare {described(left)} with {described(right)}", code="E0306")
    raise endless()


def _first_difference(left: tuple[Delayed, ...], right: tuple[Delayed, ...]) -> Pair | None:
    """The first two elements that are not equal; None where one list is a prefix of the other.

    Where these are lists of one length they differ in an element again, which is given in their stead: found anew from
    the outside, level by level, it would take the square of the depth.
    """
    levels = [zip(left, right, strict=False)]
    while levels:
        for a, b in levels[-1]:
            if a is b or held(a) is held(b):
                equal_elements(a, b)  # they are; but should it fail, that shows
                continue
            x = a[0](a) if a.__class__ is list else a
            y = b[0](b) if b.__class__ is list else b
            if x.__class__ is tuple is y.__class__ and len(x) == len(y):
                if len(levels) == MAX_NESTING:
                    raise endless()
                levels.append(zip(x, y, strict=True))
                break
            if not equal(x, y):
                return x, y
        else:
            levels.pop()
    return None


def bytes_less(left: str, right: str) -> bool:
    """Bytewise order of two texts."""
    if left.isascii() and right.isascii():
        return left < right
    return left.encode("utf-8", "surrogateescape") < right.encode("utf-8", "surrogateescape")
