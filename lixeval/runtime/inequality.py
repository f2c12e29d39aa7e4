"""Why two values are not equal: what `assert a == b` says when it fails (C++: `EvalState::assertEqValues`).

The walk is that of `compare.equal`, so it forces nothing that the comparison had not forced already; it ends at the
first difference and remembers the way there: names of attributes, indices of lists.
"""

from __future__ import annotations

from lixeval.errors import AssertionFailed
from lixeval.formats.nix_text import attribute_name
from lixeval.runtime.compare import are_same, equal, is_derivation
from lixeval.runtime.faults import described, shown
from lixeval.runtime.name_order import names_as_met
from lixeval.runtime.strings import text_of
from lixeval.runtime.thunks import force, position_of
from lixeval.runtime.values import FUNCTION_TYPES, ContextString, Delayed, Path, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Way = tuple["Way", str | int, Delayed, Delayed] | None
    """How the walk came to a pair: the way to the one around it, the name or index there, both sides as held there."""

_NUMBERS = (int, float)
_STRINGS = (str, ContextString)


def unequal(left: Value, right: Value) -> AssertionFailed:
    """The error for `assert left == right` where the two are not equal."""
    stack: list[tuple[Delayed, Delayed, Way]] = [(left, right, None)]
    while stack:
        held_a, held_b, way = stack.pop()
        if held_a.__class__ is _Names:
            return _failed(held_a.message, way)
        if way is not None and are_same(held_a, held_b):
            force(held_a)
            continue
        a, b = force(held_a), force(held_b)
        if a is b and a.__class__ is not float and a.__class__ not in FUNCTION_TYPES:
            continue
        message = _difference(a, b)
        if message is not None:
            return _failed(message, way)
        if a.__class__ is tuple:
            for index in range(len(a) - 1, -1, -1):
                stack.append((a[index], b[index], (way, index, a[index], b[index])))
        elif a.__class__ is dict:
            for name in reversed(_names_in_common(a, b, way, stack)):
                stack.append((a[name], b[name], (way, name, a[name], b[name])))
    return AssertionFailed("")


def _difference(a: Value, b: Value) -> str | None:
    """What is different about two values themselves; None where only what they hold can differ."""
    kind, other = a.__class__, b.__class__
    if kind in _NUMBERS and other in _NUMBERS:
        return None if equal(a, b) else _with_value("with value", a, b)
    if kind in _STRINGS and other in _STRINGS:
        return None if text_of(a) == text_of(b) else f"string '{shown(a)}' is not equal to string '{shown(b)}'"
    if kind in FUNCTION_TYPES and other in FUNCTION_TYPES:
        return "distinct functions and immediate comparisons of identical functions compare as unequal"
    if kind is not other:
        return _with_value("of value", a, b)
    if kind is bool:
        return None if a == b else f"boolean '{shown(a)}' is not equal to boolean '{shown(b)}'"
    if kind is Path:
        return None if a.text == b.text else f"path '{shown(a)}' is not equal to path '{shown(b)}'"
    if kind is tuple and len(a) != len(b):
        sizes = f"list of size '{len(a)}' is not equal to list of size '{len(b)}'"
        return f"{sizes}, left hand side is '{shown(a)}', right hand side is '{shown(b)}'"
    if kind is dict and len(a) != len(b) and not _by_out_path(a, b):
        return f"attribute names of attribute set '{shown(a)}' differs from attribute set '{shown(b)}'"
    return None


def _with_value(how: str, a: Value, b: Value) -> str:
    return f"{described(a)} {how} '{shown(a)}' is not equal to {described(b)} {how} '{shown(b)}'"


def _by_out_path(a: dict[str, Delayed], b: dict[str, Delayed]) -> bool:
    """Whether two sets are derivations, which are the same where their outputs are."""
    return is_derivation(a) and is_derivation(b) and "outPath" in a and "outPath" in b


class _Names:
    """Stands on the stack where the names of two sets begin to differ."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message


def _names_in_common(
    a: dict[str, Delayed], b: dict[str, Delayed], way: Way, stack: list[tuple[Delayed, Delayed, Way]]
) -> list[str]:
    """The names under which two sets of one size are compared, in Nix's order, up to one that only one of them has."""
    if _by_out_path(a, b):
        return ["outPath"]
    common: list[str] = []
    for name, other in zip(names_as_met(a), names_as_met(b), strict=True):
        if name != other:
            if name not in b:
                message = (
                    f"attribute name '{attribute_name(name)}' is contained in '{shown(a)}', but not in '{shown(b)}'"
                )
            else:
                shown_name = attribute_name(other)
                message = f"attribute name '{shown_name}' is missing in '{shown(a)}', but is contained in '{shown(b)}'"
            stack.append((_Names(message), None, way))
            break
        common.append(name)
    return common


def _failed(message: str, way: Way) -> AssertionFailed:
    error = AssertionFailed(message)
    sides: tuple[Any, Any] = (None, None)
    path = ""
    while way is not None:
        way, label, left, right = way
        dot = "." if path and path[0] != "[" else ""
        path = (f"[{label}]" if label.__class__ is int else str(label)) + dot + path
        if sides == (None, None) and label.__class__ is not int:
            # The innermost attribute on the way tells best where the two sides are written.
            sides = (position_of(left), position_of(right))
    error.path, error.sides = path, sides
    return error
