"""What may become of kept heaps, and of those who write them: damage, SIGKILL, clocks, others at the same time."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.evaluation.remembered import facts, library
from tests.remembered.conftest import Everything, wait_for_a_tick
from tests.remembered.projects import AT_ONCE, EXPRESSIONS, LIBRARY, Project, kept_files

if TYPE_CHECKING:
    from lixeval.evaluation.remembered.library import Library


def damages() -> dict[str, Callable[[Path], object]]:
    def changed(path: Path, at: float) -> None:
        data = bytearray(path.read_bytes())
        for place in range(int(len(data) * at), len(data), 997):
            data[place] ^= 0x55
        path.write_bytes(data)

    def instead(path: Path, make: Callable[[Path], object]) -> None:
        path.unlink()
        make(path)

    return {
        "gone": Path.unlink,
        "empty": lambda path: path.write_bytes(b""),
        "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        "longer": lambda path: path.write_bytes(path.read_bytes() + b"more"),
        "changed at its beginning": lambda path: changed(path, 0.0),
        "changed at its end": lambda path: changed(path, 0.7),
        "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
        "a folder": lambda path: instead(path, Path.mkdir),
        "a pipe": lambda path: instead(path, os.mkfifo),
        "a link to itself": lambda path: instead(path, lambda place: place.symlink_to(place.name)),
        "writable by all": lambda path: path.chmod(0o666),
    }


@pytest.mark.parametrize("damage", damages())
@pytest.mark.parametrize("which", ["description", "records"])
def test_a_damaged_heap_is_none(project: Project, which: str, damage: str) -> None:
    home = Path(os.environ["HOME"])
    shutil.rmtree(home / "cache" / "lixeval" / "heaps", ignore_errors=True)
    project.check("--eval", "--strict")
    descriptions, records = kept_files(home)
    for path in descriptions if which == "description" else records:
        damages()[damage](path)
    for expression in (
        "pkgs.world.name",
        "builtins.attrValues pkgs.all",
        "map (f: f 1) [ pkgs.one ]",
        "pkgs.called.name",
    ):
        project.main(expression)
        project.check("--eval", "--strict")


def test_one_heap_under_the_name_of_another_is_none(project: Project, tmp_path: Path) -> None:
    home = Path(os.environ["HOME"])
    shutil.rmtree(home / "cache" / "lixeval" / "heaps", ignore_errors=True)
    project.check("--eval", "--strict")
    descriptions, records = kept_files(home)
    project.write("library/top.nix", LIBRARY["top.nix"].replace("world", "word"))
    project.main("pkgs.word.name")
    content = records[0].read_bytes(), descriptions[0].read_bytes()
    project.check("--eval", "--strict")
    _, now = kept_files(home)
    now[0].write_bytes(content[0])
    project.main("pkgs.word.drvPath")
    project.check("--eval", "--strict")
    descriptions[0].with_name("0" * 40).write_bytes(content[1])
    project.main("pkgs.word.outPath")
    project.check("--eval", "--strict")


def test_a_writer_that_is_killed_leaves_nothing_that_counts(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from lixeval.evaluation.remembered.heaps import Heaps

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Heaps, "describe", killed)
        assert project.run("--eval", "--strict").code == 130
    project.main("pkgs.world.name")
    project.check("--eval", "--strict")
    project.main("pkgs.hello.name")
    assert project.check("--eval", "--strict")


KILLS = int(os.environ.get("LIXEVAL_KILLS", "3"))
"""How often a writer is killed; by hand fifty times."""


def test_writers_that_are_killed_at_any_moment_leave_nothing_that_counts(project: Project, tmp_path: Path) -> None:
    """By SIGKILL, in processes of their own that keep what they have found before they end."""
    chance = random.Random(17)
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "NIX_PATH": ""}
    environment["LIXEVAL_STORE"] = str(tmp_path / "store")
    place, words = (
        f"{project.folder}/project/main.nix",
        ("--eval", "--strict", "-I", f"library={project.folder}/library"),
    )

    def begun() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", AT_ONCE, *words, place]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    for number in range(KILLS):
        expression = chance.choice(EXPRESSIONS)
        project.main(f"[ {number} ({expression}) ]")
        writer = begun()
        assert writer.stdout is not None and writer.stderr is not None
        shown = writer.stdout.readline()
        time.sleep(chance.random() * 0.15)
        writer.kill()
        writer.wait()
        writer.stdout.close()
        writer.stderr.close()
        project.main(f"[ ({expression}) {number} ]")
        after = begun()
        stdout, stderr = after.communicate()
        command = [sys.executable, "-c", AT_ONCE, *words, "--no-eval-cache", place]
        afresh = subprocess.run(command, check=False, env=environment, capture_output=True)
        assert (after.returncode, stdout, stderr) == (afresh.returncode, afresh.stdout, afresh.stderr)
        assert shown or after.returncode


def test_a_file_that_changes_while_it_is_read_once_more_is_seen(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lixeval.evaluation.remembered.notes import RecordedMachine
    from lixeval.evaluation.remembered.seclusion import LibrarysMachine

    read, changed = RecordedMachine.read, []

    def changing(self: RecordedMachine, path: str) -> bytes:
        data = read(self, path)
        if path.endswith("library/data/text") and isinstance(self, LibrarysMachine):
            changed.append(path)
            project.write("library/data/text", f"changed {len(changed)}")
        return data

    project.main("[ pkgs.hello.drvPath ]")
    with monkeypatch.context() as patch:
        patch.setattr(RecordedMachine, "read", changing)
        project.run("--eval", "--strict")
    assert changed
    for expression in ("pkgs.hello.drvPath", "pkgs.world.drvPath", "pkgs.hello.outPath"):
        project.main(expression)
        project.check("--eval", "--strict")


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_clock_that_is_set_hides_no_change(project: Project, monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    from lixeval.evaluation.remembered import notes
    from lixeval.system import fingerprints

    monkeypatch.setattr(facts, "honest_devices", lambda *_: Everything())
    monkeypatch.setattr(fingerprints, "honest_devices", lambda *_: Everything())
    monkeypatch.setattr(fingerprints, "SETTLING", 1)
    for number in range(4):
        with monkeypatch.context() as patch:
            if number % 2 == 0:
                for module in (notes, time):
                    patch.setattr(module, "time_ns", lambda: now() + hours * 3_600_000_000_000)
            project.main(f"[ {number} pkgs.hello.drvPath pkgs.names ]")
            project.run("--eval", "--strict")
        wait_for_a_tick()
        project.write("library/data/text", f"the tex{number}")
        project.main(f"[ pkgs.hello.drvPath {number} ]")
        project.check("--eval", "--strict")


now = time.time_ns


def test_another_lixeval_finds_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from lixeval.evaluation.remembered import key

    project.check("--eval", "--strict")
    project.main("pkgs.world.name")
    with monkeypatch.context() as patch:
        patch.setattr(key, "__version__", "another")
        assert not project.check("--eval", "--strict")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "another")
        assert not project.check("--eval", "--json")


def test_a_file_that_changes_while_it_is_kept_is_seen(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate = library.Library.is_worth_keeping

    def changing(self: Library) -> bool:
        project.write("library/data/text", "changed meanwhile")
        return evaluate(self)

    with monkeypatch.context() as patch:
        patch.setattr(library.Library, "is_worth_keeping", changing)
        project.run("--eval", "--strict")
    project.main("pkgs.world.drvPath")
    project.check("--eval", "--strict")
    project.write("library/data/text", "the text")
    project.main("pkgs.world.outPath")
    project.check("--eval", "--strict")
