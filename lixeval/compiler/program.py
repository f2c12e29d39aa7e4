"""Whole files: from a parsed expression to Python code objects.

    expression -> pieces (units, constants) -> ast.Module -> compile() -> code object

A file is compiled in pieces.  The root piece holds what evaluating the file starts with; the bodies of larger thunks
are pieces of their own, compiled when such a thunk is first forced, so nobody pays for what is never evaluated.  All
pieces of a file are executed in one namespace, over the runtime's exports and the builtins they name (see
`lixeval.evaluation.compiled_file`).  What a piece compiles to depends on the text alone, not on what was compiled
before, so pieces can be kept on disk (see `cache`) and completed by later runs.
"""

from __future__ import annotations

import _ast as ast
import marshal
import sys
from _blake2 import blake2b
from collections.abc import Callable, Iterable, Mapping, Sequence

from lixeval.compiler import (
    attribute_sets,
    bindings,
    calls,
    functions,
    literals,
    operators,
    selection,
    walked,
    walked_functions,
    walked_sets,
)
from lixeval.compiler import pyast as py
from lixeval.compiler.compiled import without_name
from lixeval.compiler.frames import Binding, Frame, Unit
from lixeval.compiler.generator import Generator, Rules
from lixeval.compiler.pieces import Piece, unit_function
from lixeval.compiler.scope import Builtin, Scope
from lixeval.errors import EvalError, UndefinedVariable
from lixeval.runtime import walk
from lixeval.runtime.code_info import ROOT
from lixeval.runtime.walk import WALK
from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression
from lixeval.syntax.redefined_operators import may_redefine, with_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from lixeval.compiler.compiled import Written


class Names:
    """The names that a program may use without binding them.

    `globals`: global name -> name of the builtin; `builtins`: builtin -> (arity, order: see `builtins.table`);
    `extra`: further names in scope, given when the program runs (scopedImport, the REPL), which win over globals;
    `joined`: as `builtins`, those that do the work of two and that no program can name (`builtins.table.JOINED`).
    """

    __slots__ = ("builtins", "extra", "globals", "joined")

    def __init__(
        self,
        globals_: dict[str, str],
        builtins: dict[str, tuple[int, str]],
        extra: tuple[str, ...] = (),
        joined: dict[str, tuple[int, str]] | None = None,
    ) -> None:
        self.globals = globals_
        self.builtins = builtins
        self.extra = extra
        self.joined = joined or {}


def _all_rules() -> Rules:
    rules = Rules()
    constructs = (literals, selection, operators, functions, calls, bindings, attribute_sets)
    for module in (*constructs, walked, walked_sets, walked_functions):
        module.add_rules(rules)
    return rules


_RULES = _all_rules()


