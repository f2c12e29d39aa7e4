"""Compiled code that writes down what it does, for a `Recorder`.

The code is as `faithful` to C++ Nix as code for --eval is, so a thunk is recorded exactly where Nix has one.  Two
passes put the probes in, and code that nobody records knows nothing of either:

- `WatchedGenerator` while code is generated, for expressions: behind what computes one, `LOG(v); LOG((DONE, start,
  end))` stands, with the expression's offsets in the text and its value;
- `add_probes` when a piece is done, for what Python has functions and lists for:

    [T_1, env]              LOG(m := [T_1, env]) or LOG((MADE, start, end)) or m          a thunk is made
    def T_1(c): …           LOG(c); LOG(SOURCE); LOG((FORCED, start, end)) …          it is evaluated
                            LOG(c); LOG(v); LOG(ANSWERED)                                 … and is done
                            except: FAILED(c); …
    def f_2(x_3): …         LOG((x_3,)); LOG(SOURCE); LOG((CALLED, line, column)) … LOG(v); LOG((RETURNED, …))
    a | b  …  UPDATE(a, b)  UPDATED(a, b)                                                 a set is laid over another

`LOG` is the `append` of the recorder's list: no Python function runs where a value passes by, and nothing is made but
the list's own growth, which is what keeps a recorded run within a few times of a usual one.  An entry ends with its
constant, which tells how many values stand before it, so the log is read from its end.
"""

from __future__ import annotations

import ast

from lixeval.compiler import pyast as py
from lixeval.compiler.frames import Frame
from lixeval.compiler.generator import Generator
from lixeval.compiler.scope import Builtin, Scope
from lixeval.runtime import code_info
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

DONE, FROM_WITH, MADE, ALIASED, FORCED, ANSWERED, FAILED, CALLED, RETURNED, UPDATED = range(10)
BUILTIN, ANSWER, APPLIED = range(10, 13)
"""What an entry of the log says, by the first element of its constant; see `recorder` for the values before it."""

COMPUTED = (
    nodes.Variable,
    nodes.Select,
    nodes.HasAttribute,
    nodes.Apply,
    nodes.Binary,
    nodes.Unary,
    nodes.String,
    nodes.Path,
    nodes.SearchPath,
)
"""Expressions whose value is written down; of all others the value is that of a part of them, or they are values."""

WHOLE = (0, -1)
"""The extent of a file's own expression."""

NOWHERE = (0, 0)
"""The extent of what a cell that has no code of its own stands for: a name inherited, or looked up by `with`."""

READY = frozenset(("READ", "LATER"))
"""What answers cells that delay nothing."""

ALIASES = frozenset(("FORWARD", "APART"))
"""What answers cells that stand for another."""


def is_constant(node: Expression) -> bool:
    """Whether an expression of `COMPUTED` is a value as it stands: text without interpolation."""
    return isinstance(node, nodes.String | nodes.Path) and all(isinstance(part, str) for part in node.parts)


class WatchedGenerator(Generator):
    """Generates code that logs the value of each computed expression."""

    def value(self, frame: Frame, scope: Scope, node: Expression) -> ast.expr:
        result = super().value(frame, scope, node)
        if self._is_told(scope, node):
            self._log(frame, scope, node, result)
        return result

    def into(self, frame: Frame, scope: Scope, node: Expression, target: str) -> None:
        if self._is_told(scope, node):
            self.give(frame, self.at(node), self.value(frame, scope, node), target)
        else:
            super().into(frame, scope, node, target)

    def test(self, frame: Frame, scope: Scope, node: Expression) -> ast.expr:
        if node.__class__ not in self.rules.test:
            return super().test(frame, scope, node)
        result = self.settled(frame, self.at(node), super().test(frame, scope, node))
        self._log(frame, scope, node, result)
        return result

    def _is_told(self, scope: Scope, node: Expression) -> bool:
        if not isinstance(node, COMPUTED) or is_constant(node):
            return False
        if not isinstance(node, nodes.Variable):
            return True
        # What is known everywhere is not looked up.
        found = scope.lookup(node.name)
        return not isinstance(found, Builtin) and not (found is None and node.name in self.globals)

    def _log(self, frame: Frame, scope: Scope, node: Expression, value: ast.expr) -> None:
        at, kind = self.at(node), DONE
        values = [value]
        if isinstance(node, nodes.Variable) and scope.lookup(node.name) is None:
            kind = FROM_WITH
            values.append(py.tuple_(at, [py.name(at, frame.reference(binding)) for binding in scope.with_sets()]))
        for statement in logged(at, (kind, node.start, node.end), values):
            frame.emit(statement)


