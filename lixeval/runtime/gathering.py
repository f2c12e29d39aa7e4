"""What `foldl'` gathers by `found: e: if elem e found then found else found ++ [ e ]`: `unique` of nixpkgs' lib.

C++ Nix compares each element with all that were found before it.  Here each walks down a tree by what it is compared
by: its text or number; of a list how long it is, then its elements; of a set its names, then its values in their order.
That is for sets of one attribute, or that hold nothing but evaluated texts, numbers and the like: of others Nix's order
of names, which takes long to find out, tells what is compared first, and may fail.
Where the tree has no way on, nothing that was found is equal to it, and what it holds further down is not forced, as
Nix does not either.  So what ends a way of the tree may still hold more: a stack of what is to be forced next, the last
one first, once another element comes so far.
"""

from __future__ import annotations

from lixeval.runtime.compare import are_same
from lixeval.runtime.nesting import MAX_NESTING
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import ContextString, Delayed, Path, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def different_ones(elements: tuple[Delayed, ...]) -> tuple[tuple[Delayed, ...], int]:
    """The different ones of some elements, and of how many they are: fewer than all where the next one holds something
    that is not compared by parts.  At least one element is there; what fails has failed in Nix too, and only once.
    """
    found: list[Delayed] = []
    tree: dict[Any, Any] = {}
    for number, element in enumerate(elements):
        try:
            is_new = _grows(tree, element)
        except _NotByParts:
            return tuple(found), number
        if is_new:
            found.append(element)
    return tuple(found), len(elements)


class _NotByParts(Exception):
    """A function, a derivation, a float: equal to others, or to nothing, in ways of their own.  Or a set in which
    something could fail."""


_ROOT = ("all",)


def _grows(tree: dict[Any, Any], element: Delayed) -> bool:
    """Whether an element is none of those in a tree; it is one of them then."""
    stack: list[Delayed] = [element, element]  # the first one stays
    key: Any = _ROOT
    for _ in range(MAX_NESTING):
        node = tree.get(key)
        if node is None:
            tree[key] = stack
            return True
        if node.__class__ is list:
            if len(stack) == 1 or are_same(element, node[0]):
                return False  # nothing of it is left, or it is the very same, which is equal unseen
            key_here = _next(stack)
            tree[key] = {_next(node): node}
            tree, key = tree[key], key_here
        else:
            tree, key = node, _next(stack)
    raise _NotByParts


def _next(stack: list[Delayed]) -> Any:
    """What the last value of a stack is compared by, in whose place the values in it are put."""
    value: Value = stack.pop()
    if value.__class__ is list:
        value = value[0](value)
    kind = value.__class__
    if kind is str or kind is int:
        return value
    if kind is ContextString:
        return value.text
    if kind is dict and "type" not in value and (len(value) < 2 or all(_is_leaf(each) for each in value.values())):
        names = sorted(value, reverse=True)
        stack += [value[name] for name in names]
        return tuple(names)
    if kind is tuple:
        stack += value[::-1]
        return (len(value),)
    if kind is bool or value is None:
        return (kind, value)
    if kind is Path:
        return (kind, value.text)
    raise _NotByParts


def _is_leaf(value: Delayed) -> bool:
    """Whether it is there, and holds no others."""
    if value.__class__ is list:
        if value[0] is not READ:
            return False
        value = value[1]
    return value.__class__ in _LEAVES


_LEAVES = frozenset((str, int, bool, type(None), ContextString, Path))
