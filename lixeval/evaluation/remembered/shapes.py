"""What is seen of a value of the project without looking at what it holds."""

from __future__ import annotations

from lixeval.runtime.code_info import formals_of, takes_more
from lixeval.runtime.values import ContextString, Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.runtime.values import Value

    Shape = tuple[Any, ...]
    """A kind, and what there is to it; ("same", bit) says which part it was before.  `marshal` can write it."""

ATOMS = frozenset((str, int, float, bool, type(None)))
"""Values that hold nothing, and are what they are."""


def shape_of(value: Value) -> Shape:
    """What is seen of a value in weak head normal form."""
    kind = value.__class__
    if kind in ATOMS:
        return (kind.__name__, repr(value) if kind is float else value)
    if kind is ContextString:
        return ("context", value.text, tuple(sorted(value.context)))
    if kind is Path:
        return ("path", value.text)
    if kind is dict:
        return ("set",)
    if kind is tuple:
        return ("list", len(value))
    formals = formals_of(value)
    named = None if formals is None else tuple([(name, has_default) for name, has_default, _ in formals])
    return ("function", named, takes_more(value))
