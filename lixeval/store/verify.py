"""Does the store hold what its database says?

C++: `LocalStore::verifyStore`; the messages are Nix's.
"""

from __future__ import annotations

import os

from lixeval.errors import FormatError
from lixeval.formats import nar, store_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.store.local import LocalStore
    from lixeval.store.path_info import PathInfo


def verify(store: LocalStore, check_contents: bool = False) -> list[str]:
    """One line for each valid path that is not there or, if contents are checked, not what it was."""
    problems = []
    for path, info in store.infos(store.all_paths()).items():
        if not store_path.is_store_path(path):
            problems.append(f"path '{path}' is not in the Nix store")
        elif not os.path.lexists(store.real(path)):
            still = ", but it still has valid referrers!" if store.referrers(path) else ""
            problems.append(f"path '{path}' disappeared{still}")
        elif check_contents:
            problems += _check_contents(store, info)
    return problems


def _check_contents(store: LocalStore, info: PathInfo) -> list[str]:
    try:
        found, size = nar.dump_hash(store.real(info.path))
    except (OSError, FormatError) as error:
        return [f"path '{info.path}' cannot be read: {error}"]
    if found != info.nar_hash:
        return [f"path '{info.path}' was modified! expected hash '{info.nar_hash.sri}', got '{found.sri}'"]
    if size != info.nar_size:
        return [f"path '{info.path}' has {size} bytes, not {info.nar_size}"]
    return []
