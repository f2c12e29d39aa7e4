"""Short spellings for the Python `ast` nodes that generated code is made of.

Every function takes the position first: a dict of the four attributes that the compiler needs (`lineno`, `col_offset`,
`end_lineno`, `end_col_offset`), made once for each Nix node by `generator.Generator.at`.

They are taken from where Python has them: `ast` brings five modules along for what people do with them.

Only nodes whose instructions can fail or call carry it: calls, subscripts, `raise`, `def`.  All others take "no
location" from their class, which saves most of the time of making a node, and space in the compiled code.
"""

from __future__ import annotations

import _ast as ast
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

At = dict[str, int]
NOWHERE: At = {}
"""The position of what carries none: names, constants, assignments."""

_LOAD = ast.Load()
_STORE = ast.Store()
_IS = ast.Is()
_IS_NOT = ast.IsNot()
_AND = ast.And()
_OR = ast.Or()
_NOT = ast.Not()
_IN = ast.In()
_NOT_IN = ast.NotIn()


class _Nowhere:
    """Python's compiler takes -1 for a line as "no location"."""

    lineno: int = -1
    col_offset: int = -1
    end_lineno: int | None = -1
    end_col_offset: int | None = -1


class Name(_Nowhere, ast.Name):
    pass


class Made(Name):
    """A variable that holds what was just made, and nobody else has."""


Made.__name__ = "Name"  # by which `ast.unparse` finds how to write a node


class Constant(_Nowhere, ast.Constant):
    pass


class arg(_Nowhere, ast.arg):
    pass


class Attribute(_Nowhere, ast.Attribute):
    pass


class Compare(_Nowhere, ast.Compare):
    pass


class BoolOp(_Nowhere, ast.BoolOp):
    pass


class UnaryOp(_Nowhere, ast.UnaryOp):
    pass


class BinOp(_Nowhere, ast.BinOp):
    pass


class IfExp(_Nowhere, ast.IfExp):
    pass


class NamedExpr(_Nowhere, ast.NamedExpr):
    pass


class Tuple(_Nowhere, ast.Tuple):
    pass


class List(_Nowhere, ast.List):
    pass


class Dict(_Nowhere, ast.Dict):
    pass


class Subscript(_Nowhere, ast.Subscript):
    """One that cannot fail: of a cell."""


class Assign(_Nowhere, ast.Assign):
    pass


class If(_Nowhere, ast.If):
    pass


class Return(_Nowhere, ast.Return):
    pass


class Try(_Nowhere, ast.Try):
    pass


class ExceptHandler(_Nowhere, ast.ExceptHandler):
    pass


_HAVE_TYPES = "type_params" in ast.FunctionDef._fields
_ZERO, _ONE = Constant(0, None), Constant(1, None)

_NAMES: dict[str, Name] = {}
"""Nodes of names: a node may stand in many places."""

MANY_NAMES = 4000
"""So many are kept to be used again, most of them soon after."""


def at_of(node: ast.stmt) -> At:
    """Where a statement is that was made before."""
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno or node.lineno,
        "end_col_offset": node.end_col_offset or 0,
    }


def name(at: At, identifier: str) -> ast.Name:
    found = _NAMES.get(identifier)
    if found is None:
        if len(_NAMES) == MANY_NAMES:
            _NAMES.clear()
        found = _NAMES[identifier] = Name(identifier, _LOAD)
    return found


def constant(at: At, value: Any) -> ast.Constant:
    return Constant(value, None)