def add_probes(module: ast.Module) -> None:
    """Changes a piece's module in place."""
    transformer = Probes()
    module.body = [transformer.top(statement) for statement in module.body]


class Probes(ast.NodeTransformer):
    """Puts the probes in; without `thunks` only those of calls and updates."""

    def __init__(self, *, thunks: bool = True) -> None:
        self._thunks = thunks
        self._functions: list[ast.FunctionDef] = []
        """The functions of the language that are around."""

    def top(self, statement: ast.stmt) -> ast.stmt:
        """A statement of the module: units are functions, and constants are shared."""
        if not isinstance(statement, ast.FunctionDef):
            return statement
        self.generic_visit(statement)
        if not self._thunks:
            return statement
        at = _at(statement)
        cell = py.name(at, code_info.CELL)
        place = (FORCED, *(code_info.extent_in(statement.name) or WHOLE))
        statement.body[:0] = logged(at, place, [cell, py.name(at, code_info.SOURCE)])
        guarded = next(part for part in statement.body if isinstance(part, ast.Try))
        guarded.handlers[0].body.insert(0, py.expression(at, py.call(at, "FAILED", cell)))
        statement.body[-1:-1] = logged(at, (ANSWERED, *NOWHERE), [cell, py.name(at, "v")])
        return statement

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()
        at = _at(node)
        arguments = [py.name(at, part.arg) for part in node.args.args if part.arg not in code_info.FORMALS]
        place = (CALLED, node.lineno, node.col_offset + 1)
        called = logged(at, place, [py.tuple_(at, arguments), py.name(at, code_info.SOURCE)])
        size = py.call(at, "len", py.name(at, "ENTRIES"))
        full = py.compare(at, size, ast.Gt(), py.name(at, "MOST"))
        called.append(py.if_(at, full, [py.expression(at, py.call(at, "STOP"))]))
        node.body[1:1] = called  # behind the docstring, which others read
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if not self._functions or node.value is None:
            return node
        at = _ANYWHERE
        function = self._functions[-1]
        place = (RETURNED, function.lineno, function.col_offset + 1)
        value = node.value
        statements: list[ast.stmt] = []
        if not isinstance(value, ast.Name | ast.Constant):
            statements.append(py.assign(at, "v", value))
            value = py.name(at, "v")
        return [*statements, *logged(at, place, [value]), py.return_(at, value)]

    def visit_List(self, node: ast.List) -> ast.AST:
        first = node.elts[0] if node.elts else None
        kind = first.id if isinstance(first, ast.Name) else ""
        if not self._thunks:
            self.generic_visit(node)
            return node
        place = _place_of(node, kind)
        self.generic_visit(node)
        if kind in READY:
            return node
        at = _ANYWHERE
        cell = py.name(at, "m")
        parts: list[ast.expr] = [py.call(at, "LOG", py.walrus(at, "m", node))]
        if kind in ALIASES:
            parts.append(py.call(at, "LOG", py.subscript(at, cell, py.constant(at, 1))))
        parts.append(py.call(at, "LOG", py.constant(at, place)))
        return py.any_of(at, *parts, cell)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        call = node.orelse
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "UPDATE":
            call.func = py.name(_ANYWHERE, "UPDATED")
            return call
        return node


def _place_of(cell: ast.List, kind: str) -> tuple[int, int, int]:
    """The constant of a cell that is made: the offsets of its expression, or line and column, below 0, of its name."""
    if kind in ALIASES:
        return (ALIASED, *NOWHERE)
    extent = code_info.extent_in(kind)
    if extent is not None:
        return (MADE, *extent)
    payload = cell.elts[1] if len(cell.elts) > 1 else None
    for part in payload.elts if isinstance(payload, ast.Tuple) else ():
        if isinstance(part, ast.Constant) and isinstance(part.value, tuple):
            _, line, column, *_ = part.value
            return (MADE, -line, -column)
    return (MADE, *NOWHERE)


# Python 3.13 compiles no conditional call that is nowhere.
_ANYWHERE = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}


def logged(at: py.At, place: tuple[int, int, int], values: list[ast.expr]) -> list[ast.stmt]:
    """The statements that write one entry."""
    return [py.expression(at, py.call(at, "LOG", value)) for value in (*values, py.constant(at, place))]


def _at(node: ast.stmt) -> py.At:
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno or node.lineno,
        "end_col_offset": node.end_col_offset or 0,
    }
