"""What a derivation demands of its own outputs: which paths they may or must not refer to, and how big they may be.

    allowedReferences     disallowedReferences      what the output itself refers to
    allowedRequisites     disallowedRequisites      … and everything that these refer to
    maxSize               maxClosureSize            bytes of NAR; only with structured attributes

Without structured attributes the lists apply to every output; with them they are in `outputChecks.<output>`.  A list's
elements are store paths or names of outputs.  An output may refer to itself, except under `outputChecks` without
`ignoreSelfRefs`.

Source: Nix manual, "Advanced Attributes"; local-derivation-goal.cc (`checkOutputs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lixeval.errors import BuildRejected
from lixeval.formats import store_path
from lixeval.formats.derivation import Derivation
from lixeval.formats.store_path import StorePath
from lixeval.store.path_info import PathInfo

LISTS = ("allowedReferences", "allowedRequisites", "disallowedReferences", "disallowedRequisites")


@dataclass(frozen=True, slots=True)
class Checks:
    """What is demanded of one output."""

    lists: Mapping[str, list[str]]
    ignore_self_references: bool
    max_size: int | None = None
    max_closure_size: int | None = None


def checks_for(derivation: Derivation, attributes: Mapping[str, Any] | None, output: str) -> Checks | None:
    """The demands on `output`, or None if there are none.  Raises BuildRejected."""
    if attributes is None:
        environment = derivation.environment
        lists = {name: environment[name].split() for name in LISTS if name in environment}
        return Checks(lists, ignore_self_references=True) if lists else None
    demands = attributes.get("outputChecks")
    demanded = demands.get(output) if isinstance(demands, dict) else None
    if not isinstance(demanded, dict):
        return None
    return Checks(
        {name: _strings(name, demanded[name]) for name in LISTS if name in demanded},
        ignore_self_references=bool(demanded.get("ignoreSelfRefs", False)),
        max_size=demanded.get("maxSize"),
        max_closure_size=demanded.get("maxClosureSize"),
    )


def _strings(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BuildRejected(f"attribute '{name}' must be a list of strings")
    return value


def check_outputs(
    derivation: Derivation,
    attributes: Mapping[str, Any] | None,
    infos: Mapping[str, PathInfo],
    known_info: Callable[[StorePath], PathInfo],
) -> None:
    """Raise BuildRejected if an output (name → info) is not what its derivation demands.

    `known_info` gives what is known of the paths that are valid already.
    """
    own = {info.path: info for info in infos.values()}

    def info_of(path: StorePath) -> PathInfo:
        return own[path] if path in own else known_info(path)

    for name, info in infos.items():
        checks = checks_for(derivation, attributes, name)
        if checks is not None:
            _check(checks, info, infos, info_of)


def _check(
    checks: Checks, info: PathInfo, infos: Mapping[str, PathInfo], info_of: Callable[[StorePath], PathInfo]
) -> None:
    if checks.max_size is not None and info.nar_size > checks.max_size:
        raise BuildRejected(
            f"path '{info.path}' is too large at {info.nar_size} bytes; limit is {checks.max_size} bytes"
        )
    if checks.max_closure_size is not None:
        size = sum(info_of(path).nar_size for path in _closure(info, info_of))
        if size > checks.max_closure_size:
            raise BuildRejected(
                f"closure of path '{info.path}' is too large at {size} bytes; limit is {checks.max_closure_size} bytes"
            )
    for list_name, elements in checks.lists.items():
        listed = {_resolve(element, infos) for element in elements}
        if list_name.endswith("Requisites"):
            used = _closure(info, info_of)
            if checks.ignore_self_references:
                used.discard(info.path)
        else:
            used = set(info.references)
        bad = used - listed if list_name.startswith("allowed") else used & listed
        if bad:
            paths = "".join(f"\n  {path}" for path in sorted(bad))
            raise BuildRejected(f"output '{info.path}' is not allowed to refer to the following paths:{paths}")


def _resolve(element: str, infos: Mapping[str, PathInfo]) -> StorePath:
    if store_path.is_store_path(element):
        return element
    if element in infos:
        return infos[element].path
    raise BuildRejected(
        f"derivation contains an illegal reference specifier '{element}'",
        hint=f"a store path is wanted, or the name of an output: {', '.join(infos)}",
    )


def _closure(info: PathInfo, info_of: Callable[[StorePath], PathInfo]) -> set[StorePath]:
    """The path and all that it refers to, directly or not."""
    found = {info.path}
    pending: list[Iterable[StorePath]] = [info.references]
    while pending:
        for path in pending.pop():
            if path not in found:
                found.add(path)
                pending.append(info_of(path).references)
    return found
