"""Batches, crashes, locks and other processes: what is registered, and what a bystander sees of it."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lixeval.errors import StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats import nar
from lixeval.formats.derivation import UNKNOWN, Derivation, Output
from lixeval.formats.store_path import RealPath
from lixeval.store import canonical
from lixeval.store.local import LocalStore
from lixeval.store.locks import PathLocks
from lixeval.store.verify import verify
from lixeval.system.removing import remove_tree

fork = multiprocessing.get_context("fork")


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(str(tmp_path / "root"))


def names(store: LocalStore) -> list[str]:
    return sorted(os.listdir(store.real_store_dir))


def in_child(work: Callable[[], None]) -> None:
    process = fork.Process(target=work)
    process.start()
    process.join(60)
    assert process.exitcode == 0


# Batches


def test_a_batch_is_registered_at_its_end(store: LocalStore) -> None:
    other = LocalStore(store.root)
    with store.batch():
        a = store.add_text("a", "")
        b = store.add_text("b", a, [a])
        assert store.is_valid(a) and store.is_valid(b)
        assert Path(store.real(b)).read_text() == a
        assert not other.is_valid(a)
        with store.batch():
            store.add_text("c", "")
        assert not other.is_valid(a)
    assert other.is_valid(a) and other.references(b) == [a]
    assert verify(store, check_contents=True) == []


def test_questions_end_a_batch_early(store: LocalStore) -> None:
    other = LocalStore(store.root)
    with store.batch():
        a = store.add_text("a", "")
        assert store.closure([a]) == [a]
        assert other.is_valid(a)
        b = store.add_text("b", a, [a])
        store.register([])
        assert other.is_valid(b)


def test_a_batch_that_fails_keeps_what_was_added(store: LocalStore) -> None:
    with pytest.raises(KeyError), store.batch():
        a = store.add_text("a", "")
        raise KeyError
    assert LocalStore(store.root).is_valid(a)


def test_sources_are_part_of_a_batch(store: LocalStore, tmp_path: Path) -> None:
    other = LocalStore(store.root)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").write_text("x")
    with store.batch():
        tree = store.add_path(str(tmp_path / "tree"), "t")
        text = store.add_text("text", tree, [tree])
        assert store.add_path(str(tmp_path / "tree"), "t") == tree
        assert (Path(store.real(tree)) / "file").read_text() == "x"
        assert not other.is_valid(tree)
    assert other.closure([text]) == sorted([text, tree])
    assert verify(store, check_contents=True) == []


def test_what_cannot_be_registered_is_tried_again(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise StoreError("no space")

    with monkeypatch.context() as patched:
        patched.setattr(store.database, "register", full)
        with pytest.raises(StoreError, match="no space"):
            store.add_text("a", "")
        with pytest.raises(StoreError, match="no space"):
            store.flush()
    b = store.add_text("b", "")
    assert len(store.all_paths()) == 2 and store.is_valid(b)


# Crashes


def test_a_crash_leaves_nothing_registered(store: LocalStore) -> None:
    def crash() -> None:
        mine = LocalStore(store.root)
        mine.add_text("before", "")
        with mine.batch():
            mine.add_text("a", "")
            os._exit(0)

    in_child(crash)
    assert [path[44:] for path in store.all_paths()] == ["before"]
    a = store.add_text("a", "")
    assert store.is_valid(a) and verify(store, check_contents=True) == []


def test_a_crash_while_copying_leaves_a_temporary_name(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").write_text("x")

    def crash() -> None:
        monkeypatch.setattr(canonical, "canonicalise", lambda _path: os._exit(0))
        LocalStore(store.root).add_path(str(tmp_path / "tree"), "t")

    in_child(crash)
    left = [name for name in names(store) if "-tmp-" in name]
    assert len(left) == 1 and store.all_paths() == []
    path = store.add_path(str(tmp_path / "tree"), "t")
    assert verify(store, check_contents=True) == []
    remove_tree(store.real_store_dir + "/" + left[0])
    assert names(store) == sorted([".links", path[11:]])


@pytest.mark.parametrize("rest", ["file", "empty", "full", "link"])
def test_what_lies_in_the_way_and_is_not_valid_goes(store: LocalStore, tmp_path: Path, rest: str) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").write_text("x")
    tree = store.compute_path(str(tmp_path / "tree"), "t")
    text = LocalStore(str(tmp_path / "elsewhere")).add_text("a", "text")
    os.makedirs(store.real_store_dir)
    for path in (tree, text):
        if rest == "file":
            Path(store.real(path)).write_text("half")
        elif rest == "link":
            os.symlink("/etc/passwd", store.real(path))
        else:
            os.mkdir(store.real(path))
            if rest == "full":
                os.mkdir(store.real(path) + "/sub")
                Path(store.real(path), "sub", "file").write_text("half")
                os.chmod(store.real(path) + "/sub", 0o555)
    assert store.add_path(str(tmp_path / "tree"), "t") == tree and store.add_text("a", "text") == text
    assert verify(store, check_contents=True) == []
    assert names(store) == sorted([".links", tree[11:], text[11:]])


def test_a_failed_write_cleans_up(store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tree").mkdir()
    store.add_text("first", "")

    def full(_path: str) -> None:
        raise OSError(28, "No space left on device", _path)

    monkeypatch.setattr(canonical, "canonicalise", full)
    with pytest.raises(StoreError, match="No space left on device"):
        store.add_path(str(tmp_path / "tree"), "t")
    assert len(names(store)) == 2 and len(store.all_paths()) == 1


# NARs from elsewhere


def test_a_nar_is_unpacked_and_checked(store: LocalStore, tmp_path: Path) -> None:
    import io

    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").write_text("x")
    elsewhere = LocalStore(str(tmp_path / "elsewhere"))
    info = elsewhere.info(elsewhere.add_path(str(tmp_path / "tree"), "t"))
    dumped = io.BytesIO()
    nar.dump(elsewhere.real(info.path), dumped.write)
    good = dumped.getvalue()
    with pytest.raises(StoreError, match="hash mismatch importing path"):
        store.add_nar(info, io.BytesIO(good.replace(b"x" + bytes(7), b"y" + bytes(7))).read)
    assert names(store) == [".links"] and not store.is_valid(info.path)
    store.add_nar(info, io.BytesIO(good).read)
    assert store.info(info.path).nar_hash == info.nar_hash
    assert verify(store, check_contents=True) == []
    store.add_nar(info, lambda _size: pytest.fail("it is there already"))


# Locks


def test_a_lock_excludes_and_goes_away(tmp_path: Path) -> None:
    path = RealPath(str(tmp_path / "x"))
    first, second = PathLocks([path, path]), PathLocks([path])
    assert first.acquire()
    assert os.listdir(tmp_path) == ["x.lock"]
    assert not second.acquire(blocking=False)
    first.release()
    assert os.listdir(tmp_path) == []
    assert second.acquire(blocking=False)
    second.release()
    first.release()


def test_all_locks_or_none(tmp_path: Path) -> None:
    a, b = RealPath(str(tmp_path / "a")), RealPath(str(tmp_path / "b"))
    with PathLocks([b]):
        both = PathLocks([b, a])
        assert not both.acquire(blocking=False)
        assert sorted(os.listdir(tmp_path)) == ["b.lock"]
    assert os.listdir(tmp_path) == []


def test_waiting_for_a_lock(tmp_path: Path) -> None:
    path = RealPath(str(tmp_path / "x"))
    order: list[str] = []
    first = PathLocks([path])
    first.acquire()

    def wait() -> None:
        with PathLocks([path], waiting=lambda waited: order.append(f"waiting for {waited}")):
            order.append("second")

    thread = threading.Thread(target=wait)
    thread.start()
    while not order:
        time.sleep(0.001)
    order.append("first")
    first.release()
    thread.join(60)
    assert order == [f"waiting for {path}", "first", "second"]
    assert os.listdir(tmp_path) == []


def test_a_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    path = RealPath(str(tmp_path / "x"))

    def die() -> None:
        PathLocks([path]).acquire()
        os._exit(0)

    in_child(die)
    assert os.listdir(tmp_path) == ["x.lock"]
    with PathLocks([path]):
        pass
    assert os.listdir(tmp_path) == []


def test_a_stale_lock_file_is_not_taken_for_a_lock(tmp_path: Path) -> None:
    """Whoever waited on a file that was removed meanwhile finds something in it, and starts over."""
    (tmp_path / "x.lock").write_bytes(b"d")
    locks = PathLocks([RealPath(str(tmp_path / "x"))])

    def remove() -> None:
        time.sleep(0.05)
        os.unlink(tmp_path / "x.lock")

    thread = threading.Thread(target=remove)
    thread.start()
    locks.acquire()
    assert (tmp_path / "x.lock").stat().st_size == 0
    locks.release()
    thread.join()


# Several processes and threads


def work_on(root: str, seed: int, tree: str) -> None:
    store = LocalStore(root)
    base = store.add_text("base", "")
    with store.batch():
        for number in range(15):
            shared = store.add_text(f"shared-{number}", base, [base])
            store.add_text(f"own-{seed}-{number}", shared, [shared])
    store.add_path(tree, "tree")
    for number in range(10):
        derivation = Derivation({"out": Output(UNKNOWN)}, {}, (base,), "x", "b", (), {"n": str(number)})
        store.add_completed(derivations.complete("d", derivation, store.modulo_hash))


def test_processes_share_a_store(tmp_path: Path) -> None:
    root, tree = str(tmp_path / "root"), tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    for number in range(20):
        (tree / "sub" / str(number)).write_text("x" * number)
    processes = [fork.Process(target=work_on, args=(root, seed, str(tree))) for seed in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    store = LocalStore(root)
    assert verify(store, check_contents=True) == []
    assert len(store.all_paths()) == 1 + 15 + 4 * 15 + 1 + 10
    assert names(store) == [".links", *(path[11:] for path in store.all_paths())]


def test_new_stores_are_made_together(tmp_path: Path) -> None:
    """Whoever comes late to the making of a database does not wait until who made it has closed it."""
    for attempt in range(5):
        root, done = str(tmp_path / str(attempt)), fork.Barrier(3)

        def work(seed: int, root: str = root, done: threading.Barrier = done) -> None:
            store = LocalStore(root)
            store.add_text(f"own-{seed}", "")
            done.wait(30)

        processes = [fork.Process(target=work, args=(seed,)) for seed in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0] * 3
        assert len(LocalStore(root).all_paths()) == 3


def test_a_tree_of_another_batch_is_never_missing(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").write_text("x")
    other = LocalStore(store.root)
    with store.batch(), other.batch():
        path = store.add_path(str(tmp_path / "tree"), "tree")
        real = store.real(path)
        missing: list[str] = []
        finished = threading.Event()

        def watch() -> None:
            while not finished.is_set():
                if not os.path.exists(real + "/file"):
                    missing.append(real)

        watcher = threading.Thread(target=watch)
        watcher.start()
        for _ in range(100):
            again = LocalStore(store.root)
            with again.batch():
                again.add_path(str(tmp_path / "tree"), "tree")
                again.database.register = lambda *_arguments: None  # type: ignore[method-assign]  # it stays unregistered
        finished.set()
        watcher.join()
        assert missing == []
        assert other.add_path(str(tmp_path / "tree"), "tree") == path
    assert verify(store, check_contents=True) == [] and names(store) == [".links", path[11:]]


def test_threads_share_a_store(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            for number in range(10):
                path = store.add_text(f"shared-{number}", "")
                store.add_text(f"own-{seed}-{number}", path, [path])
                store.add_path(str(tmp_path / "tree"), f"tree-{number}")
                assert store.closure([path]) == [path]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(store.all_paths()) == 10 + 4 * 10 + 10
    assert verify(store, check_contents=True) == []


def test_a_forked_child_may_use_the_store(store: LocalStore) -> None:
    a = store.add_text("a", "")

    def ask() -> None:
        assert store.info(a).path == a
        store.add_text("b", a, [a])

    with store.database.lock:
        in_child(ask)
    assert [path[44:] for path in store.referrers(a)] == ["b"]
    store.add_text("c", a, [a])
    assert len(store.referrers(a)) == 2
