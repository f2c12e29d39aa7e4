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

from collections.abc import Mapping
from typing import Any

from lixeval.build.builders.build_env import build_env, link_farm, symlink_join
from lixeval.build.builders.builder import BuildContext, Builtin, BuiltinBuilder
from lixeval.build.builders.fetch import fetch
from lixeval.build.builders.of_nix import builders as nix_builders
from lixeval.build.builders.shapes import CLOSURE, flag


def write_text(context: BuildContext) -> None:
    """The builtin builder of `pkgs.writeText` and its kin."""
    environment = context.environment
    text = context.variable("text").encode("utf-8", "surrogateescape")
    with context.tree() as tree:
        tree.write(environment.get("destination", ""), text, executable=bool(environment.get("executable")))


def closure_info(context: BuildContext) -> None:
    """The builtin builder of `pkgs.closureInfo` and `pkgs.writeClosure`."""
    attributes = context.asked(closure=CLOSURE, onlyPaths=flag)
    closure: list[dict[str, Any]] = sorted(attributes["closure"], key=lambda entry: str(entry["path"]))
    paths = "".join(f"{entry['path']}\n" for entry in closure)
    with context.tree() as tree:
        if attributes.get("onlyPaths"):
            tree.write("", _bytes(paths))
            return
        tree.write("store-paths", _bytes(paths))
        tree.write("registration", _bytes("".join(map(_registration, closure))))
        tree.write("total-nar-size", _bytes(f"{sum(entry['narSize'] for entry in closure)}\n"))


def _registration(entry: dict[str, Any]) -> str:
    references = sorted(entry["references"])
    lines = [entry["path"], entry["narHash"], str(entry["narSize"]), "", str(len(references)), *references]
    return "".join(f"{line}\n" for line in lines)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


builders: Mapping[str, BuiltinBuilder] = {
    **nix_builders,
    "build-env": build_env,
    "fetch": Builtin(fetch, fetches=True),
    "symlink-join": symlink_join,
    "link-farm": link_farm,
    "write-text": write_text,
    "closure-info": closure_info,
}
