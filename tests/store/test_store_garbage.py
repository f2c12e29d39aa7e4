"""What a garbage collection keeps and what it takes."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import subprocess
from pathlib import Path

import pytest

from lixeval.errors import StoreError
from lixeval.formats import hashes
from lixeval.formats.store_path import StorePath
from lixeval.store import garbage
from lixeval.store.local import LocalStore
from lixeval.store.optimise import optimise
from lixeval.store.path_info import PathInfo
from lixeval.store.temporary_roots import open_collectors_lock, temporary_roots
from lixeval.store.verify import verify

fork = multiprocessing.get_context("fork")


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(str(tmp_path / "root"))


def chain(store: LocalStore) -> tuple[StorePath, StorePath, StorePath]:
    """c refers to b, b to a."""
    a = store.add_text("a", "")
    b = store.add_text("b", a, [a])
    return a, b, store.add_text("c", b, [b])


def test_without_roots_everything_goes(store: LocalStore) -> None:
    a, b, c = chain(store)
    assert garbage.dead(store).paths == (c, b, a)
    assert store.all_paths() == sorted([a, b, c])
    collected = garbage.collect(store)
    assert collected.paths == (c, b, a)
    assert collected.size == 112 + (112 + 48) + (112 + 48)  # an empty file, and two with a path of 45 bytes
    assert store.all_paths() == [] and not store.is_valid(a)
    assert os.listdir(store.real_store_dir) == [".links"]
    assert store.add_text("a", "") == a and verify(store, check_contents=True) == []


@pytest.mark.parametrize("real", [False, True])
def test_links_keep_what_they_lead_to(store: LocalStore, tmp_path: Path, real: bool) -> None:
    a, b, c = chain(store)
    os.symlink((store.real(b) if real else b) + "/bin", store.state_dir + "/gcroots/mine")
    assert garbage.roots(store) == [(store.state_dir + "/gcroots/mine", b)]
    assert garbage.collect(store).paths == (c,)
    os.unlink(store.state_dir + "/gcroots/mine")
    os.mkdir(store.state_dir + "/profiles/per-user/me")
    os.symlink(a, store.state_dir + "/profiles/per-user/me/profile-1-link")
    assert garbage.collect(store).paths == (b,)
    assert store.all_paths() == [a]


def test_results_keep_what_they_lead_to(store: LocalStore, tmp_path: Path) -> None:
    a, b, c = chain(store)
    os.symlink(store.real(b), tmp_path / "result")
    garbage.add_indirect_root(store, str(tmp_path / "result"))
    garbage.add_indirect_root(store, str(tmp_path / "result"))
    # Nix names the link after the sha1 of the path.
    name = hashes.digest("sha1", os.fsencode(tmp_path / "result")).nix32
    assert os.readlink(f"{store.state_dir}/gcroots/auto/{name}") == str(tmp_path / "result")
    assert garbage.roots(store) == [(str(tmp_path / "result"), b)]
    assert garbage.collect(store).paths == (c,)
    os.unlink(tmp_path / "result")
    assert garbage.collect(store).paths == (b, a)


def test_further_roots(store: LocalStore) -> None:
    a, b, c = chain(store)
    assert garbage.collect(store, keep=[b]).paths == (c,)
    with pytest.raises(StoreError, match="is not valid"):
        garbage.collect(store, keep=[c])
    assert store.all_paths() == sorted([a, b])


def test_roots_that_lead_nowhere_keep_nothing(store: LocalStore, tmp_path: Path) -> None:
    a, _b, _c = chain(store)
    roots = store.state_dir + "/gcroots"
    os.symlink("/nonexistent", roots + "/1")
    os.symlink("/nix/store/" + "0" * 32 + "-gone", roots + "/2")
    os.symlink("/nix/store", roots + "/3")
    os.symlink(str(tmp_path), roots + "/4")
    Path(roots, "5").write_text("")
    Path(roots, os.path.basename(a)).write_text("")
    assert [kept for _, kept in garbage.roots(store)] == [a]


def test_derivations_of_what_is_alive_stay(store: LocalStore) -> None:
    drv = store.add_text("x.drv.txt", "stands for a derivation")
    out = StorePath(f"/nix/store/{'0' * 32}-x")
    Path(store.real(out)).write_text("x")
    store.register([PathInfo(out, hashes.zero("sha256"), 1, deriver=drv)])
    assert garbage.collect(store, keep=[out]).paths == ()
    assert set(garbage.collect(store).paths) == {drv, out}


def test_cycles_of_one_are_fine(store: LocalStore) -> None:
    store.add_text("a", "")
    out = StorePath(f"/nix/store/{'0' * 32}-x")
    Path(store.real(out)).mkdir()
    store.register([PathInfo(out, hashes.zero("sha256"), 1, references=[out])])
    assert len(garbage.collect(store).paths) == 2


def test_leftovers_go_unless_somebody_works_on_them(store: LocalStore) -> None:
    a = store.add_text("a", "")
    unregistered, locked = StorePath(f"/nix/store/{'1' * 32}-x"), StorePath(f"/nix/store/{'2' * 32}-x")
    for path in (unregistered, locked, store.store_dir + "/tmp-1-0"):
        os.mkdir(store.real(path))
    Path(store.temporary_output(unregistered)).write_text("half")
    Path(store.real(unregistered) + ".lock").write_text("")
    with store.lock([locked]), open(store.real_store_dir + "/1-tmp-rest", "w"):
        garbage.collect(store, keep=[a])
        assert sorted(os.listdir(store.real_store_dir)) == sorted(
            [".links", a[11:], os.path.basename(locked), os.path.basename(locked) + ".lock"]
        )


def test_what_nix_says_it_uses_stays(store: LocalStore) -> None:
    a, b, c = chain(store)
    building = f"/nix/store/{'1' * 32}-x"
    os.mkdir(store.real(building))
    stale, used = Path(store.state_dir, "temproots", "1"), Path(store.state_dir, "temproots", "2")
    stale.write_bytes(c.encode() + b"\0")
    used.write_bytes(b.encode() + b"\0" + building.encode() + b"\0")
    with open(used) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert garbage.collect(store).paths == (c,)
        assert os.path.isdir(store.real(building))
    assert garbage.collect(store).paths == (b, a)
    assert os.listdir(store.real_store_dir) == [".links"]


def test_what_a_store_uses_stays_until_it_is_closed(store: LocalStore) -> None:
    a, b, c = chain(store)
    store.close()
    other = LocalStore(store.root)
    assert other.is_valid(a)
    assert garbage.collect(store).paths == (c, b)
    assert not other.is_valid(b) and other.is_valid(a)
    other.close()
    assert os.listdir(store.state_dir + "/temproots") == []
    assert garbage.collect(store).paths == (a,)
    assert not other.is_valid(a)


def test_a_path_is_kept_before_it_is_there(store: LocalStore) -> None:
    a = store.add_text("a", "")
    garbage.delete(store, [a])
    other = LocalStore(store.root)
    assert other.hold([a])
    temporary = other.temporary_output(a)
    Path(temporary).write_text("half")
    Path(store.real(a)).write_text("whole, and not registered")
    garbage.collect(store)
    assert os.path.exists(temporary) and os.path.exists(store.real(a))
    other.close()
    garbage.collect(store)
    assert os.listdir(store.real_store_dir) == [".links"]


def test_a_child_keeps_what_its_parent_used(store: LocalStore) -> None:
    a = store.add_text("a", "")
    ready, write = os.pipe()
    child = os.fork()
    if child == 0:
        store.hold([StorePath("/nix/store/" + "1" * 32 + "-x")])
        os.write(write, b"x")
        os.close(write)
        while True:
            signal.pause()
    try:
        os.read(ready, 1)
        other = LocalStore(store.root)
        assert {a, "/nix/store/" + "1" * 32 + "-x"} <= temporary_roots(store.state_dir)
        assert garbage.collect(other).paths == ()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_child_is_not_its_parent_where_both_are_process_1(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A builder inside lixeval is process 1 of its namespace, lixeval may be that of a container."""
    monkeypatch.setattr(os, "getpid", lambda: 1)
    a = store.add_text("a", "")
    child = os.fork()
    if child == 0:
        try:
            assert store.info(a).path == a
            store.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert a in temporary_roots(store.state_dir)
    store.add_text("b", a, [a])
    assert len(store.referrers(a)) == 1


