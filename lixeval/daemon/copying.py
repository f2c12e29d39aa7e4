"""Paths from store to store, with all that they refer to: what is missing there, and no more.

    closure there -> which of it is here? (one question) -> the rest, each after what it refers to

To a daemon they go in one request, however many there are.  Into a local store they are registered together.  Whoever
receives checks: hash and size always, and that somebody whom he trusts vouches for them, unless told otherwise.
"""

from __future__ import annotations

from lixeval.errors import StoreError
from lixeval.formats import nar, narinfo
from lixeval.formats.nar_events import encode
from lixeval.substituters.trust import check_content, names_itself
from lixeval.system.graphs import dependencies_first

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lixeval.daemon.connection import Dump
    from lixeval.daemon.store import DaemonStore
    from lixeval.formats.keys import PublicKey
    from lixeval.formats.store_path import RealPath, StorePath
    from lixeval.store.local import LocalStore
    from lixeval.store.path_info import PathInfo


class Vouching:
    """Whose word is taken for what is copied: that of `keys`, or with None anybody's."""

    def __init__(self, keys: Sequence[PublicKey] | None) -> None:
        self.keys = keys

    @property
    def is_needed(self) -> bool:
        """Whether somebody has to vouch."""
        return self.keys is not None

    def check(self, info: PathInfo) -> None:
        """StoreError where nobody vouches for a path."""
        if self.keys is None or names_itself(info):
            return
        message = narinfo.fingerprint(info.path, info.nar_hash, info.nar_size, info.references)
        if not narinfo.verify(message, info.signatures, self.keys):
            raise StoreError(
                f"cannot add path '{info.path}' because it lacks a signature by a trusted key",
                hint="--no-check-sigs takes it all the same; trusted-public-keys says whose word is taken",
            )


def copy_closure(
    source: LocalStore,
    target: LocalStore,
    paths: Iterable[StorePath],
    vouching: Vouching,
    tell: Callable[[StorePath], object] = lambda path: None,
    *,
    substitute: bool = False,
) -> list[StorePath]:
    """Makes the paths and all that they refer to valid in `target`; what was copied.  `tell` hears of each path.

    With `substitute` a daemon fetches first what it can.
    """
    wanted = source.closure(paths)
    infos = source.infos(wanted)
    if target.is_daemons:
        _daemons(target).flush()
        there = _daemons(target).link.call(lambda daemon: daemon.valid_among(wanted, substitute=substitute))
    else:
        there = target.valid_among(wanted)
    absent = {path for path in wanted if path not in there}
    edges = [(path, other) for path in absent for other in infos[path].references]
    order = dependencies_first(absent, edges)
    if target.is_daemons:
        _send(source, _daemons(target), [infos[path] for path in order], vouching, tell)
    else:
        with target.batch():
            for path in order:
                tell(path)
                _take(source, target, infos[path], vouching)
    return order


def _daemons(store: LocalStore) -> DaemonStore:
    return store  # type: ignore[return-value]  # of those that say so


def _send(
    source: LocalStore,
    target: DaemonStore,
    infos: Sequence[PathInfo],
    vouching: Vouching,
    tell: Callable[[StorePath], object],
) -> None:
    if not infos:
        return

    def dump(path: StorePath) -> Dump:
        tell(path)
        return lambda write: dump_nar(source, path, write)

    target.add_many([_as_from_elsewhere(info) for info in infos], dump, checked=vouching.is_needed)


def _as_from_elsewhere(info: PathInfo) -> PathInfo:
    """What is said of a path that another store has built: that it was built elsewhere, and now."""
    from lixeval.store.path_info import PathInfo

    return PathInfo(
        info.path, info.nar_hash, info.nar_size, info.references, info.deriver, 0, info.ca, False, info.signatures
    )


def _take(source: LocalStore, target: LocalStore, info: PathInfo, vouching: Vouching) -> None:
    vouching.check(info)

    def write(destination: RealPath) -> None:
        unpack(source, info, destination)
        check_content(info, destination)

    target.add_unpacked(_as_from_elsewhere(info), write)


def dump_nar(store: LocalStore, path: StorePath, write: Callable[[bytes], object]) -> None:
    """Writes the NAR of a valid path of any store."""
    if store.is_daemons:
        _daemons(store).send_nar(path, write)
    else:
        nar.dump(store.real(path), write)


def unpack(store: LocalStore, info: PathInfo, destination: RealPath) -> None:
    """Copies a valid path of any store to a real path; StoreError where it is not what the store says."""
    if store.is_daemons:
        _daemons(store).fetch_to(info, destination)
        return
    hashing = nar.HashingWriter()
    encode(nar.materialise(nar.walk(store.real(info.path)), destination), hashing.write)
    found, size = hashing.result()
    if found != info.nar_hash or size != info.nar_size:
        raise StoreError(
            f"path '{info.path}' has been modified: its hash is not what the store says",
            hint="lixeval store repair makes it again",
        )
