"""`lixeval flake show`: the outputs of a flake as a tree, or as JSON, as Nix 2.26.3 prints them.

No more is evaluated than is shown.  C++: `CmdFlakeShow` in nix/flake.cc.
"""

from __future__ import annotations

import json
import sys

from lixeval.cli.commands.flake import with_locked, word_of
from lixeval.cli.flakes import system_of
from lixeval.cli.subcommand import read
from lixeval.diagnostics.steps import steps_of
from lixeval.diagnostics.translation import translated
from lixeval.errors import FAILURES, AccessForbidden, EvalError, InvalidPath
from lixeval.fetchers.flakes import flake_value
from lixeval.fetchers.input_urls import url_of
from lixeval.runtime.strings import text_of
from lixeval.runtime.thunks import COMPUTE, force
from lixeval.runtime.values import sorted_names
from lixeval.system.terminal_text import tell, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services
    from lixeval.fetchers.flakes import LockedFlake
    from lixeval.runtime.values import Delayed, Value

Path = tuple[str, ...]

_GROUPS = ("defaultPackage", "devShell", "formatter", "nixosConfigurations", "nixosModules", "defaultApp")
_BY_SYSTEM = ("checks", "packages", "devShells", "apps")
_WITH_CONTENT = ("apps", "checks", "devShells", "legacyPackages", "packages")


def show(arguments: list[str]) -> int:
    """Prints the outputs of a flake."""
    line = read("flake show", arguments)
    if not line.options.settings.is_set("allow-import-from-derivation"):
        line.options.no_import_from_derivation = True
    word = word_of(line, "flake show")

    def body(services: Services, flake: LockedFlake) -> None:
        # Evaluated when they are gone through: the line of the flake itself comes before what is wrong with them.
        whole = [COMPUTE, lambda: force(force(flake_value(services, flake))["outputs"])]
        visitor = _Visitor(system_of(line.options), line.flags)
        found = visitor.visit(whole, (), url_of(flake.locked), "")
        if visitor.as_json:
            text = json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            sys.stdout.write(text + "\n")

    with_locked(line, word, body, heeds=False)
    return 0


