"""Comparators that order by keys: what `sort` may do without calling them.

    a: b: a.x < b.x                                     <x
    a: b: a > b                                         >
    a: b: builtins.lessThan a.x.y b.x.y                 <x.y
    a: b: if a.x == b.x then b.y < a.y else a.x < b.x   <x,>y      and so with `!=`
    a: b: a.x < b.x || (a.x == b.x && a.y < b.y)        <x,<y
    a: b: builtins.compareVersions a.v b.v < 0          v<v

To the right what `runtime.traits.ORDERS` is followed by: keys, the most important one first, each with the direction
in which it grows and the path of names at which it stands.
"""

from __future__ import annotations

from lixeval.compiler.generator import Generator
from lixeval.compiler.scope import Scope
from lixeval.compiler.selection import as_builtin
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

MOST_KEYS = 8

Parameters = tuple[str, str]


def order_by_keys(g: Generator, scope: Scope, chain: list[nodes.Lambda]) -> str:
    """The keys that a function of two arguments orders by; "" where it does anything else."""
    first, second = chain
    if first.parameter is None or second.parameter is None or second.formals is not None:
        return ""
    names = (first.parameter, second.parameter)
    if names[0] == names[1]:
        return ""
    node = second.body
    keys: list[str] = []
    while len(keys) < MOST_KEYS:
        key = _only_key(g, scope, node, names)
        if key:
            return ",".join([*keys, key])
        parts = _first_key(node)
        if parts is None:
            return ""
        same, less, node = parts
        path = _common_path(same.left, same.right, names) or _common_path(same.right, same.left, names)
        key = _only_key(g, scope, less, names)
        if path is None or key[1:] != path or key[:1] not in ("<", ">"):
            return ""
        keys.append(key)
    return ""


def _first_key(node: Expression) -> tuple[nodes.Binary, Expression, Expression] | None:
    """Of a comparison by more than one key: where the first keys are compared as equal, where by their order, and what
    decides if they are equal."""
    match node:
        case nodes.If(condition=nodes.Binary(operator="==") as same):
            return same, node.otherwise, node.then
        case nodes.If(condition=nodes.Binary(operator="!=") as same):
            return same, node.then, node.otherwise
        case nodes.Binary(operator="||", right=nodes.Binary(operator="&&", left=nodes.Binary(operator="==") as same)):
            assert isinstance(node.right, nodes.Binary)
            return same, node.left, node.right.right
        case _:
            return None


def _only_key(g: Generator, scope: Scope, node: Expression, names: Parameters) -> str:
    """The key that an expression compares the arguments by alone, with its direction; "" where it does not."""
    if isinstance(node, nodes.Apply) and len(node.arguments) == 2:
        return _directed("<", *node.arguments, names) if as_builtin(g, scope, node.function) == "lessThan" else ""
    if not isinstance(node, nodes.Binary) or node.operator not in ("<", ">"):
        return ""
    versions = node.left
    if isinstance(versions, nodes.Apply) and isinstance(node.right, nodes.Int) and node.right.value == 0:
        if len(versions.arguments) != 2 or as_builtin(g, scope, versions.function) != "compareVersions":
            return ""
        key = _directed(node.operator, *versions.arguments, names)
        return "v" + key if key else ""
    return _directed(node.operator, node.left, node.right, names)


def _directed(operator: str, left: Expression, right: Expression, names: Parameters) -> str:
    path = _common_path(left, right, names)
    if path is not None:
        return operator + path
    path = _common_path(right, left, names)
    return "" if path is None else (">" if operator == "<" else "<") + path


def _common_path(left: Expression, right: Expression, names: Parameters) -> str | None:
    """The path at which the first argument is looked into on the left, and the second one on the right."""
    path = _path_in(left, names[0])
    return path if path is not None and path == _path_in(right, names[1]) else None


def _path_in(node: Expression, name: str) -> str | None:
    if isinstance(node, nodes.Variable):
        return "" if node.name == name else None
    if not isinstance(node, nodes.Select) or node.default is not None:
        return None
    if not isinstance(node.subject, nodes.Variable) or node.subject.name != name:
        return None
    if not all(part.__class__ is str and part.isascii() and part.isidentifier() for part in node.path):
        return None
    return ".".join([part for part in node.path if isinstance(part, str)])
