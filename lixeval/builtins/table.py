"""All builtins by name, and the names under which expressions see them.

`INDEX` says of each builtin in which module it stands, how many arguments it takes and in which order it forces them:
all that compiling needs.  A module is imported when the first of its builtins is asked for, so an
expression that uses none costs none.

Expressions see a builtin as `builtins.NAME`, and as a global: a few under their own name (`PLAIN_GLOBALS`), all others
with two underscores before it.  Besides Nix's own there is `builtins.__hostPackage`, which the embedded package set
asks for; it is understood where it is written so, and does not stand in the set.
C++: `EvalState::addPrimOp`, `addConstant`.
"""

from __future__ import annotations

from lixeval.builtins.constants import constants
from lixeval.runtime.builtin import as_value, bound, declared_in
from lixeval.runtime.thunks import BLACKHOLE, READ
from lixeval.runtime.values import Delayed, Function, Value
from lixeval.system.own_modules import import_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.environment.services import Services
    from lixeval.environment.settings import Settings
    from lixeval.runtime.thunks import Cell

INDEX: dict[str, tuple[str, int, str]] = {
    "__hostPackage": ("host_package", 1, "0"),
    "abort": ("control", 1, "0"),
    "add": ("arithmetic", 2, "0 1"),
    "addDrvOutputDependencies": ("contexts", 1, "0"),
    "addErrorContext": ("control", 2, ""),
    "all": ("lists", 2, "0function 1list"),
    "any": ("lists", 2, "0function 1list"),
    "appendContext": ("contexts", 2, "0string 1set"),
    "attrNames": ("attrsets", 1, "0"),
    "attrValues": ("attrsets", 1, "0"),
    "baseNameOf": ("paths", 1, "0"),
    "bitAnd": ("arithmetic", 2, "0int 1int"),
    "bitOr": ("arithmetic", 2, "0int 1int"),
    "bitXor": ("arithmetic", 2, "0int 1int"),
    "break": ("control", 1, "0"),
    "catAttrs": ("attrsets", 2, "0string 1list"),
    "ceil": ("arithmetic", 1, "0"),
    "compareVersions": ("versions", 2, "0string 1string"),
    "concatLists": ("lists", 1, "0"),
    "concatMap": ("lists", 2, "0function 1list"),
    "concatStringsSep": ("strings", 2, "0string 1list"),
    "convertHash": ("hashing", 1, "0"),
    "deepSeq": ("control", 2, "0"),
    "derivation": ("derivation_sets", 1, "0"),
    "derivationStrict": ("derivations", 1, "0"),
    "dirOf": ("paths", 1, "0"),
    "div": ("arithmetic", 2, "0 1"),
    "elem": ("lists", 2, "1list"),
    "elemAt": ("lists", 2, "1int 0list"),
    "fetchClosure": ("closures", 1, "0"),
    "fetchGit": ("fetch_tree", 1, "0"),
    "fetchMercurial": ("fetch_tree", 1, ""),
    "fetchTarball": ("downloads", 1, "0"),
    "fetchTree": ("fetch_tree", 1, "0"),
    "fetchurl": ("downloads", 1, "0"),
    "filter": ("lists", 2, "1list"),
    "filterSource": ("source_paths", 2, "1"),
    "findFile": ("search_path", 2, "0"),
    "flakeRefToString": ("flakes", 1, "0"),
    "floor": ("arithmetic", 1, "0"),
    "foldl'": ("lists", 3, "0function 2list"),
    "fromJSON": ("json", 1, "0"),
    "fromTOML": ("toml", 1, "0"),
    "functionArgs": ("attrsets", 1, "0"),
    "genList": ("lists", 2, "1int"),
    "genericClosure": ("generic_closure", 1, "0"),
    "getAttr": ("attrsets", 2, "0string 1set"),
    "getContext": ("contexts", 1, "0"),
    "getFlake": ("flakes", 1, "0"),
    "getEnv": ("paths", 1, "0"),
    "groupBy": ("lists", 2, "0function 1list"),
    "hasAttr": ("attrsets", 2, "0string 1set"),
    "hasContext": ("contexts", 1, "0"),
    "hashFile": ("paths", 2, "0"),
    "hashString": ("hashing", 2, "0algorithm 1string"),
    "head": ("lists", 1, "0"),
    "import": ("imports", 1, "0"),
    "intersectAttrs": ("attrsets", 2, "0set 1set"),
    "isAttrs": ("types", 1, "0"),
    "isBool": ("types", 1, "0"),
    "isFloat": ("types", 1, "0"),
    "isFunction": ("types", 1, "0"),
    "isInt": ("types", 1, "0"),
    "isList": ("types", 1, "0"),
    "isNull": ("types", 1, "0"),
    "isPath": ("types", 1, "0"),
    "isString": ("types", 1, "0"),
    "length": ("lists", 1, "0"),
    "lessThan": ("arithmetic", 2, "0 1"),
    "listToAttrs": ("attrsets", 1, "0"),
    "map": ("lists", 2, "1list"),
    "mapAttrs": ("attrsets", 2, "1set"),
    "match": ("regex", 2, "0"),
    "mul": ("arithmetic", 2, "0 1"),
    "outputOf": ("dynamic_outputs", 2, "0"),
    "parseDrvName": ("versions", 1, "0"),
    "parseFlakeRef": ("flakes", 1, "0"),
    "partition": ("lists", 2, "0function 1list"),
    "path": ("source_paths", 1, "0"),
    "pathExists": ("paths", 1, "0"),
    "placeholder": ("paths", 1, "0"),
    "readDir": ("paths", 1, "0"),
    "readFile": ("paths", 1, "0"),
    "readFileType": ("paths", 1, "0"),
    "removeAttrs": ("attrsets", 2, "0set 1list"),
    "replaceStrings": ("strings", 3, "0list 1list"),
    "scopedImport": ("imports", 2, "1"),
    "seq": ("control", 2, "0 1"),
    "sort": ("sorting", 2, "1list"),
    "split": ("regex", 2, "0"),
    "splitVersion": ("versions", 1, "0"),
    "storePath": ("paths", 1, "0"),
    "stringLength": ("strings", 1, "0"),
    "sub": ("arithmetic", 2, "0 1"),
    "substring": ("strings", 3, "0natural 1int 2string"),
    "tail": ("lists", 1, "0"),
    "throw": ("control", 1, "0"),
    "toFile": ("source_paths", 2, "0string 1string"),
    "toJSON": ("json", 1, "0"),
    "toPath": ("paths", 1, "0"),
    "toString": ("strings", 1, "0"),
    "toXML": ("xml", 1, "0"),
    "trace": ("control", 2, "0"),
    "traceVerbose": ("control", 2, ""),
    "tryEval": ("control", 1, ""),
    "typeOf": ("types", 1, "0"),
    "unsafeDiscardOutputDependency": ("contexts", 1, "0"),
    "unsafeDiscardStringContext": ("contexts", 1, "0"),
    "unsafeGetAttrPos": ("attrsets", 2, "0string 1set"),
    "warn": ("control", 2, "0"),
    "zipAttrsWith": ("attrsets", 2, "0function 1list"),
}
"""Builtin -> (module: of builtins/ where it names no room, arity, order).

The order is that in which the builtin forces arguments, counted from 0, before it does anything else but see that each
is of its kind: "1int 0list" forces the second, which must be an integer, then the first.  Compiled code evaluates such
an argument at the call instead of making a thunk of it, as far as the kinds of those before it cannot be wrong, which
nobody can tell apart.
"""