class _Visitor:
    """Goes through outputs; prints a line for each, or gives what the JSON has."""

    def __init__(self, system: str, flags: set[str]) -> None:
        self.system = system
        self.as_json = "json" in flags
        self.shows_legacy = "legacy" in flags
        self.shows_all_systems = "all-systems" in flags

    def visit(self, value: Delayed, path: Path, header: str, prefix: str) -> dict[str, object]:
        """One output, at `path`; `header` stands before it, `prefix` before what is below it."""
        try:
            return self._visit(value, path, header, prefix)
        except FAILURES as error:
            if path and path[0] == "legacyPackages" and _is_of_evaluation(error):
                return {}
            raise

    def _visit(self, value: Delayed, path: Path, header: str, prefix: str) -> dict[str, object]:
        first, depth = path[0] if path else "", len(path)
        if (
            depth == 0
            or (depth == 1 and first in (*_GROUPS, "templates", "overlays"))
            or (depth in (1, 2) and first in _BY_SYSTEM)
        ):
            return self._below(value, path, header, prefix)
        if (depth == 2 and first in ("defaultPackage", "devShell", "formatter")) or (
            depth == 3 and first in ("checks", "packages", "devShells")
        ):
            if not self.shows_all_systems and path[1] != self.system:
                return self._omitted(path, header, "--all-systems")
            if not _is_derivation(value):
                raise EvalError("expected a derivation")
            return self._derivation(value, path, header)
        if first == "hydraJobs":
            known = _is_derivation(value)
            return self._derivation(value, path, header) if known else self._below(value, path, header, prefix)
        if first == "legacyPackages":
            return self._legacy(value, path, header, prefix)
        if (depth == 2 and first == "defaultApp") or (depth == 3 and first == "apps"):
            return self._app(value, header)
        if (depth == 1 and first == "defaultTemplate") or (depth == 2 and first == "templates"):
            description = _text(value, "description")
            if description is None:
                raise EvalError("attribute 'description' missing")
            self._print(f"{header}: template: {description}")
            return {"type": "template", "description": description}
        kind, words = _kind(path)
        self._print(f"{header}: {words}")
        return {"type": kind}

    def _print(self, text: str) -> None:
        if not self.as_json:
            sys.stdout.write(visible(text, colours=True) + "\n")

    def _omitted(self, path: Path, header: str, option: str) -> dict[str, object]:
        self._print(f"{header} omitted (use '{option}' to show)")
        if self.as_json:
            tell(f"warning: {'.'.join(path)} omitted (use '{option}' to show)")
        return {}

    def _below(self, value: Delayed, path: Path, header: str, prefix: str) -> dict[str, object]:
        self._print(header)
        members = _members(value)
        names = [name for name in sorted_names(members) if _has_content(members[name], (*path, name))]
        found: dict[str, object] = {}
        for number, name in enumerate(names):
            is_last = number == len(names) - 1
            line = f"{prefix}{'└───' if is_last else '├───'}{name}"
            inner = prefix + ("    " if is_last else "│   ")
            found[name] = self.visit(members[name], (*path, name), line, inner)
        return found

    def _derivation(self, value: Delayed, path: Path, header: str) -> dict[str, object]:
        name = _text(value, "name")
        if path[0] in ("devShell", "devShells"):
            kind = "development environment"
        else:
            kind = "derivation" if path[0] == "hydraJobs" or (path[0] == "checks" and len(path) == 3) else "package"
        self._print(f"{header}: {kind} '{name}'")
        return {"type": "derivation", "name": name, "description": _description(value) or "" if self.as_json else ""}

    def _legacy(self, value: Delayed, path: Path, header: str, prefix: str) -> dict[str, object]:
        if len(path) == 1:
            return self._below(value, path, header, prefix)
        if not self.shows_legacy:
            return self._omitted(path, header, "--legacy")
        if not self.shows_all_systems and path[1] != self.system:
            return self._omitted(path, header, "--all-systems")
        if _is_derivation(value):
            return self._derivation(value, path, header)
        return self._below(value, path, header, prefix) if len(path) <= 2 else {}

    def _app(self, value: Delayed, header: str) -> dict[str, object]:
        description = _description(value)
        if _text(value, "type") != "app":
            raise EvalError("not an app definition")
        self._print(f"{header}: app: {description or 'no description'}")
        return {"type": "app"} if description is None else {"type": "app", "description": description}


def _kind(path: Path) -> tuple[str, str]:
    if path == ("overlay",) or (len(path) == 2 and path[0] == "overlays"):
        return "nixpkgs-overlay", "Nixpkgs overlay"
    if len(path) == 2 and path[0] == "nixosConfigurations":
        return "nixos-configuration", "NixOS configuration"
    if path == ("nixosModule",) or (len(path) == 2 and path[0] == "nixosModules"):
        return "nixos-module", "NixOS module"
    return "unknown", "unknown"


def _has_content(value: Delayed, path: Path) -> bool:
    """Whether there is anything to show: not in sets of sets that are all empty; what fails is shown."""
    try:
        if (len(path) <= 2 and path[0] in _WITH_CONTENT) or (
            len(path) == 1 and path[0] in ("formatter", "nixosConfigurations", "nixosModules", "overlays")
        ):
            members = _members(value)
            return any(_has_content(members[name], (*path, name)) for name in sorted_names(members))
    except FAILURES as error:
        if not _is_of_evaluation(error):
            raise
    return True


def _is_of_evaluation(error: Exception) -> bool:
    """Whether it is the expressions that are wrong: as in Nix, what the machine refuses is not passed over."""
    found = translated(error, steps_of(error.__traceback__))
    return isinstance(found, EvalError) and not isinstance(found, AccessForbidden | InvalidPath)


def _members(value: Delayed) -> dict[str, Delayed]:
    found: Value = force(value)
    if found.__class__ is not dict:
        from lixeval.runtime.faults import described

        raise EvalError(f"expected a set but found {described(found)}")
    members: dict[str, Delayed] = found
    return members


def _is_derivation(value: Delayed) -> bool:
    found = force(value)
    return found.__class__ is dict and "type" in found and force(found["type"]) == "derivation"


def _text(value: Delayed, name: str) -> str | None:
    members = _members(value)
    return text_of(force(members[name])) if name in members else None


def _description(value: Delayed) -> str | None:
    members = _members(value)
    return _text(members["meta"], "description") if "meta" in members else None