class Compiler:
    """Compiles one source, a piece at a time: the root when the file is first met, others when they are first wanted.

    `parse` is called when the first piece is asked for, and may raise NixSyntaxError.  `generator` generates the code,
    and `probes` may change each piece before Python compiles it.  `operators_as_calls` has `a - b` call `__sub`.
    """

    def __init__(
        self,
        source: Source,
        parse: Callable[[], Expression],
        names: Names,
        *,
        faithful: bool = False,
        operators_as_calls: bool = False,
        probes: Sequence[Callable[[ast.Module], None]] = (),
        generator: type[Generator] | None = None,
    ) -> None:
        self.source = source
        self._operators_as_calls = operators_as_calls
        self._probes = probes
        self._make_generator = generator or Generator
        self.environment: tuple[str, ...] = ()
        self._parse = parse
        self._names = names
        self._stand_in = stand_in(source.text)
        # Whether a thunk was there shows where a recursive set is changed behind what its values have been made of.
        self._faithful = faithful or "__overrides" in source.text
        self._generator: Generator | None = None
        self._root: Piece | None = None

    def root(self) -> Written:
        """The piece of the whole file; sets `environment`.

        Raises UndefinedVariable, with its span, for a name that nothing binds, used or not.
        """
        self._start()
        assert self._root is not None
        return self._compiled(self._root)

    def names_met(self) -> bytes:
        """The names in the text in the order in which the parser has met them, as marshal writes them."""
        return marshal.dumps(self.source.names_met)

    def piece(self, identifier: str, parents: Mapping[str, str]) -> Written:
        """A piece that was put off.  `parents` tells in which piece its cells are made, for a file that another run has
        begun to compile."""
        return self._compiled(self._generate(identifier, parents))

    def tree(self, identifier: str = ROOT, *, walked: bool = False) -> ast.Module:
        """The Python module of a piece, before it is compiled; what is `walked` is shown as calls in it."""
        generator = self._start()
        assert self._root is not None
        return _with_data(self._root if identifier == ROOT else generator.generate(identifier), walked=walked)

    def _start(self) -> Generator:
        if self._generator is None:
            expression = self._parse()
            mentions, self.source.mentions = self.source.mentions, None
            if self._operators_as_calls or may_redefine(self.source.text, self._names.extra):
                expression, mentions = with_calls(expression), None
            self._generator = g = self._make_generator(
                self.source,
                _RULES,
                file=self._stand_in,
                globals_=self._names.globals,
                builtins=self._names.builtins,
                joined=self._names.joined,
                faithful=self._faithful,
                probed=bool(self._probes),
                compile_units=self._compile_units,
                mentions=mentions,
            )
            g.begin(expression, self._names.extra)
            try:
                self._begin(g, expression)
            except UndefinedVariable:
                # Of several that are unbound compiling may have met another one first than Nix.
                from lixeval.compiler.symbol_order import places_in_order
                from lixeval.compiler.unbound import first_unbound

                bound = {*self._names.globals, *self._names.extra}
                unbound = first_unbound(expression, bound, places_in_order(self.source))
                if unbound is None:
                    raise
                raise g.undefined(unbound) from None
        return self._generator

    def _begin(self, g: Generator, expression: Expression) -> None:
        """The root, and what it is given."""
        g.piece = self._root = Piece(ROOT, "")
        unit = Unit(ROOT)
        frame = Frame(unit, None, once=not self._probes)
        g.main = _main(expression)
        extra: dict[str, Binding | Builtin] = {name: Binding(name, g.fresh(name)) for name in self._names.extra}
        scope = Scope(None, extra)
        captures: Iterable[Binding] = (g.captures(scope, expression) or ()) if extra else ()
        if frame.once and g.rules.is_data(g, expression):
            data = g.rules.walked(g, tuple(captures))
            self._root.data.append((ROOT, data.piece(scope, expression)))
        else:
            g.into(frame, scope, expression, "v")
            self._root.units.append(unit_function(g.at(expression), unit, frame.taken()))
            captures = unit.captures
        self.environment = tuple([binding.name for binding in captures])

    def _generate(self, identifier: str, parents: Mapping[str, str]) -> Piece:
        """Generates a piece, and before it those around it that this run has not generated."""
        g = self._start()
        missing = [identifier]
        while missing[-1] not in g.pending:
            missing.append(parents[missing[-1]])
        for name in reversed(missing):
            piece = g.generate(name)
        return piece

    def _compiled(self, piece: Piece) -> Written:
        self._compile_units(piece)
        try:
            data = marshal.dumps(
                (
                    tuple(piece.codes),
                    tuple(sorted(piece.used_values)),
                    tuple(sorted(piece.used_codes)),
                    tuple(piece.cells),
                    tuple(piece.paths.items()),
                    tuple(piece.data),
                    tuple(piece.functions),
                    tuple(piece.lazy),
                    tuple(piece.crowd),
                )
            )
        except ValueError:
            # Each function's code lies within that of the one around it, and marshal goes 2000 levels deep.
            raise EvalError("functions are nested too deeply in one another") from None
        piece.codes.clear()
        return without_name(data, self._stand_in)

    def _compile_units(self, piece: Piece) -> None:
        if not piece.units and not piece.constants:
            return
        module = _module(piece)
        for probe in self._probes:
            probe(module)
        piece.codes.append(compile(module, self._stand_in, "exec", dont_inherit=True, optimize=0))
        # Python's nodes are the most of what compiling takes, 40 MB for a stdenv.
        piece.units.clear()
        piece.constants.clear()


