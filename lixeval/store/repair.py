"""Damaged paths made anew: fetched from who has them, or built again.

What is damaged is renamed aside, so that the path counts as missing, and comes about as any other does; where that
fails, it is put back.
"""

from __future__ import annotations

import os

from lixeval.errors import StoreError
from lixeval.store.verify import damage_of
from lixeval.system.removing import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore


def repair(
    store: LocalStore,
    path: StorePath,
    build: Callable[[StorePath, str], None],
    fetch: Callable[[StorePath], None] | None = None,
) -> None:
    """Make a valid path what it should be.

    `build` makes the output of a name of a .drv valid, by building or fetching it; `fetch` what no derivation is known
    to make, as sources, and raises StoreError where nobody has it.  StoreError where the path cannot be had, or is
    something else again.
    """
    drv_path, output = _maker(store, path)
    real = store.real(path)
    aside = store.temporary_output(path)
    if os.path.lexists(real):
        os.rename(real, aside)
    store.doubt(path)
    try:
        if drv_path is not None:
            build(drv_path, output)
        else:
            _fetch(store, path, fetch)
        problem = damage_of(store, store.info(path), check_contents=True)
        if problem is not None:
            raise StoreError(problem)
    except BaseException:
        if os.path.lexists(aside) and not os.path.lexists(real):
            os.rename(aside, real)
        raise
    finally:
        remove_tree(aside)


def _fetch(store: LocalStore, path: StorePath, fetch: Callable[[StorePath], None] | None) -> None:
    reason = "no cache is asked"
    if fetch is not None:
        try:
            return fetch(path)
        except StoreError as error:
            reason = error.message
    raise StoreError(
        f"path '{path}' is damaged, no derivation is known that makes it, and it cannot be fetched: {reason}",
        hint=f"delete '{store.real(path)}': what comes from files is written again by the next evaluation",
    )


def _maker(store: LocalStore, path: StorePath) -> tuple[StorePath | None, str]:
    """The derivation in the store that makes a path, and which of its outputs it is."""
    recorded = store.info(path).deriver
    for drv_path in [recorded, *store.database.derivers(path)]:
        if drv_path is not None and store.is_valid(drv_path):
            for name, made in store.query_deriver_outputs(drv_path).items():
                if made == path:
                    return drv_path, name
    return None, ""
