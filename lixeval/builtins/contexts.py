"""String contexts made visible: what store objects a string mentions, and strings with other contexts.

A context is shown as a set by store path, each with

    path = true             the string mentions the path itself
    outputs = [ "out" … ]   it mentions outputs of the derivation at that path
    allOutputs = true       it mentions the derivation with everything that it depends on, built

C++: primops/context.cc; manual, "String context".
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.formats import store_path
from lixeval.formats.nix_text import attribute_name
from lixeval.runtime.arguments import forced_attrs, forced_list
from lixeval.runtime.builtin import builtin
from lixeval.runtime.operators import BOOLEAN
from lixeval.runtime.said import through
from lixeval.runtime.strings import (
    CopyToStore,
    interpolate,
    make_string,
    text_and_context,
    text_without_context,
)
from lixeval.runtime.values import ContextString, Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.environment.services import Services


@builtin("hasContext")
def has_context(value: Delayed) -> bool:
    """Whether a string has a context.

    Forces the string.

    >>> map builtins.hasContext [ "a" (builtins.toFile "b" "c") ]
    [ false true ]
    """
    return bool(text_and_context(value)[1])


@builtin("getContext")
def get_context(value: Delayed) -> Value:
    """The context of a string as a set.

    Forces the string.

    >>> builtins.getContext (builtins.toFile "greeting" "hello")
    { "/nix/store/5akl8zsmda0yrr63v4khwgskih2g2hsh-greeting" = { path = true; }; }
    """
    shown: dict[str, dict[str, Value]] = {}
    for element in sorted(text_and_context(value)[1]):
        if element[0] == "!":
            _, output, path = element.split("!", 2)
            entry = shown.setdefault(path, {})
            entry["outputs"] = (*entry.get("outputs", ()), output)
        elif element[0] == "=":
            shown.setdefault(element[1:], {})["allOutputs"] = True
        else:
            shown.setdefault(element, {})["path"] = True
    for entry in shown.values():
        if "outputs" in entry:
            entry["outputs"] = tuple(sorted(entry["outputs"]))
    return shown


def _coerced(value: Delayed, copy_to_store: CopyToStore) -> tuple[str, frozenset[str]]:
    """Text and context of anything that can stand in a string."""
    if value.__class__ is list:
        value = value[0](value)
    return text_and_context(interpolate(value, copy_to_store))


@builtin("appendContext")
def append_context(value: Delayed, more: Delayed, *, services: Services) -> Value:
    """A string with further context, given in the form that `getContext` shows.

    Forces both arguments, the entry of every path, and in an entry `path`, `allOutputs` and `outputs`.

    >>> builtins.hasContext (builtins.appendContext "a" (builtins.getContext (builtins.toFile "b" "c")))
    true
    """
    text, context = text_and_context(value)
    entries = forced_attrs(more)
    added: set[str] = set()

    def take(paths: Iterable[str]) -> None:
        for path in paths:
            if not store_path.is_store_path(path):
                raise EvalError(f"context key '{attribute_name(path)}' is not a store path")
            if services.settings.write_store and not services.store.is_valid(path):
                raise EvalError(f"path '{path}' does not exist and cannot be created")
            added.update(_elements(path, forced_attrs(entries[path])))

    through(entries, take)
    return make_string(text, context | added)


@builtin("unsafeDiscardStringContext")
def unsafe_discard_string_context(value: Delayed, *, copy_to_store: CopyToStore) -> str:
    """A string without its context; unsafe, because what it mentions may then be missing where it is used.

    Forces the string.

    >>> builtins.hasContext (builtins.unsafeDiscardStringContext (builtins.toFile "a" "b"))
    false
    """
    return _coerced(value, copy_to_store)[0]


@builtin("unsafeDiscardOutputDependency")
def unsafe_discard_output_dependency(value: Delayed, *, copy_to_store: CopyToStore) -> Value:
    """A string that mentions .drv files themselves where it mentioned them with all that they depend on.

    Forces the string.

    >>> builtins.unsafeDiscardOutputDependency "a"
    "a"
    """
    text, context = _coerced(value, copy_to_store)
    return make_string(text, (element[1:] if element[0] == "=" else element for element in context))


@builtin("addDrvOutputDependencies")
def add_drv_output_dependencies(value: Delayed, *, copy_to_store: CopyToStore) -> Value:
    """A string that mentions one .drv file, made to mention it with all that it depends on.

    Forces the string.

    >>> builtins.addDrvOutputDependencies (derivation { name = "x"; builder = "y"; system = "z"; }).drvPath
    "/nix/store/fkyfhhvmxlqyl3p8rw9vnrxppb77rmcp-x.drv"
    """
    text, context = _coerced(value, copy_to_store)
    if len(context) != 1:
        raise EvalError(f"context of string '{text}' must have exactly one element, but has {len(context)}")
    (element,) = context
    if element[0] == "!":
        output = element.split("!", 2)[1]
        raise EvalError(
            f"`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '{output}'"
        )
    if element[0] != "=":
        if not element.endswith(".drv"):
            raise EvalError(f"path '{element}' is not a derivation")
        element = "=" + element
    return ContextString(text, frozenset((element,)))


def _elements(path: str, entry: dict[str, Delayed]) -> list[str]:
    """The context elements that one entry of `appendContext`'s set stands for."""
    elements = []
    if "path" in entry and _is_true(entry["path"]):
        elements.append(path)
    if "allOutputs" in entry and _is_true(entry["allOutputs"]):
        if not path.endswith(".drv"):
            raise EvalError(f'tried to add all-outputs context of "{path}", which is not a derivation, to a string')
        elements.append("=" + path)
    if "outputs" in entry:
        outputs = forced_list(entry["outputs"])
        if outputs and not path.endswith(".drv"):
            raise EvalError(
                f'tried to add derivation output context of "{path}", which is not a derivation, to a string'
            )
        for output in outputs:
            elements.append(f"!{text_without_context(output)}!{path}")
    return elements


def _is_true(value: Delayed) -> bool:
    return BOOLEAN(value[0](value) if value.__class__ is list else value)
