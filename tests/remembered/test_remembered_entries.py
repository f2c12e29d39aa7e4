"""Entries on disk, and when metadata is taken for content."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lixeval.evaluation.remembered import entries as entries_module
from lixeval.evaluation.remembered import key
from lixeval.evaluation.remembered.entries import Entries, Entry
from lixeval.evaluation.remembered.facts import Facts, read_stamped
from lixeval.evaluation.remembered.notes import RecordedMachine
from lixeval.system import fingerprints

if TYPE_CHECKING:
    from tests.remembered.conftest import Run

WORDS = ("--eval", "-E", '"kept"')


def entry(text: str = "text") -> Entry:
    return Entry("/nix/var/nix", Facts().parts(), ["said"], text, [], None)


def folder_of_entries() -> Path:
    return Path(os.environ["XDG_CACHE_HOME"]) / "lixeval/evaluations"


def newest() -> Path:
    return max(folder_of_entries().iterdir(), key=lambda path: path.stat().st_mtime_ns)


# Damage


def cut(data: bytes) -> bytes:
    return data[:-1]


def nothing(data: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("harm", [cut, nothing])
def test_a_damaged_entry_is_none(run: Run, harm: Callable[[bytes], bytes]) -> None:
    run(*WORDS)
    assert not run(*WORDS).acted
    path = newest()
    path.write_bytes(harm(path.read_bytes()))
    again = run(*WORDS)
    assert (again.stdout, again.evaluated) == ('"kept"\n', True)
    assert not run(*WORDS).acted


def test_a_folder_that_cannot_be_made_is_no_error(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert run(*WORDS).shown == (0, '"kept"\n', "")


@pytest.mark.parametrize(
    ("name", "value"),
    [("__version__", "0"), ("FORMAT", 0), ("code_stamps", list), ("current_system", lambda: "pdp-11")],
)
def test_another_lixeval_or_machine_finds_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: Any
) -> None:
    run(*WORDS)
    monkeypatch.setattr(key, name, value)
    assert run(*WORDS).evaluated


def test_the_key_knows_every_file_of_the_package_that_a_result_can_depend_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    package = Path(key.__file__).parents[2]
    rooms = tuple(str(package / room) + "/" for room in key.TELL_NO_RESULT)
    names = {str(path) for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts} - {
        str(path) for room in rooms for path in Path(room).rglob("*")
    }
    assert names <= {os.path.join(key.BASE, name) for name in key.own_files()}
    assert any(name.endswith("embedded/default.nix") for name in names)


def test_what_tells_no_result_is_imported_by_nothing_whose_result_is_kept() -> None:
    """From the command on, but for its commands, and for what `import lixeval` gives."""
    package = Path(key.__file__).parents[2]
    needed: set[str] = set()
    waiting = ["lixeval.cli"]
    while waiting:
        module = waiting.pop()
        path = package.parent / module.replace(".", "/")
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if module in needed or module.startswith(LAZY) or not file.exists():
            continue
        needed.add(module)
        waiting += imports_of(file)
    assert "lixeval.cli.action" in needed and "lixeval.containers.write" in needed
    rooms = tuple("lixeval." + room.replace("/", ".") for room in key.TELL_NO_RESULT)
    assert not {module for module in needed if module.startswith(rooms)}


LAZY = ("lixeval.cli.dispatch", "lixeval.cli.commands", "lixeval.library")


def imports_of(file: Path) -> list[str]:
    """The modules that a file imports anywhere, and what may be one of those."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name for name in found if name.startswith("lixeval.")]


CODE_STAMPS = key.code_stamps
"""The function itself: `run` has it replaced."""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of which the names of the files are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(key, "honest_devices", lambda: frozenset((tmp_path.stat().st_dev,)))
    monkeypatch.setattr(fingerprints, "SETTLING", -(10**12))
    package = tmp_path / "package"
    (package / "room").mkdir(parents=True)
    (package / "room/a.py").write_text("a")
    monkeypatch.setattr(key, "PACKAGE", str(package))
    monkeypatch.setattr(key, "BASE", str(package.parent))
    before = CODE_STAMPS()
    monkeypatch.setattr(key, "_look_through", lambda: pytest.fail("it was looked through again"))
    assert CODE_STAMPS() == before
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(key, "PACKAGE", str(package))
    monkeypatch.setattr(key, "BASE", str(package.parent))
    return package


def rewrite(file: Path) -> None:
    """In place, with the same size and mtime."""
    status = file.stat()
    with file.open("r+b") as opened:
        opened.write(b"b")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        lambda package: rewrite(package / "room/a.py"),
        lambda package: (package / "room/b.py").write_text(""),
        lambda package: (package / "room/a.py").unlink(),
        lambda package: (package / "room/a.py").rename(package / "room/b.py"),
        lambda package: (package / "room").rename(package / "other"),
        lambda package: (package / "other").mkdir() or (package / "other/c.nix").write_text(""),
    ],
)
def test_no_change_of_the_package_is_missed(package: Path, change: Callable[[Path], object]) -> None:
    before = CODE_STAMPS()
    change(package)
    assert CODE_STAMPS() != before


# Bounds


def test_a_result_that_is_too_large_is_not_kept(tmp_path: Path) -> None:
    kept = Entries(str(tmp_path))
    kept.save("a", entry("x" * (entries_module.LARGEST + 1)))
    assert kept.load("a") is None


# Stamps