def call(at: At, function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(name(at, function), list(arguments), [], **at)


def call_expression(at: At, function: ast.expr, arguments: Sequence[ast.expr]) -> ast.Call:
    return ast.Call(function, list(arguments), [], **at)


def attribute(at: At, value: ast.expr, attribute_name: str) -> ast.Attribute:
    """`value.attribute_name`, which may be called: Python takes the line of a method's call from its attribute."""
    line, column = at["lineno"], at["col_offset"]
    return ast.Attribute(
        value, attribute_name, _LOAD, lineno=line, col_offset=column, end_lineno=line, end_col_offset=column
    )


def subscript(at: At, value: ast.expr, key: ast.expr) -> ast.Subscript:
    return ast.Subscript(value, key, _LOAD, **at)


def known_item(at: At, container: ast.expr, key: ast.expr) -> ast.expr:
    """`container[key]` that is there."""
    return Subscript(container, key, _LOAD)


def is_class(at: At, value: ast.expr, class_name: str) -> ast.Compare:
    """`value.__class__ is class_name`"""
    return Compare(Attribute(value, "__class__", _LOAD), [_IS], [name(at, class_name)])


def both_class(at: At, left: ast.expr, right: ast.expr, class_name: str) -> ast.Compare:
    """`left.__class__ is class_name is right.__class__`"""
    operands: list[ast.expr] = [name(at, class_name), Attribute(right, "__class__", _LOAD)]
    return Compare(Attribute(left, "__class__", _LOAD), [_IS, _IS], operands)


def is_(at: At, left: ast.expr, right: ast.expr) -> ast.Compare:
    return Compare(left, [_IS], [right])


def is_not(at: At, left: ast.expr, right: ast.expr) -> ast.Compare:
    return Compare(left, [_IS_NOT], [right])


def contains(at: At, key: ast.expr, container: ast.expr) -> ast.Compare:
    return Compare(key, [_IN], [container])


def lacks(at: At, key: ast.expr, container: ast.expr) -> ast.Compare:
    """`key not in container`"""
    return Compare(key, [_NOT_IN], [container])


def compare(at: At, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.Compare:
    return Compare(left, [operator], [right])


def all_of(at: At, *tests: ast.expr) -> ast.expr:
    return tests[0] if len(tests) == 1 else BoolOp(_AND, list(tests))


def any_of(at: At, *tests: ast.expr) -> ast.expr:
    return tests[0] if len(tests) == 1 else BoolOp(_OR, list(tests))


def not_(at: At, value: ast.expr) -> ast.UnaryOp:
    return UnaryOp(_NOT, value)


def either(at: At, test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.IfExp:
    """`then if test else otherwise`"""
    return IfExp(test, then, otherwise)


def usually(at: At, test: ast.expr, usual: ast.expr, otherwise: ast.expr) -> ast.IfExp:
    """`otherwise if not test else usual`: what stands in the `else` is left without a jump."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and test.ops[0] is _IS:
        return IfExp(Compare(test.left, [_IS_NOT], test.comparators), otherwise, usual)
    return IfExp(not_(at, test), otherwise, usual)


def binary(at: At, left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.BinOp:
    return BinOp(left, operator, right)


def walrus(at: At, target: str, value: ast.expr) -> ast.NamedExpr:
    return NamedExpr(Name(target, _STORE), value)


def tuple_(at: At, items: Sequence[ast.expr]) -> ast.Tuple:
    return Tuple(list(items), _LOAD)


def list_(at: At, items: Sequence[ast.expr]) -> ast.List:
    return List(list(items), _LOAD)


def assign(at: At, target: str, value: ast.expr) -> ast.Assign:
    return Assign([Name(target, _STORE)], value, None)


def assign_attribute(at: At, target: str, attribute_name: str, value: ast.expr) -> ast.Assign:
    return Assign([Attribute(name(at, target), attribute_name, _STORE)], value, None)


def assign_item(at: At, container: ast.expr, key: ast.expr, value: ast.expr) -> ast.Assign:
    return Assign([Subscript(container, key, _STORE)], value, None)


def assign_tuple(at: At, targets: Sequence[str], value: ast.expr) -> ast.Assign:
    names: list[ast.expr] = [Name(target, _STORE) for target in targets]
    return Assign([Tuple(names, _STORE)], value, None)


def if_(at: At, test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt] | None = None) -> ast.If:
    return If(test, body or [ast.Pass(**at)], [] if otherwise is None else otherwise)


def return_(at: At, value: ast.expr) -> ast.Return:
    return Return(value)


def expression(at: At, value: ast.expr) -> ast.Expr:
    return ast.Expr(value, **at)


def raise_(at: At, value: ast.expr | None = None) -> ast.Raise:
    return ast.Raise(value, None, **at)


def try_(at: At, body: list[ast.stmt], caught: ast.expr | None, handler: list[ast.stmt]) -> ast.Try:
    return Try(body, [ExceptHandler(caught, None, handler)], [], [])


def force(at: At, variable: str) -> ast.If:
    """`if variable.__class__ is list: variable = variable[0](variable)`"""
    value = asked(at, variable, is_known=False)
    return If(is_class(at, name(at, variable), "list"), [assign(at, variable, value)], [])


def force_known(at: At, variable: str) -> ast.If:
    """`if x.__class__ is list: x = x[0](x) if x[0] is not READ else x[1]`: where most cells are evaluated already."""
    value = asked(at, variable, is_known=True)
    return If(is_class(at, name(at, variable), "list"), [assign(at, variable, value)], [])


def asked(at: At, variable: str, *, is_known: bool) -> ast.expr:
    """`x[0](x)`: the value of a cell; or, where most are evaluated, `x[0](x) if x[0] is not READ else x[1]`."""
    cell = name(at, variable)
    value = ast.Call(Subscript(cell, _ZERO, _LOAD), [cell], [], **at)
    if not is_known:
        return value
    evaluated = is_(at, Subscript(cell, _ZERO, _LOAD), name(at, "READ"))
    return usually(at, evaluated, Subscript(cell, _ONE, _LOAD), value)


def held(cell: ast.expr) -> ast.expr:
    """`cell[1]`: the value of a cell, or what it is waiting with."""
    return Subscript(cell, _ONE, _LOAD)


def look(at: At, variable: str) -> ast.If:
    """`if x.__class__ is list and x[0] is READ: x = x[1]`."""
    cell = name(at, variable)
    evaluated = is_(at, Subscript(cell, _ZERO, _LOAD), name(at, "READ"))
    return if_(
        at, all_of(at, is_class(at, cell, "list"), evaluated), [assign(at, variable, Subscript(cell, _ONE, _LOAD))]
    )


def function(
    at: At, identifier: str, parameters: Sequence[str], body: list[ast.stmt], defaults: Sequence[ast.expr] = ()
) -> ast.FunctionDef:
    names: list[ast.arg] = [arg(parameter, None, None) for parameter in parameters]
    arguments = ast.arguments([], names, None, [], [], None, list(defaults))
    # Built by attributes: the constructor's signature grew (type_params) between the Python versions supported.
    definition = ast.FunctionDef(identifier, arguments, body, [], None, None, **at)
    if _HAVE_TYPES:
        definition.type_params = []  # type: ignore[attr-defined]  # a field since Python 3.12
    return definition


def docstring(function: ast.FunctionDef) -> str:
    """The text that a function begins with; empty where it begins with something else."""
    first = function.body[0]
    text = first.value.value if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else None
    return text if isinstance(text, str) else ""


def dictionary(at: At, keys: Sequence[ast.expr | None], values: Sequence[ast.expr]) -> ast.Dict:
    return Dict(list(keys), list(values))
