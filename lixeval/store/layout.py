"""The directories of a store, created when something is first written to it.

    ROOT/nix/store           what the store is there for; .links is where Nix keeps what it deduplicates
    ROOT/nix/var/nix/db      the database and its locks
                     gcroots, profiles, temproots: what garbage collectors must not delete
                     gc.lock: held exclusively by who collects; see `temporary_roots`

Nix makes the same ones; a store that lacked some could not be opened by it.
"""

from __future__ import annotations

import os

from lixeval.errors import StoreError

LINKS = ".links"
"""The folder in a store where Nix keeps what it deduplicates."""
_STATE = ("db", "temproots", "profiles/per-user", "gcroots/per-user")


def create(real_store_dir: str, state_dir: str) -> None:
    """Make sure that the store's directories exist and can be written to; `StoreError` says what to do if not."""
    try:
        os.makedirs(f"{real_store_dir}/{LINKS}", exist_ok=True)
        for directory in _STATE:
            os.makedirs(f"{state_dir}/{directory}", exist_ok=True)
        if not os.path.lexists(state_dir + "/gcroots/profiles"):
            os.symlink(state_dir + "/profiles", state_dir + "/gcroots/profiles")
    except FileExistsError as error:
        if not os.path.islink(error.filename2 or ""):
            raise _cannot(real_store_dir, f"'{error.filename}' is in the way") from error
    except OSError as error:
        raise _cannot(real_store_dir, f"{error.strerror} at '{error.filename}'") from error
    for directory in (real_store_dir, state_dir + "/db"):
        if not os.access(directory, os.W_OK | os.X_OK):
            raise _cannot(real_store_dir, f"'{directory}' is not writable by user {os.geteuid()}")


def _cannot(real_store_dir: str, reason: str) -> StoreError:
    return StoreError(
        f"cannot write to the store '{real_store_dir}': {reason}",
        hint="name a folder of yours with --store DIR, or make this one writable for you",
    )
