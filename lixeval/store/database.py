"""The store's database: Nix's own SQLite schema, so that Nix can open what we write and we what Nix writes.

    ValidPaths         one row a valid path: its NAR's hash and size, when registered, by what derivation
    Refs               referrer, reference: edges between rows of ValidPaths, a path to itself too
    DerivationOutputs  for a .drv, the path of each output, valid or not
    SchemaMigrations   empty; Nix wants it

A path is valid if and only if it has a row, so registering is one transaction: all of it or nothing.  Nothing here
knows what lies in the store's directory; `connection` has the schema.

C++: local-store.cc.
"""

from __future__ import annotations

import time

from lixeval.errors import StoreError
from lixeval.formats import hashes
from lixeval.formats.store_path import StorePath
from lixeval.store import records
from lixeval.store.connection import Connection
from lixeval.store.path_info import PathInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    import threading
    from collections.abc import Callable, Iterable, Mapping, Sequence


_INFO_COLUMNS = "path, hash, narSize, deriver, registrationTime, ca, ultimate, sigs"
_MANY = 500
"""How many parameters one statement is given; SQLite's limit is at least 999."""


class Database:
    """The database in `directory` (ROOT/nix/var/nix/db); safe to share between threads.

    Questions to a database that does not exist are answered as by an empty one; the first `register` creates it.
    """

    def __init__(self, directory: str, read_only: bool = False) -> None:
        self.read_only = read_only
        self._directory = directory
        self._connection = Connection(directory, read_only)

    @property
    def lock(self) -> threading.RLock:
        """What keeps threads apart, also those of who uses the database."""
        return self._connection.lock

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        self._connection.close()

    # Asking

    def is_valid(self, path: StorePath) -> bool:
        """Whether `path` is registered."""
        return bool(self._select("select 1 from ValidPaths where path = ?", (path,)))

    def valid_among(self, paths: Iterable[StorePath]) -> set[StorePath]:
        """Those of the paths that are registered."""
        return {StorePath(row[0]) for row in self._select_in("select path from ValidPaths where path in", paths)}

    def all_paths(self) -> list[StorePath]:
        """Every registered path, sorted."""
        return [StorePath(row[0]) for row in self._select("select path from ValidPaths order by path")]

    def infos(self, paths: Iterable[StorePath]) -> dict[StorePath, PathInfo]:
        """What is known of those of the paths that are registered."""
        wanted = list(paths)
        references: dict[str, list[StorePath]] = {}
        edges = (
            "select a.path, b.path from Refs join ValidPaths a on referrer = a.id join ValidPaths b on reference = b.id"
        )
        for referrer, reference in self._select_in(f"{edges} where a.path in", wanted):
            references.setdefault(referrer, []).append(StorePath(reference))
        rows = self._select_in(f"select {_INFO_COLUMNS} from ValidPaths where path in", wanted)
        return {StorePath(row[0]): _info_from_row(row, references.get(row[0], ())) for row in rows}

    def references(self, path: StorePath) -> list[StorePath]:
        """What `path` refers to, itself included if it does; sorted."""
        return self._neighbours("referrer", "reference", path)

    def referrers(self, path: StorePath) -> list[StorePath]:
        """What refers to `path`, itself included if it does; sorted."""
        return self._neighbours("reference", "referrer", path)

    def _neighbours(self, near: str, far: str, path: StorePath) -> list[StorePath]:
        sql = f"""select b.path from ValidPaths a join Refs on {near} = a.id join ValidPaths b on {far} = b.id
                  where a.path = ? order by b.path"""
        return [StorePath(row[0]) for row in self._select(sql, (path,))]

    def closure(self, paths: Iterable[StorePath], reverse: bool = False) -> set[StorePath]:
        """The paths and everything they refer to (or, in `reverse`, all that refers to them), as far as registered."""
        near, far = ("reference", "referrer") if reverse else ("referrer", "reference")
        found: set[StorePath] = set()
        for group in _groups(list(paths)):
            sql = f"""with recursive closure(id) as (
                        select id from ValidPaths where path in ({_marks(group)})
                        union select {far} from Refs join closure on {near} = closure.id)
                      select path from ValidPaths where id in closure"""
            found.update(StorePath(row[0]) for row in self._select(sql, group))
        return found

    def edges(self, paths: Iterable[StorePath]) -> list[tuple[StorePath, StorePath]]:
        """(referrer, reference) for all references of the given paths."""
        sql = (
            "select a.path, b.path from Refs join ValidPaths a on referrer = a.id join ValidPaths b on reference = b.id"
        )
        return [(StorePath(row[0]), StorePath(row[1])) for row in self._select_in(f"{sql} where a.path in", paths)]

    def derivation_outputs(self, drv_path: StorePath) -> dict[str, StorePath]:
        """The outputs that a registered .drv declares: name to path."""
        sql = """select o.id, o.path from DerivationOutputs o join ValidPaths v on o.drv = v.id
                 where v.path = ? order by o.id"""
        return {row[0]: StorePath(row[1]) for row in self._select(sql, (drv_path,))}

    def derivers(self, path: StorePath) -> list[StorePath]:
        """The registered .drv files that have `path` as an output, sorted."""
        sql = """select v.path from DerivationOutputs o join ValidPaths v on o.drv = v.id
                 where o.path = ? order by v.path"""
        return [StorePath(row[0]) for row in self._select(sql, (path,))]

    def path_from_hash_part(self, prefix: str) -> StorePath | None:
        """The registered path that begins with `prefix` (store directory, slash and 32 characters)."""
        rows = self._select("select path from ValidPaths where path >= ? limit 1", (prefix,))
        return StorePath(rows[0][0]) if rows and rows[0][0].startswith(prefix) else None

    # Changing

    def register(self, infos: Sequence[PathInfo], outputs: Mapping[StorePath, Mapping[str, StorePath]]) -> None:
        """Make paths valid, in one transaction; what is registered already is brought up to date.

        `outputs` has the outputs of those that are derivations.  Every reference must be valid or among `infos`.
        """
        self._transaction(lambda connection: _register(connection, infos, outputs))
        records.append(self._directory, infos)

    def forget(self, paths: Iterable[StorePath]) -> None:
        """Make paths invalid, in this order and in one transaction; `StoreError` while others refer to them."""

        def delete(connection: sqlite3.Connection) -> None:
            connection.executemany("delete from ValidPaths where path = ?", [(path,) for path in paths])

        self._transaction(delete)

    def add_signatures(self, path: StorePath, signatures: Iterable[str]) -> None:
        """Let further keys vouch for a path."""

        def update(connection: sqlite3.Connection) -> None:
            row = connection.execute("select sigs from ValidPaths where path = ?", (path,)).fetchone()
            if row is None:
                raise StoreError(f"path '{path}' is not valid")
            together = dict.fromkeys([*(row[0] or "").split(), *signatures])
            connection.execute("update ValidPaths set sigs = ? where path = ?", (" ".join(together) or None, path))

        self._transaction(update)

    def _select(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[str, ...]]:
        with self._connection.lock:
            connection = self._connection.open()
            if connection is None:
                return []
            try:
                return connection.execute(sql, parameters).fetchall()
            except Exception as error:
                self._connection.explain(error)
                raise

    def _select_in(self, sql: str, paths: Iterable[StorePath]) -> list[tuple[str, ...]]:
        """`sql` and a list of marks, as often as the number of paths needs."""
        rows = []
        for group in _groups(list(paths)):
            rows += self._select(f"{sql} ({_marks(group)})", group)
        return rows

    def _transaction(self, change: Callable[[sqlite3.Connection], None]) -> None:
        if self.read_only:
            raise StoreError("this store is opened read-only")
        with self._connection.lock:
            connection = self._connection.open(create=True)
            assert connection is not None
            try:
                _in_transaction(connection, change)
            except Exception as error:
                self._connection.explain(error)
                raise


