"""`builtin:write-text` and `builtin:closure-info`: files that need no program to be written.

    write-text    environment: text; destination ("/bin/x" below the output, or "" for the output itself); executable
    closure-info  structured: closure (exportReferencesGraph), onlyPaths
                  -> registration, store-paths, total-nar-size; with onlyPaths one file, the paths

`registration` is what `nix-store --load-db` reads: for each path itself, its NAR's hash and size, an empty deriver, the
number of its references and these, a line each.

`builders` has these, the trees of symlinks (`build_env`), downloads (`fetch`) and what real Nix has too
(`of_nix`), by the names that derivations call them.

Behaviour matched: nixpkgs' writeTextFile, closureInfo and writeClosure.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lixeval.build.builders.build_env import build_env, link_farm, symlink_join
from lixeval.build.builders.builder import BuildContext, BuiltinBuilder
from lixeval.build.builders.fetch import fetch
from lixeval.build.builders.of_nix import builders as nix_builders
from lixeval.errors import BuildError


def write_text(context: BuildContext) -> None:
    """The builtin builder of `pkgs.writeText` and its kin."""
    environment = context.environment
    target = context.outputs["out"] + environment.get("destination", "")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(environment["text"])
    if environment.get("executable"):
        os.chmod(target, 0o755)


def closure_info(context: BuildContext) -> None:
    """The builtin builder of `pkgs.closureInfo` and `pkgs.writeClosure`."""
    attributes = context.structured_attrs
    if attributes is None or "closure" not in attributes:
        raise BuildError("closureInfo: the derivation exports no references graph", drv_path=context.drv_path)
    closure: list[dict[str, Any]] = sorted(attributes["closure"], key=lambda entry: str(entry["path"]))
    out = context.outputs["out"]
    paths = "".join(f"{entry['path']}\n" for entry in closure)
    if attributes.get("onlyPaths"):
        _write(out, paths)
        return
    os.mkdir(out)
    _write(os.path.join(out, "store-paths"), paths)
    _write(os.path.join(out, "registration"), "".join(map(_registration, closure)))
    _write(os.path.join(out, "total-nar-size"), f"{sum(int(entry['narSize']) for entry in closure)}\n")


def _registration(entry: dict[str, Any]) -> str:
    references = sorted(entry["references"])
    lines = [entry["path"], entry["narHash"], str(entry["narSize"]), "", str(len(references)), *references]
    return "".join(f"{line}\n" for line in lines)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


builders: Mapping[str, BuiltinBuilder] = {
    **nix_builders,
    "build-env": build_env,
    "fetch": fetch,
    "symlink-join": symlink_join,
    "link-farm": link_farm,
    "write-text": write_text,
    "closure-info": closure_info,
}
