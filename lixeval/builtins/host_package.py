"""`builtins.__hostPackage`: what is known of a program of this machine; only lixeval has it.

The embedded package set makes derivations from what it answers.  Real Nix, evaluating the same files, reads the answers
from JSON files that lixeval has written (see `lixeval.host`).
"""

from __future__ import annotations

from lixeval.runtime.builtin import builtin
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.values import Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services


@builtin("__hostPackage")
def host_package(name: Delayed, *, services: Services) -> Value:
    """What the machine's package `name` consists of, as a set.

    >>> builtins.isFunction builtins.__hostPackage
    true
    """
    return as_nix(services.host_package(text_without_context(name)))


def as_nix(value: object) -> Value:
    """A JSON-like Python value as a Nix value: lists become tuples, all else is what it is."""
    if isinstance(value, dict):
        return {name: as_nix(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return tuple([as_nix(member) for member in value])
    return value
