"""`lixeval flake check`: whether the outputs of a flake are what they should be, and whether its checks build.

Every output is evaluated, and each kind examined as Nix 2.26.3 does; what is wrong with one is an error, unless
--keep-going is given.  C++: `CmdFlakeCheck` in nix/flake.cc.
"""

from __future__ import annotations

import os

from lixeval.build.plan import Wanted
from lixeval.cli.commands.flake import open_flakes, word_of
from lixeval.cli.flakes import lock_flags, locked_for, reference_of_word, system_of
from lixeval.cli.subcommand import read
from lixeval.diagnostics import message_of
from lixeval.environment.coercion import coerced_place
from lixeval.errors import FAILURES, EvalError
from lixeval.evaluation.auto_call import split_path
from lixeval.evaluation.targets import is_derivation
from lixeval.fetchers.flakes import flake_value
from lixeval.formats.store_path import StorePath
from lixeval.runtime.arguments import forced_attrs
from lixeval.runtime.code_info import formals_of, next_parameter
from lixeval.runtime.faults import described
from lixeval.runtime.strings import text_of
from lixeval.runtime.thunks import force
from lixeval.runtime.values import FUNCTION_TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.cli.subcommand import CommandLine
    from lixeval.evaluation.evaluator import Evaluator
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Delayed

_INSTEAD = {
    "defaultPackage": "packages.<system>.default",
    "defaultApp": "apps.<system>.default",
    "defaultTemplate": "templates.default",
    "defaultBundler": "bundlers.<system>.default",
    "overlay": "overlays.default",
    "devShell": "devShells.<system>.default",
    "nixosModule": "nixosModules.default",
}
_NOT_LOOKED_AT = frozenset(
    (
        *("lib", "darwinConfigurations", "darwinModules", "flakeModule", "flakeModules", "herculesCI"),
        *("homeConfigurations", "homeModule", "homeModules", "nixopsConfigurations"),
    )
)


def check(arguments: list[str]) -> int:
    """Examines a flake, and builds its checks."""
    line = read("flake check", arguments)
    word = word_of(line, "flake check")
    workspace = open_flakes(line)
    checker = _Checker(line, workspace.evaluator)
    workspace.evaluate(lambda: checker.flake(word))
    if checker.checks and "no-build" not in line.flags:
        _build(workspace, checker.checks)
    if checker.has_errors:
        raise EvalError("some errors were encountered during the evaluation")
    if checker.omitted:
        checker.services.say(
            f"warning: The check omitted these incompatible systems: {', '.join(sorted(checker.omitted))}"
        )
        checker.services.say("Use '--all-systems' to check all.")
    return 0


def _build(workspace: Workspace, drv_paths: list[StorePath]) -> None:
    """Builds all outputs of the derivations."""
    wanted = dict.fromkeys(drv_paths)
    outputs = {path: tuple(workspace.store.read_derivation(path).outputs) for path in wanted}
    workspace.realise([Wanted(path, names) for path, names in outputs.items()])


