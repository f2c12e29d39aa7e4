"""What a run has left outside of the store, and whether it is still as it was left.

    archives and folders    their stamps: nobody had them open, so a tick of the clock after the last write is enough
    links to results        what they say, and what the store's links to them say
    store paths             valid

Where an image went elsewhere (a registry, another program's images) nothing can be seen from here: such a run is made
again each time.
"""

from __future__ import annotations

import os
from stat import S_ISDIR, S_ISLNK

from lixeval.evaluation.remembered.facts import all_valid, stamps_hold
from lixeval.system.fingerprints import HONEST, NEVER_WRITTEN, honest_devices, stamp_of, ticked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.formats.store_path import StorePath
    from lixeval.system.fingerprints import Stamp

    Made = tuple[list[str], dict[str, Stamp], dict[str, str], list[StorePath]]
    """The places that were printed, stamps of files, what links say, store paths."""


def made(places: list[str], written: Iterable[str], links: dict[str, str], valid: list[StorePath]) -> Made | None:
    """What a run has made; `written` are its archives and folders, `links` say what they should.

    None where a change of them might not show.
    """
    stamps: dict[str, Stamp] = {}
    try:
        for path in written:
            _take(os.path.abspath(path), stamps)
            if not _is_ours(os.path.abspath(path)):
                return None
        honest = honest_devices(HONEST + NEVER_WRITTEN)
        if not all(stamp[0] in honest for stamp in stamps.values()):
            return None
        if not ticked([stamp[5] for stamp in stamps.values()]):
            return None
        # Between writing and the tick somebody may have changed a file; then its stamp is another one by now.
        if not stamps_hold(stamps):
            return None
        return places, stamps, links, valid
    except OSError:
        return None


def _is_ours(path: str) -> bool:
    """Whether what is there is this run's work, and not that of another that writes to the same place.

    Of a folder the file that says which image it holds; blobs are named by their content.
    """
    from lixeval.system.atomic import COMPLETED, identity

    files = [path]
    if os.path.isdir(path):
        files = [f"{path}/{name}" for name in ("index.json", "manifest.json") if os.path.exists(f"{path}/{name}")]
    return bool(files) and all(identity(os.lstat(file)) in COMPLETED for file in files)


def _take(path: str, stamps: dict[str, Stamp]) -> None:
    """The stamp of a file, or of a folder and all that is in it; OSError for a link, whose stamp says too little."""
    status = os.lstat(path)
    if S_ISLNK(status.st_mode):
        raise OSError(path)
    stamps[path] = stamp_of(status)
    if S_ISDIR(status.st_mode):
        with os.scandir(path) as entries:
            for entry in entries:
                _take(entry.path, stamps)


def still_there(made: Made | None, state_directory: str) -> bool:
    """Whether everything that was made is as it was left."""
    if made is None:
        return False
    _, stamps, links, valid = made
    try:
        return (
            stamps_hold(stamps)
            and all(os.readlink(link) == target for link, target in links.items())
            and all_valid(state_directory, valid)
        )
    except OSError:
        return False
