"""What functions declare of their frames (`runtime.frames`) is so: a variable that is renamed fails here, not in one
message."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import lixeval
from lixeval.cli import main
from lixeval.diagnostics.tellers import TELLERS
from lixeval.runtime.frames import DECLARED, Declaration

DIAGNOSTICS = Path(lixeval.__file__).parent / "diagnostics"


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> list[Declaration]:
    """All declarations; those of builtins that are made for an evaluator come with one."""
    store = tmp_path_factory.mktemp("store")
    derivation = 'derivation { name = "x"; builder = builtins.toJSON { }; system = "x"; }'
    program = f'builtins.addErrorContext "x" ({derivation}).drvPath'
    assert main(["--eval", "--store", str(store), "-E", program]) == 0
    return list(DECLARED.values())


def test_each_function_has_the_variables_that_it_declares(declared: list[Declaration]) -> None:
    assert len(declared) > 20
    assert {each.function.__qualname__: missing_variables(each) for each in declared if missing_variables(each)} == {}


def test_a_variable_that_is_renamed_is_missed(declared: list[Declaration]) -> None:
    for declaration in declared:
        for variable in set(declaration.variables.values()):
            renamed = Declaration(
                _with_renamed(declaration.function, variable),
                declaration.kind,
                declaration.about,
                declaration.variables,
            )
            assert variable in missing_variables(renamed), (declaration.function, variable)


def missing_variables(declaration: Declaration) -> list[str]:
    """The declared variables that the function does not have."""
    code = declaration.function.__code__
    return [name for name in declaration.variables.values() if name not in code.co_varnames + code.co_cellvars]


class _Renaming(ast.NodeTransformer):
    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id += "_renamed" if node.id == self.name else ""
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg += "_renamed" if node.arg == self.name else ""
        return node


def _with_renamed(function: object, variable: str) -> object:
    """The function with one of its variables renamed throughout, never to be called."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))  # type: ignore[arg-type]  # it is a function
    [made] = tree.body
    assert isinstance(made, ast.FunctionDef)
    made.decorator_list = []
    made.args.defaults = [ast.Constant(None) for _ in made.args.defaults]
    space: dict[str, object] = {}
    exec("from __future__ import annotations\n" + ast.unparse(_Renaming(variable).visit(tree)), space)
    return space[made.name]


def test_nobody_else_reads_the_variables_of_frames() -> None:
    readers = {"code_info", "frames", "instructions", "walked_frames"}
    package = Path(lixeval.__file__).parent
    reading = [path for path in package.rglob("*.py") if "f_locals" in path.read_text(encoding="utf-8")]
    assert {path.relative_to(package).as_posix() for path in reading} == {f"runtime/{name}.py" for name in readers}


def test_every_kind_that_has_something_to_say_is_declared(declared: list[Declaration]) -> None:
    assert {declaration.kind for declaration in declared} >= set(TELLERS)


def test_everything_that_is_asked_for_is_declared(declared: list[Declaration]) -> None:
    meanings = {meaning for declaration in declared for meaning in declaration.variables}
    asked = {meaning for path in DIAGNOSTICS.glob("*.py") for meaning in _asked(ast.parse(path.read_text()))}
    assert asked == meanings


def _asked(tree: ast.Module) -> Iterator[str]:
    """The meanings for which a module asks: `step.tells("name")`, `told(frame, "name")`, and the two operands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            wanted = {"tells": 0, "told": 1, "told_by": 1}.get(name)
            match node.args[wanted : wanted + 1] if wanted is not None else []:
                case [ast.Constant(value)]:
                    yield str(value)
        elif isinstance(node, ast.Tuple) and [getattr(each, "value", "") for each in node.elts] == ["left", "right"]:
            yield from ("left", "right")
