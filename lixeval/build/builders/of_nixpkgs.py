"""nixpkgs' own trivial builders, done without the shell, perl and coreutils of the machine that they are for.

An image for another machine is mostly made of what a cache has; what it has of its own are trees of links and texts:
buildEnv, symlinkJoin, writeText, runCommandLocal of links and copies.  Their derivations ask for a bash of that
machine, and what that would do follows from what they say:

    derivation -> native: a plain script (`plain_commands`), or buildEnv's perl program -> the same bytes

Anything else is not native (None), and needs a builder of that kind.  Of the inputs only those are needed that the
script reads or writes of, not the shell and what is behind it.

Source: nixpkgs, pkgs/stdenv/generic/default-builder.sh, setup.sh (`genericBuild`), pkgs/build-support/trivial-builders,
pkgs/build-support/buildenv.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from lixeval.build.builders.build_env import make_environment
from lixeval.build.builders.builder import BuildContext, BuildFunction
from lixeval.build.builders.made_tree import File
from lixeval.build.builders.plain_commands import Known, Run
from lixeval.build.builders.plain_script import NotPlain
from lixeval.build.builders.shapes import check, list_of, record, text, whole
from lixeval.errors import BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

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
    if tuple(derivation.outputs) != ("out",) or derivation.builder.rpartition("/")[2] != "bash":
        return None
    starters = derivation.arguments[1:]
    if derivation.arguments[:1] != ("-e",) or not starters or not all(map(_STARTERS.fullmatch, starters)):
        return None
    if any(environment.get(name) for name in _CHANGES_THE_BUILD) or not environment.get("stdenv"):
        return None
    command = environment.get("buildCommand", "")
    if _BUILD_ENV.fullmatch(command):
        return None if environment.get("postBuild") else Native(_build_env, _texts_of_build_env(environment))
    try:
        known = Known(command, environment)
    except NotPlain:
        return None
    return Native(_script, known.mentions) if known.script else None


def _texts_of_build_env(environment: Mapping[str, str]) -> str:
    return "\n".join(environment.get(name, "") for name in ("pkgs", "manifest"))


def _script(context: BuildContext) -> None:
    """Does what `buildCommand` says."""
    given = context.derivation.environment
    variables = {**given, **{name: value for name, value in context.environment.items() if name in given}}
    variables.update(dict.fromkeys(("NIX_BUILD_TOP", "TMPDIR", "TMP", "TEMP", "TEMPDIR", "PWD"), _DIRECTORY))
    path = context.derivation.outputs["out"].path
    run = Run(context.store, variables, (path,), _DIRECTORY, context.log)
    for name in given.get("passAsFile", "").split():
        file = f"{_DIRECTORY}/.attr-{name}"
        run.tree.entries[file] = File(variables.pop(name, "").encode("utf-8", "surrogateescape"))
        variables[f"{name}Path"] = file
    run.variables = variables
    known = Known(given["buildCommand"], given)
    if not run.script(known.script):
        raise BuildError("the last command of buildCommand failed", drv_path=context.drv_path)
    with context.tree() as tree:
        run.tree.write(path, tree)


_WHOLE = re.compile("-?[0-9]{1,18}")


def _build_env(context: BuildContext) -> None:
    """Does what buildEnv's program does with the same variables."""
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
    make_environment(context, attributes, packages)
