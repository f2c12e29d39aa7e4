"""The generator: one pass over the nodes that dispatches each to the module that knows its construct.

Four ways to compile an expression, from which every construct is composed:

    value(frame, node)          code that evaluates it now; gives a Python expression for the value, usually a variable
    into(frame, node, target)   the same in tail position: the value is returned or assigned to `target`
    test(frame, node)           code that evaluates a condition; gives a Python expression that is truthy or not
    delay(frame, node)          a Python expression for a cell, or for the value where evaluating at once is not to be
                                seen: constants, variables, lambdas, lists and sets (whose elements are delayed in
                                turn), and arithmetic on ints at hand (which falls back to a cell should it fail)

`faithful` switches the last point off: then that is a thunk which is one in C++ Nix and can be seen, so that printing
without --strict shows `<CODE>` at the same places.
"""

from __future__ import annotations

import _ast as ast
from collections.abc import Callable, Sequence

from lixeval.compiler import pyast as py
from lixeval.compiler.captures import Captures
from lixeval.compiler.frames import Binding, Frame, Unit
from lixeval.compiler.pieces import ALONE, Held, Pending, Piece, Suspended, give_position, unit_function
from lixeval.compiler.scope import Scope
from lixeval.runtime import code_info
from lixeval.runtime.code_info import NAMESPACE
from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.mentions import Mentions
from lixeval.syntax.nodes import Expression

RETURN = ""
"""The target of `into` that returns the value from the Python function."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.compiler.pieces import Walked
    from lixeval.compiler.visibility import Visibility

    ValueRule = Callable[["Generator", Frame, Scope, Any], ast.expr]
    IntoRule = Callable[["Generator", Frame, Scope, Any, str], None]
    DelayRule = Callable[["Generator", Frame, Scope, Any], ast.expr]
    SharedRule = Callable[["Generator", Frame, Scope, Any], "Suspended | None"]
    WalkedRule = Callable[["Generator", Sequence[Binding]], Walked]


class Rules:
    """The constructs' rules by node class, filled in by `program`."""

    __slots__ = ("delay", "into", "is_data", "shared", "test", "value", "walked")

    def __init__(self) -> None:
        self.value: dict[type, ValueRule] = {}
        self.into: dict[type, IntoRule] = {}
        self.test: dict[type, ValueRule] = {}
        self.delay: dict[type, DelayRule] = {}
        self.shared: dict[type, SharedRule] = {}
        """Thunks that may be data, answered by code that others share."""
        self.is_data: Callable[[Generator, Expression], bool] = lambda g, node: False
        """Whether code that runs about once is data, which `walked` makes of it."""
        self.walked: WalkedRule


_SHORT = (nodes.Variable, nodes.Int, nodes.Float, nodes.Path, nodes.Select)
"""What takes no longer as it is than walked."""

MANY_UNITS = 2000
"""So many units of a piece are compiled before the next are generated: Python's nodes are most of the memory."""


