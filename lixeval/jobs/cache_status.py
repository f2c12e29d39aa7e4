"""Whether an attribute is there, can be fetched, or has to be built: nix-eval-jobs' --check-cache-status.

    local      its outputs and those that it uses are valid        cached     or can be fetched
    notBuilt   something has to be built, or nobody knows how

C++: `queryCacheStatus` in nix-eval-jobs' drv.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lixeval.build.plan import Wanted, plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.evaluation.workspace import Workspace
    from lixeval.formats.store_path import StorePath


def cache_status(workspace: Workspace, drv_path: StorePath, outputs: Sequence[StorePath]) -> dict[str, object]:
    """The fields of a record."""
    store, caches = workspace.store, workspace.caches()
    store.flush()
    inputs = store.read_derivation(drv_path).input_derivations
    planned = plan(store, [Wanted(path, tuple(names)) for path, names in inputs.items()], substituter=caches)
    absent = [path for path in outputs if not store.is_valid(path)]
    offered = caches.available(absent) if caches is not None and absent else set()
    fetched = {one.path for one in planned.to_fetch}
    if caches is not None and offered:
        fetched.update(one.path for one in caches.missing(sorted(offered)))
    if planned.to_build or planned.unknown or offered != set(absent):
        status = "notBuilt"
    else:
        status = "cached" if fetched else "local"
    return {
        "cacheStatus": status,
        "isCached": status != "notBuilt",
        "neededBuilds": list(planned.to_build),
        "neededSubstitutes": sorted(fetched, key=lambda path: (path[44:], path)),
    }
