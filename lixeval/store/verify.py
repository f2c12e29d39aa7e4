"""Does the store hold what its database says?

C++: `LocalStore::verifyStore`; the messages are Nix's.
"""

from __future__ import annotations

import os

from lixeval.errors import FormatError, reason_of
from lixeval.formats import nar, store_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore
    from lixeval.store.path_info import PathInfo


def verify(store: LocalStore, check_contents: bool = False) -> list[str]:
    """One line for each valid path that is not there or, if contents are checked, not what it was."""
    return list(damaged(store, store.all_paths(), check_contents=check_contents).values())


def damaged(store: LocalStore, paths: Iterable[StorePath], *, check_contents: bool) -> dict[StorePath, str]:
    """The valid ones of the paths with which something is wrong, those first that others refer to, and what it is."""
    problems = {}
    for path, info in store.infos(paths).items():
        problem = damage_of(store, info, check_contents)
        if problem is not None:
            problems[path] = problem
    return {path: problems[path] for path in store.topological(problems)} if len(problems) > 1 else problems


def damage_of(store: LocalStore, info: PathInfo, check_contents: bool) -> str | None:
    """What is wrong with a valid path, if anything is."""
    path = info.path
    if not store_path.is_store_path(path):
        return f"path '{path}' is not in the Nix store"
    if not os.path.lexists(store.real(path)):
        still = ", but it still has valid referrers!" if store.referrers(path) else ""
        return f"path '{path}' disappeared{still}"
    return _content_damage(store, info) if check_contents else None


def _content_damage(store: LocalStore, info: PathInfo) -> str | None:
    try:
        found, size = nar.dump_hash(store.real(info.path))
    except (OSError, FormatError) as error:
        return f"path '{info.path}' cannot be read: {reason_of(error)}"
    if found != info.nar_hash:
        return f"path '{info.path}' was modified! expected hash '{info.nar_hash.sri}', got '{found.sri}'"
    if size != info.nar_size:
        return f"path '{info.path}' has {size} bytes, not {info.nar_size}"
    return None
