"""Compiled code that writes down what it does, for a `Recorder`.

The code is as `faithful` to C++ Nix as code for --eval is, so a thunk is recorded exactly where Nix has one.  Two
passes put the probes in, and code that nobody records knows nothing of either:

- `WatchedGenerator` while code is generated, for expressions: behind what computes one, its value and `(DONE, start,
  end)` are logged, with the expression's offsets in the text;
- `add_probes` when a piece is done, for what Python has functions and lists for:

    [T_1, env]              m := [T_1, env]; (MADE, start, end)                a thunk is made
    def T_1(c): …           c; (FORCED, start, end) …                          it is evaluated
                            v; (ANSWERED, 0, 0)                                … and is done
                            except: FAILED(c); …
    def f_2(x_3): …         x_3; (CALLED, line, column, 1, SOURCE) … v; (RETURNED, line, column)
    a | b  …  UPDATE(a, b)  UPDATED(a, b), and so CONCATENATED                 a set is laid over another

To log is `ENTRIES.append(…)`: no Python function runs where a value passes by, Python has an instruction for it, and
nothing is made but the list's own growth, which is what keeps a recorded run within a few times of a usual one.  What
stands behind its expression's value and says the same value is one entry with it (CAME, GAVE).  An entry ends with its
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DONE, FROM_WITH, MADE, ALIASED, FORCED, ANSWERED, FAILED, CALLED, RETURNED, UPDATED = range(10)
BUILTIN, ANSWER, APPLIED, BEGUN, CAME, GAVE, GATHERED = range(10, 17)
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

Place = tuple[int, ...]
"""The constant of an entry: its kind, and where."""

NOWHERE = (0, 0)
"""The extent of what a cell that has no code of its own stands for: a name inherited, or looked up by `with`."""

READY = frozenset(("READ", "LATER"))
"""What answers cells that delay nothing."""

ALIASES = frozenset(("FORWARD", "APART"))
"""What answers cells that stand for another."""


JOINS = {"UPDATE": "UPDATED", "CONCAT": "CONCATENATED"}
"""What makes one set or list of two, and what tells of it."""


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


def add_probes(module: ast.Module, *, thunks: bool = True) -> None:
    """Changes a piece's module in place; without `thunks` only calls and updates are logged."""
    transformer = Probes(thunks=thunks)
    module.body = [transformer.top(statement) for statement in module.body]
    module.body += transformer.places


class Probes(ast.NodeTransformer):
    """Puts the probes in; `places` are the constants of calls, to be made where the source is known."""

    def __init__(self, *, thunks: bool) -> None:
        self._thunks = thunks
        self.places: list[ast.stmt] = []
        self._functions: list[ast.FunctionDef] = []
        """The functions of the language that are around."""

    def top(self, statement: ast.stmt) -> ast.stmt:
        """A statement of the module: units are functions, and constants are shared."""
        if not isinstance(statement, ast.FunctionDef):
            return statement
        self.generic_visit(statement)
        if not self._thunks:
            return statement
        at = py.at_of(statement)
        cell = py.name(at, code_info.CELL)
        extent = code_info.extent_in(statement.name)
        if extent is None:
            begun = logged(at, (BEGUN, *WHOLE), [cell, py.name(at, code_info.SOURCE)])
        else:
            begun = logged(at, (FORCED, *extent), [cell])
        statement.body[:0] = begun
        guarded = next(part for part in statement.body if isinstance(part, ast.Try))
        guarded.handlers[0].body.insert(0, py.expression(at, py.call(at, "FAILED", cell)))
        _join_returns(statement)
        said = _taken_done(guarded.body, len(guarded.body) - 1)
        place = (ANSWERED, *NOWHERE) if said is None else (CAME, *said)
        statement.body[-1:-1] = logged(at, place, [py.name(at, "v")])
        return statement

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()
        at = py.at_of(node)
        arguments = [py.name(at, part.arg) for part in node.args.args if part.arg not in code_info.FORMALS]
        line, column = node.lineno, node.col_offset + 1
        parts = [py.constant(at, part) for part in (CALLED, line, column, len(arguments))]
        name = f"CALLED_{line}_{column}"
        self.places.append(py.assign(at, name, py.tuple_(at, [*parts, py.name(at, code_info.SOURCE)])))
        called: list[ast.stmt] = [py.expression(at, _append(at, value)) for value in (*arguments, py.name(at, name))]
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

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        """A cell that is a variable's is logged from there."""
        cell, target = node.value, node.targets[0]
        is_variable = isinstance(cell, ast.List) and isinstance(target, ast.Name)
        made = self._made(cell) if is_variable else None  # type: ignore[arg-type]  # a list
        self.generic_visit(node if made is None else cell)
        if made is None or not isinstance(target, ast.Name):
            return node
        variable = py.name(_ANYWHERE, target.id)
        return [node, *logged(_ANYWHERE, made, [variable, *_told(made, variable)])]

    def visit_List(self, node: ast.List) -> ast.AST:
        place = self._made(node)
        self.generic_visit(node)
        if place is None:
            return node
        cell = py.name(_ANYWHERE, "m")
        values = [py.walrus(_ANYWHERE, "m", node), *_told(place, cell), py.constant(_ANYWHERE, place)]
        return py.any_of(_ANYWHERE, *[_append(_ANYWHERE, value) for value in values], cell)

    def _made(self, cell: ast.List) -> Place | None:
        """The constant of a cell that is made; None where nothing is to be told of it."""
        first = cell.elts[0] if cell.elts else None
        kind = first.id if isinstance(first, ast.Name) else ""
        return _place_of(cell, kind) if self._thunks and kind not in READY else None

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        call = node.body
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in JOINS:
            call.func = py.name(_ANYWHERE, JOINS[call.func.id])
            return call
        return node


