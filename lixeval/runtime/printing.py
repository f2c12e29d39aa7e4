"""Values as text, in the forms of nix-instantiate --eval (manual, "nix-instantiate", and libexpr's print-ambiguous.cc).

`printed` gives the whole value on one line: sets with their names sorted and quoted where they need it, `<CODE>` for
what is not evaluated, `<LAMBDA>`, `<PRIMOP>`, `<PRIMOP-APP>` for functions, `«repeated»` for a set or list already
shown.  `summary` is the bounded form that error messages quote.

Both walk with an explicit stack, so that a list nested a hundred thousand deep prints.
"""

from __future__ import annotations

from lixeval.formats.nix_text import attribute_name, quoted
from lixeval.runtime.nesting import MAX_NESTING, endless
from lixeval.runtime.thunks import FORWARDS, READ, force
from lixeval.runtime.values import (
    ContextString,
    Curried2,
    Curried3,
    Curried4,
    Delayed,
    FunctionType,
    Path,
    Value,
    function_code,
    sorted_names,
    waiting_code,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from lixeval.runtime.name_order import InOrder


def float_text(number: float) -> str:
    """A float as C++ streams print it: `%g`, six digits."""
    return f"{number:g}" if number == number else nan_text(number)


def nan_text(number: float) -> str:
    """What is no number, with its sign, as C prints it; that of `inf - inf` is minus on x86."""
    return "-nan" if _is_negative(number) else "nan"


def _is_negative(number: float) -> bool:
    from math import copysign  # a shared library: only NaNs pay for it

    return copysign(1.0, number) < 0


def is_primop(function: Value) -> bool:
    """Whether a function is a builtin, not yet applied."""
    code = function_code(function)
    return code.__class__ is FunctionType and hasattr(code, "nix_name")


def is_primop_application(function: Value) -> bool:
    """Whether a function is a builtin that has some of its arguments."""
    return hasattr(waiting_code(function), "nix_name")


def scalar_text(value: Value) -> str | None:
    """The printed form of a value that holds no others, or None for sets and lists."""
    kind = value.__class__
    if kind is str:
        return quoted(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float:
        return float_text(value)
    if value is None:
        return "null"
    if kind is ContextString:
        return quoted(value.text)
    if kind is Path:
        return str(value.text)
    if kind is FunctionType or kind is Curried2 or kind is Curried3 or kind is Curried4:
        if is_primop(value):
            return "<PRIMOP>"
        return "<PRIMOP-APP>" if is_primop_application(value) else "<LAMBDA>"
    return None


def printed(value: Delayed, force: Callable[[Delayed], Value] | None = None) -> str:
    """The text of `value` as nix-instantiate --eval prints it.

    `force` evaluates what is not evaluated yet (--strict); without it such values show as `<CODE>`, but for those that
    are values in C++ Nix and cells here only because their modules are loaded late (`is_at_hand` marks their code).
    """
    out: list[str] = []
    seen: set[int] = set()
    stack: list[tuple[str, Delayed]] = [("", value)]
    push, pop, write = stack.append, stack.pop, out.append
    spelled: dict[str, str] = {}
    depth = 0
    while stack:
        text, item = pop()
        write(text)
        if item is _TEXT_ONLY:
            depth -= 1
            continue
        while item.__class__ is list and item[0] in FORWARDS:
            item = item[1]
        holder = item
        if item.__class__ is list:
            if item[0] is READ:
                item = item[1]
            elif force is not None or getattr(item[0], "is_at_hand", False):
                item = item[0](item) if force is None else force(item)
            else:
                write("<CODE>")
                continue
        scalar = scalar_text(item)
        if scalar is not None:
            write(scalar)
            continue
        if not item:
            write("{ }" if item.__class__ is dict else "[ ]")
            continue
        # C++ keeps one or two elements in the value itself: such a list is the same only in the same cell.
        identity = id(holder) if item.__class__ is tuple and len(item) <= 2 else id(item)
        if identity in seen:
            write("«repeated»")
            continue
        seen.add(identity)
        depth += 1
        if depth > MAX_NESTING:
            raise endless()
        texts, values, end = _taken_apart(item, spelled)
        done = 0
        for element in values:
            # What holds no others is written at once, as most of what is long.
            if element.__class__ is list:
                if element[0] is READ:
                    element = element[1]
                elif force is None or element[0] in FORWARDS:
                    break
                else:
                    element = force(element)
            kind = element.__class__
            shown = quoted(element) if kind is str else str(element) if kind is int else scalar_text(element)
            if shown is None:
                break
            write(texts[done])
            write(shown)
            done += 1
        else:
            write(end)
            depth -= 1
            continue
        push((end, _TEXT_ONLY))
        stack += zip(texts[:done:-1], values[:done:-1], strict=True)
        push((texts[done], values[done]))
    return "".join(out)


def _taken_apart(value: Value, spelled: dict[str, str]) -> tuple[list[str], Sequence[Delayed], str]:
    """The text before each of the values in a set or list that is not empty, these values, and the text at its end.

    `spelled` are names as they are written, of small sets, that have the same ones again and again.
    """
    if value.__class__ is tuple:
        texts = ["[ "]
        texts += [" "] * (len(value) - 1)
        return texts, value, " ]"
    names = sorted_names(value)
    if len(names) <= _FEW:
        texts = [spelled.get(name) or spelled.setdefault(name, _assigned(name)) for name in names]
    else:
        texts = [_assigned(name) for name in names]
    texts[0] = f"{{ {texts[0][2:]}"
    return texts, [value[name] for name in names], "; }"


_FEW = 16


def _assigned(name: str) -> str:
    return f"; {attribute_name(name)} = "


def printed_strictly(value: Delayed, in_order: InOrder) -> str:
    """The text of `value` with everything in it evaluated.

    Nix forces all before it prints anything, in an order of its own: it is asked where something fails, as something
    else may fail before it, and where something is said (see `said`).
    """
    value = force(value)
    if value.__class__ is not dict and value.__class__ is not tuple:
        return printed(value)
    from lixeval.runtime.deep_forcing import force_deeply, raise_first
    from lixeval.runtime.said import WALKS, InAnyOrder

    last: Delayed = None

    def force_noted(cell: Delayed) -> Value:
        nonlocal last
        last = cell
        return force(cell)

    if not WALKS.in_order:
        with InAnyOrder() as walk:
            return printed(value, force_noted)
        if walk.error is not None:
            raise_first(value, last, walk.error, in_order)
    force_deeply(value, in_order)
    return printed(value, force)


_TEXT_ONLY: Any = object()
