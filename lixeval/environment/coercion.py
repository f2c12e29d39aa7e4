"""Coercions that belong to builtins: what they take for a string, for a path, or for a path that must be readable.

    place         a string or path for its text alone (`baseNameOf`, `findFile`): paths are not copied to the store
    path          an absolute path with the context it came with: a path value, or a string that spells one
    realised_path the same, once everything in its context has been built

A set counts through `__toString` or `outPath`, as everywhere.  C++: `EvalState::coerceToString` without `coerceMore`
and `copyToStore`, `EvalState::coerceToPath`, `realisePath` and `realiseContext` in primops.cc.
"""

from __future__ import annotations

from lixeval.errors import EvalError, InvalidPath
from lixeval.formats.store_path import StorePath
from lixeval.runtime.faults import not_a_string
from lixeval.runtime.operators import canonical_path
from lixeval.runtime.strings import EMPTY, stands_for
from lixeval.runtime.values import ContextString, Delayed, Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.environment.services import Services


def coerced_place(value: Delayed) -> tuple[str, frozenset[str]]:
    """The text and context of a string, a path (as it is spelled) or a set that stands for one."""
    while True:
        if value.__class__ is list:
            value = value[0](value)
        kind = value.__class__
        if kind is str:
            return value, EMPTY
        if kind is ContextString:
            return value.text, value.context
        if kind is Path:
            return value.text, EMPTY
        if kind is not dict:
            raise not_a_string(value)
        value = stands_for(value)


def coerced_path(value: Delayed) -> tuple[str, frozenset[str]]:
    """An absolute canonical path, and the context of the string that it came from."""
    text, context = coerced_place(value)
    if not text.startswith("/"):
        if text.startswith("<nix/"):
            return text, context
        error = EvalError(f"string '{text}' doesn't represent an absolute path")
        error.refused = (text,)
        raise error
    return canonical_path(text), context


def realised_path(services: Services, value: Delayed) -> str:
    """An absolute path that can be read: what its context names exists, built if need be."""
    path, context = coerced_path(value)
    if context:
        realise_context(services, context)
    return path


def realise_context(services: Services, context: Iterable[str]) -> None:
    """Makes sure that every store object of a context is there, building outputs of derivations."""
    store = services.store
    outputs: list[str] = []
    for element in sorted(context):
        path = StorePath(element.rpartition("!")[2].lstrip("="))
        if not store.is_valid(path):
            raise InvalidPath(f"path '{path}' is not valid", hint=_how_it_becomes_valid(services, path))
        if element[0] == "!":
            outputs.append(element)
    if not outputs:
        return
    if not services.settings.allow_import_from_derivation:
        raise EvalError(
            f"cannot build '{_as_installable(outputs[0])}' during evaluation because the option "
            "'allow-import-from-derivation' is disabled"
        )
    services.realise(outputs)
    _allow_outputs(services, outputs)


def _how_it_becomes_valid(services: Services, path: str) -> str | None:
    """What to do about a derivation that this evaluation itself has made and not written."""
    if services.settings.write_store or not path.endswith(".drv"):
        return None
    return "what a derivation builds can be read with --read-write-mode only: --eval alone writes none to the store"


def _as_installable(element: str) -> str:
    _, output, path = element.split("!", 2)
    return f"{path}^{output}"


def _allow_outputs(services: Services, outputs: Iterable[str]) -> None:
    """What was built may be read in pure and restricted mode too."""
    if not (services.settings.pure or services.settings.restricted):
        return
    for element in outputs:
        _, output, path = element.split("!", 2)
        services.files.allow(services.store.read_derivation(StorePath(path)).outputs[output].path)
