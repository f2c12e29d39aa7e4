"""The cache on disk: what is trusted, what is passed over, what goes."""

from __future__ import annotations

import marshal
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lixeval.system import cache
from lixeval.system.cache import AGE, DAY, Cache

VALUE = {"a": [1, 2.5, None, b"\xff"], "b": ("é", True)}


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    return Cache(str(tmp_path / "new" / "cache"), 100, 1 << 20)


def file_of(kept: Cache, key: str) -> Path:
    return Path(kept.path(key))


def again(kept: Cache) -> Cache:
    """The same folder, as the next process sees it."""
    return Cache(kept.directory, 100, 1 << 20)


def names(kept: Cache) -> list[str]:
    return sorted(os.listdir(str(kept.directory)))


def test_two_make_a_folder_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, folder = tmp_path / "new", tmp_path / "new" / "cache"
    making = os.mkdir

    def mkdir(path: str, mode: int = 0o777) -> None:
        making(path, mode)
        if path == str(parent):
            making(folder)  # the other one's, in this very moment

    monkeypatch.setattr(os, "mkdir", mkdir)
    cache.make_private(str(folder))
    assert cache.is_private(str(folder))


@pytest.mark.parametrize("spread", [False, True])
def test_what_is_kept_comes_back(tmp_path: Path, spread: bool) -> None:
    kept = Cache(str(tmp_path / "a" / "b"), 1000, 1 << 20, spread=spread)
    assert kept.load("0123") is None
    kept.save("0123", VALUE)
    kept.save("0123", VALUE)
    assert Cache(kept.directory, 1000, 1 << 20, spread=spread).load("0123") == VALUE
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["23" if spread else "0123"]


def test_without_a_folder_nothing_is_kept() -> None:
    kept = Cache(None, 1, 1)
    kept.save("a", 1)
    assert kept.load("a") is None


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = Cache(str(tmp_path / "file" / "cache"), 1, 1)
    kept.save("a", 1)
    assert kept.load("a") is None


# Damage


def cut(data: bytes) -> bytes:
    return data[:-1]


def flip(data: bytes) -> bytes:
    return data[:30] + bytes([data[30] ^ 1]) + data[31:]


def other_marker(data: bytes) -> bytes:
    return b"another\0" + data[8:]


def nothing(data: bytes) -> bytes:
    return b""


def longer(data: bytes) -> bytes:
    return data + b"\0"


def no_marshal(data: bytes) -> bytes:
    payload = b"\xff\xff"
    return data[:8] + cache._checksum("a", payload) + payload


def of_another_key(data: bytes) -> bytes:
    payload = marshal.dumps(1)
    return data[:8] + cache._checksum("b", payload) + payload


@pytest.mark.parametrize("harm", [cut, flip, other_marker, nothing, longer, no_marshal, of_another_key])
def test_a_damaged_file_is_none(kept: Cache, harm: Callable[[bytes], bytes]) -> None:
    kept.save("a", VALUE)
    file_of(kept, "a").write_bytes(harm(file_of(kept, "a").read_bytes()))
    assert again(kept).load("a") is None
    again(kept).save("a", 2)
    assert again(kept).load("a") == 2


def as_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def as_a_folder(path: Path) -> None:
    path.mkdir()


def as_a_link(path: Path) -> None:
    path.symlink_to("sound")


