"""The connection to the store's database: made when it is needed, once a process, with Nix's settings and locks.

Beside `db.sqlite` lie `schema`, a file with the schema's number, and `big-lock`, held shared by whoever has the
database open and exclusively by whoever creates or converts it.

A connection must not cross a fork, and builders run in forked children that ask the store things: so a child gets a
connection, and a lock between threads, of its own.

C++: `LocalStore::openDB`; the schema's SQL is Nix's.
"""

from __future__ import annotations

import _thread  # threading takes 3 ms to import, and opening a store is part of every start
import os
import time

from lixeval.errors import DatabaseError, StoreError, no_room_hint
from lixeval.system.forks import forks

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    import threading

SCHEMA_VERSION = 10
BUSY_SECONDS = 600
"""How long to wait for another process's transaction before giving up."""

_DAMAGE = ("malformed", "not a database", "no such table", "no such column", "unsupported file format")
"""What SQLite says of a database that is none any more."""

_SCHEMA = """
create table if not exists ValidPaths (
    id               integer primary key autoincrement not null,
    path             text unique not null,
    hash             text not null,
    registrationTime integer not null,
    deriver          text,
    narSize          integer,
    ultimate         integer,
    sigs             text,
    ca               text
);
create table if not exists Refs (
    referrer  integer not null,
    reference integer not null,
    primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict
);
create index if not exists IndexReferrer on Refs(referrer);
create index if not exists IndexReference on Refs(reference);
create trigger if not exists DeleteSelfRefs before delete on ValidPaths
  begin
    delete from Refs where referrer = old.id and reference = old.id;
  end;
create table if not exists DerivationOutputs (
    drv  integer not null,
    id   text not null,
    path text not null,
    primary key (drv, id),
    foreign key (drv) references ValidPaths(id) on delete cascade
);
create index if not exists IndexDerivationOutputs on DerivationOutputs(path);
create table if not exists SchemaMigrations (migration text primary key not null);
"""


class Connection:
    """The way to the database in `directory`; safe to share between threads, survives a fork."""

    def __init__(self, directory: str, read_only: bool) -> None:
        self.read_only = read_only
        self._directory = directory
        self._file = directory + "/db.sqlite"
        self._schema_file = directory + "/schema"
        self._own_lock = _thread.RLock()
        self._connection: sqlite3.Connection | None = None
        self._big_lock: int | None = None
        self._forks = forks()
        self._left_behind: list[sqlite3.Connection] = []

    @property
    def lock(self) -> threading.RLock:
        """What keeps threads apart, also those of who uses the database.

        After a fork, another thread of the parent may have held the lock, so the child gets a new one; the parent's
        connection is left alone, neither used nor closed.
        """
        if self._forks != forks():
            self._forks = forks()
            self._own_lock = _thread.RLock()
            if self._connection is not None:
                self._left_behind.append(self._connection)
                self._connection = None
            if self._big_lock is not None:
                os.close(self._big_lock)  # the parent's: what is done to it here would be done to the parent's lock
                self._big_lock = None
        return self._own_lock

    def open(self, create: bool = False) -> sqlite3.Connection | None:
        """The connection of this process; None if there is no database and none is to be made.

        To be called, and its result used, with `lock` held.
        """
        if self._connection is not None:
            return self._connection
        # The schema's number is written last, so without it the database is not there yet.
        finished = os.path.exists(self._schema_file)
        exists = finished or (self.read_only and os.path.exists(self._file))
        if not exists and not create:
            return None
        try:
            connection = self._connect(create and not exists)
            if not finished and self.read_only and not _has_tables(connection):
                connection.close()
                return None
            self._connection = connection
        except Exception as error:
            self.explain(error)
            raise
        return self._connection

    def _connect(self, create: bool) -> sqlite3.Connection:
        if self.read_only or not (create or os.access(self._file, os.W_OK)):
            return self._connect_read_only()
        if self._big_lock is None:
            self._big_lock = os.open(self._directory + "/big-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        import fcntl

        # Held as long as the connection, so that no newer Nix converts the database meanwhile.
        fcntl.flock(self._big_lock, fcntl.LOCK_SH)
        if create:
            self._create(self._big_lock)
        self._check_version()
        return _configured(self._connect_to(self._file))

    def _connect_read_only(self) -> sqlite3.Connection:
        import _sqlite3 as sqlite3

        uri = "file:" + _quoted(self._file) + "?mode=ro"
        try:
            connection = self._connect_to(uri, uri=True)
            connection.execute("select 1 from ValidPaths limit 1")
        except sqlite3.OperationalError:
            # A WAL database wants to create files beside it; where we may not, nobody is writing to it either.
            connection = self._connect_to(uri + "&immutable=1", uri=True)
        return connection

    def _connect_to(self, name: str, uri: bool = False) -> sqlite3.Connection:
        # The module behind `sqlite3`, which loads `datetime` for conversions that nothing here uses: 5 ms of each run.
        import _sqlite3 as sqlite3

        return sqlite3.connect(name, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=uri)

    def _check_version(self) -> None:
        with open(self._schema_file, encoding="utf-8") as file:
            version = file.read().strip()
        if version != str(SCHEMA_VERSION):
            raise StoreError(
                f"the store's database '{self._file}' has schema '{version}', not {SCHEMA_VERSION}",
                hint="open it with the Nix that made it, or use another store",
            )

    def _create(self, big_lock: int) -> None:
        """A new database; of several processes that come at once one does it and the others wait.

        The lock is held shared before and after.  It must not be waited for exclusively: whoever made the database
        meanwhile keeps it shared for as long as the connection lasts, which may be until the one waiting is done.
        """
        import fcntl

        while not os.path.exists(self._schema_file):
            try:
                # Even where this fails, the shared lock is given up: two that want to create do not block each other.
                fcntl.flock(big_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.01)
            else:
                if not os.path.exists(self._schema_file):
                    self._create_alone()
            fcntl.flock(big_lock, fcntl.LOCK_SH)

    def _create_alone(self) -> None:
        connection = _configured(self._connect_to(self._file))
        connection.executescript(_SCHEMA)
        connection.close()
        temporary = self._schema_file + ".tmp"
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(str(SCHEMA_VERSION))
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, self._schema_file)

    def explain(self, error: Exception) -> None:
        """Raise SQLite's errors as ours; do nothing about any other.  Where nothing fails SQLite is not imported."""
        import _sqlite3 as sqlite3

        if isinstance(error, sqlite3.Error):
            hint = no_room_hint(error)
            lost = not os.path.exists(self._file) or any(words in str(error) for words in _DAMAGE)
            if hint is None and lost:
                hint = "lixeval store repair --database makes it again from what lies in the store"
            raise DatabaseError(f"the store's database '{self._file}' failed: {error}", hint=hint) from error

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        with self.lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()
            if self._big_lock is not None:
                os.close(self._big_lock)
                self._big_lock = None

    def __del__(self) -> None:
        # SQLite's connection refers to itself, so it would stay open until Python looks for circles.
        if self._connection is not None and self._forks == forks():
            self._connection.close()
        if self._big_lock is not None:
            os.close(self._big_lock)


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("select 1 from sqlite_master where name = 'ValidPaths'").fetchone() is not None


def _configured(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Nix's settings: a write-ahead log that is synced when it is folded in, and references that are checked."""
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma synchronous = normal")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma wal_autocheckpoint = 40000")
    return connection


def _quoted(file: str) -> str:
    """A file name as part of a URI: the characters that end one, escaped."""
    return file.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