def test_a_dead_process_uses_nothing(store: LocalStore) -> None:
    child = os.fork()
    if child == 0:
        store.add_text("a", "")
        os._exit(0)
    os.waitpid(child, 0)
    assert len(os.listdir(store.state_dir + "/temproots")) == 1
    assert len(garbage.collect(store).paths) == 1
    assert os.listdir(store.state_dir + "/temproots") == []


def test_stores_leave_no_files_open(tmp_path: Path) -> None:
    for number in range(3):
        store = LocalStore(str(tmp_path / str(number)))
        store.add_text("a", "")
    del store
    descriptors = [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]
    assert [file for file in descriptors if file.startswith(str(tmp_path))] == []


def test_one_collector_waits_for_another(store: LocalStore) -> None:
    a = store.add_text("a", "")
    store.close()
    lock = open_collectors_lock(store.state_dir)
    fcntl.flock(lock, fcntl.LOCK_EX)
    waited: list[bool] = []

    def waiting() -> None:
        waited.append(True)
        os.close(lock)

    assert garbage.collect(store, waiting=waiting).paths == (a,) and waited == [True]


def test_what_a_running_program_uses_is_kept(store: LocalStore, tmp_path: Path) -> None:
    program, opened, mentioned, lost = (
        store.add_text(name, name) for name in ("program", "opened", "variable", "lost")
    )
    os.chmod(store.real(program), 0o755)
    Path(store.real(program)).write_bytes(Path("/bin/sleep").resolve().read_bytes())
    with open(store.real(opened), "rb") as file:
        command = [store.real(program), "100"]
        running = subprocess.Popen(command, env={"USES": f"x:{mentioned}/bin"}, pass_fds=(file.fileno(),))
    try:
        roots = garbage.roots(store)
        assert {kept for _, kept in roots} == {program, opened, mentioned}
        assert (f"/proc/{running.pid}/exe", program) in roots
        assert garbage.dead(store).paths == (lost,)
    finally:
        running.kill()
        running.wait()
    assert set(garbage.dead(store).paths) == {program, opened, mentioned, lost}


def test_nothing_is_collected_where_there_is_no_store(tmp_path: Path) -> None:
    assert garbage.collect(LocalStore(str(tmp_path / "root"))).paths == ()
    optimise(LocalStore(str(tmp_path / "root")))
    assert os.listdir(tmp_path) == []