def _in_transaction(connection: sqlite3.Connection, change: Callable[[sqlite3.Connection], None]) -> None:
    connection.execute("begin immediate")
    try:
        change(connection)
        connection.execute("commit")
    except BaseException:
        # Where no room is left SQLite has done so itself, and would fail in words that say nothing of that.
        if connection.in_transaction:
            connection.execute("rollback")
        raise


def _register(
    connection: sqlite3.Connection, infos: Sequence[PathInfo], outputs: Mapping[StorePath, Mapping[str, StorePath]]
) -> None:
    """A few statements for all of them: an evaluation registers a thousand derivations at once."""
    now = int(time.time())
    ids = _ids(connection, {path for info in infos for path in (info.path, *info.references)})
    fresh: dict[StorePath, PathInfo] = {}
    for info in infos:
        if info.path not in ids:
            fresh.setdefault(info.path, info)
    connection.executemany(
        f"insert into ValidPaths ({', '.join(_GIVEN)}, path, registrationTime) values (?, ?, ?, ?, ?, ?, ?, ?)",
        [(*_given(info), info.path, info.registration_time or now) for info in fresh.values()],
    )
    connection.executemany(
        f"update ValidPaths set {' = ?, '.join(_GIVEN)} = ? where path = ?",
        [(*_given(info), info.path) for info in infos if fresh.get(info.path) is not info],
    )
    ids.update(_ids(connection, fresh))
    for info in infos:
        for reference in info.references:
            if reference not in ids:
                raise StoreError(f"path '{reference}', which '{info.path}' refers to, is not valid")
    edges = [(ids[info.path], ids[reference]) for info in infos for reference in info.references]
    connection.executemany("insert or ignore into Refs (referrer, reference) values (?, ?)", edges)
    declared = [(ids[info.path], *output) for info in infos for output in outputs.get(info.path, {}).items()]
    connection.executemany("insert or replace into DerivationOutputs (drv, id, path) values (?, ?, ?)", declared)


def _ids(connection: sqlite3.Connection, paths: Iterable[StorePath]) -> dict[str, int]:
    """The rows of those of the paths that have one."""
    found: dict[str, int] = {}
    for group in _groups(list(paths)):
        found.update(connection.execute(f"select path, id from ValidPaths where path in ({_marks(group)})", group))
    return found


_GIVEN = ("hash", "narSize", "deriver", "ca", "ultimate", "sigs")


def _given(info: PathInfo) -> tuple[object, ...]:
    """The columns of `_GIVEN`; what Nix leaves null is null."""
    return (
        info.nar_hash.prefixed_base16,
        info.nar_size or None,
        info.deriver,
        info.ca,
        1 if info.ultimate else None,
        " ".join(info.signatures) or None,
    )


def _info_from_row(row: Sequence[object], references: Iterable[StorePath]) -> PathInfo:
    path, nar_hash, nar_size, deriver, registration_time, ca, ultimate, signatures = row
    return PathInfo(
        path=StorePath(str(path)),
        nar_hash=hashes.parse(str(nar_hash)),
        nar_size=int(str(nar_size or 0)),
        references=references,
        deriver=None if deriver is None else StorePath(str(deriver)),
        registration_time=int(str(registration_time)),
        ca=None if ca is None else str(ca),
        ultimate=bool(ultimate),
        signatures=str(signatures or "").split(),
    )


def _groups(paths: list[StorePath]) -> list[list[StorePath]]:
    return [paths[start : start + _MANY] for start in range(0, len(paths), _MANY)]


def _marks(group: Sequence[str]) -> str:
    return ",".join("?" * len(group))
