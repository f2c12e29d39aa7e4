"""Nodes back to text, in the form that `nix-instantiate --parse` of Nix 2.26 prints.

That form shows how C++ Nix read a text: everything in parentheses, attributes and formals sorted, `inherit` grouped,
operators that are builtins as calls (`a - b` as `(__sub a b)`, `a > b` as `(__lessThan b a)`).  It is Nix again, so
it can be parsed, and then prints the same.

Each kind of node has a function that gives its pieces, texts and nodes; one loop expands them, whatever their depth.
"""

from __future__ import annotations

import os.path
import posixpath

from lixeval.formats.nix_text import attribute_name, quoted
from lixeval.syntax.nodes import (
    Apply,
    Assert,
    AttributeSet,
    Binary,
    Bindings,
    CurrentPosition,
    Expression,
    Float,
    Formals,
    HasAttribute,
    If,
    Int,
    Lambda,
    Let,
    List,
    Path,
    PlainList,
    SearchPath,
    Select,
    String,
    Unary,
    Variable,
    With,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Pieces = list[Any]
    """Texts, and expressions to be expanded."""

_CALLS = {"-": "__sub", "*": "__mul", "/": "__div", "<": "__lessThan", ">": "__lessThan"}


def unparse(expression: Expression, base_dir: str | None = None, home: str | None = None) -> str:
    """The text of an expression, without a newline at its end.

    With `base_dir`, the absolute folder of the file, paths are printed absolute and those with `~` in `home` (the
    user's if None); without it they are printed as they were written.
    """
    folders = None if base_dir is None else Folders(base_dir, home or os.path.expanduser("~"))
    return expanded([expression], folders)


class Folders:
    """What relative paths and `~` are relative to."""

    __slots__ = ("base", "home")

    def __init__(self, base: str, home: str) -> None:
        self.base = base
        self.home = home


def attribute_path(path: Iterable[str | Expression]) -> Pieces:
    """The pieces of an attribute path, computed parts as `"${…}"`."""
    pieces: Pieces = []
    for part in path:
        if pieces:
            pieces.append(".")
        pieces += [attribute_name(part)] if isinstance(part, str) else ['"${', part, '}"']
    return pieces


def expanded(pieces: Pieces, folders: Folders | None = None) -> str:
    """The text of pieces, all expressions in them expanded."""
    output: list[str] = []
    stack = pieces[::-1]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            output.append(piece)
        elif isinstance(piece, Path):
            stack += reversed(_path(piece, folders))
        else:
            stack += reversed(_PIECES[piece.__class__](piece))
    return "".join(output)


def _path(node: Path, folders: Folders | None) -> Pieces:
    first, *rest = node.parts
    assert isinstance(first, str)
    text = first if folders is None else absolute(first, folders)
    return _concatenation([text], rest) if rest else [text]


def absolute(text: str, folders: Folders) -> str:
    """A path literal, or the text before its first interpolation, as C++ Nix makes it absolute while parsing."""
    if text.startswith("~"):
        return folders.home + text[1:]
    path = posixpath.normpath(posixpath.join(folders.base, text))
    path = "/" + path.lstrip("/")  # normpath keeps two slashes
    return path + "/" if text.endswith("/") and len(text) > 1 else path


def _concatenation(pieces: Pieces, parts: Iterable[str | Expression]) -> Pieces:
    """`(a + "b" + c)`, the pieces given being the first operands."""
    result: Pieces = ["("]
    for part in [*pieces, *(quoted(part) if isinstance(part, str) else part for part in parts)]:
        if len(result) > 1:
            result.append(" + ")
        result.append(part)
    return [*result, ")"]


def _string(node: String) -> Pieces:
    if not node.parts:
        return ['""']
    if len(node.parts) == 1 and isinstance(node.parts[0], str):
        return [quoted(node.parts[0])]
    return _concatenation([], node.parts)


def _select(node: Select) -> Pieces:
    pieces = ["(", node.subject, ").", *attribute_path(node.path)]
    return pieces if node.default is None else [*pieces, " or (", node.default, ")"]


def _call(function: Pieces, arguments: Iterable[Any]) -> Pieces:
    pieces = ["(", *function]
    for argument in arguments:
        pieces += [" ", argument]
    return [*pieces, ")"]


def _apply(node: Apply) -> Pieces:
    """`(f a b)`; where the function is an operator that C++ Nix made a call of, the arguments are added to that call.

    Except for the `or` of `(a - b) or`, the only way in which a variable of that name gets here.
    """
    function = node.function
    first = node.arguments[0]
    is_call = isinstance(function, SearchPath) or (isinstance(function, Unary | Binary) and function.operator in _CALLS)
    if is_call and not (isinstance(first, Variable) and first.name == "or"):
        return _call(_PIECES[function.__class__](function)[1:-1], node.arguments)
    return _call([function], node.arguments)


def _binary(node: Binary) -> Pieces:
    operator, left, right = node.operator, node.left, node.right
    match operator:
        case "<=":
            return ["(! (__lessThan ", right, " ", left, "))"]
        case ">=":
            return ["(! (__lessThan ", left, " ", right, "))"]
        case ">":
            return _call(["__lessThan"], (right, left))
        case "-" | "*" | "/" | "<":
            return _call([_CALLS[operator]], (left, right))
    return ["(", left, f" {operator} ", right, ")"]


def _unary(node: Unary) -> Pieces:
    if node.operator == "-":
        return _call(["__sub"], ("0", node.operand))
    return ["(! ", node.operand, ")"]


def _lambda(node: Lambda) -> Pieces:
    pieces: Pieces = ["("]
    if node.formals is not None:
        pieces += _formals(node.formals)
        if node.parameter is not None:
            pieces.append(" @ ")
    if node.parameter is not None:
        pieces.append(node.parameter)
    return [*pieces, ": ", node.body, ")"]


def _formals(node: Formals) -> Pieces:
    pieces: Pieces = []
    for formal in sorted(node.formals, key=lambda formal: formal.name):
        pieces += [", ", formal.name] if formal.default is None else [", ", formal.name, " ? ", formal.default]
    if node.ellipsis:
        pieces += [", ", "..."]
    return ["{ ", *pieces[1:], " }"]


def _bindings(node: Bindings) -> Pieces:
    """Inherited names, names inherited from each source, the others, the computed ones; each part sorted."""
    inherited: Pieces = []
    inherited_from: list[Pieces] = [[] for _ in node.sources]
    plain: Pieces = []
    for attribute in sorted(node.attributes.values(), key=lambda attribute: _bytes(attribute.name)):
        name = attribute_name(attribute.name)
        if attribute.kind == "inherited":
            inherited += [" ", name]
        elif attribute.kind == "inherited-from":
            inherited_from[attribute.source] += [" ", name]
        else:
            plain += [name, " = ", attribute.value, "; "]
    pieces = ["inherit", *inherited, "; "] if inherited else []
    for source, names in zip(node.sources, inherited_from, strict=True):
        if names:
            pieces += ["inherit (", source, ")", *names, "; "]
    pieces += plain
    for dynamic in node.dynamic:
        pieces += ['"${', dynamic.name, '}" = ', dynamic.value, "; "]
    return pieces


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _attribute_set(node: AttributeSet) -> Pieces:
    return ["rec { " if node.recursive else "{ ", *_bindings(node.bindings), "}"]


def _list(node: List) -> Pieces:
    pieces: Pieces = ["[ "]
    for item in node.items:
        pieces += ["(", item, ") "]
    return [*pieces, "]"]


_PIECES: dict[type, Callable[[Any], Pieces]] = {
    Int: lambda node: [str(node.value)],
    Float: lambda node: [f"{node.value:g}"],
    String: _string,
    SearchPath: lambda node: _call(["__findFile"], ("__nixPath", quoted(node.name))),
    Variable: lambda node: [node.name],
    CurrentPosition: lambda node: ["__curPos"],
    Select: _select,
    HasAttribute: lambda node: ["((", node.subject, ") ? ", *attribute_path(node.path), ")"],
    Apply: _apply,
    Lambda: _lambda,
    List: _list,
    PlainList: _list,
    AttributeSet: _attribute_set,
    Let: lambda node: ["(let ", *_bindings(node.bindings), "in ", node.body, ")"],
    With: lambda node: ["(with ", node.scope, "; ", node.body, ")"],
    Assert: lambda node: ["assert ", node.condition, "; ", node.body],
    If: lambda node: ["(if ", node.condition, " then ", node.then, " else ", node.otherwise, ")"],
    Unary: _unary,
    Binary: _binary,
}