class Generator(Captures):
    """The state of compiling one source: the piece at hand, the pieces put off, and counters.

    `builtins` gives each builtin's arity (0: no function) and in which order it forces its arguments.  `compile_units`
    turns what a piece has of Python's nodes into code, which takes a tenth of their memory.
    """

    def __init__(
        self,
        source: Source,
        rules: Rules,
        *,
        file: str,
        globals_: dict[str, str],
        builtins: dict[str, tuple[int, str]],
        joined: dict[str, tuple[int, str]],
        faithful: bool = False,
        probed: bool = False,
        compile_units: Callable[[Piece], None] | None = None,
        mentions: Mentions | None = None,
    ) -> None:
        super().__init__(source, file, globals_, mentions)
        self.rules = rules
        self.builtins = builtins
        self.joined = joined
        """Of two builtins, the first applied to what the second makes and nobody else sees: "concatLists map"."""
        self.faithful = faithful
        self.probed = probed
        """Whether probes are put into code: then what they tell of is code, and no data."""
        self.told = faithful and probed
        """Whether each thunk of C++ Nix is told of, even where nobody sees afterwards that there was one."""
        self.compile_units = compile_units
        self._whole: tuple[Expression, Sequence[str]] | None = None
        self._visibility: Visibility | None = None
        self.piece = Piece("", "")
        self.pending: dict[str, Pending] = {}
        self.file_withs: set[Expression] = set()
        """The `with`s that the file, or the function that it is, begins with: see `begin`."""
        self.names: dict[Expression, tuple[str, bool]] = {}
        """Of functions that are defined when they are wanted: the name of each, and whether it means itself there."""
        self.crowd = ALONE
        """From how many characters on what is delayed is compiled apart, when it is wanted; whether it is one of so
        many values that none is computed before; and of so many that walking one takes nothing beside making all,
        however often that is."""
        self.places: dict[str, int] = {}
        """Those of the names in the order in which they are bound, once somebody asks (`symbol_order`)."""
        self.main: Expression | None = None
        """The function that the file is, called once in most runs: what belongs to it is code that runs once."""
        self._counter = 0
        self._temporaries = 0

    def begin(self, expression: Expression, extra: Sequence[str] = ()) -> None:
        """Looks at how the text of a file begins, before it is compiled; `extra` are names that it is given."""
        if self.faithful:
            self._whole = expression, extra
        self.look_for_unbound(expression, extra)
        around: Expression | None = None
        functions = 0
        while isinstance(expression, nodes.With | nodes.Let | nodes.Assert | nodes.Lambda):
            if isinstance(expression, nodes.With):
                self.file_withs.add(expression)
            elif isinstance(expression, nodes.Lambda) and not isinstance(around, nodes.Lambda):
                functions += 1
                if functions > 1:
                    break
            around, expression = expression, expression.body

    def has_unseen_elements(self, node: nodes.Apply) -> bool:
        """Whether nobody can tell which elements are evaluated of the list that a `map` or `genList` makes."""
        if self._visibility is None and self._whole is not None:
            from lixeval.compiler.visibility import Visibility  # hardly any text asks

            expression, extra = self._whole
            self._visibility = Visibility(expression, self.globals, self.builtins, extra)
        return self._visibility is not None and self._visibility.has_unseen_elements(node)

    # Names

    def fresh(self, stem: str) -> str:
        """A Python name that no other variable of this file has; it shows the Nix name in tracebacks."""
        self._counter += 1
        return f"{stem}_{self._counter}"

    def temporary(self, stem: str) -> str:
        """A Python name that no other variable of the unit at hand has, and none of Nix.

        Units have the same ones, for Python looks for each name that a piece has among all that it knows.
        """
        self._temporaries += 1
        return f".{stem}_{self._temporaries}"

    def body(self, frame: Frame, scope: Scope, node: Expression, into: Callable[..., None] | None = None) -> None:
        """The body of a unit, which assigns its value to `v`."""
        outer, self._temporaries = self._temporaries, 0
        crowd, self.crowd = self.crowd, ALONE
        (into or self.into)(frame, scope, node, "v")
        self.crowd, self._temporaries = crowd, outer

    def label(self, kind: str) -> str:
        """A name in the file's namespace, which all its pieces share: no other piece, in no other run, makes it."""
        self.piece.count += 1
        return f"{kind}_{self.piece.identifier}_{self.piece.count}"

    # The four ways

    def value(self, frame: Frame, scope: Scope, node: Expression) -> ast.expr:
        """Code that evaluates `node` now, and an expression for its value: a constant or a variable."""
        rule = self.rules.value.get(node.__class__)
        if rule is not None:
            return self.settled(frame, py.NOWHERE, rule(self, frame, scope, node))
        target = self.temporary("t")
        self.rules.into[node.__class__](self, frame, scope, node, target)
        return py.name(py.NOWHERE, target)

    def into(self, frame: Frame, scope: Scope, node: Expression, target: str) -> None:
        """Code that evaluates `node` and returns the value or assigns it to `target`."""
        is_body = target == RETURN
        walked = self.walked(frame, scope, node, often=is_body) if frame.once and node.__class__ not in _SHORT else None
        if walked is not None:
            at = self.at(node)
            self.give(frame, at, py.call(at, "WALKED", walked[1], walked[0]), target)
        else:
            self.into_by_rule(frame, scope, node, target)

    def into_by_rule(self, frame: Frame, scope: Scope, node: Expression, target: str) -> None:
        """The same of what is not walked, though it might be."""
        rule = self.rules.into.get(node.__class__)
        if rule is not None:
            rule(self, frame, scope, node, target)
        else:
            self.give(frame, py.NOWHERE, self.rules.value[node.__class__](self, frame, scope, node), target)

    def test(self, frame: Frame, scope: Scope, node: Expression) -> ast.expr:
        """Code that evaluates a condition, and a Python expression for it; what is no Boolean is an error."""
        rule = self.rules.test.get(node.__class__)
        if rule is not None:
            return rule(self, frame, scope, node)
        return self.certainly_boolean(frame, self.at(node), self.value(frame, scope, node))

    def certainly_boolean(self, frame: Frame, at: py.At, value: ast.expr) -> ast.expr:
        """A variable as a condition, or an error: `x is not False and (x is True or BOOLEAN(x))`."""
        if isinstance(value, ast.Constant) and value.value.__class__ is bool:
            return value
        if isinstance(value, ast.Constant):
            return py.call(at, "BOOLEAN", value)
        is_true = py.is_(at, value, py.constant(at, True))
        is_not_false = py.is_not(at, value, py.constant(at, False))
        return py.all_of(at, is_not_false, py.any_of(at, is_true, py.call(at, "BOOLEAN", value)))

    def delay(self, frame: Frame, scope: Scope, node: Expression) -> ast.expr:
        """An expression for a cell of `node`, or for its value."""
        rule = self.rules.delay.get(node.__class__)
        return self.thunk(frame, scope, node) if rule is None else rule(self, frame, scope, node)

    # Pieces that the rules share

    def give(self, frame: Frame, at: py.At, value: ast.expr, target: str) -> None:
        """Returns a value or assigns it to `target`."""
        frame.emit(py.return_(at, value) if target == RETURN else py.assign(at, target, value))

    def settled(self, frame: Frame, at: py.At, value: ast.expr) -> ast.expr:
        """An expression that may be used again and later: a constant or a variable, assigned if need be."""
        if isinstance(value, ast.Constant | ast.Name):
            return value
        target = self.temporary("t")
        frame.emit(py.assign(at, target, value))
        return py.name(at, target)

    def forced(self, frame: Frame, at: py.At, value: ast.expr, *, is_known: bool = False) -> ast.expr:
        """An expression for what `value`, a cell or a value, is when it is forced; `is_known`: that is mostly done."""
        target = self.temporary("t")
        frame.emit(py.assign(at, target, value))
        frame.emit(py.force_known(at, target) if is_known else py.force(at, target))
        return py.name(at, target)

    def force(self, frame: Frame, at: py.At, variable: str) -> None:
        """Forces what a variable of `frame` holds."""
        frame.emit(py.force(at, variable))

    def thunk(self, frame: Frame, scope: Scope, node: Expression, position: ast.expr | None = None) -> ast.expr:
        """A new cell: `[T, environment]`, with the position of the attribute it stands for where there is one."""
        cell = self.suspended(frame, scope, node).cell(py.NOWHERE)
        if position is not None:
            give_position(cell, position)
        return cell

    def suspended(self, frame: Frame, scope: Scope, node: Expression) -> Suspended:
        """What a new cell is made of in `frame`: data, or a unit, which is compiled or put off."""
        rule = None if self.probed else self.rules.shared.get(node.__class__)
        shared = None if rule is None else rule(self, frame, scope, node)
        if shared is not None:
            return shared
        put_off = self.put_off(frame, scope, node)
        if put_off is not None:
            return Suspended(put_off[0], self.environment(py.NOWHERE, put_off[1]))
        walked = self.walked(frame, scope, node)
        return Suspended(*self._unit(frame, scope, node)) if walked is None else Suspended("ONCE", *walked)

    def walked(
        self, frame: Frame, scope: Scope, node: Expression, *, often: bool = False
    ) -> tuple[ast.expr, ast.expr] | None:
        """The environment in `frame`, and the data, of an expression of code that runs once; None for others.

        `often`: it may run often all the same.
        """
        captures = self.captures(scope, node) if frame.once else None
        if captures is None or not self.rules.is_data(self, node):
            return None
        walked = self.rules.walked(self, captures)
        identifier = self.label("D")
        data = walked.piece(scope, node)
        if often:
            held = Held(frame, captures, None)
            data = walked.often(node, data, self._pend_held(held, scope, node, once=False, often=True))
        self.piece.data.append((identifier, data))
        variables = [NAMESPACE, *[frame.reference(binding) for binding in captures]]
        return self.environment(py.NOWHERE, variables), py.name(py.NOWHERE, identifier)

    def _unit(self, frame: Frame, scope: Scope, node: Expression) -> tuple[str, ast.expr]:
        """Compiles the unit of a thunk; its name, and the expression for its environment in `frame`."""
        at = self.at(node)
        # The name tells an error which expression it is: in which piece, from where to where.
        unit = Unit(code_info.thunk_name(self.label("T"), node.start, node.end))
        inner = frame.of_unit(unit)
        self.body(inner, scope, node)
        captured = [frame.reference(binding) for binding in unit.captures]
        self.add(unit_function(at, unit, inner.taken()))
        return unit.identifier, self.environment(at, captured)

    def add(self, unit: ast.stmt) -> None:
        """Adds a unit to the piece at hand."""
        self.piece.units.append(unit)
        if len(self.piece.units) >= MANY_UNITS and self.compile_units is not None:
            self.compile_units(self.piece)

    def put_off(
        self,
        frame: Frame,
        scope: Scope,
        node: Expression,
        *,
        short: bool = False,
        in_crowd: dict[tuple[int, bool], Held] | None = None,
    ) -> tuple[str, Sequence[str]] | None:
        """Makes the unit of a thunk a piece of its own; its name, and the variables of its environment in `frame`.

        None where it must be compiled at once, or its text is short; `short` does not ask.  Of those in a crowd, for
        which no code runs in between, most hold the same: `in_crowd` has what.
        """
        if not short and node.end - node.start < self.crowd[0]:
            return None
        captures = self.captures(scope, node)
        if captures is None:
            return None
        once = frame.once or (self.crowd[2] and not self.probed)
        is_data = once and self.rules.is_data(self, node)
        held = None if in_crowd is None else in_crowd.get((id(captures), is_data))
        if held is None:
            held = Held(frame, captures, self.rules.walked(self, captures) if is_data else None)
            if in_crowd is not None:
                in_crowd[id(captures), is_data] = held
        about = {"once": once, "walked": held.walked, "in_crowd": in_crowd is not None}
        return self._pend_held(held, scope, node, **about), held.variables

    def _pend_held(self, held: Held, scope: Scope, node: Expression, **about: Any) -> str:
        """Notes a piece of which the cells hold that; its name."""
        identifier = self.pend(scope, node, held.captures, **about)
        pending = self.pending[identifier]
        pending.forced, pending.cells = held.forced, held.cells
        return identifier

    def pend(
        self,
        scope: Scope,
        node: Expression,
        captures: Sequence[Binding],
        *,
        once: bool = True,
        walked: Walked | None = None,
        in_crowd: bool = False,
        often: bool = False,
    ) -> str:
        """Notes a piece of which cells are made in the one at hand; its name."""
        often = often or self.piece.often
        kind = "often" if often else ""
        identifier = code_info.piece_name(node.start, node.end, kind)
        while identifier in self.pending and self.pending[identifier].node is not node:
            # Several expressions of one extent, as the sets of an attribute path have: each lies within the one before.
            kind += node.__class__.__name__
            identifier = code_info.piece_name(node.start, node.end, kind)
        pending = self.pending[identifier] = Pending(node, scope, captures, self.piece.identifier, once)
        pending.walked = walked
        pending.often = often
        (self.piece.crowd if in_crowd else self.piece.lazy).append(identifier)
        return identifier

    @staticmethod
    def environment(at: py.At, variables: Sequence[str]) -> ast.expr:
        """None, the one variable, or a tuple of them; of code that is walked always a tuple."""
        if len(variables) == 1 and variables[0] is not NAMESPACE:
            return py.name(at, variables[0])
        if not variables:
            return py.constant(at, None)
        return py.tuple_(at, [py.name(at, variable) for variable in variables])

    def generate(self, identifier: str) -> Piece:
        """The piece of a unit that was put off."""
        pending = self.pending[identifier]
        outer, self.piece = self.piece, Piece(identifier, pending.parent, often=pending.often)
        try:
            if pending.walked is not None:
                self.piece.data.append((identifier, pending.walked.piece(pending.scope, pending.node)))
                return self.piece
            unit = Unit(identifier, dict.fromkeys(pending.captures))
            frame = Frame(unit, None, forced=dict.fromkeys(pending.forced), once=pending.once)
            frame.cells.update(dict.fromkeys(pending.cells))
            self.body(frame, pending.scope, pending.node, pending.into)
            self.piece.units.append(unit_function(self.at(pending.node), unit, frame.taken()))
            return self.piece
        finally:
            self.piece = outer

    def path_constant(self, at: py.At, text: str) -> ast.Name:
        """A constant path: one `Path` object for each text, made when the piece is loaded, in the file's folder."""
        identifier = self.piece.paths.get(text)
        if identifier is None:
            identifier = self.piece.paths[text] = self.label("P")
        return py.name(at, identifier)

    def constant_cell(self, at: py.At, value: ast.Constant, position: ast.Constant) -> ast.expr:
        """An evaluated cell shared by all uses: a literal as the value of an attribute."""
        identifier = self.label("K")
        self.piece.cells.append((identifier, value.value, position.value))
        return py.name(at, identifier)

    def constant(self, at: py.At, identifier: str, value: ast.expr) -> None:
        """Defines a name of the file's namespace, before anything of the piece runs."""
        self.piece.constants.append(py.assign(at, identifier, value))

    def builtin(self, at: py.At, name: str) -> ast.Name:
        """A global's value, as the name `builtins.NAME` of the compiled file's namespace."""
        self.piece.used_values.add(name)
        return py.name(at, "builtins." + name)

    def builtin_code(self, at: py.At, name: str) -> str:
        """The Python function of a builtin, for a call with all its arguments."""
        self.piece.used_codes.add(name)
        return "code:" + name
