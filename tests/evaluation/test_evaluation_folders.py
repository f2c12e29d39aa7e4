"""What a run knows of folders that it has looked through, and how it notices that they have changed."""

from __future__ import annotations

import os
from time import sleep
from typing import TYPE_CHECKING

import pytest

from lixeval.environment import machine as machines
from lixeval.environment.machine import Machine
from lixeval.evaluation.remembered.notes import RecordedMachine
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