def test_a_stamp_must_have_settled(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    status = file.stat()
    device = frozenset((status.st_dev,))
    now = time.time_ns()
    assert fingerprints.Clock(now, device).settled(status) is None
    assert fingerprints.Clock(now + fingerprints.SETTLING + 10**9, frozenset()).settled(status) is None
    assert fingerprints.Clock(now + fingerprints.SETTLING + 10**9, device).settled(status) == fingerprints.stamp_of(
        status
    )


def test_every_part_of_a_stamp_counts(tmp_path: Path) -> None:
    status = tmp_path.stat()
    names = ("st_dev", "st_ino", "st_mode", "st_size", "st_mtime_ns", "st_ctime_ns")
    fields = {name: getattr(status, name) for name in names}
    all_stamps = {fingerprints.stamp_of(status)}
    for name in names:
        all_stamps.add(fingerprints.stamp_of(SimpleNamespace(**{**fields, name: fields[name] + 1})))  # type: ignore[arg-type]  # has what is looked at
    assert len(all_stamps) == 7


def test_which_file_systems_are_trusted(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 27 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
        "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        "30 27 0:24 / /nowhere rw - tmpfs tmpfs rw\n"
        "31 27 0:50 / /home\\040dir rw master:1 - nfs4 host:/home rw\n"
        "not a line\n"
    )
    assert fingerprints.honest_devices(table=str(table)) == {os.makedev(254, 0)}
    assert fingerprints.honest_devices(fingerprints.NEVER_WRITTEN, str(table)) == {os.makedev(0, 24)}
    assert fingerprints.honest_devices(table=str(tmp_path / "none")) == frozenset()


def test_a_subvolume_has_a_number_of_its_own(tmp_path: Path) -> None:
    place = tmp_path / "sub volume"
    place.mkdir()
    here = place.stat().st_dev
    table = tmp_path / "mountinfo"
    line = f"27 1 0:3000 /sub {tmp_path}/sub\\040volume rw,relatime shared:1 - btrfs /dev/vda rw\n"
    table.write_text(line)
    assert fingerprints.honest_devices(table=str(table)) == {os.makedev(0, 3000), here}
    hidden = f"28 27 {os.major(here)}:{os.minor(here)} / {tmp_path}/sub\\040volume rw - nfs4 host:/a rw\n"
    table.write_text(line + hidden)
    assert fingerprints.honest_devices(table=str(table)) == {os.makedev(0, 3000)}


def test_files_that_only_pretend_to_be_files_are_read_each_time() -> None:
    """proc tells no sizes and no changes."""
    if not os.path.exists("/proc/uptime"):
        pytest.skip("there is no /proc")
    machine = RecordedMachine()
    machine.read("/proc/self/comm")
    assert machine.facts.files["/proc/self/comm"][0] is None
    assert machine.facts.hold("/nowhere")
    machine.read("/proc/uptime")
    time.sleep(0.02)
    assert not machine.facts.hold("/nowhere")


def test_a_file_that_holds_more_than_its_size_is_not_trusted() -> None:
    if not os.path.exists("/proc/self/comm"):
        pytest.skip("there is no /proc")
    device = os.stat("/proc/self/comm").st_dev
    clock = fingerprints.Clock(time.time_ns() + 2 * fingerprints.SETTLING, frozenset((device,)))
    stamp, data = read_stamped("/proc/self/comm", clock)
    assert (stamp, bool(data)) == (None, True)


def test_waiting_for_the_clock() -> None:
    assert fingerprints.ticked([])
    now = time.time_ns() // 1_000_000 * 1_000_000 + 123
    assert fingerprints.ticked([now])
    assert time.time_ns() >= now + fingerprints.TICK
    assert not fingerprints.ticked([now // 10**9 * 10**9]), "a clock of whole seconds"
    assert not fingerprints.ticked([now + 10 * 10**9]), "a clock that is ahead"


# Notes


def test_a_file_that_changes_while_it_is_used_makes_the_run_unrepeatable(tmp_path: Path) -> None:
    machine, file = RecordedMachine(), tmp_path / "file"
    file.write_text("one")
    machine.read(str(file))
    file.write_text("two")
    machine.read(str(file))
    assert machine.reasons


def test_facts_end(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = RecordedMachine()
    machine.good_for(100)
    machine.good_for(50)
    machine.good_for(75)
    assert machine.facts.hold("/nowhere")
    now = time.time_ns()
    monkeypatch.setattr("time.time_ns", lambda: now + 51 * 10**9)
    assert not machine.facts.hold("/nowhere")


def test_a_filter_that_copies_another_tree(tmp_path: Path) -> None:
    """A filter is Nix code, and may copy something itself."""
    for name in ("outer", "inner"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    machine = RecordedMachine()

    def outer_filter(path: str, kind: str) -> bool:
        machine.copy(str(tmp_path / "inner"), "inner", "recursive", None, lambda ask: visit(ask, "inner"))
        return True

    def visit(ask: Callable[[str, str], bool] | None, name: str) -> str:
        assert ask is not None
        assert ask(str(tmp_path / name / "file"), "regular")
        return f"/nix/store/{name}"

    machine.copy(str(tmp_path / "outer"), "outer", "recursive", outer_filter, lambda ask: visit(ask, "outer"))
    assert [(tree[1], list(tree[4])) for tree in machine.facts.trees] == [
        ("inner", [str(tmp_path / "inner/file")]),
        ("outer", [str(tmp_path / "outer/file")]),
    ]
