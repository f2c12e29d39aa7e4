"""What attributes must look like, checked before a builder uses them: whoever writes a derivation by hand may give
anything.

A shape is a function of (value, where), "where" being the attribute's name; it raises BuildError for another value.

    shape = text | whole | flag | anything | maybe(shape) | list_of(shape) | set_of(shape) | record(NAME=shape ...)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from lixeval.errors import BuildError

Shape: TypeAlias = Callable[[Any, str], None]

_KINDS = {str: "a string", bool: "a Boolean", int: "an integer", float: "a float", list: "a list", dict: "a set"}


def _refuse(value: Any, where: str, wanted: str) -> BuildError:
    found = "null" if value is None else _KINDS.get(type(value), type(value).__name__)
    return BuildError(f"the attribute '{where}' must be {wanted}, and is {found}")


def _of(kind: type, wanted: str) -> Shape:
    def shape(value: Any, where: str) -> None:
        if type(value) is not kind:
            raise _refuse(value, where, wanted)

    return shape


text = _of(str, "a string")
whole = _of(int, "an integer")


def anything(value: Any, where: str) -> None:
    """No matter what: it is looked at elsewhere."""


def flag(value: Any, where: str) -> None:
    """A Boolean; null and the strings that Booleans become in an environment are as good."""
    if value is not None and not isinstance(value, (bool, str)):
        raise _refuse(value, where, "a Boolean")


def maybe(shape: Shape) -> Shape:
    """null, or what `shape` says; where the attribute is missing that is fine as well."""

    def optional(value: Any, where: str) -> None:
        if value is not None:
            shape(value, where)

    return optional


def list_of(shape: Shape) -> Shape:
    """A list, each element of one shape."""

    def elements(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise _refuse(value, where, "a list")
        for number, element in enumerate(value):
            shape(element, f"{where}[{number}]")

    return elements


def set_of(shape: Shape) -> Shape:
    """A set, each value of one shape."""

    def values(value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise _refuse(value, where, "a set")
        for name, member in value.items():
            shape(member, f"{where}.{name}")

    return values


def record(**members: Shape) -> Shape:
    """A set with these members; others do not matter."""

    def fields(value: Any, where: str) -> None:
        if not isinstance(value, Mapping):
            raise _refuse(value, where, "a set")
        check(value, members, f"{where}.")

    return fields


def check(attributes: Mapping[str, Any], shapes: Mapping[str, Shape], prefix: str = "") -> None:
    """Raise BuildError for what is missing or is not of its shape."""
    for name, shape in shapes.items():
        if name not in attributes and shape.__name__ not in ("optional", "flag", "anything"):
            raise BuildError(f"the attribute '{prefix}{name}' is missing", hint="lixeval's own functions give it")
        shape(attributes.get(name), prefix + name)


CLOSURE = list_of(record(path=text, narHash=text, narSize=whole, references=list_of(text)))
"""What `exportReferencesGraph` puts in the place of an attribute."""
