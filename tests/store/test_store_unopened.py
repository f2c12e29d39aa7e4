"""A store that is opened at the first question."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from lixeval.store.local import LocalStore
from lixeval.store.unopened import local_store


def new_store(folder: Path) -> LocalStore:
    return local_store(str(folder / "store"), source_memory=str(folder / "sources"))


def is_opened(store: LocalStore) -> bool:
    return type(store) is LocalStore


def test_what_surrounds_each_evaluation_opens_nothing(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    with store.batch(), store.batch():
        pass
    store.leave()
    store.close()
    assert not is_opened(store)
    assert not os.listdir(tmp_path)


def test_any_question_opens_it(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    assert store.real("/nix/store") == f"{tmp_path}/store/nix/store"
    assert is_opened(store)
    path = store.add_text("name", "text")
    assert store.is_valid(path)
    store.close()


def test_a_batch_that_began_before_holds_what_is_added(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    other = LocalStore(str(tmp_path / "store"))
    with store.batch():
        with store.batch():
            path = store.add_text("name", "text")
        assert not other.is_valid(path)  # the outer batch goes on
    assert other.is_valid(path)
    store.close()
    other.close()


def test_a_folder_is_where_it_was_when_the_store_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = local_store("store", source_memory="sources")
    monkeypatch.chdir("/")
    assert store.root == f"{tmp_path}/store"


def test_threads_open_it_once(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    begin = threading.Barrier(8)
    found: list[int] = []

    def ask() -> None:
        begin.wait()
        found.append(id(store.database))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
