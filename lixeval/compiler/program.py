"""Whole files: from a parsed expression to one Python code object.

    expression -> units, constants -> ast.Module -> compile() -> code object

The code object's namespace, when it is executed over the runtime's exports and the builtins it names, holds `ROOT`,
the unit of the whole file.  `Program` says what that namespace needs.  Everything here is a pure function of the
source, the names in scope and the settings, so the result can be kept on disk (see `cache`).
"""

from __future__ import annotations

import ast
import os.path
from dataclasses import dataclass

from lixeval.compiler import bindings, functions, literals, operators, selection
from lixeval.compiler.compiled import Program
from lixeval.compiler.frames import Frame, Unit
from lixeval.compiler.generator import Generator, Rules, unit_function
from lixeval.compiler.scope import Binding, Builtin, Scope
from lixeval.source import Source
from lixeval.syntax.nodes import Expression


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a program may use without binding them.

    `globals`: global name -> name of the builtin; `builtins`: builtin -> (arity, forces its first argument first);
    `extra`: further names in scope, given when the program runs (scopedImport, the REPL), which win over globals.
    """

    globals: dict[str, str]
    builtins: dict[str, tuple[int, bool]]
    extra: tuple[str, ...] = ()


def make_rules() -> Rules:
    rules = Rules()
    for module in (literals, selection, operators, functions, bindings):
        module.add_rules(rules)
    return rules


def generate(
    source: Source, expression: Expression, names: Names, directory: str, *, faithful: bool = False
) -> tuple[ast.Module, Generator, tuple[str, ...]]:
    """The Python module of a program, before it is compiled."""
    g = Generator(
        source,
        make_rules(),
        directory=directory,
        globals_=names.globals,
        builtins=names.builtins,
        faithful=faithful,
    )
    unit = Unit("ROOT")
    frame = Frame(unit, None)
    extra: dict[str, Binding | Builtin] = {name: Binding(name, g.fresh(name)) for name in names.extra}
    g.into(frame, Scope(None, extra), expression, "v")
    at = g.at(expression)
    g.units.append(unit_function(at, unit, frame.block))
    environment = tuple(binding.name for binding in unit.captures)
    # Frozen sets, paths and constant cells are made before anything runs.
    return ast.Module([*g.constants, *g.units], []), g, environment


def compile_program(
    source: Source, expression: Expression, names: Names, *, directory: str | None = None, faithful: bool = False
) -> Program:
    """Compiles a parsed source.

    Raises UndefinedVariable, with its span, for a name that nothing binds, used or not.
    """
    if directory is None:
        directory = os.path.dirname(source.name)
    module, g, environment = generate(source, expression, names, directory, faithful=faithful)
    code = compile(module, source.name, "exec", dont_inherit=True, optimize=0)
    values = sorted(name for name in g.used_builtins if not name.startswith("code:"))
    codes = sorted(name[5:] for name in g.used_builtins if name.startswith("code:"))
    return Program(code, tuple(values), tuple(codes), environment)


def listing(source: Source, expression: Expression, names: Names, *, directory: str = "/") -> str:
    """The generated Python as text, for people; with the names that are no Python identifiers left as they are."""
    module, _, _ = generate(source, expression, names, directory)
    return ast.unparse(ast.fix_missing_locations(module))
