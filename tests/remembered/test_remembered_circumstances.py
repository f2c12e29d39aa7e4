"""Heaps whatever the machine is like: full disks, folders that nobody can write, stores that are collected, no forks,
files that change between a run and its heap, others who work at the same time.

Each case has parts of the project in its heap, and compares what a run says after an edit with an evaluation afresh.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lixeval.evaluation.remembered import heaps, library
from lixeval.evaluation.remembered.heap_reader import KeptHeap
from lixeval.formats.store_path import StorePath
from lixeval.store.local import LocalStore
from lixeval.system import atomic, background
from tests.remembered.projects import AT_ONCE, LIBRARY, SYSTEM, Project, kept_files

STRICTLY = ("--eval", "--strict")


def asks(project: Project, number: int) -> None:
    """For values of a package set and of a system of modules, of which one is the project's."""
    module = f'{{ config, pkgs }}: {{ x = pkgs.hello.name; more = {number}; flavour = "plain"; }}'
    project.write("project/own-module.nix", module)
    project.main(f"let s = {SYSTEM}; in [ {number} pkgs.world.drvPath s.config s.total s.pkgs.world.name ]")


def edited(project: Project, number: int) -> bool:
    """After an edit all is as evaluated afresh; whether a heap with parts of the project was used."""
    asks(project, number)
    found = project.run(*STRICTLY)
    used = any(one.heap is not None and one.heap.parts.counts[0] > 0 for one in project.happened)
    assert found.shown == project.run(*STRICTLY, afresh=True).shown
    return used


@pytest.fixture
def kept(project: Project) -> Project:
    """A project of which there is a heap."""
    home = Path(os.environ["HOME"])
    shutil.rmtree(home / "cache" / "lixeval" / "heaps", ignore_errors=True)
    assert not edited(project, 1)
    return project


def sparse(path: Path) -> None:
    os.truncate(path, 3 << 30)


