"""Counting calls and steps exactly, where a run is bounded: code is compiled for it, and unbounded runs know nothing.

    def f_2(x_3): …          def f_2(x_3): ENTER(); try: … finally: LEAVE()
    def T_1(c): …            def T_1(c): STEP(); …

What C++ Nix counts as calls within calls is an application: of a lambda to all that stands behind it (`f a b` is one),
of a builtin, by a program or by a builtin; of `-`, `*`, `/`, `<` and their like, which are builtins; and of a set with
`__functor`, which is two.  So this code is compiled `faithful`ly, operators as calls, and a builtin's first argument
is not evaluated before the call.  A limit of N lets N calls lie within a call (C++ compares before it counts).
"""

from __future__ import annotations

import ast
import sys

from lixeval.compiler import pyast as py
from lixeval.errors import EvalError, StackOverflow
from lixeval.runtime import call
from lixeval.runtime.code_info import argument_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.runtime.values import Delayed, Value


class Meter:
    """The counters of one run; `names` is what compiled code calls."""

    def __init__(self, call_depth: int | None, steps: int | None) -> None:
        depth, left = 0, sys.maxsize if steps is None else steps
        most = sys.maxsize if call_depth is None else call_depth

        def STEP() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise EvalError(f"evaluation takes more than {steps} steps (--max-steps)", code="E0407")

        def ENTER() -> None:
            nonlocal depth, left
            left -= 1
            if left < 0:
                raise EvalError(f"evaluation takes more than {steps} steps (--max-steps)", code="E0407")
            if depth > most:
                raise StackOverflow("stack overflow; max-call-depth exceeded")
            depth += 1

        def LEAVE() -> None:
            nonlocal depth
            depth -= 1

        self._enter, self._leave = ENTER, LEAVE
        self.names: dict[str, Any] = {"STEP": STEP, "ENTER": ENTER, "LEAVE": LEAVE, **self._calls()}

    def counted(self, function: Callable[..., Value]) -> Callable[..., Value]:
        """A builtin's function, whose calls are counted."""
        enter, leave = self._enter, self._leave

        # One for each arity: `*arguments` would use the C stack.
        def one(a: Delayed) -> Value:
            enter()
            try:
                return function(a)
            finally:
                leave()

        def two(a: Delayed, b: Delayed) -> Value:
            enter()
            try:
                return function(a, b)
            finally:
                leave()

        def three(a: Delayed, b: Delayed, c: Delayed) -> Value:
            enter()
            try:
                return function(a, b, c)
            finally:
                leave()

        by_arity: dict[int, Callable[..., Value]] = {1: one, 2: two, 3: three}
        return by_arity.get(len(argument_names(function.__code__)), function)

    def _calls(self) -> dict[str, Any]:
        """The calls of what is no function of just so many arguments: a set with `__functor` is a call of its own."""
        enter, leave = self._enter, self._leave

        def CALL1(function: Delayed, a: Delayed) -> Value:
            if function.__class__ is list:
                function = function[0](function)
            if function.__class__ is not dict or "__functor" not in function:
                return call.call1(function, a)
            enter()
            try:
                return CALL2(function["__functor"], function, a)
            finally:
                leave()

        def CALL2(function: Delayed, a: Delayed, b: Delayed) -> Value:
            if function.__class__ is list:
                function = function[0](function)
            if function.__class__ is not dict or "__functor" not in function:
                return call.call2(function, a, b)
            return CALL1(CALL1(function, a), b)

        def CALL3(function: Delayed, a: Delayed, b: Delayed, c: Delayed) -> Value:
            if function.__class__ is list:
                function = function[0](function)
            if function.__class__ is not dict or "__functor" not in function:
                return call.call3(function, a, b, c)
            return CALL2(CALL1(function, a), b, c)

        def CALL4(function: Delayed, a: Delayed, b: Delayed, c: Delayed, d: Delayed) -> Value:
            if function.__class__ is list:
                function = function[0](function)
            if function.__class__ is not dict or "__functor" not in function:
                return call.call4(function, a, b, c, d)
            return CALL3(CALL1(function, a), b, c, d)

        return {"CALL1": CALL1, "CALL2": CALL2, "CALL3": CALL3, "CALL4": CALL4}


def add_meter(module: ast.Module) -> None:
    """Changes a piece's module in place."""
    transformer = _Metered()
    module.body = [transformer.top(statement) for statement in module.body]


class _Metered(ast.NodeTransformer):
    def top(self, statement: ast.stmt) -> ast.stmt:
        """A statement of the module: units are functions, and constants are shared."""
        if not isinstance(statement, ast.FunctionDef):
            return statement
        self.generic_visit(statement)
        statement.body.insert(0, _told(statement, "STEP"))
        return statement

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        docstring, body = node.body[0], node.body[1:]  # others read the docstring
        at = py.at_of(docstring)
        metered = ast.Try(body, [], [], [_told(docstring, "LEAVE")], **at)
        node.body = [docstring, _told(docstring, "ENTER"), metered]
        return node


def _told(node: ast.stmt, name: str) -> ast.stmt:
    return py.expression(py.at_of(node), py.call(py.at_of(node), name))
