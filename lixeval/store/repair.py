"""Damaged paths made anew: fetched from who has them, or built again.

What is damaged is renamed aside, so that the path counts as missing, and comes about as any other does; where that
fails, it is put back.
"""

from __future__ import annotations

import os

from lixeval.errors import StoreError
from lixeval.store.canonical import remove_tree
from lixeval.store.verify import damage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from lixeval.store.local import LocalStore

    class Substituter(Protocol):
        """Somebody who may have store paths ready made; as in `build.plan`."""

        def available(self, paths: Sequence[str]) -> set[str]:
            """Those of the paths that it has."""

        def substitute(self, paths: Sequence[str]) -> None:
            """Make the paths and all that they refer to valid; raises StoreError."""


def repair(
    store: LocalStore, path: str, build: Callable[[str, str], None], substituter: Substituter | None = None
) -> None:
    """Make a valid path what it should be; `build` makes the output of a name of a .drv valid.

    `StoreError` where it cannot be had, or is something else again.
    """
    drv_path, output = _maker(store, path)
    offered = substituter is not None and path in substituter.available([path])
    if not offered and drv_path is None:
        raise StoreError(
            f"path '{path}' is damaged, and no derivation is known that makes it",
            hint=f"delete '{store.real(path)}': what comes from files is written again by the next evaluation",
        )
    real = store.real(path)
    aside = store.temporary_output(path)
    if os.path.lexists(real):
        os.rename(real, aside)
    store.doubt(path)
    try:
        if offered and substituter is not None:
            substituter.substitute([path])
        elif drv_path is not None:
            build(drv_path, output)
        problem = damage_of(store, store.info(path), check_contents=True)
        if problem is not None:
            raise StoreError(problem)
    except BaseException:
        if os.path.lexists(aside) and not os.path.lexists(real):
            os.rename(aside, real)
        raise
    finally:
        remove_tree(aside)


def _maker(store: LocalStore, path: str) -> tuple[str | None, str]:
    """The derivation in the store that makes a path, and which of its outputs it is."""
    recorded = store.info(path).deriver
    for drv_path in [recorded, *store.database.derivers(path)]:
        if drv_path is not None and store.is_valid(drv_path):
            for name, made in store.query_deriver_outputs(drv_path).items():
                if made == path:
                    return drv_path, name
    return None, ""
