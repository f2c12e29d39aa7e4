"""The store's database and the process in the background, which is a fork."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lixeval.errors import DatabaseError
from lixeval.evaluation.remembered import rehearsal
from lixeval.evaluation.remembered.following import follow
from lixeval.evaluation.remembered.library import Library
from lixeval.evaluation.remembered.recording import UsingLibrary
from lixeval.runtime.thunks import READ
from lixeval.store.database import Database
from lixeval.system import background

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="open files are listed in /proc alone")


def _open_files() -> list[str]:
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        except FileNotFoundError:
            continue  # of the listing itself
    return found


def test_no_connection_crosses_the_fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite in the child took the locks of its parent for its own, and failed with "locking protocol"."""
    database = Database(str(tmp_path))
    database.register([], {})
    at_the_fork: list[list[str]] = []
    monkeypatch.setattr(background, "in_background", lambda work, is_worker: at_the_fork.append(_open_files()))
    library = SimpleNamespace(
        is_worth_keeping=lambda: True, workspace=SimpleNamespace(store=SimpleNamespace(database=database))
    )
    recording = cast(Any, UsingLibrary.__new__(UsingLibrary))
    recording._library = library
    assert any(file.startswith(str(tmp_path)) for file in _open_files())
    recording.keep_library()
    (files,) = at_the_fork
    assert [file for file in files if file.startswith(str(tmp_path))] == []


def test_what_is_kept_stays_where_the_database_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure of the machine is none of the library's: no poorer heap is made of it, and no note that none can be."""

    def fails(*_: object, **__: object) -> str:
        raise DatabaseError("the store's database 'db.sqlite' failed: disk I/O error")

    done: list[str] = []
    heaps = SimpleNamespace(
        lock=lambda waits: True,
        unlock=lambda: done.append("unlocked"),
        describe=lambda *_: done.append("described"),
    )
    monkeypatch.setattr(rehearsal, "_rehearsed", fails)
    library = cast(Library, SimpleNamespace(heaps=heaps, uses_project=lambda: False, is_edited=False))
    assert "disk I/O error" in rehearsal.rehearse(library)
    assert done == ["unlocked"]


@pytest.mark.parametrize("ask", ["found out", "followed"])
def test_who_cannot_ask_the_database_does_not_wait_in_the_heap(ask: str) -> None:
    def fails(*_: object) -> object:
        raise DatabaseError("the store's database 'db.sqlite' failed: disk I/O error")

    with pytest.raises(DatabaseError):
        if ask == "found out":
            cast(Any, rehearsal._Rehearsal)._found_out(None, fails, None)
        else:
            follow([([READ, 1], [fails, None])], set(), set())
