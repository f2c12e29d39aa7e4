"""What has to be built so that the wanted outputs become valid, in which order: all that `--dry-run` shows.

The graph of derivations is walked from the wanted ones down, level by level, and only below what is missing: an output
that is valid needs nothing, so a closure that is complete costs one question an output.  Sources must be valid
already; what is neither valid nor buildable nor offered by a substituter is `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lixeval.build.builders.builder import builtin_name
from lixeval.errors import StoreError
from lixeval.formats.derivation import Derivation

if TYPE_CHECKING:
    from lixeval.build.builders.of_nixpkgs import Native
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore
    from lixeval.substituters.observer import FetchObserver


@dataclass(frozen=True, slots=True)
class Wanted:
    """Outputs of a derivation; no names mean all of them."""

    drv_path: StorePath
    outputs: tuple[str, ...] = ()


class Described(Protocol):
    """What is known of a path that can be fetched: sizes are bytes, packed and unpacked."""

    @property
    def path(self) -> StorePath: ...
    @property
    def file_size(self) -> int | None: ...
    @property
    def nar_size(self) -> int: ...


class Substituter(Protocol):
    """Somebody who may have store paths ready made."""

    def available(self, paths: Iterable[StorePath], of_this_machine: Set[StorePath] = frozenset()) -> set[StorePath]:
        """Those of the paths that it has with all that they refer to.

        Paths `of_this_machine` are what others can have only if they were given it.
        """

    def missing(self, paths: Iterable[StorePath]) -> Sequence[Described]:
        """What has to be fetched to make available paths valid: of their closures, what is not there."""

    def substitute(self, paths: Sequence[StorePath], observer: FetchObserver) -> None:
        """Make the paths and all that they refer to valid; raises StoreError."""


@dataclass(slots=True)
class Plan:
    """`to_build` in an order in which every derivation comes after those in its `dependencies`.

    `outputs` gives the paths of the wanted outputs, drv path → output name → path; `already_valid`, `to_substitute` and
    `unknown` are store paths; `to_fetch` is what `to_substitute` and its closure come to.  `native` are the
    builds of other machines' derivations that are done here without their builders.
    """

    to_build: tuple[StorePath, ...] = ()
    already_valid: tuple[StorePath, ...] = ()
    to_substitute: tuple[StorePath, ...] = ()
    to_fetch: tuple[Described, ...] = ()
    unknown: tuple[StorePath, ...] = ()
    outputs: dict[StorePath, dict[str, StorePath]] = field(default_factory=dict)
    derivations: dict[StorePath, Derivation] = field(default_factory=dict)
    dependencies: dict[StorePath, tuple[StorePath, ...]] = field(default_factory=dict)
    native: dict[StorePath, Native] = field(default_factory=dict)


def plan(
    store: LocalStore,
    wanted: Iterable[Wanted],
    *,
    check: bool = False,
    substituter: Substituter | None = None,
    hold: bool = False,
    platforms: Set[str] | None = None,
) -> Plan:
    """What it takes to make `wanted` valid; with `check`, to build it although it is.

    With `hold`, no collector takes away what the plan is about, now or when it is there; see `LocalStore.hold`.

    What is for none of the `platforms` is built natively where that can be (`builders.of_nixpkgs`).

    Raises StoreError for an output that a derivation does not have.
    """
    planner = _Planner(store, substituter, hold, platforms)
    wanted = list(wanted)
    level: dict[StorePath, set[str]] = {}
    for want in wanted:
        chosen = planner.paths_of(want.drv_path, want.outputs)
        planner.plan.outputs.setdefault(want.drv_path, {}).update(chosen)
        level.setdefault(want.drv_path, set()).update(chosen)
    planner.walk(level, forced=check)
    return planner.finish([want.drv_path for want in wanted])


class _Planner:
    def __init__(
        self, store: LocalStore, substituter: Substituter | None, hold: bool, platforms: Set[str] | None
    ) -> None:
        self.platforms = platforms
        self.store = store
        self.hold = hold
        self.substituter = substituter
        self.plan = Plan()
        self._paths: dict[StorePath, dict[str, StorePath]] = {}
        self._valid: dict[StorePath, None] = {}
        self._substituted: dict[StorePath, None] = {}
        self._unknown: dict[StorePath, None] = {}

    def paths_of(self, drv_path: StorePath, names: Iterable[str]) -> dict[str, StorePath]:
        """The named outputs' paths (all of them without names).  Raises StoreError."""
        known = self._paths.get(drv_path)
        if known is None:
            known = self._paths[drv_path] = self._declared_outputs(drv_path)
        names = tuple(names) or tuple(known)
        missing = [name for name in names if name not in known]
        if missing:
            raise StoreError(f"derivation '{drv_path}' does not have wanted outputs '{', '.join(missing)}'")
        return {name: known[name] for name in names}

    def _declared_outputs(self, drv_path: StorePath) -> dict[str, StorePath]:
        outputs = self.store.query_deriver_outputs(drv_path)
        for name, path in outputs.items():
            if not path:
                raise StoreError(
                    f"the path of output '{name}' of '{drv_path}' is not known before it is built "
                    "(content-addressed derivations are an experimental feature of Nix that is not supported)"
                )
        return outputs

    def _read(self, drv_path: StorePath) -> Derivation:
        derivation = self.plan.derivations.get(drv_path)
        return derivation if derivation is not None else self.store.read_derivation(drv_path)

    def walk(self, level: dict[StorePath, set[str]], *, forced: bool) -> None:
        """Decide about each derivation of a level (drv path → output names), then about their inputs."""
        while level:
            needed: dict[StorePath, set[str]] = {}
            for drv_path in self._not_valid(level, forced):
                if drv_path not in self.plan.derivations:
                    self._build(drv_path, needed)
            level, forced = needed, False

    def _not_valid(self, level: dict[StorePath, set[str]], forced: bool) -> list[StorePath]:
        """The derivations of the level that have to be built: something is missing, and no substituter has it."""
        missing: dict[StorePath, list[StorePath]] = {}
        own: set[StorePath] = set()
        for drv_path, names in level.items():
            paths = self.paths_of(drv_path, names).values()
            if self.hold:
                self.store.hold(paths)
            valid = self.store.valid_among(paths)
            absent = [path for path in paths if path not in valid]
            self._valid.update((path, None) for path in paths if path not in absent)
            if absent or forced:
                missing[drv_path] = absent
        if self.substituter is None or forced:
            return list(missing)
        asked = {drv_path: paths for drv_path, paths in missing.items() if self._may_be_fetched(drv_path)}
        for drv_path, paths_missing in asked.items():
            if self._is_of_this_machine(drv_path):
                own.update(paths_missing)
        available = self.substituter.available([path for paths in asked.values() for path in paths], own)
        for drv_path, paths_missing in asked.items():
            if available.issuperset(paths_missing):
                self._substituted.update((path, None) for path in paths_missing)
                del missing[drv_path]
        return list(missing)

    def _may_be_fetched(self, drv_path: StorePath) -> bool:
        """Not if the derivation says that it is never worth it: `allowSubstitutes = false`."""
        if not self.store.is_valid(drv_path):
            return True
        return self._read(drv_path).environment.get("allowSubstitutes", "1") == "1"

    def _is_of_this_machine(self, drv_path: StorePath) -> bool:
        """Whether only this machine can have made it up: by a builder of lixeval's, or with the host's packages."""
        if not self.store.is_valid(drv_path):
            return False
        derivation = self._read(drv_path)
        if is_own(derivation):
            return True
        inputs = [path for path in derivation.input_derivations if self.store.is_valid(path)]
        return any(is_own(self._read(path)) for path in inputs)

    def _build(self, drv_path: StorePath, needed: dict[StorePath, set[str]]) -> None:
        if not self.store.is_valid(drv_path):
            self._unknown[drv_path] = None
            return
        derivation = self._read(drv_path)
        self.plan.derivations[drv_path] = derivation
        sources, inputs = self._inputs(drv_path, derivation)
        for path in sources:
            if not self.store.is_valid(path):
                offered = self.substituter is not None and self.substituter.available([path])
                (self._substituted if offered else self._unknown)[path] = None
        for input_path, names in inputs.items():
            needed.setdefault(input_path, set()).update(names)

    def _inputs(
        self, drv_path: StorePath, derivation: Derivation
    ) -> tuple[Sequence[StorePath], Mapping[StorePath, Sequence[str]]]:
        """The sources, and the outputs of derivations, that a build needs."""
        found = None
        if self.platforms is not None and derivation.platform not in self.platforms:
            from lixeval.build.builders.of_nixpkgs import native

            found = None if builtin_name(derivation.builder) is not None else native(derivation)
        if found is None:
            return derivation.input_sources, derivation.input_derivations
        self.plan.native[drv_path] = found
        inputs: dict[StorePath, list[str]] = {}
        for input_path, names in derivation.input_derivations.items():
            paths = self.paths_of(input_path, names)
            used = [name for name, path in paths.items() if path in found.mentions]
            if used:
                inputs[input_path] = used
        return [path for path in derivation.input_sources if path in found.mentions], inputs

    def finish(self, wanted: Iterable[StorePath]) -> Plan:
        """The plan, with the derivations in an order that respects their dependencies."""
        plan = self.plan
        for drv_path, derivation in plan.derivations.items():
            inputs = self._inputs(drv_path, derivation)[1]
            plan.dependencies[drv_path] = tuple(path for path in inputs if path in plan.derivations)
        order: dict[StorePath, None] = {}
        pending = [iter([path for path in wanted if path in plan.derivations])]
        entered: list[StorePath] = []
        seen: set[StorePath] = set()
        while pending:
            for drv_path in pending[-1]:
                if drv_path not in seen:
                    seen.add(drv_path)
                    entered.append(drv_path)
                    pending.append(iter(plan.dependencies[drv_path]))
                    break
            else:
                pending.pop()
                if entered:
                    order[entered.pop()] = None
        plan.to_build = tuple(order)
        plan.already_valid = tuple(self._valid)
        plan.to_substitute = tuple(self._substituted)
        if self.substituter is not None and self._substituted:
            plan.to_fetch = tuple(self.substituter.missing(plan.to_substitute))
        plan.unknown = tuple(self._unknown)
        return plan


def is_own(derivation: Derivation) -> bool:
    """Whether its builder runs inside lixeval, and nowhere else."""
    return derivation.builder.startswith("builtin:") and derivation.builder != "builtin:fetchurl"
