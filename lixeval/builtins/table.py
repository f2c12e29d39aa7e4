"""All builtins by name, and the names under which expressions see them.

`INDEX` says of each builtin in which module it stands, how many arguments it takes and whether it forces the first of
them first: all that compiling needs.  A module is imported when the first of its builtins is asked for, so an
expression that uses none costs none.

Expressions see a builtin as `builtins.NAME`, and as a global: a few under their own name (`PLAIN_GLOBALS`), all others
as `__NAME`.  Besides Nix's own there is `builtins.__hostPackage`, which the embedded package set asks for; it is
understood where it is written so, and does not stand in the set.
C++: `EvalState::addPrimOp`, `addConstant`.
"""

from __future__ import annotations

from lixeval.builtins.constants import constants
from lixeval.runtime.builtin import as_value
from lixeval.runtime.thunks import BLACKHOLE, READ
from lixeval.runtime.values import Delayed, Function, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.environment.services import Services
    from lixeval.environment.settings import Settings
    from lixeval.runtime.thunks import Cell

INDEX: dict[str, tuple[str, int, bool]] = {
    "__hostPackage": ("host_package", 1, True),
    "abort": ("control", 1, True),
    "add": ("arithmetic", 2, True),
    "addDrvOutputDependencies": ("contexts", 1, True),
    "addErrorContext": ("control", 2, False),
    "all": ("lists", 2, True),
    "any": ("lists", 2, True),
    "appendContext": ("contexts", 2, True),
    "attrNames": ("attrsets", 1, True),
    "attrValues": ("attrsets", 1, True),
    "baseNameOf": ("paths", 1, True),
    "bitAnd": ("arithmetic", 2, True),
    "bitOr": ("arithmetic", 2, True),
    "bitXor": ("arithmetic", 2, True),
    "break": ("control", 1, True),
    "catAttrs": ("attrsets", 2, True),
    "ceil": ("arithmetic", 1, True),
    "compareVersions": ("versions", 2, True),
    "concatLists": ("lists", 1, True),
    "concatMap": ("lists", 2, True),
    "concatStringsSep": ("strings", 2, True),
    "convertHash": ("hashing", 1, True),
    "deepSeq": ("control", 2, True),
    "derivation": ("derivation_sets", 1, True),
    "derivationStrict": ("derivations", 1, True),
    "dirOf": ("paths", 1, True),
    "div": ("arithmetic", 2, True),
    "elem": ("lists", 2, False),
    "elemAt": ("lists", 2, False),
    "fetchClosure": ("closures", 1, True),
    "fetchGit": ("fetchers.trees", 1, True),
    "fetchMercurial": ("fetchers.trees", 1, True),
    "fetchTarball": ("fetchers.urls", 1, True),
    "fetchTree": ("fetchers.trees", 1, True),
    "fetchurl": ("fetchers.urls", 1, True),
    "filter": ("lists", 2, False),
    "filterSource": ("source_paths", 2, False),
    "findFile": ("search_path", 2, True),
    "flakeRefToString": ("fetchers.flake_references", 1, True),
    "floor": ("arithmetic", 1, True),
    "foldl'": ("lists", 3, True),
    "fromJSON": ("json", 1, True),
    "fromTOML": ("toml", 1, True),
    "functionArgs": ("attrsets", 1, True),
    "genList": ("lists", 2, False),
    "genericClosure": ("generic_closure", 1, True),
    "getAttr": ("attrsets", 2, True),
    "getContext": ("contexts", 1, True),
    "getFlake": ("fetchers.flakes", 1, True),
    "getEnv": ("paths", 1, True),
    "groupBy": ("lists", 2, True),
    "hasAttr": ("attrsets", 2, True),
    "hasContext": ("contexts", 1, True),
    "hashFile": ("paths", 2, True),
    "hashString": ("hashing", 2, True),
    "head": ("lists", 1, True),
    "import": ("imports", 1, True),
    "intersectAttrs": ("attrsets", 2, True),
    "isAttrs": ("types", 1, True),
    "isBool": ("types", 1, True),
    "isFloat": ("types", 1, True),
    "isFunction": ("types", 1, True),
    "isInt": ("types", 1, True),
    "isList": ("types", 1, True),
    "isNull": ("types", 1, True),
    "isPath": ("types", 1, True),
    "isString": ("types", 1, True),
    "length": ("lists", 1, True),
    "lessThan": ("arithmetic", 2, True),
    "listToAttrs": ("attrsets", 1, True),
    "map": ("lists", 2, False),
    "mapAttrs": ("attrsets", 2, False),
    "match": ("regex", 2, True),
    "mul": ("arithmetic", 2, True),
    "outputOf": ("dynamic_outputs", 2, True),
    "parseDrvName": ("versions", 1, True),
    "parseFlakeRef": ("fetchers.flake_references", 1, True),
    "partition": ("lists", 2, True),
    "path": ("source_paths", 1, True),
    "pathExists": ("paths", 1, True),
    "placeholder": ("paths", 1, True),
    "readDir": ("paths", 1, True),
    "readFile": ("paths", 1, True),
    "readFileType": ("paths", 1, True),
    "removeAttrs": ("attrsets", 2, True),
    "replaceStrings": ("strings", 3, True),
    "scopedImport": ("imports", 2, False),
    "seq": ("control", 2, True),
    "sort": ("sorting", 2, False),
    "split": ("regex", 2, True),
    "splitVersion": ("versions", 1, True),
    "storePath": ("paths", 1, True),
    "stringLength": ("strings", 1, True),
    "sub": ("arithmetic", 2, True),
    "substring": ("strings", 3, True),
    "tail": ("lists", 1, True),
    "throw": ("control", 1, True),
    "toFile": ("source_paths", 2, True),
    "toJSON": ("json", 1, True),
    "toPath": ("paths", 1, True),
    "toString": ("strings", 1, True),
    "toXML": ("xml", 1, True),
    "trace": ("control", 2, True),
    "traceVerbose": ("control", 2, False),
    "tryEval": ("control", 1, False),
    "typeOf": ("types", 1, True),
    "unsafeDiscardOutputDependency": ("contexts", 1, True),
    "unsafeDiscardStringContext": ("contexts", 1, True),
    "unsafeGetAttrPos": ("attrsets", 2, True),
    "warn": ("control", 2, True),
    "zipAttrsWith": ("attrsets", 2, True),
}
"""Builtin -> (module: of builtins/ where it names no room, arity, whether the first argument is forced first)."""

