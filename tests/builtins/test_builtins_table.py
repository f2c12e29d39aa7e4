"""The table of builtins: its index is right, nothing is loaded before it is used, evaluators share nothing."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lixeval.builtins.table import INDEX, PLAIN_GLOBALS, Table, module_of
from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore


def _evaluator(root: Path, **settings: Any) -> Evaluator:
    return Evaluator(Settings(system="x86_64-linux", write_store=False, **settings), LocalStore(str(root)))


def _functions(topic: str, evaluator: Evaluator) -> dict[str, Any]:
    module: Any = import_module(module_of(topic))
    functions = (
        *getattr(module, "BUILTINS", ()),
        *(module.bind(evaluator.services) if hasattr(module, "bind") else ()),
    )
    return {function.nix_name: function for function in functions}


@pytest.mark.parametrize("topic", sorted({entry[0] for entry in INDEX.values()} - {"derivation_sets"}))
def test_index_says_what_the_modules_say(topic: str, tmp_path: Path) -> None:
    functions = _functions(topic, _evaluator(tmp_path))
    indexed = {name: entry[1:] for name, entry in INDEX.items() if entry[0] == topic}
    # Whether traceVerbose looks at its first argument depends on a setting, so it is indexed as one that does not.
    assert indexed == {
        name: (function.__code__.co_argcount, function.first_forced) for name, function in functions.items()
    }


def test_a_simple_expression_loads_no_builtins() -> None:
    program = (
        "import sys\n"
        "from lixeval.environment.settings import Settings\n"
        "from lixeval.evaluation.evaluator import Evaluator\n"
        "from lixeval.store.local import LocalStore\n"
        "evaluator = Evaluator(Settings(system='x86_64-linux'), LocalStore('/nonexistent'))\n"
        "assert evaluator.text('1 + 1', '/') == 2\n"
        "print(' '.join(sorted(name for name in sys.modules if name.startswith('lixeval.builtins.'))))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert not loaded & {entry[0] for entry in INDEX.values()}


def test_globals_are_the_builtins_under_their_own_or_an_underscored_name(tmp_path: Path) -> None:
    table = _evaluator(tmp_path, experimental=frozenset(("flakes",))).table
    shown = {name for name in table.builtins if not name.startswith("_")}
    assert set(table.globals) == {name if name in PLAIN_GLOBALS else "__" + name for name in shown}
    assert shown >= PLAIN_GLOBALS


def test_a_builtin_is_one_value_however_it_is_reached(tmp_path: Path) -> None:
    table = _evaluator(tmp_path).table
    assert force(table.builtins["map"]) is table.resolve("map") is force(table.globals["map"])
    assert table.resolve("toString") is table.function("toString")
    assert table.resolve("nixVersion") == "2.26.3"
    assert table.resolve("null") is None


def test_two_evaluators_share_no_bound_builtin(tmp_path: Path) -> None:
    one, other = Table(_evaluator(tmp_path).services), Table(_evaluator(tmp_path).services)
    assert one.function("readFile") is not other.function("readFile")
    assert one.builtins is not other.builtins


@pytest.mark.parametrize(
    ("feature", "names"),
    [
        ("flakes", {"fetchTree", "flakeRefToString", "getFlake", "parseFlakeRef"}),
        ("fetch-tree", {"fetchTree"}),
        ("fetch-closure", {"fetchClosure"}),
        ("dynamic-derivations", {"outputOf"}),
    ],
)
def test_experimental_builtins_come_with_their_feature(feature: str, names: set[str], tmp_path: Path) -> None:
    plain = _evaluator(tmp_path).table
    more = _evaluator(tmp_path, experimental=frozenset((feature,))).table
    assert set(more.builtins) - set(plain.builtins) == names
    assert set(more.signatures) - set(plain.signatures) == names


def test_examples_of_constants(tmp_path: Path) -> None:
    evaluator = _evaluator(tmp_path, search_path=(("nixpkgs", "/somewhere"),))
    told = printed(evaluator.text("[ builtins.nixPath builtins.currentSystem builtins.langVersion ]", "/"), force)
    assert told == '[ [ { path = "/somewhere"; prefix = "nixpkgs"; } ] "x86_64-linux" 6 ]'
    assert evaluator.text("builtins.currentTime == builtins.currentTime && __currentTime > 1700000000", "/") is True
    with pytest.raises(LixevalError, match="undefined variable '__currentTime'"):
        _evaluator(tmp_path, pure=True).text("__currentTime", "/")


def test_host_packages_are_asked_for_by_name(tmp_path: Path) -> None:
    evaluator = _evaluator(tmp_path)
    evaluator.services.host_package = lambda name: {"name": name, "files": ["a", {"b": None}], "size": 3}
    told = printed(evaluator.text('builtins.__hostPackage "git"', "/"), force)
    assert told == '{ files = [ "a" { b = null; } ]; name = "git"; size = 3; }'


def test_the_host_is_no_attribute_of_builtins(tmp_path: Path) -> None:
    evaluator = _evaluator(tmp_path)
    told = printed(evaluator.text("[ (builtins ? __hostPackage) (builtins.__hostPackage or 1 == 1) ]", "/"), force)
    assert told == "[ false false ]"
