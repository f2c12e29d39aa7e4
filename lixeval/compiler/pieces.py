"""Pieces: what is compiled at one go and what is put off, the units in one, and what the cells of units are made of."""

from __future__ import annotations

import _ast as ast
from collections.abc import Callable, Sequence
from types import CodeType

from lixeval.compiler import pyast as py
from lixeval.compiler.frames import Binding, Frame, Unit
from lixeval.compiler.scope import Scope
from lixeval.runtime import code_info
from lixeval.runtime.code_info import NAMESPACE
from lixeval.syntax.nodes import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Walked(Protocol):
        """What makes data of an expression (`compiler.walked`)."""

        def piece(self, scope: Scope, node: Expression) -> tuple[Any, ...]: ...

        def often(self, node: Expression, body: tuple[Any, ...], unit: str) -> tuple[Any, ...]: ...


LAZY_SIZE = 300
"""Thunks of expressions of at least so many characters become pieces of their own, compiled when first forced."""

CROWD = 32
LAZY_SIZE_IN_CROWD = 24
"""So many characters are enough for the values of sets with more than `CROWD` attributes: hardly any of them will be
wanted.  An old nixpkgs' hello takes half the time when nothing is cached, and a third less when everything is."""

VAST = 500
"""Of a set with more attributes, as a package set is, hardly any of the sets within it is wanted, which in a table of
platforms or licences all are: as pieces of their own these would take longer."""

ALONE = (LAZY_SIZE, False, False)
AMONG_MANY = (LAZY_SIZE_IN_CROWD, True, False)
AMONG_VERY_MANY = (LAZY_SIZE_IN_CROWD, True, True)
AMONG_MANY_ELEMENTS = (LAZY_SIZE, True, False)
"""See `Generator.crowd`."""


def crowd_of(size: int) -> tuple[int, bool, bool]:
    """What `Generator.crowd` is for the values of a set of so many."""
    return ALONE if size <= CROWD else AMONG_MANY if size <= VAST else AMONG_VERY_MANY


class Piece:
    """What is compiled at one go: the unit that gives the piece its name, smaller units, constants.

    `parent` is the piece in which cells of this one are made, `lazy` are those of which cells are made in it, `crowd`
    those of which one expression makes all cells (`attribute_sets`).  `codes` is what has been compiled, in order.
    `often` marks what is compiled once more, for it runs often (`runtime.walk.OFTEN`), and all in it.
    """

    __slots__ = (
        "cells",
        "codes",
        "constants",
        "count",
        "crowd",
        "data",
        "functions",
        "identifier",
        "lazy",
        "often",
        "parent",
        "paths",
        "units",
        "used_codes",
        "used_values",
    )

    def __init__(self, identifier: str, parent: str, *, often: bool = False) -> None:
        self.identifier = identifier
        self.parent = parent
        self.often = often
        self.codes: list[CodeType] = []
        self.units: list[ast.stmt] = []
        self.constants: list[ast.stmt] = []
        self.cells: list[tuple[str, Any, Any]] = []
        """Evaluated cells that are data: the name of each, its value, the position of its attribute."""
        self.data: list[tuple[str, Any]] = []
        """Code that is walked: the name of each node in the namespace; the piece's own name that of the whole."""
        self.functions: list[tuple[str, CodeType]] = []
        """The code of functions whose body is walked, and its name in the namespace."""
        self.used_values: set[str] = set()
        self.used_codes: set[str] = set()
        """Builtins whose values are named, and those that are called."""
        self.lazy: list[str] = []
        self.crowd: list[str] = []
        self.paths: dict[str, str] = {}
        """The names of paths by their texts."""
        self.count = 0


class Suspended:
    """What the cell of an expression that is delayed is made of: the name of the code that answers it, an environment,
    and where the code is shared with others the data that tells it what to do.
    """

    __slots__ = ("code", "data", "environment")

    def __init__(self, code: str, environment: ast.expr, data: ast.expr | None = None) -> None:
        self.code = code
        self.environment = environment
        self.data = data

    def cell(self, at: py.At) -> ast.List:
        """`[code, environment]`, or `[code, environment, position, data]` without a position yet."""
        return self._cell(at, self.environment)

    def without_environment(self, at: py.At) -> ast.List:
        """The cell before that is known."""
        return self._cell(at, py.constant(at, None))

    def _cell(self, at: py.At, environment: ast.expr) -> ast.List:
        parts = [py.name(at, self.code), environment]
        if self.data is not None:
            parts += [py.constant(at, None), self.data]
        return py.list_(at, parts)


