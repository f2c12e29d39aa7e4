"""The builtins that are values: what the evaluator is, where it runs, what it was told.

true false null    the constants of the language, plain global names
currentSystem      the machine, as Nix names it; absent in pure evaluation
currentTime        seconds since 1970 when evaluation asked first; absent in pure evaluation
nixPath            -I and NIX_PATH as a list of { path, prefix }, for `<…>`
nixVersion         the version of Nix that lixeval is equal to
langVersion        the version of the language
storeDir           "/nix/store"
"""

from __future__ import annotations

from lixeval.formats.store_path import STORE_DIR
from lixeval.runtime.thunks import COMPUTE
from lixeval.runtime.values import Delayed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.machine import Machine
    from lixeval.environment.settings import Settings

LANGUAGE_VERSION = 6


def constants(settings: Settings, machine: Machine) -> dict[str, Delayed]:
    """The constants that stand in `builtins` under these names; those named `__…` in C++ are globals as such too."""
    found: dict[str, Delayed] = {
        "langVersion": LANGUAGE_VERSION,
        "nixPath": tuple([{"path": path, "prefix": prefix} for prefix, path in settings.search_path]),
        "nixVersion": settings.nix_version,
        "storeDir": STORE_DIR,
    }
    if not settings.pure:
        found["currentSystem"] = settings.system
        found["currentTime"] = [COMPUTE, machine.now]
    return found
