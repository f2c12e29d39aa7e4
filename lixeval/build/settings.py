"""What a user may ask of builds: the settings of nix.conf and of nix-build's command line that concern them.

Source: Nix manual, "nix.conf" and "Common options".
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lixeval.build.sandbox.isolation import SandboxSetting
from lixeval.system.machines import current_system, emulated_systems, is_another_kind


def default_features() -> frozenset[str]:
    """Nix's default `system-features`: kvm where this user may use it."""
    features = {"nixos-test", "benchmark", "big-parallel"}
    if os.access("/dev/kvm", os.R_OK | os.W_OK):
        features.add("kvm")
    return frozenset(features)


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """How to build.

    `max_jobs` builds run at once, each told to use `cores` cores; 0 cores means all of them, no jobs means that nothing
    may be built.  `timeout` and `max_silent_time` are in seconds, 0 for none; `max_log_size` in bytes, 0 for no limit.
    `keep_failed` keeps the directory of a failed build, `keep_going` builds what does not depend on it.  `check` builds
    what is valid once more and compares; `repeat` does so that many times for everything built.  `fallback` builds what
    could not be substituted.  `builders` are remote ones as nix.conf has them (see `machines`), which with
    `builders_use_substitutes` fetch themselves what they can.  `for_daemons` is what a daemon that builds in our stead
    is told besides, by Nix's names.

    `sandbox_paths` shows further paths to builders, inside → outside; a "?" behind the outside path says that it may be
    missing, and a store path comes with its closure.  `sandbox_shell` gives what is shown besides for a /bin/sh; it is
    asked by the first build that needs it.
    `build_directory` is where the temporary directories are made, `inherited` where `impureEnvVars` come from.
    """

    max_jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    cores: int = 0
    timeout: float = 0
    max_silent_time: float = 0
    max_log_size: int = 0
    log_lines: int = 10
    keep_failed: bool = False
    keep_going: bool = False
    check: bool = False
    repeat: int = 0
    dry_run: bool = False
    fallback: bool = False
    sandbox: SandboxSetting = "auto"
    sandbox_shell: Callable[[], Mapping[str, str]] | None = None
    sandbox_paths: Mapping[str, str] = field(default_factory=dict)
    system: str = field(default_factory=current_system)
    extra_platforms: frozenset[str] = frozenset()
    system_features: frozenset[str] = field(default_factory=default_features)
    build_directory: str | None = None
    builders: str = ""
    builders_use_substitutes: bool = False
    for_daemons: Mapping[str, str] = field(default_factory=dict)
    inherited: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def platforms(self) -> frozenset[str]:
        """The systems whose builders can run here."""
        own = self.own_system
        also = {"i686-linux"} if own == "x86_64-linux" else set()
        return self.extra_platforms | emulated_systems() | also | {own}

    @property
    def own_system(self) -> str:
        """What this machine is: what `system` says, unless that is known to be another kind of machine."""
        return current_system() if is_another_kind(self.system) else self.system

    @property
    def builder_cores(self) -> int:
        """NIX_BUILD_CORES."""
        return self.cores or os.cpu_count() or 1

    @property
    def shown_paths(self) -> dict[str, str]:
        """`sandbox_paths` with the shell, unless they bring one."""
        covered = any(target.rstrip("/") in ("/bin/sh", "/bin", "") for target in self.sandbox_paths)
        shell = {} if self.sandbox_shell is None or covered else self.sandbox_shell()
        return {**shell, **self.sandbox_paths}