EXPERIMENTAL = {
    "fetchClosure": ("fetch-closure",),
    "fetchTree": ("fetch-tree", "flakes"),
    "flakeRefToString": ("flakes",),
    "getFlake": ("flakes",),
    "outputOf": ("dynamic-derivations",),
    "parseFlakeRef": ("flakes",),
}
"""Builtins that are there only with one of these experimental features."""

OPTIONAL = (*EXPERIMENTAL, "currentSystem", "currentTime")
"""Builtins that the settings bring or take away."""

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


JOINED: dict[str, tuple[str, int, str]] = {
    "all map": ("specialised_lists", 3, "0function 2list"),
    "any map": ("specialised_lists", 3, "0function 2list"),
    "attrValues mapAttrs": ("attrsets", 2, "1set"),
    "catAttrs map": ("attrsets", 3, "0string 2list"),
    "concatLists map": ("specialised_lists", 2, "1list"),
    "concatStringsSep map": ("strings", 3, "0string 2list"),
    "filter isString split": ("regex", 2, "0"),
    "filter map": ("specialised_lists", 3, "2list"),
    "foldl' map": ("specialised_lists", 4, "0function 3list"),
    "genList same": ("specialised_lists", 1, "0int"),
    "genList unseen": ("specialised_lists", 2, "1int"),
    "listToAttrs map": ("attrsets", 2, "1list"),
    "map forces": ("specialised_lists", 2, "1list"),
    "map plain": ("specialised_lists", 2, "1list"),
    "map unseen": ("specialised_lists", 2, "1list"),
    "zipAttrsWith map": ("attrsets", 3, "0function 2list"),
}
"""As `INDEX`: a builtin that takes each element of a list once, applied to a list that `map` makes, the function and
list of which have been forced; nobody else sees that list, so it is not made.  Nor does anybody see the set of
`attrValues (mapAttrs …)`, the function of `genList (x: x)`, and what `filter isString` takes out of what `split` gives.
Of what `unseen` ones make nobody sees which elements are evaluated; and a function written out as the argument of `map`
is no other one, and says in the text what it is.  No program can name them.
"""

