"""Short spellings for the Python `ast` nodes that generated code is made of.

Every function takes the position first: a dict of the four attributes that the compiler needs (`lineno`, `col_offset`,
`end_lineno`, `end_col_offset`), made once for each Nix node by `generator.Generator.at`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

At = dict[str, int]

_LOAD = ast.Load()
_STORE = ast.Store()
_IS = ast.Is()
_IS_NOT = ast.IsNot()
_AND = ast.And()
_OR = ast.Or()
_NOT = ast.Not()
_IN = ast.In()


def name(at: At, identifier: str) -> ast.Name:
    return ast.Name(identifier, _LOAD, **at)


def constant(at: At, value: Any) -> ast.Constant:
    return ast.Constant(value, None, **at)


def call(at: At, function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(name(at, function), list(arguments), [], **at)


def call_expression(at: At, function: ast.expr, arguments: Sequence[ast.expr]) -> ast.Call:
    return ast.Call(function, list(arguments), [], **at)


def attribute(at: At, value: ast.expr, attribute_name: str) -> ast.Attribute:
    return ast.Attribute(value, attribute_name, _LOAD, **at)


def subscript(at: At, value: ast.expr, key: ast.expr) -> ast.Subscript:
    return ast.Subscript(value, key, _LOAD, **at)


def is_class(at: At, value: ast.expr, class_name: str) -> ast.Compare:
    """`value.__class__ is class_name`"""
    return ast.Compare(attribute(at, value, "__class__"), [_IS], [name(at, class_name)], **at)


def both_class(at: At, left: ast.expr, right: ast.expr, class_name: str) -> ast.Compare:
    """`left.__class__ is class_name is right.__class__`"""
    operands: list[ast.expr] = [name(at, class_name), attribute(at, right, "__class__")]
    return ast.Compare(attribute(at, left, "__class__"), [_IS, _IS], operands, **at)


def is_(at: At, left: ast.expr, right: ast.expr) -> ast.Compare:
    return ast.Compare(left, [_IS], [right], **at)


def is_not(at: At, left: ast.expr, right: ast.expr) -> ast.Compare:
    return ast.Compare(left, [_IS_NOT], [right], **at)


def contains(at: At, key: ast.expr, container: ast.expr) -> ast.Compare:
    return ast.Compare(key, [_IN], [container], **at)


def compare(at: At, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.Compare:
    return ast.Compare(left, [operator], [right], **at)


def all_of(at: At, *tests: ast.expr) -> ast.expr:
    return tests[0] if len(tests) == 1 else ast.BoolOp(_AND, list(tests), **at)


def any_of(at: At, *tests: ast.expr) -> ast.expr:
    return tests[0] if len(tests) == 1 else ast.BoolOp(_OR, list(tests), **at)


def not_(at: At, value: ast.expr) -> ast.UnaryOp:
    return ast.UnaryOp(_NOT, value, **at)


def either(at: At, test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.IfExp:
    """`then if test else otherwise`"""
    return ast.IfExp(test, then, otherwise, **at)


def binary(at: At, left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.BinOp:
    return ast.BinOp(left, operator, right, **at)


def walrus(at: At, target: str, value: ast.expr) -> ast.NamedExpr:
    return ast.NamedExpr(ast.Name(target, _STORE, **at), value, **at)


def tuple_(at: At, items: Sequence[ast.expr]) -> ast.Tuple:
    return ast.Tuple(list(items), _LOAD, **at)


def list_(at: At, items: Sequence[ast.expr]) -> ast.List:
    return ast.List(list(items), _LOAD, **at)


def assign(at: At, target: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(target, _STORE, **at)], value, None, **at)


def assign_item(at: At, container: ast.expr, key: ast.expr, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Subscript(container, key, _STORE, **at)], value, None, **at)


def assign_tuple(at: At, targets: Sequence[str], value: ast.expr) -> ast.Assign:
    names: list[ast.expr] = [ast.Name(target, _STORE, **at) for target in targets]
    return ast.Assign([ast.Tuple(names, _STORE, **at)], value, None, **at)


def if_(at: At, test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt] | None = None) -> ast.If:
    return ast.If(test, body or [ast.Pass(**at)], [] if otherwise is None else otherwise, **at)


def return_(at: At, value: ast.expr) -> ast.Return:
    return ast.Return(value, **at)


def expression(at: At, value: ast.expr) -> ast.Expr:
    return ast.Expr(value, **at)


def raise_(at: At, value: ast.expr | None = None) -> ast.Raise:
    return ast.Raise(value, None, **at)


def try_(at: At, body: list[ast.stmt], caught: ast.expr | None, handler: list[ast.stmt]) -> ast.Try:
    return ast.Try(body, [ast.ExceptHandler(caught, None, handler, **at)], [], [], **at)


def force(at: At, variable: str) -> ast.If:
    """`if variable.__class__ is list: variable = variable[0](variable)`"""
    cell = name(at, variable)
    forced = ast.Call(subscript(at, cell, constant(at, 0)), [name(at, variable)], [], **at)
    return ast.If(is_class(at, name(at, variable), "list"), [assign(at, variable, forced)], [], **at)


def function(
    at: At, identifier: str, parameters: Sequence[str], body: list[ast.stmt], defaults: Sequence[ast.expr] = ()
) -> ast.FunctionDef:
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(parameter, None, None, **at) for parameter in parameters],
        vararg=None,
        kwonlyargs=[],
        kw_defaults=[],
        kwarg=None,
        defaults=list(defaults),
    )
    # Built by attributes: the constructor's signature grew (type_params) between the Python versions supported.
    definition = ast.FunctionDef(identifier, arguments, body, [], None, None, **at)
    if "type_params" in definition._fields:
        definition.type_params = []  # type: ignore[attr-defined]  # a field since Python 3.12
    return definition
