"""NARs from elsewhere unpacked to where they belong, to be registered later with others."""

from __future__ import annotations

from lixeval.errors import SystemFailure
from lixeval.store import canonical
from lixeval.store.placing import cannot_write, put_in_place, restore_checked
from lixeval.system.removing import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.formats.nar_events import Read
    from lixeval.formats.store_path import RealPath
    from lixeval.store.local import LocalStore
    from lixeval.store.path_info import PathInfo


def unpack_nar(store: LocalStore, info: PathInfo, read: Read, check: Callable[[RealPath], None]) -> None:
    """Unpacks a NAR to the place of `info.path` if hash, size and the `check` of what was unpacked are right.

    The caller holds the path's lock, and makes it valid by `LocalStore.register_unpacked`.  StoreError or FormatError
    for a wrong NAR, SystemFailure where it cannot be written; whatever `read` raises passes through.
    """
    temporary, real = store.temporary_output(info.path), store.real(info.path)
    try:
        restore_checked(info, read, temporary)
        check(temporary)
        canonical.canonicalise(temporary)
        put_in_place(temporary, real)
    except OSError as error:
        if error.errno is None:
            raise
        raise cannot_write(real, error, SystemFailure) from error
    finally:
        remove_tree(temporary)
