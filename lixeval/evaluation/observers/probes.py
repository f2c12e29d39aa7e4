"""Puts counters into generated code, before Python compiles it.

    def T_1(c): …            def T_1(c): COUNTS[3] += 1; …            a thunk is evaluated
    def f_2(x_3): …          def f_2(x_3): COUNTS[0] += 1; …          a function is called
    [T_1, env]               MADE([T_1, env])                         a thunk is made
    now if … else [T_1, …]   AVOIDED(now) if … else MADE([T_1, …])    or avoided
    UPDATE(a, b) … a | b     … COPIED(a | b)                          a set or list is made of two

Every list display of generated code is a cell: Nix's own lists are tuples.
"""

from __future__ import annotations

import ast

from lixeval.compiler import pyast as py

CALLS, MADE, AVOIDED, FORCED, COPIED = range(5)
"""Places in COUNTS."""

NOWHERE = {"lineno": -1, "col_offset": -1, "end_lineno": -1, "end_col_offset": -1}
# Python 3.13 compiles no conditional call that is nowhere.
ANYWHERE = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
NO_THUNKS = frozenset(("READ", "FORWARD", "APART", "LATER"))
"""What answers cells that delay nothing."""
JOINS = frozenset(("UPDATE", "CONCAT"))


def add_probes(module: ast.Module) -> None:
    """Changes a piece's module in place."""
    transformer = _Probes()
    module.body = [transformer.top(statement) for statement in module.body]


class _Probes(ast.NodeTransformer):
    def top(self, statement: ast.stmt) -> ast.stmt:
        """A statement of the module: units are functions, and constants are shared."""
        if not isinstance(statement, ast.FunctionDef):
            return statement
        self.generic_visit(statement)
        statement.body.insert(0, _counted(FORCED))
        return statement

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(1, _counted(CALLS))  # behind the docstring, which others read
        return node

    def visit_List(self, node: ast.List) -> ast.AST:
        is_thunk = _is_thunk(node)
        self.generic_visit(node)
        return py.call(ANYWHERE, "MADE", node) if is_thunk else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        avoids = isinstance(node.orelse, ast.List) and _is_thunk(node.orelse)
        joins = isinstance(node.body, ast.Call) and isinstance(node.body.func, ast.Name) and node.body.func.id in JOINS
        self.generic_visit(node)
        if avoids:
            node.body = py.call(ANYWHERE, "AVOIDED", node.body)
        elif joins:
            node.orelse = py.call(ANYWHERE, "COPIED", node.orelse)
        return node


def _is_thunk(node: ast.List) -> bool:
    return not (node.elts and isinstance(node.elts[0], ast.Name) and node.elts[0].id in NO_THUNKS)


def _counted(index: int) -> ast.stmt:
    place = ast.Subscript(py.name(NOWHERE, "COUNTS"), py.constant(NOWHERE, index), ast.Store(), **NOWHERE)
    return ast.AugAssign(place, ast.Add(), py.constant(NOWHERE, 1), **NOWHERE)
