"""From the word that names a store to the store: a folder's own, or a daemon's."""

from __future__ import annotations

from lixeval.environment.variables import is_daemon, store_root, store_word
from lixeval.store.local import LocalStore


def open_store(asked: str | None, *, source_memory: str | None = None) -> LocalStore:
    """The store that --store names, or $LIXEVAL_STORE, or the user's own; a daemon is asked nothing yet."""
    word = store_word(asked)
    if not is_daemon(word):
        return LocalStore(store_root(word), source_memory=source_memory)
    from lixeval.daemon.store import DaemonStore
    from lixeval.daemon.store_urls import parse

    return DaemonStore(parse(word), source_memory=source_memory)
