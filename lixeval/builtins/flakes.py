"""`getFlake`, and `parseFlakeRef` and `flakeRefToString`: flakes by reference, references as text and as attributes.

All are experimental: they are there where the feature "flakes" is on.  C++: flake/flake.cc, flake/flakeref.cc.
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.fetchers.flake_references import reference_attributes
from lixeval.fetchers.input_urls import Input, checked, url_of
from lixeval.runtime.arguments import forced_attrs
from lixeval.runtime.builtin import builtin
from lixeval.runtime.faults import described
from lixeval.runtime.said import through
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.environment.services import Services


@builtin("getFlake")
def get_flake(reference: Delayed, *, services: Services) -> Value:
    """A flake by its reference: its outputs, inputs and what is known of its tree.  Forces the reference.

    Inputs are those of its flake.lock; what that lacks is fetched, and the file is left as it is.

    >>> builtins.isFunction builtins.getFlake
    true
    """
    from lixeval.fetchers.flake_locking import LockFlags  # references as text do without locks
    from lixeval.fetchers.flakes import flake_value, locked_flake

    text = text_without_context(reference)
    given = reference_attributes(text)
    pure = services.settings.pure
    if pure and not ({"narHash", "rev"} & given.keys()):
        raise EvalError(
            f"cannot call 'getFlake' on unlocked flake reference '{text}' (use --impure to override)",
            hint="a 'rev' or 'narHash' locks it",
        )
    flags = LockFlags(update=False, write=False, use_registries=not pure, allow_unlocked=not pure)
    return flake_value(services, locked_flake(services, given, flags))


@builtin("parseFlakeRef")
def parse_flake_ref(reference: Delayed) -> Value:
    """The attributes of a flake reference.

    >>> builtins.parseFlakeRef "github:NixOS/nixpkgs/24.05?dir=lib"
    { dir = "lib"; owner = "NixOS"; ref = "24.05"; repo = "nixpkgs"; type = "github"; }
    """
    return reference_attributes(text_without_context(reference))


@builtin("flakeRefToString")
def flake_ref_to_string(attributes: Delayed) -> str:
    """The text of a flake reference given as a set.  Looks at the set's values as they are, forcing none.

    >>> builtins.flakeRefToString { dir = "lib"; owner = "NixOS"; ref = "24.05"; repo = "nixpkgs"; type = "github"; }
    "github:NixOS/nixpkgs/24.05?dir=lib"
    """
    given = forced_attrs(attributes)
    found: Input = {}

    def take(names: Iterable[str]) -> None:
        for name in names:
            value = given[name]
            if value.__class__ is list and value[0] is READ:
                value = value[1]
            if value.__class__ is int and value < 0:
                raise EvalError(f"negative value given for flake ref attr {name}: {value}")
            if value.__class__ is int or value.__class__ is bool or value.__class__ is str:
                found[name] = value
                continue
            shown = "a thunk" if value.__class__ is list else described(value)
            raise EvalError(
                "flake reference attribute sets may only contain integers, Booleans, and strings, "
                f"but attribute '{name}' is {shown}"
            )

    through(given, take)
    directory = found.pop("dir", None)
    checked(found)
    return url_of(found if directory is None else {**found, "dir": directory})
