"""nixpkgs' own trivial builders, done without the shell, perl and coreutils of the machine that they are for.

An image for another machine is mostly made of what a cache has; what it has of its own are trees of links and texts:
buildEnv, symlinkJoin, writeText, runCommandLocal of links and copies.  Their derivations ask for a bash of that
machine, and what that would do follows from what they say:

    derivation -> native: a plain script (`plain_known`), or buildEnv's perl program and one -> the same bytes

Anything else is not native (None), and needs a builder of that kind.  Of the inputs only those are needed that the
script reads or writes of, not the shell and what is behind it.

Source: nixpkgs, pkgs/stdenv/generic/default-builder.sh, setup.sh (`genericBuild`), pkgs/build-support/trivial-builders,
pkgs/build-support/buildenv.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, NamedTuple

from lixeval.build.builders.build_env import write_environment
from lixeval.build.builders.builder import BuildContext, BuildFunction
from lixeval.build.builders.made_tree import File, Link, MadeTree
from lixeval.build.builders.output_tree import OutputTree, components
from lixeval.build.builders.plain_commands import Run
from lixeval.build.builders.plain_known import Known
from lixeval.build.builders.plain_script import NotPlain
from lixeval.build.builders.shapes import check, list_of, record, text, whole
from lixeval.errors import BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.formats.derivation import Derivation

_DIRECTORY = "/build"
_STORE = r"/nix/store/[0-9a-z]{32}-"
_BUILD_ENV = re.compile(rf"\s*{_STORE}perl-[^/\s]+/bin/perl -w {_STORE}builder\.pl\s+eval \"\$postBuild\"\s*")
_STARTERS = re.compile(rf"{_STORE}(?:source-stdenv|default-builder)\.sh")
_CHANGES_THE_BUILD = (
    *("nativeBuildInputs", "buildInputs", "propagatedBuildInputs", "propagatedNativeBuildInputs", "depsBuildBuild"),
    *("depsBuildTarget", "depsHostHost", "depsTargetTarget", "depsBuildBuildPropagated", "depsHostHostPropagated"),
    *("preHook", "postHook", "userHook", "exitHook", "failureHook", "__json", "phases", "NIX_DEBUG"),
)


class Native(NamedTuple):
    """What makes a derivation's output, and the text in which all paths stand that this needs."""

    build: BuildFunction
    mentions: str


def native(derivation: Derivation) -> Native | None:
    """How a derivation of nixpkgs is built without its builder; None where that is needed."""
    environment = derivation.environment
    if derivation.builder.rpartition("/")[2] != "bash":
        return None
    starters = derivation.arguments[1:]
    if derivation.arguments[:1] != ("-e",) or not starters or not all(map(_STARTERS.fullmatch, starters)):
        return None
    if any(environment.get(name) for name in _CHANGES_THE_BUILD) or not environment.get("stdenv"):
        return None
    command = environment.get("buildCommand", "")
    is_build_env = _BUILD_ENV.fullmatch(command) is not None
    if is_build_env and tuple(derivation.outputs) != ("out",):
        return None
    try:
        known = Known(environment.get("postBuild", "") if is_build_env else command, environment)
    except NotPlain:
        return None
    if is_build_env:
        read = (environment.get(name, "") for name in ("pkgs", "manifest"))
        return Native(_build_env, "\n".join([*read, known.mentions]))
    return Native(_script, known.mentions) if known.script else None


def _script(context: BuildContext) -> None:
    """Does what `buildCommand` says."""
    _finish(context, _run(context), "buildCommand")


def _run(context: BuildContext) -> Run:
    """What a script of the derivation finds."""
    given = context.derivation.environment
    variables = {**given, **{name: value for name, value in context.environment.items() if name in given}}
    variables.update(dict.fromkeys(("NIX_BUILD_TOP", "TMPDIR", "TMP", "TEMP", "TEMPDIR", "PWD"), _DIRECTORY))
    paths = [output.path for output in context.derivation.outputs.values()]
    run = Run(context.store, variables, paths, _DIRECTORY, context.log)
    for name in given.get("passAsFile", "").split():
        file = f"{_DIRECTORY}/.attr-{name}"
        run.tree.entries[file] = File(variables.pop(name, "").encode("utf-8", "surrogateescape"))
        variables[f"{name}Path"] = file
    run.variables = variables
    return run


def _finish(context: BuildContext, run: Run, script: str) -> None:
    """Does a script of the derivation, and writes the outputs."""
    given = context.derivation.environment
    known = Known(given.get(script, ""), given)
    if not run.script(known.script):
        raise BuildError(f"the last command of {script} failed", drv_path=context.drv_path)
    for name, output in context.derivation.outputs.items():
        with OutputTree(context.outputs[name]) as tree:
            run.tree.write(output.path, tree)


class _InMemory:
    """An output that a script is still to change."""

    def __init__(self, tree: MadeTree, root: str) -> None:
        self._tree = tree
        self._root = root

    def folder(self, place: str = "") -> None:
        self._tree.folder(self._path(place))

    def link(self, place: str, target: str) -> None:
        path = self._path(place)
        self._tree.folder(os.path.dirname(path))
        self._tree.put(path, Link(target))

    def _path(self, place: str) -> str:
        return "/".join((self._root, *components(place)))


_WHOLE = re.compile("-?[0-9]{1,18}")


def _build_env(context: BuildContext) -> None:
    """Does what buildEnv's program does with the same variables, and `postBuild`."""
    environment = context.derivation.environment
    try:
        packages: list[dict[str, Any]] = json.loads(environment.get("pkgs", ""))
    except (ValueError, RecursionError) as error:
        raise BuildError(f"buildEnv: 'pkgs' is no JSON: {error}", drv_path=context.drv_path) from None
    for package in packages if isinstance(packages, list) else []:
        priority = package.get("priority") if isinstance(package, dict) else None
        if isinstance(priority, str) and _WHOLE.fullmatch(priority):
            package["priority"] = int(priority)
    check({"pkgs": packages}, {"pkgs": list_of(record(paths=list_of(text), priority=whole))})
    attributes = {
        "pathsToLink": environment.get("pathsToLink", "").split(),
        **{name: environment.get(name, "") for name in ("extraPrefix", "manifest", "ignoreCollisions")},
        **{name: environment.get(name, "") for name in ("checkCollisionContents", "ignoreSingleFileOutputs")},
    }
    run = _run(context)
    write_environment(context, attributes, packages, _InMemory(run.tree, context.derivation.outputs["out"].path))
    _finish(context, run, "postBuild")