class _Checker:
    """Goes through the outputs; `checks` are the derivations to build, `omitted` the systems not looked at.

    As in Nix, sets are gone through in the order in which their names were met: it shows in what is said first.
    """

    def __init__(self, line: CommandLine, evaluator: Evaluator) -> None:
        self.line = line
        self.services = evaluator.services
        self._in_order = evaluator.names_in_order
        self.system = system_of(line.options)
        self.checks: list[StorePath] = []
        self.omitted: set[str] = set()
        self.has_errors = False

    def flake(self, word: str) -> None:
        """All outputs of the flake that a word names; hydraJobs first."""
        options = self.line.options
        given = reference_of_word(word, self.services, os.getcwd())
        flake = locked_for(options, self.services, given, lock_flags(options, self.services))
        outputs = self._members(force(flake_value(self.services, flake))["outputs"])
        for name, value in sorted(outputs, key=lambda output: output[0] != "hydraJobs"):
            self._guarded(self._output, name, value)

    def _members(self, value: Delayed) -> list[tuple[str, Delayed]]:
        attributes = forced_attrs(value)
        return [(name, attributes[name]) for name in self._in_order(attributes)]

    def _guarded(self, function: Callable[[str, Delayed], None], path: str, value: Delayed) -> None:
        """Examines one thing; with --keep-going a fault is told of, and the rest examined."""
        try:
            function(path, value)
        except FAILURES as error:
            message = message_of(error) if self.line.options.keep_going else None
            if message is None:
                raise
            self.services.say(f"error: {message} (at the flake output '{path}')")
            self.has_errors = True

    def _warn(self, text: str) -> None:
        self.services.say(f"warning: {text}")

    def _output(self, name: str, value: Delayed) -> None:
        force(value)
        if name in _INSTEAD:
            self._warn(f"flake output attribute '{name}' is deprecated; use '{_INSTEAD[name]}' instead")
        if name in ("checks", "packages", "devShells", "apps", "bundlers"):
            examine = {"apps": self._app, "bundlers": self._bundler, "checks": self._check}.get(name, self._derivation)
            for system, members in self._systems(name, value):
                for inner, one in self._members(members):
                    self._guarded(examine, f"{name}.{system}.{inner}", one)
        elif name in ("formatter", "defaultPackage", "devShell", "defaultApp", "defaultBundler"):
            examine = {"defaultApp": self._app, "defaultBundler": self._bundler}.get(name, self._derivation)
            for system, one in self._systems(name, value):
                self._guarded(examine, f"{name}.{system}", one)
        elif name == "legacyPackages":
            self._systems(name, value)
        elif name in ("overlays", "nixosModules", "nixosConfigurations", "templates"):
            examine = {
                "overlays": self._overlay,
                "templates": self._template,
                "nixosConfigurations": self._configuration,
            }.get(name, self._module)
            for inner, one in self._members(value):
                self._guarded(examine, f"{name}.{inner}", one)
        elif name in ("overlay", "nixosModule", "defaultTemplate", "hydraJobs"):
            examine = {"overlay": self._overlay, "defaultTemplate": self._template, "hydraJobs": self._jobs}.get(
                name, self._module
            )
            self._guarded(examine, name, value)
        elif name not in _NOT_LOOKED_AT:
            self._warn(f"unknown flake output '{name}'")

    def _systems(self, name: str, value: Delayed) -> list[tuple[str, Delayed]]:
        """The members of an output by system that are to be examined."""
        found: list[tuple[str, Delayed]] = []
        for system, one in self._members(value):
            if "-" not in system:
                self._guarded(_no_system, system, one)
            if system == self.system or "all-systems" in self.line.flags:
                found.append((system, one))
            else:
                self.omitted.add(system)
        return found

    def _derivation(self, path: str, value: Delayed) -> None:
        found = force(value)
        if not is_derivation(found):
            raise EvalError(f"flake attribute '{path}' is not a derivation")
        text_of(force(found["drvPath"]))

    def _check(self, path: str, value: Delayed) -> None:
        self._derivation(path, value)
        if path.split(".")[1] == self.system:
            self.checks.append(StorePath(text_of(force(force(value)["drvPath"]))))

    def _app(self, path: str, value: Delayed) -> None:
        app = forced_attrs(value)
        for name in ("type", "program"):
            if name not in app:
                raise EvalError(f"app '{path}' lacks attribute '{name}'")
            text_of(force(app[name]))
        if "meta" not in app:
            self._warn(f"app '{path}' lacks attribute 'meta'")
        elif "description" not in forced_attrs(app["meta"]):
            self._warn(f"app '{path}' lacks attribute 'meta.description'")
        for name in self._in_order(app):
            if name not in ("type", "program", "meta"):
                raise EvalError(f"app '{path}' has unsupported attribute '{name}'")

    def _overlay(self, path: str, value: Delayed) -> None:
        found = force(value)
        if found.__class__ not in FUNCTION_TYPES:
            raise EvalError(f"overlay is not a function, but {described(found)} instead")
        if formals_of(found) is not None or next_parameter(found) not in ("final", "_", "_final"):
            raise EvalError("overlay does not take an argument named 'final'", hint=f"it is '{path}'")

    def _bundler(self, path: str, value: Delayed) -> None:
        if force(value).__class__ not in FUNCTION_TYPES:
            raise EvalError("bundler must be a function", hint=f"it is '{path}'")

    def _module(self, path: str, value: Delayed) -> None:
        force(value)

    def _configuration(self, path: str, value: Delayed) -> None:
        for name in split_path("config.system.build.toplevel"):
            members = forced_attrs(value)
            if name not in members:
                raise EvalError(f"attribute '{name}' in selection path 'config.system.build.toplevel' not found")
            value = members[name]
        if not is_derivation(force(value)):
            raise EvalError("attribute 'config.system.build.toplevel' is not a derivation", hint=f"of '{path}'")

    def _jobs(self, path: str, value: Delayed) -> None:
        if is_derivation(force(value)):
            raise EvalError("jobset should not be a derivation at top-level")
        for name, one in self._members(value):
            inner = f"{path}.{name}"
            self._guarded(self._derivation if is_derivation(force(one)) else self._jobs, inner, one)

    def _template(self, path: str, value: Delayed) -> None:
        template = forced_attrs(value)
        if "path" not in template:
            raise EvalError(f"template '{path}' lacks attribute 'path'")
        place, _ = coerced_place(template["path"])
        if self.services.files.kind(place) is None:
            raise EvalError(f"template '{path}' refers to a non-existent path '{place}'")
        if "description" not in template:
            raise EvalError(f"template '{path}' lacks attribute 'description'")
        text_of(force(template["description"]))
        for name in self._in_order(template):
            if name not in ("path", "description", "welcomeText"):
                raise EvalError(f"template '{path}' has unsupported attribute '{name}'")


def _no_system(system: str, value: Delayed) -> None:
    raise EvalError(f"'{system}' is not a valid system type")
