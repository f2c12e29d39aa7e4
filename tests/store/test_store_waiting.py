"""What waits in a batch for one question, derivations and small sources: nobody can tell, and nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import threading
from typing import TYPE_CHECKING

import pytest

from lixeval.errors import StoreError
from lixeval.formats import derivation as derivations
from lixeval.formats.derivation import UNKNOWN, Derivation, Output
from lixeval.formats.store_path import STORE_DIR, StorePath
from lixeval.store import placing, waiting
from lixeval.store.local import LocalStore
from lixeval.store.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lixeval.formats.derivation import Completed


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(str(tmp_path / "root"))


def chain(store: LocalStore, length: int) -> list[Completed]:
    """Derivations, each of which uses the one before."""
    found: list[Completed] = []
    for number in range(length):
        used = {found[-1].drv_path: ("out",)} if found else {}
        recipe = Derivation({"out": Output(UNKNOWN)}, used, (), "x86_64-linux", "/bin/sh", (), {"name": f"d{number}"})
        found.append(derivations.complete(f"d{number}", recipe, store.modulo_hash))
        store.remember(found[-1])
    return found


def added(store: LocalStore, completed: list[Completed]) -> list[StorePath]:
    return [store.add_completed(one) for one in completed]


def sources(folder: Path, count: int) -> list[str]:
    """Files and folders of different contents."""
    found = []
    for number in range(count):
        place = folder / f"source{number}"
        if number % 2:
            place.mkdir()
            place /= "file"
        place.write_text(f"text {number}")
        found.append(str(folder / f"source{number}"))
    return found


def copied(store: LocalStore, paths: list[str]) -> list[StorePath]:
    return [store.add_path(path, os.path.basename(path)) for path in paths]


def on_disk(store: LocalStore) -> set[StorePath]:
    folder = store.real_store_dir
    return (
        {StorePath(f"{STORE_DIR}/{name}") for name in os.listdir(folder) if name[0] != "."}
        if os.path.isdir(folder)
        else set()
    )


def test_one_question_is_asked_for_many(store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, files = chain(store, 60), sources(tmp_path, 60)
    with store.batch():
        added(store, made)
        paths = copied(store, files)
    again = LocalStore(store.root)
    asked: list[int] = []
    ask = again.database.valid_among

    def counted(paths: object) -> set[StorePath]:
        asked.append(len(list(paths)))  # type: ignore[call-overload]
        return ask(paths)  # type: ignore[arg-type]

    monkeypatch.setattr(again.database, "valid_among", counted)
    monkeypatch.setattr(again.database, "is_valid", lambda _path: pytest.fail("asked one by one"))
    with again.batch():
        assert added(again, made) == [one.drv_path for one in made]
        assert copied(again, files) == paths
    assert len(asked) <= 3 and max(asked) == 119
    assert again.relied_on() == {*paths, *[one.drv_path for one in made]}


def registered(store: LocalStore, path: StorePath) -> bool:
    store.flush()
    return LocalStore(store.root).is_valid(path)


QUESTIONS: list[tuple[str, Callable[[LocalStore, StorePath], object]]] = [
    ("its file", lambda store, path: os.path.exists(store.real(path))),
    ("below it", lambda store, path: store.real(path + "/x") and os.path.exists(store._prefix + path)),
    ("the store's folder", lambda store, path: path[11:] in os.listdir(store.real(STORE_DIR))),
    ("whether it is valid", lambda store, path: store.is_valid(path)),
    ("which are valid", lambda store, path: store.valid_among([path]) == {path}),
    ("what is known", lambda store, path: store.info(path).path == path),
    ("its text", lambda store, path: store.read_derivation(path).environment["name"] == "d3"),
    ("its closure", lambda store, path: len(store.closure([path])) == 4),
    ("all paths", lambda store, path: path in store.all_paths()),
    ("what was relied on", lambda store, path: path in store.relied_on()),
    ("its outputs", lambda store, path: list(store.query_deriver_outputs(path)) == ["out"]),
    ("its hash part", lambda store, path: store.path_from_hash_part(path[11:43]) == path),
    ("a text that refers to it", lambda store, path: store.is_valid(store.add_text("text", path, [path]))),
    ("its registration", registered),
    ("its hash", lambda store, path: store.modulo_hash(path).outputs == {"out"} and store.is_valid(path)),
]


@pytest.mark.parametrize(("asked", "question"), QUESTIONS, ids=[name for name, _ in QUESTIONS])
def test_who_asks_about_one_finds_it(
    store: LocalStore, asked: str, question: Callable[[LocalStore, StorePath], object]
) -> None:
    made = chain(store, 4)
    with store.batch():
        last = added(store, made)[-1]
        assert last not in on_disk(store)
        assert question(store, last), asked
        assert last in on_disk(store)
    assert verify(store, check_contents=True) == []


@pytest.mark.parametrize("is_folder", [False, True], ids=["a file", "a folder"])
@pytest.mark.parametrize("asked", ["its file", "whether it is valid", "what is known", "its hash part"])
def test_a_source_is_there_for_who_asks_as_it_was_when_it_was_read(
    store: LocalStore, tmp_path: Path, asked: str, is_folder: bool
) -> None:
    first, *others = sources(tmp_path, 3)
    with store.batch():
        copied(store, [first])  # does not wait
        path = copied(store, others)[0 if is_folder else 1]
        assert path not in on_disk(store)
        changed = tmp_path / ("source1/file" if is_folder else "source2")
        changed.write_text("something else")
        changed.unlink()
        assert dict(QUESTIONS)[asked](store, path)
        assert path in on_disk(store)
    assert verify(store, check_contents=True) == []


def test_a_derivation_comes_after_the_sources_that_it_uses(store: LocalStore, tmp_path: Path) -> None:
    with store.batch():
        _, *used = copied(store, sources(tmp_path, 9))
        recipe = Derivation({"out": Output(UNKNOWN)}, {}, tuple(used), "x86_64-linux", "/bin/sh", (), {"name": "user"})
        completed = derivations.complete("user", recipe, store.modulo_hash)
        added(store, [completed])
        assert on_disk(store).isdisjoint([*used, completed.drv_path])
    assert set(store.references(completed.drv_path)) == set(used)
    assert verify(store, check_contents=True) == []


def test_what_is_large_or_refers_to_something_does_not_wait(store: LocalStore, tmp_path: Path) -> None:
    large, other = tmp_path / "large", tmp_path / "other"
    large.write_bytes(bytes(1 << 17))
    other.write_text("")
    with store.batch():
        first, *_ = copied(store, sources(tmp_path, 1))
        assert store.add_path(str(large), "large") in on_disk(store)
        assert store.add_path(str(other), "other", references=[first]) in on_disk(store)
        missing = StorePath(f"{STORE_DIR}/{'a' * 32}-missing")
        with pytest.raises(StoreError, match="is not valid"):
            store.add_path(str(other), "another", references=[missing])


def test_other_paths_can_be_asked_about_meanwhile(store: LocalStore) -> None:
    made = chain(store, 3)
    with store.batch():
        added(store, made)
        other = store.add_text("other", "")
        assert store.is_valid(other) and os.path.exists(store.real(other))
        assert made[-1].drv_path not in on_disk(store)
    assert {one.drv_path for one in made} <= on_disk(store)


@pytest.mark.parametrize("bound", ["MOST", "MOST_BYTES"])
def test_so_many_wait_and_no_more(store: LocalStore, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(waiting, bound, 5 if bound == "MOST" else 1000)
    made = chain(store, 40)
    with store.batch():
        for number, one in enumerate(made):
            store.add_completed(one)
            assert len(on_disk(store)) >= number - 8
    assert on_disk(store) >= {one.drv_path for one in made}


def test_without_a_batch_none_waits(store: LocalStore) -> None:
    other = LocalStore(store.root)
    for one in chain(store, 3):
        store.add_completed(one)
        assert other.is_valid(one.drv_path)


def test_where_one_cannot_be_written_the_others_are_tried_again(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = chain(store, 6)
    put = placing.put_in_place

    def fail(temporary: str, place: str) -> None:
        if place.endswith("-d3.drv"):
            raise OSError(28, "No space left on device")
        put(temporary, place)  # type: ignore[arg-type]

    with store.batch():
        added(store, made)
        with monkeypatch.context() as patch, pytest.raises(StoreError, match="No space"):
            patch.setattr(placing, "put_in_place", fail)
            store.flush()
        assert {path[44:] for path in on_disk(store)} == {"d0.drv", "d1.drv", "d2.drv"}
    assert {path[44:] for path in LocalStore(store.root).all_paths()} == {f"d{number}.drv" for number in range(6)}
    assert verify(store, check_contents=True) == []


def test_a_store_that_cannot_be_written_says_so_at_once(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "root"), read_only=True)
    with store.batch(), pytest.raises(StoreError, match="read-only"):
        added(store, chain(store, 1))


def test_those_that_somebody_has_deleted_are_made_again(store: LocalStore, tmp_path: Path) -> None:
    made, files = chain(store, 5), sources(tmp_path, 5)
    with store.batch():
        added(store, made)
        paths = copied(store, files)
    os.unlink(store.real(made[3].drv_path))
    os.unlink(store.real(paths[2]))
    again = LocalStore(store.root)
    with again.batch():
        added(again, made)
        copied(again, files)
    assert {made[3].drv_path, paths[2]} <= on_disk(store)
    assert verify(again, check_contents=True) == []


def test_a_crash_leaves_nothing_that_is_not_whole(store: LocalStore) -> None:
    made = chain(store, 9)

    def crash() -> None:
        mine = LocalStore(store.root)
        with mine.batch():
            added(mine, made[:5])
            mine.flush()
            added(mine, made[5:])
            os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=crash)
    process.start()
    process.join(60)
    assert [path[44:] for path in sorted(store.all_paths(), key=lambda path: path[44:])] == [
        f"d{number}.drv" for number in range(5)
    ]
    with store.batch():
        added(store, made)
    assert verify(store, check_contents=True) == []


def test_threads_wait_for_each_others(store: LocalStore) -> None:
    """Each adds the same ones, and finds them there when it has asked, whoever has added them."""
    made = chain(store, 40)
    missing: list[StorePath] = []
    begin = threading.Barrier(4)

    def work(part: int) -> None:
        begin.wait(60)
        with store.batch():
            for one in made:
                store.add_completed(one)
                if hash(one.drv_path) % 7 == part and not os.path.exists(store.real(one.drv_path)):
                    missing.append(one.drv_path)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert missing == []
    assert {one.drv_path for one in made} == set(LocalStore(store.root).all_paths())
