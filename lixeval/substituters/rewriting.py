"""A closure from a cache under names that follow from its contents: what `fetchClosure` with `toPath` gives.

    offers of the whole closure -> each NAR (checked: FileSize, FileHash, NarSize, NarHash) -> its new name -> the store

Nobody has to sign what comes so, as the one name that the expression says vouches for all of it.  What is valid here
under its old name is fetched all the same: it may be another build.
"""

from __future__ import annotations

from lixeval.errors import StoreError
from lixeval.formats.nar import HashingWriter
from lixeval.store.content_addressing import ContentAddressing
from lixeval.substituters import compression
from lixeval.substituters.caches import Caches
from lixeval.substituters.fetching import bounded, download, from_somebody, no_room, temporary_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from lixeval.formats.nar_events import Read
    from lixeval.formats.narinfo import NarInfo
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore
    from lixeval.substituters.cache import BinaryCache
    from lixeval.substituters.caches import Asking, Offer

_BLOCK = 1 << 18


def fetch_rewritten(store: LocalStore, asking: Asking, path: StorePath, say: Callable[[str], None]) -> StorePath:
    """The new name of a path that a cache has, now valid with all that it refers to; StoreError where it has not."""
    asking.require_signatures = False
    caches = _Everything(store, asking, say)
    try:
        if not caches.available([path]):
            raise StoreError(f"path '{path}' cannot be had from '{asking.urls[0]}'")
        addressing = ContentAddressing(store, lambda old, new: say(f"rewriting '{old}' to '{new}'"))
        store.prepare()
        for old, offer in caches.needed([path]).items():
            with temporary_file(store.real_store_dir, old) as nar:
                _fetch(caches, offer, nar, store.real_store_dir)
                addressing.add(old, offer.info.references, nar)
        return addressing.new_names[path]
    finally:
        caches.close()


class _Everything(Caches):
    """Caches that are asked for whole closures, whatever is here."""

    def _is_there(self, path: StorePath) -> bool:
        return False


def _fetch(caches: Caches, offer: Offer, nar: IO[bytes], folder: str) -> None:
    """Writes the NAR of an offered path."""

    def get(cache: BinaryCache, info: NarInfo) -> None:
        with temporary_file(folder, info.path) as packed:
            download(cache, info, packed, packed, caches.warn)
            _unpack(bounded(compression.unpacker(info.compression, packed), info), info, nar)

    from_somebody(caches, offer, get, lambda: False)


def _unpack(read: Read, info: NarInfo, nar: IO[bytes]) -> None:
    """Writes what is read; StoreError unless it is what the narinfo says."""
    nar.seek(0)
    nar.truncate()
    hashing = HashingWriter()
    while data := read(_BLOCK):
        hashing.write(data)
        try:
            nar.write(data)
        except OSError as error:
            raise no_room(info.path, error) from None
    found, size = hashing.result()
    if found != info.nar_hash or size != info.nar_size:
        raise StoreError(f"hash mismatch in '{info.path}': specified {info.nar_hash.sri}, got {found.sri}")
