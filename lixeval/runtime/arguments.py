"""Checks of what builtins are given: force an argument, then see that it is of the type that it must be.

The errors are Nix's ("expected a list but found an integer: 1").  Hot builtins repeat the two tests in place; all
others call these.  Strings have theirs in `runtime.strings` (`text_of`, `text_and_context`, `text_without_context`).
"""

from __future__ import annotations

from lixeval.runtime.faults import expected, missing_attribute
from lixeval.runtime.values import FUNCTION_TYPES, Delayed, Value


def forced_list(value: Delayed) -> tuple[Delayed, ...]:
    """A list, its elements untouched."""
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is not tuple:
        raise expected("a list", value)
    elements: tuple[Delayed, ...] = value
    return elements


def forced_attrs(value: Delayed) -> dict[str, Delayed]:
    """An attribute set, its values untouched."""
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is not dict:
        raise expected("a set", value)
    attributes: dict[str, Delayed] = value
    return attributes


def forced_int(value: Delayed) -> int:
    """An integer; neither a float nor a Boolean."""
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is not int:
        raise expected("an integer", value)
    number: int = value
    return number


def forced_float(value: Delayed) -> float:
    """A number as a float."""
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ is not float and value.__class__ is not int:
        raise expected("a float", value)
    return float(value)


def forced_function(value: Delayed) -> Value:
    """A function or a set that can be called like one."""
    if value.__class__ is list:
        value = value[0](value)
    if value.__class__ in FUNCTION_TYPES or (value.__class__ is dict and "__functor" in value):
        return value
    raise expected("a function", value)


def attribute(attributes: dict[str, Delayed], name: str) -> Delayed:
    """An attribute that a builtin cannot do without."""
    if name not in attributes:
        raise missing_attribute(name, attributes)
    return attributes[name]
