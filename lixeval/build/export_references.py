"""`exportReferencesGraph`: a builder is told the closure of some of its inputs.

Without structured attributes it finds, in a file of its build directory, one record a path, sorted by path:

    record = path NL deriver NL count NL { reference NL }        the deriver always empty

(the format of `nix-store --register-validity` without hashes).  With structured attributes it gets JSON objects, with
the hash and size of each path's NAR and the size of each path's closure.  If a .drv file is in the graph, the closures
of its outputs are exported as well, so that a build's ingredients can be exported with it.

Source: Nix manual, "exportReferencesGraph"; store-api.cc (`exportReferences`, `makeValidityRegistration`,
`pathInfoToJSON`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from lixeval.errors import BuildError
from lixeval.formats import store_path

if TYPE_CHECKING:
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore

_FILE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)


def parse_pairs(attribute: str) -> list[tuple[str, str]]:
    """The file names and store paths of the plain attribute, "name1 path1 name2 path2 …".  Raises BuildError."""
    words = attribute.split()
    if len(words) % 2:
        raise BuildError(f"odd number of tokens in 'exportReferencesGraph': '{attribute}'")
    pairs = list(zip(words[::2], words[1::2], strict=True))
    for name, path in pairs:
        if not _FILE_NAME.fullmatch(name):
            raise BuildError(f"invalid file name '{name}' in 'exportReferencesGraph'")
        if not path.startswith(store_path.STORE_DIR + "/"):
            raise BuildError(f"'exportReferencesGraph' contains a non-store path '{path}'")
    return pairs


def exported(store: LocalStore, paths: Iterable[str], input_closure: Collection[StorePath]) -> list[StorePath]:
    """The paths to export for `paths`, sorted: their closure, and that of the outputs of derivations among it.

    Raises BuildError for a path that is no input: a builder may not learn of others.
    """
    start = []
    for path in paths:
        whole, _ = store_path.split(path)
        if whole not in input_closure:
            raise BuildError(
                f"cannot export references of path '{whole}' because it is not in the input closure of the derivation"
            )
        start.append(whole)
    closure = set(store.closure(start))
    for path in [path for path in closure if path.endswith(".drv")]:
        outputs = [output.path for output in store.read_derivation(path).outputs.values()]
        closure.update(store.closure(outputs))
    return sorted(closure)


def registration_text(store: LocalStore, paths: Iterable[StorePath]) -> str:
    """The records of `paths`."""
    lines: list[str] = []
    for path in paths:
        references = sorted(store.references(path))
        lines += [path, "", str(len(references)), *references]
    return "".join(f"{line}\n" for line in lines)


def closure_info(store: LocalStore, paths: Iterable[StorePath]) -> list[dict[str, Any]]:
    """The JSON objects of `paths`."""
    sizes: dict[str, int] = {}

    def size(path: StorePath) -> int:
        if path not in sizes:
            sizes[path] = store.info(path).nar_size
        return sizes[path]

    objects = []
    for path in paths:
        info = store.info(path)
        described: dict[str, Any] = {
            "closureSize": sum(size(member) for member in store.closure([path])),
            "narHash": info.nar_hash.prefixed_nix32,
            "narSize": info.nar_size,
            "path": path,
            "references": sorted(info.references),
            "valid": True,
        }
        if info.ca is not None:
            described["ca"] = info.ca
        objects.append(described)
    return objects
