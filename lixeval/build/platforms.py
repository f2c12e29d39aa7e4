"""Which builders can be run here, and what is said before anything is fetched for one that cannot.

A derivation names the system of its builder.  This machine runs its own, those of `extra-platforms`, and those that the
kernel hands to qemu-user (`system.machines.emulated_systems`).  `--system` says for which system is evaluated; that of
another processor does not make this machine one.

Source: C++ `DerivationOptions::canBuildLocally`, local-derivation-goal.cc.
"""

from __future__ import annotations

from lixeval.build.builders.builder import builtin_name
from lixeval.errors import BuildRejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.build.machines import Machine
    from lixeval.build.plan import Plan
    from lixeval.build.settings import BuildSettings
    from lixeval.formats.derivation import Derivation
    from lixeval.formats.store_path import StorePath

_WAYS = (
    "a cache that has it: --substituters",
    "a remote builder of that kind: --builders",
    "qemu-user on this machine: Debian's packages qemu-user-static and binfmt-support, registered with the flag F",
)


def rejection(settings: BuildSettings, drv_path: StorePath, derivation: Derivation) -> BuildRejected | None:
    """Why a builder cannot be run here, or may not; None where it can."""
    if settings.max_jobs == 0:
        return BuildRejected("unable to start any build: max_jobs is 0, and no remote builder suits", drv_path=drv_path)
    required = required_features(derivation)
    runs = derivation.platform in settings.platforms
    if runs and required <= settings.system_features:
        return None
    return BuildRejected(
        f"a '{derivation.platform}' with features {{{', '.join(sorted(required))}}} is required to build "
        f"'{drv_path}', but I am a '{settings.own_system}' with features "
        f"{{{', '.join(sorted(settings.system_features))}}}",
        drv_path=drv_path,
        hint=None if runs else "one of these helps:\n" + "\n".join(f"- {way}" for way in _WAYS),
    )


def required_features(derivation: Derivation) -> set[str]:
    """What a builder wants of its machine besides the system."""
    return set(derivation.environment.get("requiredSystemFeatures", "").split())


def require_builders(settings: BuildSettings, plan: Plan) -> None:
    """Raise BuildRejected for the first of a plan's builds that cannot be done here, before anything is done."""
    machines = _machines(settings)
    for drv_path in plan.to_build:
        derivation = plan.derivations[drv_path]
        if builtin_name(derivation.builder) is not None or drv_path in plan.native:
            continue
        required = frozenset(required_features(derivation))
        if not any(machine.suits(derivation.platform, required) for machine in machines):
            rejected = rejection(settings, drv_path, derivation)
            if rejected is not None:
                raise rejected


def _machines(settings: BuildSettings) -> list[Machine]:
    if not settings.builders:
        return []
    from lixeval.build.machines import parse

    return parse(settings.builders, settings.system)
