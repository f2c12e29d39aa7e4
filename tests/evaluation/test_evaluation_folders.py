"""What a run knows of folders that it has looked through, and how it notices that they have changed."""

from __future__ import annotations

import os
import shutil
from time import sleep, time_ns
from typing import TYPE_CHECKING

import pytest

from lixeval.environment import machine as machines
from lixeval.environment.files import Files
from lixeval.environment.machine import Machine
from lixeval.environment.settings import Settings
from lixeval.errors import AccessForbidden
from lixeval.evaluation.remembered.notes import RecordedMachine
from lixeval.store.local import LocalStore
from lixeval.system import fingerprints

if TYPE_CHECKING:
    from pathlib import Path

THRICE = range(3)


@pytest.fixture(params=[Machine, RecordedMachine])
def machine(request: pytest.FixtureRequest) -> Machine:
    made: Machine = request.param()
    return made


@pytest.fixture
def looked_through(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that the system was asked for."""
    asked: list[str] = []
    look = machines._entries

    def noted(path: str) -> dict[str, str]:
        asked.append(path)
        return look(path)

    monkeypatch.setattr(machines, "_entries", noted)
    return asked


@pytest.fixture
def all_settled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Folders count as settled after two ticks of the clock, wherever they lie."""
    monkeypatch.setattr(fingerprints, "SETTLING", fingerprints.TICK)
    monkeypatch.setattr(fingerprints, "honest_devices", lambda: frozenset([os.stat(tmp_path).st_dev]))


@pytest.mark.usefixtures("all_settled")
def test_a_folder_that_stays_is_not_looked_through_again(
    machine: Machine, looked_through: list[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    sleep(2 * fingerprints.TICK / 1e9)
    told = [machine.entries(str(tmp_path)) for _ in range(9)]
    assert told == [{"file": "regular"}] * 9
    assert len(looked_through) <= 2
    told[-1]["other"] = "regular"  # what was told is the caller's own
    assert machine.entries(str(tmp_path)) == {"file": "regular"}


@pytest.mark.usefixtures("all_settled")
@pytest.mark.parametrize("change", ["add", "remove", "rename", "exchange the kind", "another folder", "a link"])
def test_a_folder_that_changes_is_told_as_it_is(machine: Machine, tmp_path: Path, change: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").touch()
    sleep(2 * fingerprints.TICK / 1e9)
    for _ in THRICE:
        assert machine.entries(str(folder)) == {"a": "regular"}
    if change == "add":
        (folder / "b").mkdir()
    elif change == "remove":
        (folder / "a").unlink()
    elif change == "rename":
        (folder / "a").rename(folder / "b")
    elif change == "exchange the kind":
        (folder / "a").unlink()
        (folder / "a").symlink_to("b")
    else:
        folder.rename(tmp_path / "old")
        (tmp_path / "new").mkdir()
        (tmp_path / "new/c").touch()
        if change == "a link":
            folder.symlink_to("new")
        else:
            (tmp_path / "new").rename(folder)
    with os.scandir(folder) as entries:
        expected = {
            entry.name: "symlink" if entry.is_symlink() else "directory" if entry.is_dir() else "regular"
            for entry in entries
        }
    for _ in THRICE:
        assert machine.entries(str(folder)) == expected


def test_a_folder_that_has_just_changed_is_looked_through_each_time(
    machine: Machine, looked_through: list[str], tmp_path: Path
) -> None:
    """Two changes within one tick of the clock leave one stamp."""
    for number in range(5):
        (tmp_path / str(number)).touch()
        assert len(machine.entries(str(tmp_path))) == number + 1
    assert len(looked_through) == 5


def test_a_folder_that_has_gone_is_not_told(machine: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for _ in THRICE:
        machine.entries(str(folder))
    folder.rmdir()
    with pytest.raises(FileNotFoundError):
        machine.entries(str(folder))


# The way to a file


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that the system was asked about."""
    asked: list[str] = []
    look = os.lstat

    def noted(path: str) -> os.stat_result:
        asked.append(path)
        return look(path)

    monkeypatch.setattr(os, "lstat", noted)
    return asked


def files_of(machine: Machine, folder: Path, *, pure: bool = False) -> Files:
    settings = Settings("x86_64-linux", pure=pure, allowed_paths=(str(folder / "a"),))
    return Files(settings, LocalStore(str(folder / "root")), machine)


def settle(machine: Machine) -> None:
    """Has what is there count as made long before the machine was asked."""
    sleep(2 * fingerprints.TICK / 1e9)
    machine._settled = time_ns()


def test_the_way_is_gone_once(machine: Machine, looked_at: list[str], tmp_path: Path) -> None:
    files = files_of(machine, tmp_path)
    deep = tmp_path / "a/b/c/d"
    deep.mkdir(parents=True)
    settle(machine)
    for number in range(20):
        assert files.resolve(f"{deep}/{number}") == f"{deep}/{number}"
    assert len(looked_at) <= 2 * len(deep.parts) + 2 * 20


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("pure", [False, True])
@pytest.mark.parametrize("where", ["a", "a/b", "a/b/c"])
def test_a_way_that_becomes_a_link_is_seen(
    machine: Machine, tmp_path: Path, where: str, pure: bool, settled: bool
) -> None:
    """Also where the directory that it leads to has got the number of the one that was there."""
    files = files_of(machine, tmp_path, pure=pure)
    deep = tmp_path / "a/b/c"
    deep.mkdir(parents=True)
    if settled:
        settle(machine)
    assert files.resolve(f"{deep}/file") == f"{deep}/file"
    below = deep.relative_to(tmp_path / where)
    shutil.rmtree(tmp_path / where)
    other = tmp_path / "other"
    (other / below).mkdir(parents=True)
    (other / below / "file").write_text("elsewhere")
    (tmp_path / where).symlink_to(other)
    if pure:
        with pytest.raises(AccessForbidden):
            files.read(f"{deep}/file")
    else:
        assert files.resolve(f"{deep}/file") == str(other / below / "file")


@pytest.mark.parametrize("settled", [False, True])
def test_a_link_becomes_a_folder(machine: Machine, tmp_path: Path, settled: bool) -> None:
    files = files_of(machine, tmp_path)
    (tmp_path / "one").mkdir()
    link = tmp_path / "link"
    link.symlink_to("one")
    if settled:
        settle(machine)
    assert files.resolve(f"{link}/x") == f"{tmp_path}/one/x"
    link.unlink()
    link.mkdir()
    assert files.resolve(f"{link}/x") == f"{link}/x"
    assert files.resolve(f"{link}/../link/./x") == f"{link}/x"
