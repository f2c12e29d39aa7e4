"""What a build is given before it starts: where it may run, how it is isolated, which paths it sees."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lixeval.build.builders.builder import Builtin, builtin_name
from lixeval.build.directories import Build
from lixeval.build.platforms import rejection
from lixeval.build.sandbox.builtin import machine_paths
from lixeval.build.sandbox.isolation import (
    Isolation,
    SandboxSetting,
    choose,
    describe,
    shortcoming,
    why_no_own_network,
)
from lixeval.errors import BuildError, BuildRejected, StoreError

if TYPE_CHECKING:
    from lixeval.build.task import Task
    from lixeval.formats.derivation import Derivation
    from lixeval.formats.store_path import StorePath


class Preparation:
    """How the builds of a task are prepared; `machine_failures` says of remote builders why they are not asked."""

    def __init__(self, task: Task, machine_failures: Mapping[str, str]) -> None:
        self._task = task
        self._machine_failures = machine_failures
        self._isolations: dict[SandboxSetting, Isolation] = {}

    def build(self, drv_path: StorePath, valid: frozenset[StorePath], *, check: bool, here: bool) -> Build:
        """The build of a derivation whose `valid` outputs are there; BuildError where it cannot be, or must not.

        `here` is on this machine; `check` builds what is valid only to compare it.
        """
        derivation = self._task.plan.derivations[drv_path]
        builtin = self._builtin(drv_path, derivation)
        isolation = Isolation.NONE
        if here and builtin is None:
            self._require_platform(drv_path, derivation)
            isolation = self._isolation_for(drv_path, derivation)
        inputs = self._inputs(drv_path, derivation)
        return Build(
            store=self._task.store,
            drv_path=drv_path,
            derivation=derivation,
            input_closure=tuple(self._input_closure(inputs)),
            valid=valid,
            isolation=isolation,
            settings=self._task.settings,
            builtin=builtin,
            check=check,
            inputs=tuple(inputs),
        )

    def _builtin(self, drv_path: StorePath, derivation: Derivation) -> Builtin | None:
        native = self._task.plan.native.get(drv_path)
        if native is not None:
            return Builtin(native.build)
        name = builtin_name(derivation.builder)
        if name is None:
            return None
        if name not in self._task.builtin_builders:
            raise BuildError(f"unsupported builtin builder '{name}', which '{drv_path}' asks for", drv_path=drv_path)
        builder = self._task.builtin_builders[name]
        machine_paths(derivation.fixed_output is not None, isinstance(builder, Builtin) and builder.reads_host)
        builtin = builder if isinstance(builder, Builtin) else Builtin(builder)
        if builtin.fetches and derivation.fixed_output is None:
            raise BuildError(
                f"'{derivation.builder}' must be a fixed-output or impure derivation",
                drv_path=drv_path,
                hint="what is fetched needs a hash: outputHash, outputHashAlgo, outputHashMode",
            )
        return builtin

    def _require_platform(self, drv_path: StorePath, derivation: Derivation) -> None:
        """Raise BuildRejected unless this machine can run the builder, and may."""
        rejected = rejection(self._task.settings, drv_path, derivation)
        if rejected is not None:
            rejected.hint = _about(self._machine_failures) or rejected.hint
            raise rejected

    def _isolation_for(self, drv_path: StorePath, derivation: Derivation) -> Isolation:
        """The kind of isolation that the settings want for a derivation; each that is used is announced once."""
        # Beside a daemon's store paths lie in several places: only mounts bring them together.
        setting = "required" if self._task.store.is_daemons else self._task.settings.sandbox
        wants_none = derivation.environment.get("__noChroot") == "1"
        if setting == "relaxed" and (wants_none or derivation.fixed_output is not None):
            setting = "off"
        elif wants_none and setting != "off":
            raise BuildRejected(
                f"derivation '{drv_path}' has '__noChroot' set, but that's not allowed when 'sandbox' is 'true'",
                drv_path=drv_path,
                hint="--sandbox relaxed builds it, and fixed outputs, without a sandbox",
            )
        if setting not in self._isolations:
            kind = self._isolations[setting] = choose(setting, diverted=self._task.store.root != "/")
            self._task.observer.isolated(f"builders run in: {describe(kind)}")
            warning = shortcoming(setting, kind)
            if warning is not None:
                self._task.observer.message(warning)
        if derivation.fixed_output is not None:
            lacking = why_no_own_network(self._isolations[setting])
            self._task.observer.message(
                "fixed outputs are built with a network of their own (pasta)"
                if lacking is None
                else "fixed outputs are built with the machine's network, and so see its abstract sockets "
                f"({lacking}); what is kept of them is a copy that no other process has ever had open"
            )
        return self._isolations[setting]

    def _inputs(self, drv_path: StorePath, derivation: Derivation) -> list[StorePath]:
        """Its sources and the outputs that it uses; without its own builder, those that it speaks of."""
        roots = list(derivation.input_sources)
        for input_path, names in derivation.input_derivations.items():
            known = self._task.plan.derivations.get(input_path)
            if known is not None:
                paths = {name: output.path for name, output in known.outputs.items()}
            else:
                paths = self._task.store.query_deriver_outputs(input_path)
            roots += [paths[name] for name in names]
        native = self._task.plan.native.get(drv_path)
        return sorted({path for path in roots if native is None or path in native.mentions})

    def _input_closure(self, roots: Iterable[StorePath]) -> list[StorePath]:
        """Everything a builder may see and refer to: the closure of its inputs."""
        closure = self._task.store.closure(roots)
        for path in closure:
            if not os.path.lexists(self._task.store.real(path)):
                raise StoreError(
                    f"path '{path}' is registered, but has disappeared", hint=f"lixeval store repair {path}"
                )
        return closure


def _about(failures: Mapping[str, str]) -> str | None:
    """Which remote builders have failed, and why, for a build that cannot be anywhere."""
    if not failures:
        return None
    return "; ".join(f"{name}: {reason}" for name, reason in failures.items())
