"""What a builder is told: its environment variables, and the files it finds in its build directory.

    first    PATH=/path-not-set HOME=/homeless-shelter NIX_STORE NIX_BUILD_CORES
    then     every variable of the derivation, which may replace those; with structured attributes none of them, but
             .attrs.json and .attrs.sh, named by NIX_ATTRS_JSON_FILE and NIX_ATTRS_SH_FILE.  A variable named in
             `passAsFile` is put in a file .attr-HASH, whose name is in the variable <name>Path
    last     NIX_BUILD_TOP TMPDIR TEMPDIR TMP TEMP PWD (the build directory), for a fixed output the `impureEnvVars`
             of lixeval's own environment, NIX_LOG_FD=2 TERM=xterm-256color

Placeholders of outputs (`builtins.placeholder "out"`) are replaced by the outputs' paths everywhere.

Source: Nix manual, "Derivations" and "Advanced attributes"; local-derivation-goal.cc (`initEnv`, `initTmpDir`,
`writeStructuredAttrs`).  The result is compared with real Nix's in tests/store.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lixeval.build import export_references, structured_attrs
from lixeval.formats import nix32, store_path
from lixeval.formats.derivation import Derivation

if TYPE_CHECKING:
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore


DIRECTORY_VARIABLES = ("NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD")
"""All of them name the directory that the build starts in."""


@dataclass(slots=True)
class BuildEnvironment:
    """Variables, files (name in the build directory → contents), and the attributes if they are structured."""

    variables: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)
    structured_attrs: dict[str, Any] | None = None


class Rewrites:
    """Texts to replace by others: placeholders by paths, and the path of an output by that of its stand-in."""

    def __init__(self, replacements: Mapping[str, str]) -> None:
        self._replacements = {old: new for old, new in replacements.items() if old != new}
        self._pattern = re.compile("|".join(map(re.escape, self._replacements))) if self._replacements else None

    def __bool__(self) -> bool:
        return bool(self._replacements)

    def apply(self, text: str) -> str:
        """`text` with every occurrence replaced."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._replacements[match.group()], text)


def rewrites_for(derivation: Derivation, stand_ins: Mapping[str, StorePath]) -> Rewrites:
    """Each output's placeholder becomes its path; an output built under another path goes by that one's hash."""
    replacements: dict[str, str] = {}
    for name, output in derivation.outputs.items():
        built_as = stand_ins.get(name, output.path)
        replacements[store_path.placeholder(name)] = built_as
        replacements[store_path.parse(output.path).hash_part] = store_path.parse(built_as).hash_part
    return Rewrites(replacements)


def build_environment(
    store: LocalStore,
    derivation: Derivation,
    *,
    rewrites: Rewrites,
    input_closure: Collection[StorePath],
    build_directory: str,
    cores: int,
    inherited: Mapping[str, str],
) -> BuildEnvironment:
    """The environment of a build that starts in `build_directory` (as the builder sees it) and may use `cores`.

    `inherited` is where `impureEnvVars` are taken from.  Raises BuildError if the derivation's attributes make no
    sense.
    """
    environment = BuildEnvironment(
        {
            "PATH": "/path-not-set",
            "HOME": "/homeless-shelter",
            "NIX_STORE": store_path.STORE_DIR,
            "NIX_BUILD_CORES": str(cores),
        }
    )
    attributes = structured_attrs.parse(derivation)
    if attributes is None:
        _add_variables(environment, derivation, rewrites, build_directory)
        _add_references_graphs(environment, store, derivation, input_closure)
    else:
        _add_structured_attrs(environment, store, derivation, attributes, rewrites, input_closure, build_directory)
    variables = environment.variables
    variables.update(dict.fromkeys(DIRECTORY_VARIABLES, build_directory))
    if derivation.fixed_output is not None:
        variables["NIX_OUTPUT_CHECKED"] = "1"
        for name in impure_variables(derivation, attributes):
            variables[name] = inherited.get(name, "")
    variables["NIX_LOG_FD"] = "2"
    variables["TERM"] = "xterm-256color"
    environment.variables = {name: rewrites.apply(variables[name]) for name in sorted(variables)}
    return environment


def _add_variables(
    environment: BuildEnvironment, derivation: Derivation, rewrites: Rewrites, build_directory: str
) -> None:
    as_files = set(derivation.environment.get("passAsFile", "").split())
    for name, value in derivation.environment.items():
        if name not in as_files:
            environment.variables[name] = value
            continue
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
        file_name = f".attr-{nix32.encode(digest)}"
        environment.files[file_name] = rewrites.apply(value)
        environment.variables[f"{name}Path"] = f"{build_directory}/{file_name}"


def _add_references_graphs(
    environment: BuildEnvironment, store: LocalStore, derivation: Derivation, input_closure: Collection[StorePath]
) -> None:
    for name, path in export_references.parse_pairs(derivation.environment.get("exportReferencesGraph", "")):
        paths = export_references.exported(store, [path], input_closure)
        environment.files[name] = export_references.registration_text(store, paths)


def _add_structured_attrs(
    environment: BuildEnvironment,
    store: LocalStore,
    derivation: Derivation,
    attributes: Mapping[str, Any],
    rewrites: Rewrites,
    input_closure: Collection[StorePath],
    build_directory: str,
) -> None:
    def export(paths: list[str]) -> list[dict[str, Any]]:
        return export_references.closure_info(store, export_references.exported(store, paths, input_closure))

    outputs = {name: store_path.placeholder(name) for name in derivation.outputs}
    completed = structured_attrs.complete(attributes, outputs, export)
    environment.files[".attrs.sh"] = rewrites.apply(structured_attrs.to_shell(completed))
    environment.files[".attrs.json"] = rewrites.apply(structured_attrs.to_json(completed))
    environment.variables["NIX_ATTRS_SH_FILE"] = f"{build_directory}/.attrs.sh"
    environment.variables["NIX_ATTRS_JSON_FILE"] = f"{build_directory}/.attrs.json"
    environment.structured_attrs = {**completed, "outputs": {n: rewrites.apply(p) for n, p in outputs.items()}}


def impure_variables(derivation: Derivation, attributes: Mapping[str, Any] | None) -> list[str]:
    """The names in `impureEnvVars`, whichever way the attributes are passed."""
    if attributes is None:
        return derivation.environment.get("impureEnvVars", "").split()
    named = attributes.get("impureEnvVars", [])
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else str(named).split()
