"""The database that tells Nix inside an image which paths it has (`initializeNixDatabase`).

    nix/var/nix/db/db.sqlite              the schema of a store, every path of the closure registered
    nix/var/nix/gcroots/docker/NAME       a link to each path, so that no garbage collection removes it
    nix/store/.links/                     an empty folder

Paths are numbered from 1 in the order of their base names; the time of registration is 0; there is no deriver.  The
file equals, byte for byte, the one that sqlite3 makes from a dump of a loaded database: the same statements in one
transaction give the same pages.  Only the version of the library, which SQLite stamps into bytes 96..99, is set to a
fixed one.

Source: `nix-store --load-db` for what is registered; the SQLite file format, "The Database Header".
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from lixeval.build.builders.output_tree import OutputTree
from lixeval.containers.failure import Nix2containerError

# SQLITE_VERSION_NUMBER of the library whose files these equal, at its place in the header.
_WRITER_VERSION = (3046001).to_bytes(4, "big")
_WRITER_VERSION_AT = 96

_ROOTS = "nix/var/nix/gcroots/docker"

_TABLES = (
    """CREATE TABLE ValidPaths (
    id               integer primary key autoincrement not null,
    path             text unique not null,
    hash             text not null, -- base16 representation
    registrationTime integer not null,
    deriver          text,
    narSize          integer,
    ultimate         integer, -- null implies "false"
    sigs             text, -- space-separated
    ca               text -- if not null, an assertion that the path is content-addressed; see ValidPathInfo
)""",
    """CREATE TABLE Refs (
    referrer  integer not null,
    reference integer not null,
    primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict
)""",
    """CREATE TABLE DerivationOutputs (
    drv  integer not null,
    id   text not null, -- symbolic output id, usually "out"
    path text not null,
    primary key (drv, id),
    foreign key (drv) references ValidPaths(id) on delete cascade
)""",
    "CREATE TABLE SchemaMigrations (migration text primary key not null)",
)
_AFTER = (
    """CREATE TRIGGER DeleteSelfRefs before delete on ValidPaths
  begin
    delete from Refs where referrer = old.id and reference = old.id;
  end""",
    "CREATE INDEX IndexReferrer on Refs(referrer)",
    "CREATE INDEX IndexReference on Refs(reference)",
    "CREATE INDEX IndexDerivationOutputs on DerivationOutputs(path)",
)


@dataclass(frozen=True, slots=True)
class RegisteredPath:
    """A row: the path, `nar_hash` as sha256:BASE16, the size of its NAR, and the paths it refers to."""

    path: str
    nar_hash: str
    nar_size: int
    references: tuple[str, ...]


def write_tree(paths: Sequence[RegisteredPath], tree: OutputTree, output: str) -> None:
    """Make the three parts in the `tree` at the real path `output`; every reference must be among `paths`."""
    ordered = sorted(paths, key=lambda entry: os.path.basename(entry.path))
    for folder in ("nix/var/nix/db", _ROOTS, "nix/store/.links"):
        tree.folder(folder)
    write_database(ordered, os.path.join(output, "nix/var/nix/db/db.sqlite"))
    for entry in ordered:
        tree.link(f"{_ROOTS}/{os.path.basename(entry.path)}", entry.path)


def write_database(paths: Sequence[RegisteredPath], file: str) -> None:
    """Write the database of `paths`, in the order of their ids, to a new `file`; raises Nix2containerError for a
    reference that is not among them.
    """
    ids = {entry.path: number for number, entry in enumerate(paths, 1)}
    for target in (target for entry in paths for target in entry.references):
        if target not in ids:
            raise Nix2containerError(f"path '{target}' is not valid")
    rows = [(ids[p.path], p.path, p.nar_hash, 0, None, p.nar_size, None, None, None) for p in paths]
    references = sorted((ids[entry.path], ids[target]) for entry in paths for target in set(entry.references))
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as database:
        run = database.execute
        run("PRAGMA foreign_keys=OFF")
        run("BEGIN TRANSACTION")
        valid_paths, refs, *others = _TABLES
        run(valid_paths)
        database.executemany("INSERT INTO ValidPaths VALUES(?,?,?,?,?,?,?,?,?)", rows)
        run(refs)
        database.executemany("INSERT INTO Refs VALUES(?,?)", references)
        for statement in others:
            run(statement)
        run("DELETE FROM sqlite_sequence")
        if paths:
            run("INSERT INTO sqlite_sequence VALUES('ValidPaths',?)", (len(paths),))
        for statement in _AFTER:
            run(statement)
        run("COMMIT")
    with open(file, "r+b") as stream:
        stream.seek(_WRITER_VERSION_AT)
        stream.write(_WRITER_VERSION)
