"""A parsed text as plain data, so that what explains an error need not parse a large text each time.

    tree   = [record, ...]             each node after those within it, the root last
    record = (class, start, end, member, ...)
    member = a value as it is | number of a node, None | (number of a node | text, ...)

Which a member is, `_CLASSES` says of each class: `v`alue, `n`ode, a tuple of `m`any nodes or texts, the `a`ttributes of
bindings by their names.  A node that stands in two places is one node again.
"""

from __future__ import annotations

from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Record = tuple[Any, ...]

_CLASSES: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.Int, "v"),
    (nodes.Float, "v"),
    (nodes.String, "m"),
    (nodes.Path, "m"),
    (nodes.SearchPath, "v"),
    (nodes.Variable, "v"),
    (nodes.CurrentPosition, ""),
    (nodes.Select, "nmvn"),
    (nodes.HasAttribute, "nm"),
    (nodes.Apply, "nm"),
    (nodes.Formal, "vn"),
    (nodes.Formals, "mv"),
    (nodes.Lambda, "vnn"),
    (nodes.List, "m"),
    (nodes.PlainList, "v"),
    (nodes.Attribute, "vvnv"),
    (nodes.DynamicAttribute, "nn"),
    (nodes.Bindings, "amm"),
    (nodes.AttributeSet, "vn"),
    (nodes.Let, "nn"),
    (nodes.With, "nn"),
    (nodes.Assert, "nn"),
    (nodes.If, "nnn"),
    (nodes.Unary, "vn"),
    (nodes.Binary, "vnnv"),
)
_NUMBERS = {each: number for number, (each, _) in enumerate(_CLASSES)}
_OTHERS = [tuple((index, kind) for index, kind in enumerate(kinds, 2) if kind != "v") for _, kinds in _CLASSES]
"""Of each class, which of its constructor's arguments are not values as they are, by position."""


def as_data(root: nodes.Node) -> list[Record]:
    """The records of a tree."""
    records: list[Record] = []
    numbers: dict[int, int] = {}
    waiting = [root]
    while waiting:
        node = waiting[-1]
        if id(node) in numbers:
            waiting.pop()
            continue
        members = [value for _, value in nodes.members(node)]
        within = [each for value in members[2:] for each in _nodes_in(value) if id(each) not in numbers]
        if within:
            waiting += within
            continue
        waiting.pop()
        numbers[id(node)] = len(records)
        number = _NUMBERS[nodes.kind_of(node)]
        for index, kind in _OTHERS[number]:
            members[index] = _referring(members[index], kind, numbers)
        records.append((number, *members))
    return records


def _nodes_in(value: Any) -> list[nodes.Node]:
    if isinstance(value, nodes.Node):
        return [value]
    if value.__class__ is dict:
        value = tuple(value.values())
    return [each for each in value if isinstance(each, nodes.Node)] if value.__class__ is tuple else []


def _referring(value: Any, kind: str, numbers: dict[int, int]) -> Any:
    if kind == "n":
        return None if value is None else numbers[id(value)]
    if kind == "a":
        value = tuple(value.values())
    return tuple([each if each.__class__ is str else numbers[id(each)] for each in value])


def from_data(records: list[Record]) -> nodes.Node:
    """The tree of such records."""
    made: list[Any] = []
    for record in records:
        number, *members = record
        for index, kind in _OTHERS[number]:
            value = members[index]
            if kind == "n":
                if value is not None:
                    members[index] = made[value]
            elif kind == "m":
                members[index] = tuple([made[each] if each.__class__ is int else each for each in value])
            else:
                members[index] = {made[each].name: made[each] for each in value}
        made.append(_CLASSES[number][0](*members))
    root: nodes.Node = made[-1]
    return root