def _told(place: Place, cell: ast.expr) -> list[ast.expr]:
    """What is told of a cell that is made besides itself: what it stands for."""
    return [py.subscript(_ANYWHERE, cell, py.constant(_ANYWHERE, 1))] if place[0] == ALIASED else []


def _place_of(cell: ast.List, kind: str) -> Place:
    """The constant of a cell that is made: the offsets of its expression, or line and column, below 0, of its name."""
    if kind in ALIASES:
        return (ALIASED, *NOWHERE)
    extent = code_info.extent_in(kind)
    if extent is not None:
        return (MADE, *extent)
    parts: Any = cell.elts
    if kind == "INHERITED":
        _, place = parts[3].value
    elif kind == "WITH":
        place = parts[1].elts[1].value
    else:
        return (MADE, *NOWHERE)
    _, line, column, *_ = place
    return (MADE, -line, -column)


# Python 3.13 compiles no conditional call that is nowhere.
_ANYWHERE = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}


def logged(at: py.At, place: Place, values: list[ast.expr]) -> list[ast.stmt]:
    """The statements that write one entry."""
    return [py.expression(at, _append(at, value)) for value in (*values, py.constant(at, place))]


def _append(at: py.At, value: ast.expr) -> ast.expr:
    return py.call_expression(at, py.attribute(at, py.name(at, "ENTRIES"), "append"), [value])


def _appended(statement: ast.stmt) -> ast.expr | None:
    """What a statement of `logged` logs."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return None
    log = value.func.value
    return value.args[0] if isinstance(log, ast.Name) and log.id == "ENTRIES" else None


def _place_in(statement: ast.stmt) -> Place:
    """The constant that a statement logs; one of no kind where it does something else."""
    value = _appended(statement)
    found = value.value if isinstance(value, ast.Constant) else None
    return found if isinstance(found, tuple) else (-1, *NOWHERE)


def _taken_done(block: list[ast.stmt], index: int) -> tuple[int, int] | None:
    """Takes an expression's entry away that stands before `v = x`, a statement of a block, and tells of `x`."""
    kind, start, end = _place_in(block[index - 1]) if index > 1 else (-1, *NOWHERE)
    if kind != DONE:
        return None
    last, told = block[index], _appended(block[index - 2])
    value = last.value if isinstance(last, ast.Assign) else _appended(last)
    if not isinstance(value, ast.Name) or not isinstance(told, ast.Name) or told.id != value.id:
        return None
    del block[index - 2 : index]
    return start, end


def _join_returns(unit: ast.FunctionDef) -> None:
    """Makes one entry of an expression's and that of a function that returns its value."""
    for node in ast.walk(unit):
        for name in ("body", "orelse"):
            block: Any = getattr(node, name, None)
            if isinstance(block, list) and len(block) > 4 and _place_in(block[-2])[0] == RETURNED:
                said = _taken_done(block, len(block) - 3)
                if said is not None:
                    block[-2:-1] = [py.expression(_ANYWHERE, _append(_ANYWHERE, py.constant(_ANYWHERE, (GAVE, *said))))]
