"""--clear-cache: removes what can be made again."""

from __future__ import annotations

import os
import shutil
import sys

from lixeval.errors import SystemFailure
from lixeval.formats.sizes import size
from lixeval.system.directories import cache_directory


def clear_cache() -> None:
    """Removes the cache folder and says how much was in it; SystemFailure where it cannot be removed."""
    directory = cache_directory()
    if os.path.islink(directory):
        raise SystemFailure(f"'{directory}' is a link, and what it points to may be of somebody else")
    if not os.path.isdir(directory):
        print(f"there is no {directory}", file=sys.stderr)
        return
    count = _size(directory)
    try:
        shutil.rmtree(directory)
    except OSError as error:
        raise SystemFailure(f"cannot remove '{error.filename}': {error.strerror}") from None
    print(f"removed {directory}, {size(count)}", file=sys.stderr)


def _size(directory: str) -> int:
    return sum(
        os.lstat(os.path.join(folder, name)).st_blocks * 512
        for folder, _, names in os.walk(directory)
        for name in names
    )
