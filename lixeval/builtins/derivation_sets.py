"""`derivation`: the lazy face of `derivationStrict`, and what `import` makes of a .drv file.

In Nix these are expressions of the language, so `derivation` is a function like any other (it prints as `<LAMBDA>`);
written in the language it would be

    drvAttrs @ { outputs ? [ "out" ], ... }:
      for each output a set: drvAttrs // every output's set by name // { all, drvAttrs }
                                      // { outPath, drvPath, type = "derivation"; outputName }
      and the set of the first output is the result

where `outPath` and `drvPath` are taken from one shared `derivationStrict drvAttrs`, evaluated when the first of them
is asked for.  A package set makes thousands of these sets and looks at few, so they are made here without the detour.
C++: derivation.nix, imported-drv-to-derivation.nix.
"""

from __future__ import annotations

from lixeval.errors import EvalError, NixTypeError
from lixeval.runtime.arguments import forced_list
from lixeval.runtime.code_info import written_formals
from lixeval.runtime.faults import expected, missing_attribute
from lixeval.runtime.frames import tells
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.thunks import COMPUTE, READ, force
from lixeval.runtime.values import ContextString, Delayed, Function, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.environment.services import Services
    from lixeval.formats.store_path import StorePath
    from lixeval.runtime.code_info import Row
    from lixeval.runtime.thunks import Cell

_FILE = "/derivation-internal.nix"

_FORMALS = written_formals([("outputs", True, (_FILE, 31, 3))])


def derivation_function(derivation_strict: Function) -> Function:
    """`derivation` on top of `derivationStrict`."""

    def derivation(drvAttrs_: Delayed, formals: Row = _FORMALS, ellipsis: bool = True) -> Value:
        attributes = drvAttrs_[0](drvAttrs_) if drvAttrs_.__class__ is list else drvAttrs_
        if attributes.__class__ is not dict:
            raise expected("a set", attributes)
        strict: Cell = [COMPUTE, lambda: derivation_strict(attributes)]
        names = forced_list(attributes["outputs"]) if "outputs" in attributes else ("out",)
        common = {**attributes}
        return _output_sets(common, names, strict, attributes)

    tells(derivation, attributes="attributes")

    vars(derivation)["nix_place"] = ("<nix/derivation-internal.nix>", "30:1")
    return derivation


def _place(line: int, column: int) -> tuple[str, int, int]:
    """Where C++ Nix has written an attribute of a derivation; `unsafeGetAttrPos` and --xml show it."""
    return (_FILE, line, column)


def _output_sets(
    common: dict[str, Delayed], names: tuple[Delayed, ...], strict: Cell, attributes: dict[str, Delayed]
) -> Value:
    """The sets of all outputs, each a thunk in `common`; gives that of the first."""
    if not names:
        raise EvalError("'builtins.head' called on an empty list")
    drv_path: Cell = [COMPUTE, lambda: _selected(strict, "drvPath"), _place(51, 7)]
    cells: list[Cell] = []
    by_name: dict[str, Cell] = {}
    for name in names:
        output = text_without_context(name)
        cell: Cell = [COMPUTE, _output_set(common, output, strict, drv_path), _place(49, 5)]
        cells.append(cell)
        by_name.setdefault(output, cell)
    common.update(by_name)
    # As in the language: a list of its own, made when it is asked for.
    # Thunks of their own, as C++ Nix's `all` has them: unforced, they print as <CODE>.
    common["all"] = [COMPUTE, lambda: tuple([_thunk_of(cell) for cell in cells]), _place(43, 7)]
    common["drvAttrs"] = [READ, attributes, _place(44, 15)]
    first = cells[0]
    return first[0](first)


tells(_output_sets, about="outputs", attributes="attributes")


def _output_set(
    common: dict[str, Delayed], output: str, strict: Cell, drv_path: Cell
) -> Callable[[], dict[str, Delayed]]:
    def compute() -> dict[str, Delayed]:
        return {
            **common,
            "outPath": [COMPUTE, lambda: _selected(strict, output), _place(50, 7)],
            "drvPath": drv_path,
            "type": [READ, "derivation", _place(52, 7)],
            "outputName": [READ, output, _place(53, 15)],
        }

    return compute


def _selected(strict: Cell, name: str) -> Value:
    """An attribute of what `derivationStrict` gives."""
    result = strict[0](strict)
    if name not in result:
        raise missing_attribute(name, result)
    return result[name]


def imported_derivation(services: Services, drv_path: StorePath) -> Value:
    """The derivation in a .drv file as a set, that of its first output."""
    derivation = services.store.read_derivation(drv_path)
    if "name" not in derivation.environment:
        raise NixTypeError(f"derivation '{drv_path}' has no name")
    services.files.allow(drv_path)
    common: dict[str, Delayed] = {
        "drvPath": ContextString(drv_path, frozenset(("=" + drv_path,))),
        "name": derivation.environment["name"],
        "type": "derivation",
    }
    sets: list[dict[str, Delayed]] = []
    for output in sorted(derivation.outputs):
        path = ContextString(derivation.outputs[output].path, frozenset((f"!{output}!{drv_path}",)))
        sets.append({"outPath": path, "outputName": output})
        common[output] = sets[-1]
    common["all"] = tuple(sets)
    for one in sets:
        one.update({name: value for name, value in common.items() if name not in one})
    return sets[0]


def _thunk_of(cell: Delayed) -> Delayed:
    """A thunk of its own that gives what another cell gives."""
    return [COMPUTE, lambda: force(cell)]