def has_position(cell: ast.List) -> bool:
    """Whether the expression of a cell has the position of the attribute that it stands for."""
    parts = cell.elts
    return len(parts) > 2 and not (isinstance(parts[2], ast.Constant) and parts[2].value is None)


def give_position(cell: ast.List, position: ast.expr) -> None:
    """Gives the expression of a fresh cell the position of the attribute that it stands for."""
    cell.elts[2:3] = [position]


class Pending:
    """A piece that nobody has wanted yet: its expression, where it stands, and what its cells' environment holds: the
    captured bindings, of which some are forced and some certainly cells; or what makes data of it.  `into` compiles it
    where that is not by the expression's rule; `often` is that of its `Piece`.
    """

    __slots__ = ("captures", "cells", "forced", "into", "node", "often", "once", "parent", "scope", "walked")

    def __init__(self, node: Expression, scope: Scope, captures: Sequence[Binding], parent: str, once: bool) -> None:
        self.node = node
        self.scope = scope
        self.captures = captures
        self.parent = parent
        self.once = once
        self.forced: Sequence[Binding] = ()
        self.cells: Sequence[Binding] = ()
        self.walked: Walked | None = None
        self.into: Callable[[Frame, Scope, Any, str], None] | None = None
        self.often = False


class Held:
    """What the cells of a piece hold: the variables of their environment in `frame`; what of it is known in the piece,
    and what makes data of that.
    """

    __slots__ = ("captures", "cells", "forced", "variables", "walked")

    def __init__(self, frame: Frame, captures: Sequence[Binding], walked: Walked | None) -> None:
        self.captures = captures
        self.walked = walked
        self.forced = [binding for binding in captures if binding in frame.forced]
        self.cells = [binding for binding in captures if frame.hands_cell(binding)]
        variables = [frame.reference(binding) for binding in captures]
        self.variables = tuple(variables if walked is None else (NAMESPACE, *variables))


def _fields(*values: tuple[int, str]) -> list[ast.stmt]:
    """Assignments to fields of a unit's cell."""
    cell = py.name(py.NOWHERE, code_info.CELL)
    return [
        py.assign_item(py.NOWHERE, cell, py.constant(py.NOWHERE, field), py.name(py.NOWHERE, name))
        for field, name in values
    ]


(_BEGUN,) = _fields((0, "BLACKHOLE"))
_ENDED = (*_fields((1, "v"), (0, "READ")), py.return_(py.NOWHERE, py.name(py.NOWHERE, "v")))
"""What all units begin and end with: one of each is in all of them."""


def unit_function(at: py.At, unit: Unit, body: list[ast.stmt], *, is_called: bool = False) -> ast.FunctionDef:
    """The function of a thunk: environment, black hole, body, and the cell put right whatever happens; of what is only
    called, with a cell that nobody else has, the environment, the body, and its value.
    """
    cell = py.name(at, code_info.CELL)
    statements: list[ast.stmt] = []
    captures = [binding.local for binding in unit.captures]
    environment = py.subscript(at, cell, py.constant(at, 1))
    if len(captures) == 1:
        statements.append(py.assign(at, captures[0], environment))
    elif captures:
        statements.append(py.assign_tuple(at, captures, environment))
    for function in unit.unwrapped:
        assert function.wrapper is not None
        code = py.attribute(at, py.name(at, function.wrapper.local), "code")
        statements.append(py.assign(at, function.local, code))
    if is_called:
        return py.function(at, unit.identifier, [code_info.CELL], [*statements, *body, _ENDED[-1]])
    again = py.assign_item(at, cell, py.constant(at, 0), py.name(at, unit.identifier))
    statements += [_BEGUN, py.try_(at, body, None, [again, py.raise_(at)]), *_ENDED]
    return py.function(at, unit.identifier, [code_info.CELL], statements)
