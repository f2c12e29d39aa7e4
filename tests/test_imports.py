"""The rooms of the house as docs/architecture.md draws them: a module imports only from its own and those above."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import lixeval
from lixeval.system.graphs import components

PACKAGE = Path(lixeval.__file__).parent
PAGE = (PACKAGE.parent / "docs/architecture.md").read_text(encoding="utf-8")


def drawn_rooms() -> tuple[str, ...]:
    """The rooms of the page's drawing, each above those that may use it."""
    drawing = PAGE.split("```")[1].strip("\n").split("\n")
    return tuple(line.removeprefix("  ▲ ").split()[0].rstrip("/") for line in drawing)


ROOMS = drawn_rooms()


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imports_of(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("lixeval"):
            found += (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "lixeval" else [node.module]
            )
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith("lixeval")]
    return found


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_every_room_is_listed() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert rooms - {"__init__", "__main__"} == set(ROOMS) & rooms


def test_pages_name_what_is_there() -> None:
    assert [path for path in re.findall(r"`(lixeval/[^`]*)`", PAGE) if not (PACKAGE.parent / path).exists()] == []
    missing = []
    for page in PACKAGE.rglob("__init__.py"):
        text = ast.get_docstring(ast.parse(page.read_text(encoding="utf-8"))) or ""
        for names in re.findall(r"^    ([a-z_0-9]+(?:, [a-z_0-9]+)*)  +[^ ]", text, re.MULTILINE):
            for name in names.split(", "):
                if not (page.parent / name).is_dir() and not (page.parent / f"{name}.py").exists():
                    missing.append(f"{page.parent.relative_to(PACKAGE)}: {name}")
    assert missing == []


def test_pages_name_all_that_is_there() -> None:
    """Of the commands, one module each, the tables of commands know."""
    missing = []
    for page in set(PACKAGE.rglob("__init__.py")) - {PACKAGE / "__init__.py", PACKAGE / "cli/commands/__init__.py"}:
        named = set(re.findall(r"\w+", ast.get_docstring(ast.parse(page.read_text(encoding="utf-8"))) or ""))
        modules = {path.stem for path in page.parent.glob("*.py")} - {"__init__"}
        rooms = {inner.parent.name for inner in page.parent.glob("*/__init__.py")}
        missing += [f"{page.parent.relative_to(PACKAGE)}: {name}" for name in sorted((modules | rooms) - named)]
    assert missing == []


def test_every_room_has_a_page() -> None:
    for room in ROOMS:
        page = PACKAGE / room / "__init__.py"
        if page.exists():
            assert ast.get_docstring(ast.parse(page.read_text(encoding="utf-8"))), room


def test_no_import_goes_upward() -> None:
    upward: list[str] = []
    for path in modules():
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room in ("__init__", "__main__"):
            continue
        for module in imports_of(path):
            target = room_of(module)
            if target in ROOMS and ROOMS.index(target) > ROOMS.index(room):
                upward.append(f"{path.relative_to(PACKAGE)} imports {module}")
    assert not upward


def test_no_module_needs_itself() -> None:
    """Imports for type checkers count too; the package itself, which gives the library's names when asked, does not."""
    names = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in modules()}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    graph = {name: imported_modules(path) & names.keys() - {name, "lixeval"} for name, path in names.items()}
    assert [circle for circle in components(graph) if len(circle) > 1] == []


def imported_modules(path: Path) -> set[str]:
    """What a file imports, and the modules that it takes from packages."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_oci_knows_nothing_of_nix() -> None:
    for path in (PACKAGE / "oci").rglob("*.py"):
        assert {room_of(module) for module in imports_of(path)} <= {"oci", "errors", "system", "", "__version__"}, path


def test_generated_code_uses_only_the_exports() -> None:
    from lixeval.compiler.program import Compiler, Names
    from lixeval.runtime.code_info import FOLDER
    from lixeval.runtime.exports import namespace
    from lixeval.runtime.shared_code import shared_code
    from lixeval.runtime.thunks import force
    from lixeval.runtime.walk import WALK
    from lixeval.source import Source
    from lixeval.syntax.parser import parse

    text = """
      { a, b ? a, c ? 1, ... }@args: with a; let f = x: y: x + y; g = { h, i ? 2 }: h; in
      assert a == b -> !c; rec { inherit (a) k; l = "x${a}y${b}" + ./z; ${a} = [ 1 2 (f 1) d ] ++ b // c;
        m = a.b.c or (-1) < 2 && a ? b.c || 1.5 / 2 * 3 - 4 >= 1; n = if a then f 1 2 else g args 1; o = <nixpkgs>; }
    """
    source = Source("«string»", text, is_file=False)
    names = Names({"__findFile": "findFile", "__nixPath": "nixPath"}, {"findFile": (2, "0"), "nixPath": (0, "")})
    module = Compiler(source, lambda: parse(source), names).tree(walked=True)
    defined = {"ROOT", FOLDER}
    used: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            defined.add(node.name)
            defined.update(argument.arg for argument in node.args.args)
        elif isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else defined).add(node.id)
    offered = {
        *namespace(str, str, sorted),
        *shared_code({}, lambda units: force),
        *[walker.__name__ for walker in WALK],
    }
    unknown = {name for name in used - defined - offered if not name.startswith(("builtins.", "code:"))}
    assert not unknown
