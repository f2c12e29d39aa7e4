"""`import` and `scopedImport`: the value of another file.

The evaluator reads, compiles and remembers files (`services.import_file`); here stands what comes before: the argument
as a path, built first where it is made by a derivation, a directory's `default.nix`, and .drv files, which `import`
turns back into derivations.  C++: `import`, `derivationToValue` in primops.cc.
"""

from __future__ import annotations

from lixeval.environment.coercion import realised_path
from lixeval.formats import store_path
from lixeval.formats.store_path import StorePath
from lixeval.runtime.arguments import forced_attrs
from lixeval.runtime.builtin import builtin
from lixeval.runtime.values import Delayed, Path, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.environment.services import Services


@builtin("import")
def import_(value: Delayed, *, services: Services) -> Value:
    """The value of the Nix expression in a file, or in the `default.nix` of a directory; read once.

    Forces the path.

    >>> import (builtins.toFile "sum.nix" "1 + 2")
    3
    """
    if value.__class__ is list:
        value = value[0](value)
    path = value.text if value.__class__ is Path else realised_path(services, value)
    if path.endswith(".drv") and _is_derivation(services, path):
        from lixeval.builtins.derivation_sets import imported_derivation

        return imported_derivation(services, StorePath(path))
    return services.import_file(services.files.resolve_expression(path))


@builtin("scopedImport")
def scoped_import(scope: Delayed, value: Delayed, *, services: Services) -> Value:
    """`import` with the attributes of `scope` as further global names in the file; not remembered.

    Forces the path, then the set.

    >>> scopedImport { x = 2; } (builtins.toFile "sum.nix" "1 + x")
    3
    """
    path = realised_path(services, value)
    if path.endswith(".drv") and _is_derivation(services, path):
        from lixeval.builtins.derivation_sets import imported_derivation

        return imported_derivation(services, StorePath(path))
    return services.scoped_import(forced_attrs(scope), services.files.resolve_expression(path))


def _is_derivation(services: Services, path: str) -> bool:
    if not store_path.is_store_path(path):
        return False
    if services.store.is_valid(path):
        return True
    services.machine.unrepeatable(f"'{path}' is not valid yet")
    return False