def somebody_elses(path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root, who can give files to others")
    os.chown(path, 12345, 12345)


def link_to_what_was_there(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved").name)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("harm", [sparse, somebody_elses, link_to_what_was_there, pipe], ids=lambda one: one.__name__)
@pytest.mark.parametrize("which", [0, 1], ids=["description", "records"])
def test_foreign_files_are_no_heap(kept: Project, harm: Callable[[Path], None], which: int) -> None:
    assert edited(kept, 2)
    for path in kept_files(Path(os.environ["HOME"]))[which]:
        harm(path)
    assert not edited(kept, 3)
    assert edited(kept, 4)


FAILURES = [(errno.ENOSPC, "records"), (errno.ENOSPC, "description"), (errno.EDQUOT, "both"), (errno.EROFS, "both")]


@pytest.mark.parametrize(("error", "fails"), FAILURES)
def test_a_disk_that_is_full_costs_no_more_than_the_heap(
    kept: Project, monkeypatch: pytest.MonkeyPatch, error: int, fails: str
) -> None:
    write = atomic.write_file

    def fails_in_heaps(path: str, *arguments: object, **named: object) -> object:
        kind = "records" if "-" in os.path.basename(path) else "description"
        if "/heaps/" in path and fails in (kind, "both"):
            raise OSError(error, os.strerror(error), path)
        return write(path, *arguments, **named)  # type: ignore[arg-type]  # as it is called

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write_file", fails_in_heaps)
        kept.write("library/data/text", "makes the heap stale")
        assert not edited(kept, 2)
        assert not edited(kept, 3)
    kept.write("library/data/text", LIBRARY["data/text"])
    edited(kept, 4)
    assert edited(kept, 5)


def test_what_was_kept_stays_where_no_more_can_be_written(kept: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a heap that is appended to and cannot be described anew."""
    write = atomic.write_file

    def fails_at_descriptions(path: str, *arguments: object, **named: object) -> object:
        if "/heaps/" in path and "-" not in os.path.basename(path):
            raise OSError(errno.ENOSPC, "No space left on device", path)
        return write(path, *arguments, **named)  # type: ignore[arg-type]  # as it is called

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write_file", fails_at_descriptions)
        assert edited(kept, 2)
    assert edited(kept, 3)


def test_a_cache_that_is_only_read_is_used(kept: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days after it was made as well, though nobody can note that it is in use."""
    home = Path(os.environ["HOME"])
    for path in (home / "cache" / "lixeval" / "heaps").iterdir():
        os.utime(path, (time.time() - 7 * 86400,) * 2)

    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "utime", refuses)
        patch.setattr(atomic, "write_file", refuses)
        assert edited(kept, 2)


def test_without_forks_and_locks_nothing_is_kept_and_what_is_there_is_used(
    kept: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in WebAssembly."""
    monkeypatch.undo()
    monkeypatch.setattr(library, "WORTH_IT", 0.0)
    monkeypatch.delattr(os, "fork")
    for name in ("fcntl", "resource"):
        monkeypatch.setitem(sys.modules, name, None)
    assert not background.in_background(lambda: pytest.fail("there is nobody to do it"), is_worker=True)
    before = sorted(path.name for path in (Path(os.environ["HOME"]) / "cache" / "lixeval" / "heaps").iterdir())
    asks(kept, 2)
    found = kept._run(*STRICTLY, str(kept.folder / "project/main.nix"), "-I", f"library={kept.folder}/library", "-v")
    assert "records were read" in found.stderr
    assert found.stdout == kept.run(*STRICTLY, afresh=True).stdout
    after = sorted(path.name for path in (Path(os.environ["HOME"]) / "cache" / "lixeval" / "heaps").iterdir())
    assert after == before


def test_zone_locale_and_umask_change_nothing(kept: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    heaps_folder = Path(os.environ["HOME"]) / "cache" / "lixeval" / "heaps"
    for number, (zone, locale, mask) in enumerate([("Asia/Tokyo", "C", 0o000), ("", "de_DE.UTF-8", 0o002)], 2):
        monkeypatch.setenv("TZ", zone)
        monkeypatch.setenv("LC_ALL", locale)
        time.tzset()
        before = os.umask(mask)
        try:
            assert edited(kept, number)
        finally:
            os.umask(before)
        assert not any(path.stat().st_mode & 0o077 for path in [heaps_folder, *heaps_folder.iterdir()])


def test_another_home_has_other_heaps(kept: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("HOME", str(kept.folder))
        assert not edited(kept, 2)
        assert edited(kept, 3)
    assert edited(kept, 4)


def test_a_store_that_is_collected_gets_all_of_a_derivation_again(kept: Project) -> None:
    """What the heap names is in the store after a run that used it, or the heap is none any longer."""
    root = os.environ["LIXEVAL_STORE"]
    for number, name in enumerate(["world", "hello", "world", "world"]):
        kept.main(f"builtins.seq {number} pkgs.{name}")
        found = kept.run("--instantiate")
        drv_path = StorePath(found.stdout.strip())
        store = LocalStore(root)
        todo = [drv_path]
        while todo:
            path = todo.pop()
            assert store.is_valid(path) and os.path.lexists(store.real(path))
            todo += store.references(path)
        store.forget(*reversed(in_order(store)))
        store.close()


def in_order(store: LocalStore) -> list[StorePath]:
    """All paths of a store, those that others refer to first."""
    found: dict[StorePath, None] = {}

    def add(path: StorePath) -> None:
        if path not in found:
            for reference in store.references(path):
                if reference != path:
                    add(reference)
            found[path] = None

    for path in store.all_paths():
        add(path)
    return list(found)


@pytest.mark.parametrize(
    "name", ["project/own-module.nix", "library/data/text", "library/system.nix", "library/one.nix"]
)
def test_a_file_that_changes_between_a_run_and_its_heap_is_seen(
    kept: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    judge = library.Library.is_worth_keeping
    texts = {
        "project/own-module.nix": "{ config, pkgs }: { x = 7; more = 70; }",
        "library/system.nix": LIBRARY["system.nix"].replace("1 40", "1 3"),
        "library/one.nix": "111",
    }

    def changing(self: library.Library) -> bool:
        kept.write(name, texts.get(name, "changed"))
        return judge(self)

    asks(kept, 2)
    text = (kept.folder / name).read_text()
    with monkeypatch.context() as patch:
        patch.setattr(library.Library, "is_worth_keeping", changing)
        kept.run(*STRICTLY)
    main = (kept.folder / "project/main.nix").read_text()
    for number in range(2):
        kept.write("project/main.nix", f"# {number}\n{main}")
        kept.check(*STRICTLY)
        kept.write(name, text)
    assert edited(kept, 5)


def test_a_heap_that_goes_while_it_is_read_is_read_to_its_end(kept: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has opened one goes on, whatever bounds take away meanwhile."""
    folder = Path(os.environ["HOME"]) / "cache" / "lixeval" / "heaps"
    record = KeptHeap._record

    def removing(self: KeptHeap, number: int) -> object:
        for path in folder.iterdir():
            path.unlink()
        return record(self, number)

    asks(kept, 2)
    with monkeypatch.context() as patch:
        patch.setattr(KeptHeap, "_record", removing)
        found = kept.run(*STRICTLY)
        assert any(one.heap is not None for one in kept.happened)
    assert found.shown == kept.run(*STRICTLY, afresh=True).shown
    edited(kept, 3)
    assert edited(kept, 4)


def test_heaps_stay_within_their_bounds(kept: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest stay, and what has not been used for a hundred days goes."""
    folder = Path(os.environ["HOME"]) / "cache" / "lixeval" / "heaps"
    monkeypatch.setattr(heaps, "MOST_FILES", 5)
    for number in range(4):
        monkeypatch.setenv("NIX_PATH", f"elsewhere=/nowhere/{number}")  # each has a heap of its own
        edited(kept, number)
        assert edited(kept, number + 10)
        assert len(list(folder.iterdir())) <= 6
    for path in folder.iterdir():
        os.utime(path, (time.time() - 100 * 86400,) * 2)
    monkeypatch.setenv("NIX_PATH", "")
    edited(kept, 20)
    assert len(list(folder.iterdir())) <= 3
    assert edited(kept, 21)


def test_the_same_text_in_another_folder_is_another_function(kept: Project) -> None:
    """As relative paths in it are; one that was moved within its file, or whose file was renamed, is the same."""
    overlay = "final: prev: { text = builtins.readFile ./text; hello = prev.hello // { n = 1; }; }"
    ask = "let p = import <library/over.nix> { overlays = [ (import ./FILE) ]; }; in [ p.text p.hello.n p.world.name ]"
    for folder in ("a", "b"):
        kept.write(f"project/{folder}/text", f"text of {folder}")
        kept.write(f"project/{folder}/over.nix", overlay)
    kept.write("project/a/renamed.nix", overlay)
    kept.write("project/a/moved.nix", f"# a line\n\n  {overlay}")
    for name in ("a/over.nix", "a/over.nix", "b/over.nix", "a/renamed.nix", "b/over.nix", "a/moved.nix", "a/over.nix"):
        kept.main(ask.replace("FILE", name))
        kept.check(*STRICTLY)
        kept.main("/* */" + ask.replace("FILE", name))
        assert kept.check(*STRICTLY)


def test_eight_at_once_leave_one_another_alone(tmp_path: Path) -> None:
    """Four with the same edit and four with others, each in a process of its own that keeps what it has found; then
    four that use what is there.
    """
    for name, text in LIBRARY.items():
        (tmp_path / "library" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "library" / name).write_text(text)
    (tmp_path / "library" / "link.nix").symlink_to("one.nix")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "own-module.nix").write_text("{ config, pkgs }: { more = 1; x = pkgs.hello.name; }")
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "NIX_PATH": ""}
    environment["LIXEVAL_STORE"] = str(tmp_path / "store")

    def begun(which: int) -> subprocess.Popen[bytes]:
        path = tmp_path / "project" / f"main{which}.nix"
        path.write_text(f"[ (import <library> {{ }}).all.n{which}.value {SYSTEM}.config.more ] ")
        command = [sys.executable, "-c", AT_ONCE, *STRICTLY, "-I", f"library={tmp_path}/library", str(path)]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    for numbers in ((1, 1, 1, 1, 2, 3, 4, 5), (1, 6, 7, 8)):
        for number, one in [(number, begun(number)) for number in numbers]:
            assert one.communicate(timeout=120) == (b"[ %d 1 ]\n" % (2 * number), b"")
            assert one.returncode == 0
