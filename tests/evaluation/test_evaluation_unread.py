"""Files whose stamps say that they are what they were are not read, and whatever changes of them shows."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from lixeval.environment.machine import Machine
from lixeval.environment.settings import Settings
from lixeval.errors import EvalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.remembered.notes import RecordedMachine
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.system import fingerprints

FILES = 12


class Watched(RecordedMachine):
    """The machine, with the names of the files that were read."""

    __slots__ = ("names",)

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def read(self, path: str) -> bytes:
        self.names.append(os.path.basename(path))
        return super().read(path)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that imports eleven others, on a file system whose stamps are believed at once."""
    monkeypatch.setattr(fingerprints, "SETTLING", -(10**12))
    device = os.stat(tmp_path).st_dev
    monkeypatch.setattr("lixeval.evaluation.unread.honest_devices", lambda: frozenset({device}))
    folder = tmp_path / "project"
    folder.mkdir()
    for number in range(1, FILES):
        (folder / f"{number}.nix").write_text(f"{{ a = {number}; wrong = 1 + null; }}")
    names = " ".join(f"(import ./{number}.nix).a" for number in range(1, FILES))
    (folder / "all.nix").write_text(f"[ {names} ]")
    return folder


def new_evaluator(project: Path, machine: Machine, settings: Settings | None = None) -> Evaluator:
    return Evaluator(
        settings or Settings(system="x86_64-linux"),
        None,  # type: ignore[arg-type]  # nothing is stored
        cache_directory=str(project.parent / "cache"),
        machine=machine,
    )


def evaluated(project: Path, file: str = "all.nix", machine: Machine | None = None) -> tuple[str, list[str]]:
    """The value of a file in an evaluator of its own, and which files were read."""
    watched = machine or Watched()
    evaluator = new_evaluator(project, watched)
    text = printed(evaluator.file(str(project / file)), force)
    evaluator.save_code()
    evaluator.has_ended()
    return text, getattr(watched, "names", [])


USUAL = "[ 1 2 3 4 5 6 7 8 9 10 11 ]"


def test_what_has_not_changed_is_not_read(project: Path) -> None:
    assert evaluated(project) == (USUAL, ["all.nix", *(f"{number}.nix" for number in range(1, FILES))])
    assert evaluated(project) == (USUAL, ["all.nix"])


@pytest.mark.parametrize(("size", "read"), [(0, ["two.nix", "1.nix", "2.nix"]), (40_000, ["two.nix"])])
def test_few_files_are_read_unless_they_are_long(project: Path, size: int, read: list[str]) -> None:
    for name in ("1.nix", "2.nix"):
        with open(project / name, "a") as file:
            file.write("# " + "ü" * size)
    (project / "two.nix").write_text("[ (import ./1.nix).a (import ./2.nix).a ]")
    evaluated(project, "two.nix")
    assert evaluated(project, "two.nix") == ("[ 1 2 ]", read)


