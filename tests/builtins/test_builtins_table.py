"""The table of builtins: its index is right, nothing is loaded before it is used, evaluators share nothing."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lixeval.builtins.table import INDEX, JOINED, PLAIN_GLOBALS, Table, module_of
from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError, ThrownError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.runtime.builtin import arity, bound, declared_in
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore


def _evaluator(root: Path, **settings: Any) -> Evaluator:
    return Evaluator(Settings(system="x86_64-linux", write_store=False, **settings), LocalStore(str(root)))


TOPICS = sorted({entry[0] for entry in INDEX.values()} - {"derivation_sets"})


@pytest.mark.parametrize("topic", TOPICS)
def test_index_says_what_the_modules_say(topic: str) -> None:
    declared = declared_in(import_module(module_of(topic)))
    indexed = {name: entry[1] for name, entry in (INDEX | JOINED).items() if entry[0] == topic}
    assert indexed == {name: arity(function) for name, function in declared.items()}


@pytest.mark.parametrize("topic", TOPICS)
def test_needs_are_what_services_has(topic: str, tmp_path: Path) -> None:
    services = _evaluator(tmp_path).services
    for function in declared_in(import_module(module_of(topic))).values():
        code = function.__code__
        assert function.__kwdefaults__ is None
        needs = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        given: Any = bound(function, services)
        assert (given.__kwdefaults__ or {}) == {
            need: services if need == "services" else getattr(services, need) for need in needs
        }
        assert given is function or needs


class _Forced(Exception):
    """An argument was forced."""


def _cell(index: int) -> list[Any]:
    """A thunk that says which argument it is."""

    def code(cell: list[Any]) -> Any:
        raise _Forced(index)

    return [code, None]


OF_KIND: dict[str, Any] = {
    "": "text",
    "function": lambda argument: argument,
    "list": (),
    "set": {},
    "string": "text",
    "int": 1,
    "natural": 1,
    "algorithm": "md5",
}
"""A value of each kind that the order of a builtin can ask for."""


@pytest.mark.parametrize("name", sorted(name for name, entry in INDEX.items() if entry[2]))
def test_arguments_are_forced_in_the_order_of_the_index(name: str, tmp_path: Path) -> None:
    """Every argument throws: the first of the order must show, and then the next, when that one has a value."""
    _, count, order = INDEX[name]
    features = frozenset(("flakes", "fetch-tree", "fetch-closure", "dynamic-derivations"))
    function = _evaluator(tmp_path, experimental=features).table.function(name)
    arguments: list[Any] = [_cell(index) for index in range(count)]
    for step in order.split():
        with pytest.raises(_Forced) as caught:
            function(*arguments)
        assert caught.value.args == (int(step[0]),)
        arguments[int(step[0])] = OF_KIND[step[1:]]


def test_few_builtins_force_nothing_for_sure() -> None:
    """`tryEval` catches what its argument throws, `traceVerbose` looks at its first one under a setting only, and
    `fetchMercurial` is refused."""
    lazy = {name for name, (_, _, order) in INDEX.items() if not order}
    assert lazy == {"addErrorContext", "fetchMercurial", "traceVerbose", "tryEval"}


@pytest.mark.parametrize(
    ("expression", "thrown"),
    [
        ("builtins.elemAt (throw ''list'') (throw ''index'')", "index"),
        ("builtins.elemAt (throw ''list'') 0", "list"),
        ("builtins.elemAt (throw ''list'') ''a''", None),
        ("builtins.all (x: true) (throw ''list'')", "list"),
        ("builtins.all (throw ''function'') (throw ''list'')", "function"),
        ("builtins.all 1 (throw ''list'')", None),
        ("builtins.foldl' (x: y: x) (throw ''start'') (throw ''list'')", "list"),
        ("builtins.foldl' builtins.add (throw ''start'') [ ]", "start"),
        ("builtins.substring 0 (throw ''length'') (throw ''text'')", "length"),
        ("builtins.substring (-1) (throw ''length'') (throw ''text'')", None),
        ("builtins.concatStringsSep ''${''a''}'' (throw ''list'')", "list"),
        ("builtins.getAttr [ ] (throw ''set'')", None),
        ("builtins.intersectAttrs { a = throw ''value''; } (throw ''set'')", "set"),
        ("map (throw ''function'') (throw ''list'')", "list"),
        ("map (throw ''function'') [ ]", ""),
    ],
)
def test_of_two_errors_the_first_forced_shows(expression: str, thrown: str | None, tmp_path: Path) -> None:
    """As real Nix 2.26.3 says; None: another error than a thrown one comes first, "" none at all."""
    evaluator = _evaluator(tmp_path)
    if thrown == "":
        evaluator.text(expression, "/")
        return
    with pytest.raises(LixevalError) as caught:
        evaluator.text(expression, "/")
    assert isinstance(caught.value, ThrownError) == (thrown is not None)
    assert thrown is None or caught.value.message == thrown


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
