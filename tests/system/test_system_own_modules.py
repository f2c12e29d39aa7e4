"""The file of lixeval's own modules: what is imported from it is what Python itself would import, or is not taken."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.cli.module_groups import GROUPS
from lixeval.system import own_modules
from lixeval.system.own_modules import Kept, Modules, add_modules, file_of_modules

REPORT = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import lixeval.__main__ as started
from lixeval.system import own_modules
import os
end = os._exit

def told(code):
    loaders = {name: getattr(module, "__loader__", None) for name, module in sys.modules.items()}
    kept = [name for name, loader in loaders.items() if type(loader) is own_modules.Kept]
    os.write(1, " ".join(kept).encode())
    end(code)

os._exit = told
started.main()
"""


def copied(folder: Path) -> Path:
    """A copy of lixeval without any compiled code, as somebody has just installed it."""
    copy = folder / "lixeval"
    shutil.copytree(own_modules.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(os.path.join(os.path.dirname(own_modules.PACKAGE), "grammar"), folder / "grammar")
    return copy


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of one's own."""
    return copied(tmp_path)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that several tests use."""
    return copied(tmp_path_factory.mktemp("used"))


def run(package: Path, *words: str, **variables: str) -> tuple[str, set[str]]:
    """What a run prints, and which of its modules come from the file."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {
        "XDG_CACHE_HOME": str(package.parent / "cache"),
        "LIXEVAL_STORE": str(package.parent / "store"),
        **variables,
    }
    command = [sys.executable, "-c", REPORT, str(package.parent), "--eval", "-E", "1 + 1", "--no-eval-cache", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    printed, _, kept = done.stdout.rpartition("\n")
    return printed, set(kept.split())


def test_the_second_run_finds_all_in_one_file(package: Path) -> None:
    assert run(package) == ("2", set())
    file = file_of_modules(str(package))
    assert file is not None
    printed, kept = run(package)
    assert printed == "2" and len(kept) > 50
    before = os.stat(file)
    run(package)
    assert os.stat(file) == before  # nothing is written where nothing was lacking
    assert run(package, "--json")[0] == "2"
    assert len(Modules(file, str(package)).index) > len(kept)  # what other runs need is added


def test_a_module_that_was_edited_is_read_anew(package: Path) -> None:
    values = "lixeval.cli.output.values"
    run(package)
    assert values in run(package)[1]
    edited = package / "cli/output/values.py"
    edited.write_text(edited.read_text() + "\nVALUE = 3\n")
    printed, kept = run(package)
    assert printed == "2" and kept and values not in kept
    assert values in run(package)[1]


@pytest.mark.parametrize("spoil", ["empty", "half", "index", "codes", "folder"])
def test_a_damaged_file_is_none(package: Path, spoil: str) -> None:
    run(package)
    file = Path(file_of_modules(str(package)) or "")
    content = file.read_bytes()
    if spoil == "empty":
        file.write_bytes(b"")
    elif spoil == "half":
        file.write_bytes(content[: len(content) // 2])
    elif spoil == "index":
        file.write_bytes(content[: own_modules.START] + bytes(1000) + content[own_modules.START + 1000 :])
    elif spoil == "codes":
        file.write_bytes(content[:20000] + bytes(len(content) - 20000))
    else:
        file.unlink()
        file.mkdir()
    assert run(package)[0] == "2"


def test_where_python_shall_write_nothing_nothing_is_written(package: Path) -> None:
    run(package, PYTHONDONTWRITEBYTECODE="1")
    assert not (package / "__pycache__").exists()
    run(package, PYTHONPYCACHEPREFIX=str(package.parent / "elsewhere"))
    assert not (package / "__pycache__").exists()


def test_a_module_of_the_file_is_as_python_makes_it(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lixeval.formats import nix32

    (package / "__pycache__").mkdir()
    path = str(package / "__pycache__/modules")
    add_modules(Modules(path), ["lixeval.formats.nix32", "lixeval.formats"])
    modules = Modules(path)
    spec, package_spec = modules.find_spec("lixeval.formats.nix32"), modules.find_spec("lixeval.formats")
    assert modules.find_spec("lixeval.formats.nar") is None
    usual = nix32.__spec__
    assert spec is not None and package_spec is not None and usual is not None
    for name in ("name", "origin", "cached", "has_location", "submodule_search_locations", "parent"):
        assert getattr(spec, name) == getattr(usual, name)
    assert package_spec.submodule_search_locations == [os.path.join(own_modules.PACKAGE, "formats")]
    assert isinstance(spec.loader, Kept)
    code = spec.loader.get_code("lixeval.formats.nix32")
    assert code is not None and code.co_filename == nix32.__file__
    assert spec.loader.get_source("lixeval.formats.nix32") == inspect.getsource(nix32)


FOUND = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import lixeval.__main__ as started
from lixeval.system import own_modules
import os
end, execute, get_code = os._exit, own_modules._execute, own_modules.Kept.get_code
before, together, alone = set(sys.modules), [], []

def told(code):
    own = [name for name in sys.modules if name not in before]
    os.write(1, "\\n".join(" ".join(names) for names in (together, alone, own)).encode())
    end(code)

os._exit = told
own_modules._execute = lambda spec, code: (together.append(spec.name), execute(spec, code))
own_modules.Kept.get_code = lambda self, name: (alone.append(name), get_code(self, name))[1]
if sys.argv[1] == "apart":
    own_modules.import_group = lambda group: None
    import lixeval.cli.action
    lixeval.cli.action.import_group = own_modules.import_group
del sys.argv[1]
started.main()
"""


def found_by(package: Path, how: str, *words: str, cold: bool = False) -> list[set[str]]:
    """The modules that a run whose modules are all kept finds by groups, by Python's import, and in all; `cold`: a run
    that has to compile its text.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["LIXEVAL_STORE"] = str(package.parent / "store")
    command = [sys.executable, "-c", FOUND, str(package.parent), how, *words]
    for turn in range(3):  # a run adds what it lacks, and one that finds its result needs less
        environment["XDG_CACHE_HOME"] = str(package.parent / f"cache{turn if cold else ''}")
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [set(line.split()) for line in done.stdout.split("\n")[-3:]]


DERIVATION = 'derivation { name = "n"; system = "s"; builder = "b"; }'
EVALUATE = ("--eval", "-E", "1 + 1", "--no-eval-cache")


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (("recalling",), ("--eval", "-E", "1 + 1")),
        (("evaluating",), EVALUATE),
        (("evaluating", "lists"), (*EVALUATE[:2], "builtins.length [ ]", *EVALUATE[3:])),
        (("evaluating", "instantiating"), ("--instantiate", "--no-eval-cache", "-E", DERIVATION)),
        (("evaluating", "compiling"), EVALUATE),
    ],
)
def test_modules_of_a_group_need_no_other_import(used: Path, groups: tuple[str, ...], words: tuple[str, ...]) -> None:
    # What is found alone belongs into `cli.module_groups` before whatever imports it.
    together, alone, _ = found_by(used, "together", *words, cold="compiling" in groups)
    wanted = {name for group in groups for name in GROUPS[group]}
    assert together <= wanted and not alone & wanted
    assert together >= wanted & set(Modules(file_of_modules(str(used)) or "").index)


def test_what_evaluates_needs_the_group_and_hardly_more(used: Path) -> None:
    _, _, found = found_by(used, "apart", *EVALUATE)
    missing = {name for name in found if name.startswith("lixeval")} - set(GROUPS["evaluating"])
    assert set(GROUPS["evaluating"]) <= found
    assert {name for name in missing if not name.startswith("lixeval.cli.output")} == set()
    _, _, found = found_by(used, "apart", "--eval", "-E", "1 + 1")
    assert set(GROUPS["recalling"]) <= found


@pytest.mark.parametrize("name", ["lixeval.environment.settings", "lixeval.environment"])
def test_a_module_of_a_group_that_was_edited_is_read_anew(package: Path, name: str) -> None:
    path = package / name.removeprefix("lixeval.").replace(".", "/")
    edited = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    assert name in GROUPS["evaluating"]
    for _ in range(2):
        run(package)
    edited.write_text(edited.read_text() + "\nprint(7)\n")
    assert run(package)[0] == "7\n2"
    assert run(package)[0] == "7\n2"