HIDDEN = frozenset(("__hostPackage",))
"""What is no attribute of `builtins`, and yet selected from it where that is written out."""


class Table:
    """The builtins of one evaluator.

    `builtins` is the set of that name and `globals` the names that are in scope everywhere, as values or cells;
    `cells` has besides those of the set what only `builtins.NAME` finds;
    `signatures` is what the compiler needs: (arity, order), arity 0 for what is no function; `joined` that of `JOINED`;
    `global_names` says which builtin a global name stands for; `optional` are those that other evaluators lack.
    `counted` makes another function of each: one that counts its calls.
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
        "joined",
        "optional",
        "signatures",
    )

    def __init__(self, services: Services, counted: Callable[[Function], Function] | None = None) -> None:
        self._counted = counted
        self._services = services
        self._functions: dict[str, Function] = {}
        self._values: dict[str, Value] = {}
        absent = _absent(services.settings)
        functions = INDEX.keys() - absent if absent else INDEX
        self.signatures: dict[str, tuple[int, str]] = {name: INDEX[name][1:] for name in functions}
        builtins: dict[str, Delayed] = {name: [_LOAD, (self, name)] for name in functions if name not in HIDDEN}
        builtins.update(constants(services.settings, services.machine))
        builtins["true"], builtins["false"], builtins["null"] = True, False, None
        builtins["builtins"] = builtins
        for name in builtins:
            self.signatures.setdefault(name, (0, ""))
        self.joined = {name: entry[1:] for name, entry in JOINED.items()}
        self.optional = [name for name in OPTIONAL if name in builtins]
        self.builtins = builtins
        self.cells = {**builtins, **{name: [_LOAD, (self, name)] for name in HIDDEN}}
        plain = PLAIN_GLOBALS
        self.global_names = {name if name in plain else "__" + name: name for name in builtins}
        self.globals = {name: builtins[target] for name, target in self.global_names.items()}

    def function(self, name: str) -> Function:
        """The Python function of a builtin, to be called with all its arguments."""
        found = self._functions.get(name)
        if found is None:
            self._load((INDEX.get(name) or JOINED[name])[0])
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

    def named(self) -> list[tuple[str, str, Any]]:
        """What has been made so far, each with what it is ("function", "value" or "cell") and its name."""
        found: list[tuple[str, str, Any]] = [("function", *pair) for pair in self._functions.items()]
        found += [("value", *pair) for pair in self._values.items()]
        return found + [("cell", name, cell) for name, cell in self.cells.items() if cell.__class__ is list]

    def _load(self, topic: str) -> None:
        """Takes the functions of one module into the table."""
        import_group(topic)  # if there is one of that name
        # importlib.import_module would do, but importing importlib takes half a millisecond of every start.
        module: Any = __import__(module_of(topic), fromlist=("",))
        if topic == "derivation_sets":
            self._take("derivation", module.derivation_function(self.function("derivationStrict")))
            return
        for name, function in declared_in(module).items():
            self._take(name, bound(function, self._services))

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
    return f"lixeval.builtins.{topic}"


def _absent(settings: Settings) -> set[str]:
    """Builtins that the settings do not offer."""
    return {name for name, features in EXPERIMENTAL.items() if settings.experimental.isdisjoint(features)}
