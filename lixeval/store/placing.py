"""How files come to their places in the store: checked as they are unpacked, renamed, and what is said when that fails.

Needed by whoever writes; a run that finds everything in the store does without.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from lixeval.errors import LixevalError, StoreError
from lixeval.formats import nar
from lixeval.store import canonical
from lixeval.store.layout import no_room_hint
from lixeval.store.path_info import PathInfo
from lixeval.system import syscalls

if TYPE_CHECKING:
    from lixeval.formats.nar_events import Read


def restore_checked(info: PathInfo, read: Read, destination: str) -> None:
    """Unpacks a NAR; StoreError where its hash or size are not those of `info`."""
    hashing = nar.HashingWriter()

    def read_hashing(size: int) -> bytes:
        data = read(size)
        hashing.write(data)
        return data

    nar.restore(read_hashing, destination)
    found, size = hashing.result()
    if found != info.nar_hash or size != info.nar_size:
        raise StoreError(
            f"hash mismatch importing path '{info.path}': "
            f"specified {info.nar_hash.sri} ({info.nar_size} bytes), got {found.sri} ({size} bytes)"
        )


def put_in_place(temporary: str, real: str) -> None:
    """Renames; what lies there already is not valid, so it is the rest of some failed attempt and goes.

    Or another process has put it there a moment ago and will register it: so the name must never be missing.
    """
    try:
        os.rename(temporary, real)
    except OSError:
        if not os.path.lexists(temporary):
            raise
        _replace(real, temporary)


def _replace(real: str, temporary: str) -> None:
    try:
        syscalls.exchange(temporary, real)
        canonical.remove_tree(temporary)
    except (OSError, AttributeError):  # a file system, or a C library, that cannot
        canonical.remove_tree(real)
        os.rename(temporary, real)


Failure = TypeVar("Failure", bound=LixevalError)


def cannot_write(real_path: str, error: OSError, kind: Callable[..., Failure]) -> Failure:
    """The error of a `kind` that says what the system says, and of which file."""
    return kind(f"cannot write '{real_path}': {_reason(error)}", hint=no_room_hint(error))


def cannot_read(real_path: str, error: OSError) -> StoreError:
    """What the system says of a source."""
    return StoreError(f"cannot read '{real_path}': {_reason(error)}")


def _reason(error: OSError) -> str:
    return f"{error.strerror} at '{os.fsdecode(error.filename)}'" if error.filename else str(error.strerror)