def stand_in(text: str) -> str:
    """What stands in code for the name of the file that has a text: nothing in the text can be equal to it.

    Interned, for all of Python's code objects to have the one string.
    """
    return sys.intern(f"<{blake2b(text.encode('utf-8', 'surrogateescape'), digest_size=20).hexdigest()}>")


def check_names(source: Source, expression: Expression, names: Names) -> None:
    """Raises UndefinedVariable for a name that nothing binds, used or not."""
    Compiler(source, lambda: expression, names, faithful=True).root()


def _main(expression: Expression) -> Expression | None:
    """The function that a whole file is, where that does not look like one to be called all over: it takes a set, or is
    long."""
    while isinstance(expression, nodes.Let | nodes.With | nodes.Assert):
        expression = expression.body
    if not isinstance(expression, nodes.Lambda):
        return None
    is_long = expression.end - expression.start >= functions.LARGE_LAMBDA
    return expression if is_long or expression.formals is not None else None


def _module(piece: Piece) -> ast.Module:
    # Frozen sets are made before anything runs.
    return ast.Module([*piece.constants, *piece.units], [])


def _with_data(piece: Piece, *, walked: bool) -> ast.Module:
    """The same for people: with assignments of what is kept beside the code."""
    at = py.NOWHERE
    data: list[ast.stmt] = [
        py.assign(at, name, py.list_(at, [py.name(at, "READ"), py.constant(at, value), py.constant(at, position)]))
        for name, value, position in piece.cells
    ]
    data += [
        py.assign(at, name, py.call_expression(at, py.name(at, "Path"), [py.constant(at, text)]))
        for text, name in piece.paths.items()
    ]
    if walked:
        data += [py.assign(at, name, _node_shown(node)) for name, node in piece.data]
        data += [_code_shown(name, code) for name, code in piece.functions]
    module = _module(piece)
    module.body[:0] = data
    return module


def _node_shown(part: Any) -> ast.expr:
    """What is walked as if it were calls of what walks it, without places and positions."""
    at = py.NOWHERE
    if part.__class__ is list or (part.__class__ is tuple and not (len(part) > 2 and part[0].__class__ is int)):
        return py.tuple_(at, [_node_shown(each) for each in part if not _is_place(each)])
    if part.__class__ is not tuple:
        return py.constant(at, part)
    number, *others = part
    others = others[1:] if _is_place(others[0]) or others[0] is None else others[2:]
    shown = [py.constant(at, each) if number == walk.LIST_OF else _node_shown(each) for each in others]
    return py.call_expression(at, py.name(at, WALK[number].__name__), shown)


def _code_shown(name: str, code: CodeType) -> ast.stmt:
    """The code of a function as the `def` that it might be."""
    line = code.co_firstlineno
    at = {"lineno": line, "col_offset": 0, "end_lineno": line, "end_col_offset": 0}
    parameters = list(code.co_varnames[: code.co_argcount])
    function, node, namespace = [py.name(at, each) for each in code.co_names]
    variables = [py.name(at, each) for each in (*code.co_freevars, parameters[0])]
    walked = py.call_expression(at, function, [node, py.tuple_(at, [namespace, *variables])])
    return py.function(at, name, parameters, [py.return_(at, walked)])


def _is_place(part: Any) -> bool:
    """Whether something is (file, line, column) or has two columns more."""
    return part.__class__ is tuple and len(part) in (3, 5) and part[0].__class__ is str and part[1].__class__ is int


def listing(compiler: Compiler) -> str:
    """The generated Python as text, for people; names that are no Python identifiers are left as they are."""
    from ast import fix_missing_locations, unparse

    return unparse(fix_missing_locations(compiler.tree(walked=True)))