EXPERIMENTAL = {
    "fetchClosure": ("fetch-closure",),
    "fetchTree": ("fetch-tree", "flakes"),
    "flakeRefToString": ("flakes",),
    "getFlake": ("flakes",),
    "outputOf": ("dynamic-derivations",),
    "parseFlakeRef": ("flakes",),
}
"""Builtins that are there only with one of these experimental features."""

CONSTANTS = frozenset(("currentSystem", "currentTime", "langVersion", "nixPath", "nixVersion", "storeDir"))
"""Builtins that are values, besides `builtins`, `true`, `false` and `null`."""

PLAIN_GLOBALS = frozenset(
    (
        "abort",
        "baseNameOf",
        "break",
        "builtins",
        "derivation",
        "derivationStrict",
        "dirOf",
        "false",
        "fetchGit",
        "fetchMercurial",
        "fetchTarball",
        "fetchTree",
        "fromTOML",
        "import",
        "isNull",
        "map",
        "null",
        "placeholder",
        "removeAttrs",
        "scopedImport",
        "throw",
        "toString",
        "true",
    )
)
"""Builtins that are globals under their own name."""


HIDDEN = frozenset(("__hostPackage",))
"""What is no attribute of `builtins`, and yet selected from it where that is written out."""


class Table:
    """The builtins of one evaluator.

    `builtins` is the set of that name and `globals` the names that are in scope everywhere, as values or cells;
    `cells` has besides those of the set what only `builtins.NAME` finds;
    `signatures` is what the compiler needs: (arity, forces its first argument first), arity 0 for what is no function;
    `global_names` says which builtin a global name stands for.  `counted` makes a function count
    its calls.
    """

    __slots__ = (
        "_counted",
        "_functions",
        "_services",
        "_values",
        "builtins",
        "cells",
        "global_names",
        "globals",
        "signatures",
    )

    def __init__(self, services: Services, counted: Callable[[Function], Function] | None = None) -> None:
        self._counted = counted
        self._services = services
        self._functions: dict[str, Function] = {}
        self._values: dict[str, Value] = {}
        absent = _absent(services.settings)
        functions = INDEX.keys() - absent if absent else INDEX
        self.signatures: dict[str, tuple[int, bool]] = {name: INDEX[name][1:] for name in functions}
        builtins: dict[str, Delayed] = {name: [_LOAD, (self, name)] for name in functions if name not in HIDDEN}
        builtins.update(constants(services.settings, services.machine))
        builtins["true"], builtins["false"], builtins["null"] = True, False, None
        builtins["builtins"] = builtins
        for name in builtins:
            self.signatures.setdefault(name, (0, False))
        self.builtins = builtins
        self.cells = {**builtins, **{name: [_LOAD, (self, name)] for name in HIDDEN}}
        plain = PLAIN_GLOBALS
        self.global_names = {name if name in plain else "__" + name: name for name in builtins}
        self.globals = {name: builtins[target] for name, target in self.global_names.items()}

    def function(self, name: str) -> Function:
        """The Python function of a builtin, to be called with all its arguments."""
        found = self._functions.get(name)
        if found is None:
            self._load(INDEX[name][0])
            found = self._functions[name]
        return found

    def loaded(self, name: str) -> Function | None:
        """The Python function of a builtin whose module has been imported already."""
        return self._functions.get(name)

    def resolve(self, name: str) -> Value:
        """A builtin's value: a function of Nix, or what a constant is."""
        if name not in self.signatures or not self.signatures[name][0]:
            value = self.builtins[name]
            return value[0](value) if value.__class__ is list else value
        found = self._values.get(name)
        if found is None:
            function = self.function(name)
            found = self._values[name] = function if INDEX[name][1] == 1 else as_value(function)
        return found

    def _load(self, topic: str) -> None:
        """Takes the functions of one module into the table."""
        # importlib.import_module would do, but importing importlib takes half a millisecond of every start.
        module: Any = __import__(module_of(topic), fromlist=("BUILTINS",))
        if topic == "derivation_sets":
            self._take("derivation", module.derivation_function(self.function("derivationStrict")))
            return
        functions = tuple(getattr(module, "BUILTINS", ()))
        if hasattr(module, "bind"):
            functions += module.bind(self._services)
        for function in functions:
            self._take(function.nix_name, function)

    def _take(self, name: str, function: Function) -> None:
        self._functions[name] = function if self._counted is None else self._counted(function)


def _LOAD(cell: Cell) -> Value:
    """Answers [_LOAD, (table, name)]: a builtin that nobody has asked for yet."""
    table, name = cell[1]
    cell[0] = BLACKHOLE
    try:
        value = table.resolve(name)
    except BaseException:  # Ctrl-C too: the cell can be forced again
        cell[0] = _LOAD
        raise
    cell[1] = value
    cell[0] = READ
    return value


# C++ Nix has them as values from the start: they print as what they are, evaluated or not.
vars(_LOAD)["is_at_hand"] = True


def module_of(topic: str) -> str:
    """The full name of a module in `INDEX`."""
    return f"lixeval.{topic}" if "." in topic else f"lixeval.builtins.{topic}"


def _absent(settings: Settings) -> set[str]:
    """Builtins that the settings do not offer."""
    return {name for name, features in EXPERIMENTAL.items() if settings.experimental.isdisjoint(features)}
