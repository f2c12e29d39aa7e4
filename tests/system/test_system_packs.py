"""Entries kept together: they come back by parts, what is damaged is none, and there are never many packs."""

from __future__ import annotations

import marshal
import os
import time
from binascii import crc32
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lixeval.system import packs
from lixeval.system.packs import MOST, UNUSED, Packs

LARGEST = 1 << 20
HEAD = marshal.dumps(("head", 1))
PARTS = [b"first part", b"", b"second part"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "packs"


def among(folder: Path) -> Packs:
    """The folder, as the next process sees it."""
    return Packs(str(folder), LARGEST)


def keep(folder: Path, *keys: str, head: bytes = HEAD) -> bool:
    return among(folder).keep({key: (head, list(PARTS)) for key in keys})


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_entries_come_back_by_parts(folder: Path) -> None:
    assert among(folder).get("a") is None
    assert keep(folder, "a", "b")
    assert len(files(folder)) == 1
    found = among(folder)
    assert found.get("c") is None
    for key in ("a", "b"):
        entry = found.get(key)
        assert entry is not None
        assert entry.head == HEAD
        assert entry.part(0, 10, crc32(b"first part")) == b"first part"
        assert entry.part(10, 21, crc32(b"second part")) == b"second part"
        assert entry.part(10, 21, 0) is None
        assert entry.part(10, 1 << 40, 0) is None
        assert entry.part(1 << 70, 1 << 71, 0) is None


def test_what_was_kept_later_is_found_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    for later in range(3):
        monkeypatch.setattr(packs, "time", lambda later=later: now + later)
        assert keep(folder, "a", head=marshal.dumps(later))
    entry = among(folder).get("a")
    assert entry is not None
    assert entry.head == marshal.dumps(2)


def test_what_was_kept_later_is_found_first_after_the_clock_was_put_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    for step, later in enumerate((1e9, 0, -1e9)):
        monkeypatch.setattr(packs, "time", lambda later=later: now + later)
        assert keep(folder, "a", head=marshal.dumps(step))
        entry = among(folder).get("a")
        assert entry is not None
        assert entry.head == marshal.dumps(step)


def test_packs_of_others_are_seen_when_looked_for_again(folder: Path) -> None:
    mine = among(folder)
    assert mine.get("a") is None
    keep(folder, "a")
    assert mine.get("a") is None
    mine.look_again()
    assert mine.get("a") is not None


def test_too_much_for_one_pack_goes_into_several(folder: Path) -> None:
    assert among(folder).keep({f"{number}": (HEAD, [bytes(LARGEST // 5)]) for number in range(7)})
    assert len(files(folder)) == 4
    found = among(folder)
    assert all(found.get(f"{number}") is not None for number in range(7))


def test_what_was_written_again_goes_with_its_pack(folder: Path) -> None:
    keep(folder, "a", "b", "c")
    (first,) = files(folder)
    keep(folder, "c")
    assert len(files(folder)) == 2
    keep(folder, "b", head=marshal.dumps("later"))  # and what else the first had, "a"
    assert len(files(folder)) == 2
    assert not first.exists()
    found = among(folder)
    for key, head in (("a", HEAD), ("b", marshal.dumps("later")), ("c", HEAD)):
        entry = found.get(key)
        assert entry is not None
        assert entry.head == head
        assert entry.part(0, 10, crc32(b"first part")) == b"first part"
        assert entry.part(10, 21, crc32(b"second part")) == b"second part"
    keep(folder, "a", "b", "c", "d")
    assert len(files(folder)) == 1


def test_a_pack_that_goes_while_it_is_looked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(folder, "a", "b")
    (first,) = files(folder)
    pack, looked = packs._pack, []

    def another_is_faster(path: str, largest: int) -> packs.Pack | None:
        looked.append(path)
        if len(looked) == 1:
            monkeypatch.setattr(packs, "_pack", pack)
            keep(folder, "a", "b")
            monkeypatch.setattr(packs, "_pack", another_is_faster)
        return pack(path, largest)

    monkeypatch.setattr(packs, "_pack", another_is_faster)
    assert among(folder).get("a") is not None
    assert not first.exists()
    assert len(looked) == 2


def test_packs_take_no_more_than_twice_what_is_in_them(folder: Path) -> None:
    """Programs that grow in each of many runs, each of which has a file of its own besides."""
    for run in range(1, 30):
        grown: dict[str, packs.Entry] = {f"{number}": (HEAD, [bytes(100 * run)]) for number in range(run % 7, 20)}
        assert among(folder).keep({**grown, f"run {run}": (HEAD, [bytes(50)])})
        entries = 20 * (100 * run + len(HEAD)) + run * (50 + len(HEAD))
        assert sum(file.stat().st_size for file in files(folder)) < 2 * entries + 4000
    found = among(folder)
    assert all(found.get(f"run {run}") is not None for run in range(1, 30))


@pytest.mark.parametrize("size", [-1, 0, 1, 1 << 80, "x", None, 2.5])
def test_sizes_that_are_not_true(folder: Path, size: Any) -> None:
    keep(folder, "a", "b")
    (file,) = files(folder)
    file.write_bytes(with_directory({"a": (0, 5, 0, 5), "b": (0, 5, 0, size)})(file.read_bytes()))
    for _ in range(3):
        assert keep(folder, "a")
        assert among(folder).get("a") is not None
        assert among(folder).get("b") is None


def test_an_entry_outlives_its_file(folder: Path) -> None:
    keep(folder, "a")
    entry = among(folder).get("a")
    files(folder)[0].unlink()
    assert entry is not None
    assert entry.part(0, 10, crc32(b"first part")) == b"first part"


def test_no_file_is_left_open(folder: Path) -> None:
    keep(folder, "a")
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        assert among(folder).get("a") is not None
    assert len(os.listdir("/proc/self/fd")) == len(before)


# Damage


def cut(data: bytes) -> bytes:
    return data[:-1]


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def nothing(data: bytes) -> bytes:
    return b""


def trailer_alone(data: bytes) -> bytes:
    return data[-packs._TRAILER :]


def flip_head(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def flip_directory(data: bytes) -> bytes:
    place = len(data) - packs._TRAILER - 3
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def another_marker(data: bytes) -> bytes:
    return data.replace(packs._MARKER, b"lixeval\0")


def giant_directory(data: bytes) -> bytes:
    return data[:-8] + (1 << 60).to_bytes(8, "little")


def with_directory(value: Any) -> Callable[[bytes], bytes]:
    def harm(data: bytes) -> bytes:
        directory = marshal.dumps(value)
        sizes = crc32(directory).to_bytes(4, "little") + len(directory).to_bytes(8, "little")
        return data[:30] + directory + packs._MARKER + sizes

    harm.__name__ = f"directory {value}"
    return harm


HARMS = [cut, half, nothing, trailer_alone, flip_head, flip_directory, another_marker, giant_directory]
OTHERS = [with_directory(value) for value in (None, {}, {"a": (1 << 80, 5, 0, 5)}, {"a": (5, 1 << 40, 0, 1 << 40)})]


@pytest.mark.parametrize("harm", [*HARMS, *OTHERS], ids=lambda harm: harm.__name__)
def test_a_damaged_pack_is_none(folder: Path, harm: Callable[[bytes], bytes]) -> None:
    keep(folder, "a")
    file = files(folder)[0]
    file.write_bytes(harm(file.read_bytes()))
    assert among(folder).get("a") is None
    keep(folder, "a")
    assert among(folder).get("a") is not None


def test_a_damaged_part_is_none_and_others_are_there(folder: Path) -> None:
    keep(folder, "a")
    file = files(folder)[0]
    file.write_bytes(file.read_bytes().replace(b"first", b"First"))
    entry = among(folder).get("a")
    assert entry is not None
    assert entry.part(0, 10, crc32(b"first part")) is None
    assert entry.part(10, 21, crc32(b"second part")) == b"second part"


def as_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def as_a_folder(path: Path) -> None:
    path.mkdir()


def as_a_link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "moved")


def as_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def as_a_giant(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def as_the_groups(path: Path) -> None:
    path.write_bytes((path.parent.parent / "moved").read_bytes())
    path.chmod(0o664)


@pytest.mark.parametrize("make", [as_a_pipe, as_a_folder, as_a_link, as_a_device, as_a_giant, as_the_groups])
def test_what_is_no_file_of_the_users_is_passed_over(folder: Path, make: Callable[[Path], None]) -> None:
    keep(folder, "a")
    files(folder)[0].rename(folder.parent / "moved")
    make(folder / "odd")
    assert among(folder).get("a") is None
    keep(folder, "b")
    assert among(folder).get("b") is not None


def test_what_is_no_file_takes_no_room(folder: Path) -> None:
    keep(folder, "a")
    for number in range(3 * MOST):
        odd = folder / f"z{number}"
        odd.symlink_to("/dev/zero") if number % 2 else odd.mkdir()
    assert among(folder).get("a") is not None
    assert keep(folder, "b")
    assert among(folder).get("b") is not None


def test_a_folder_of_others_is_none(folder: Path) -> None:
    keep(folder, "a")
    folder.chmod(0o777)
    assert among(folder).get("a") is None
    keep(folder, "b")
    assert folder.stat().st_mode & 0o777 == 0o755
    assert among(folder).get("b") is not None


# How many


def test_there_are_never_many(folder: Path) -> None:
    for number in range(MOST):
        assert keep(folder, f"{number}")
    assert not keep(folder, "one more")
    assert len(files(folder)) == MOST
    unused = files(folder)[3]
    os.utime(unused, (time.time() - UNUSED - 60,) * 2)
    assert keep(folder, "one more")
    assert len(files(folder)) == MOST
    assert not unused.exists()
    assert among(folder).get("one more") is not None


def test_what_is_used_is_in_use(folder: Path) -> None:
    keep(folder, "a")
    (file,) = files(folder)
    long_ago = time.time() - UNUSED
    os.utime(file, (long_ago, long_ago))
    assert among(folder).get("b") is None
    assert file.stat().st_mtime < long_ago + 1
    assert among(folder).get("a") is not None
    assert file.stat().st_mtime > long_ago + UNUSED / 2