def test_a_file_that_looks_the_same_by_size_and_time_is_read(project: Path) -> None:
    evaluated(project)
    before = os.stat(project / "5.nix")
    (project / "5.nix").write_text("{ a = 7; wrong = 1 + null; }")
    os.utime(project / "5.nix", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert os.stat(project / "5.nix").st_mtime_ns == before.st_mtime_ns
    assert evaluated(project) == (USUAL.replace("5", "7", 1), ["all.nix", "5.nix"])


@pytest.mark.parametrize("way", ["another file in its place", "a link to another"])
def test_what_stands_in_the_place_of_a_file_is_seen(way: str, project: Path) -> None:
    evaluated(project)
    (project / "new").write_text("{ a = 7; wrong = 1 + null; }")
    if way == "another file in its place":
        (project / "new").rename(project / "5.nix")
    else:
        (project / "5.nix").unlink()
        (project / "5.nix").symlink_to("new")
    assert evaluated(project)[0] == USUAL.replace("5", "7", 1)


def test_what_was_changed_just_before_is_read_each_time(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "SETTLING", 60 * 10**9)
    for _ in range(2):
        assert len(evaluated(project)[1]) == FILES


def test_on_a_file_system_that_may_not_tell_all_is_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lixeval.evaluation.unread.honest_devices", frozenset)
    for _ in range(2):
        assert len(evaluated(project)[1]) == FILES


def test_a_text_is_read_when_it_is_asked_for(project: Path) -> None:
    (project / "3.nix").write_text('{\n  a = 3;\n  line = "three";\n}')
    evaluated(project)
    machine = Watched()
    evaluator = new_evaluator(project, machine)
    assert printed(evaluator.file(str(project / "all.nix")), force) == USUAL
    (source,) = [file.source for file in evaluator.compiled if file.source.name.endswith("/3.nix")]
    assert machine.names == ["all.nix"]
    assert source.line(3) == '  line = "three";' and source.line_and_column(6) == (2, 5)
    assert machine.names == ["all.nix", "3.nix"]


def test_a_file_that_changes_after_it_was_looked_at_is_not_compiled(project: Path) -> None:
    evaluated(project)
    cache = project.parent / "cache"
    tables = [path for path in cache.glob("??/*") if b"11.nix" in path.read_bytes()[:4000]]
    assert tables

    class Deceived(Watched):
        def is_as_known(self, path: str, stamp: fingerprints.Stamp, content: bytes) -> bool:
            return True

    for path in cache.rglob("*"):
        if path.is_file() and path not in tables:
            path.unlink()
    (project / "5.nix").write_text("{ a = 7; }")
    with pytest.raises(EvalError, match=r"5\.nix' has changed while it was evaluated"):
        evaluated(project, machine=Deceived())


def test_what_was_not_read_is_noted_as_what_was(project: Path) -> None:
    first, second = RecordedMachine(), RecordedMachine()
    evaluated(project, machine=first)
    evaluated(project, machine=second)
    contents = [{path: seen[1] for path, seen in machine.facts.files.items()} for machine in (first, second)]
    assert contents[0] == contents[1] and len(contents[1]) == FILES
    assert not second.reasons


def test_where_each_link_is_checked_all_is_read(project: Path) -> None:
    settings = Settings(system="x86_64-linux", restricted=True, allowed_paths=(str(project),))
    for _ in range(2):
        machine = Watched()
        evaluator = new_evaluator(project, machine, settings)
        assert printed(evaluator.file(str(project / "all.nix")), force) == USUAL
        evaluator.save_code()
        assert len(machine.names) == FILES


def test_the_table_follows_what_is_used(project: Path) -> None:
    evaluated(project)
    (project / "all.nix").write_text((project / "all.nix").read_text().replace("(import ./1.nix).a", "1"))
    assert evaluated(project) == (USUAL, ["all.nix"])
    for number in range(1, 10):
        shutil.copy(project / f"{number}.nix", project / f"1{number}0.nix")
    more = " ".join(f"(import ./1{number}0.nix).a" for number in range(1, 10))
    (project / "all.nix").write_text(f"[ {more} ]")
    assert len(evaluated(project)[1]) == 10
    assert evaluated(project)[1] == ["all.nix"]


def test_what_a_later_evaluation_of_the_run_needs_stays_known(project: Path) -> None:
    """A command evaluates its arguments, its file and what they make one after the other."""
    text = (project / "all.nix").read_text()
    more = " ".join(f"(import ./1{number}0.nix).a" for number in range(1, 10))
    for number in range(1, 10):
        shutil.copy(project / f"{number}.nix", project / f"1{number}0.nix")
    (project / "all.nix").write_text(f"{{ first = {text}; second = [ {more} ]; }}")
    for first_time in (True, False):
        machine = Watched()
        evaluator = new_evaluator(project, machine)
        value = evaluator.file(str(project / "all.nix"))
        assert isinstance(value, dict)
        for name in ("first", "second"):
            printed(value[name], force)
            evaluator.save_code()
        evaluator.has_ended()
        assert len(machine.names) == (FILES + 9 if first_time else 1)