def as_a_link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def as_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def as_a_giant(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def as_the_groups(path: Path) -> None:
    path.write_bytes(path.with_name("sound").read_bytes())
    path.chmod(0o664)


@pytest.mark.parametrize(
    "make", [as_a_pipe, as_a_folder, as_a_link, as_a_link_to_itself, as_a_device, as_a_giant, as_the_groups]
)
def test_what_is_no_file_of_the_users_is_passed_over(kept: Cache, make: Callable[[Path], None]) -> None:
    kept.save("sound", 1)
    make(file_of(kept, "odd"))
    assert again(kept).load("odd") is None
    for key in ("odd", "more"):
        again(kept).save(key, 2)
    assert again(kept).load("more") == 2
    assert again(kept).load("sound") == 1


# Whose it is


@pytest.fixture(params=[0o000, 0o002, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    old = os.umask(request.param)
    yield request.param
    os.umask(old)


def test_no_umask_changes_anything(tmp_path: Path, umask: int) -> None:
    (tmp_path / "cache").mkdir()
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o777 & ~umask
    kept = Cache(str(tmp_path / "cache"), 10, 1000)
    kept.save("a", 1)
    assert again(kept).load("a") == 1
    assert not (tmp_path / "cache").stat().st_mode & 0o022


def test_a_folder_that_others_can_write_to_is_not_read(kept: Cache) -> None:
    kept.save("a", 1)
    os.chmod(str(kept.directory), 0o777)
    assert again(kept).load("a") is None
    os.chmod(str(kept.directory), 0o700)
    assert again(kept).load("a") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_elses_is_not_used(kept: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.save("a", 1)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    other = again(kept)
    assert other.load("a") is None
    other.save("b", 1)
    assert names(kept) == ["a"]


# Bounds


def test_the_oldest_go(tmp_path: Path) -> None:
    kept = Cache(str(tmp_path), 3, 1000)
    now = time.time()
    for number in range(6):
        kept.save(f"{number}", "x")
        os.utime(kept.path(f"{number}"), (now - 60 + number, now - 60 + number))
    kept.save("6", "x")
    assert names(kept) == ["4", "5", "6"]
    kept.save("7", "x" * 980)
    assert names(kept) == ["7"]


def test_what_is_too_large_is_not_kept(tmp_path: Path) -> None:
    kept = Cache(str(tmp_path), 3, 1000, largest=100)
    kept.save("a", "x" * 100)
    assert names(kept) == []


def test_what_nobody_uses_goes_and_what_is_used_stays(kept: Cache) -> None:
    now = time.time()
    for key in ("used", "unused"):
        kept.save(key, 1)
        os.utime(kept.path(key), (now - 2 * DAY, now - 2 * DAY))
    assert kept.load("used") == 1
    assert file_of(kept, "used").stat().st_mtime > now - DAY
    os.utime(kept.path("unused"), (now - AGE - DAY, now - AGE - DAY))
    kept.save("new", 1)
    assert names(kept) == ["new", "used"]


def test_what_a_crash_left_goes_and_what_is_being_written_stays(kept: Cache) -> None:
    kept.save("a", 1)
    now = time.time()
    for name, age in ((".a.1.part", 7200), (".a.2.part", 1)):
        file_of(kept, name).touch()
        os.utime(kept.path(name), (now - age, now - age))
    kept.save("b", 1)
    assert names(kept) == [".a.2.part", "a", "b"]


def spread_over(directory: Path) -> Cache:
    """A cache of one file and four KiB a folder, as a process finds it an hour after the last one wrote."""
    (directory / "looked-through").unlink(missing_ok=True)
    return Cache(str(directory), 256, 1 << 20, spread=True)


def test_a_spread_cache_is_bounded_as_a_whole(tmp_path: Path) -> None:
    now = time.time()
    for number in range(300):
        kept = spread_over(tmp_path)
        kept.save(f"{number % 16:02x}{number}", "x")
        os.utime(kept.path(f"{number % 16:02x}{number}"), (now - 400 + number,) * 2)
    left = {path.parent.name + path.name for path in tmp_path.glob("*/*")}
    spread_over(tmp_path).save("00last", "x")
    assert left == {f"{number % 16:02x}{number}" for number in range(300 - 256, 300)}
    assert len(list(tmp_path.glob("*/*"))) == 256


def test_a_full_cache_is_looked_through_once_in_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process that writes something finds more than a folder's share in some folder."""
    looks: list[int] = []
    shrink = cache.shrink

    def noted(directories: list[str], *bounds: int) -> tuple[int, int]:
        looks.append(len(directories))
        return shrink(directories, *bounds)

    monkeypatch.setattr(cache, "shrink", noted)
    for number in range(6):
        Cache(str(tmp_path), 256, 1 << 20, spread=True).save(f"{number % 3:02x}{number}", "x")
    assert looks == [1, 1, 1, 1, 3, 1, 1]  # the fourth is a folder's second
    hour_ago = time.time() - cache.HOUR - 1
    os.utime(tmp_path / "looked-through", (hour_ago, hour_ago))
    for number in range(6, 9):
        Cache(str(tmp_path), 256, 1 << 20, spread=True).save(f"{number % 3:02x}{number}", "x")
    assert looks[7:] == [1, 3, 1, 1]


def test_a_large_file_drives_nothing_out_of_its_folder_while_there_is_room(tmp_path: Path) -> None:
    for key in ("ab0", "ab1", "ab2"):
        spread_over(tmp_path).save(key, key * 10_000)
    assert [spread_over(tmp_path).load(key) for key in ("ab0", "ab1", "ab2")] == [
        key * 10_000 for key in ("ab0", "ab1", "ab2")
    ]
    for number in range(60):
        spread_over(tmp_path).save(f"{number:02x}", "x" * 20_000)
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*")) <= 1 << 20


def test_many_write_and_read_at_once(kept: Cache) -> None:
    kept.save("a", "0" * 5000)

    def work(text: str) -> int:
        for _ in range(100):
            kept.save("a", text * 5000)
            found = kept.load("a")
            if found is None or len(set(found)) != 1:
                return 1
        return 0

    children: list[int] = []
    for text in "1234":
        pid = os.fork()
        if pid == 0:
            status = 2
            try:
                status = work(text)
            finally:
                os._exit(status)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4
    assert names(kept) == ["a"]
