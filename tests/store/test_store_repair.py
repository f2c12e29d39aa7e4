"""What is damaged in a store is made anew: paths, and the database."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from lixeval.cli import run
from lixeval.errors import StoreError
from lixeval.formats.store_path import StorePath
from lixeval.store import records
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo
from lixeval.store.rebuild import rebuild_database
from lixeval.store.repair import repair
from lixeval.store.verify import verify

EXPRESSION = """
let
  make = name: text: derivation {
    inherit name text;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" "echo $text > $out" ];
  };
  a = make "a" "a source: ${builtins.toFile "source" "x"}";
in make "b" "b, of ${a}"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> LocalStore:
    """A store in which EXPRESSION has been built, and which commands use."""
    for variable, folder in (("LIXEVAL_STORE", "store"), ("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    assert run(["-E", EXPRESSION]) == 0
    store = LocalStore(str(tmp_path / "store"))
    assert verify(store, check_contents=True) == []
    capsys.readouterr()
    return store


def paths_of(store: LocalStore) -> dict[str, StorePath]:
    """The five paths by their names."""
    return {path[44:]: path for path in store.all_paths()}


def damage(store: LocalStore, path: StorePath) -> None:
    os.chmod(store.real(path), 0o644)
    Path(store.real(path)).write_text("damaged")
    os.chmod(store.real(path), 0o444)


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_outputs_are_built_again(home: LocalStore, capsys: pytest.CaptureFixture[str], how: str) -> None:
    paths = paths_of(home)
    assert set(paths) == {"a", "b", "a.drv", "b.drv", "source"}
    for name in ("a", "b"):
        if how == "changed":
            damage(home, paths[name])
        else:
            os.unlink(home.real(paths[name]))
    assert run(["store", "verify", "--check-contents"]) == 1
    assert run(["store", "verify", "--check-contents", "--repair"]) == 0
    assert f"repaired '{paths['a']}'" in capsys.readouterr().err
    assert verify(home, check_contents=True) == []
    assert sorted(os.listdir(home.real_store_dir)) == sorted([".links", *(path[11:] for path in paths.values())])


def test_one_path_is_repaired(home: LocalStore, capsys: pytest.CaptureFixture[str]) -> None:
    paths = paths_of(home)
    damage(home, paths["b"])
    damage(home, paths["a"])
    assert run(["store", "repair", paths["a"]]) == 0
    assert [problem.split("'")[1] for problem in verify(home, check_contents=True)] == [paths["b"]]


def test_a_build_repairs_what_it_gives_and_all_that_this_needs(
    home: LocalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """nix-build --repair; and what it says is not said again by a run that repairs nothing."""
    paths = paths_of(home)
    for name in ("a", "b"):
        damage(home, paths[name])
    for _ in range(2):
        assert run(["-E", EXPRESSION, "--repair"]) == 0
        said = capsys.readouterr().err
        assert verify(home, check_contents=True) == []
    assert "repaired" not in said


def test_what_no_derivation_makes_is_written_by_the_next_evaluation(
    home: LocalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = paths_of(home)
    damage(home, paths["source"])
    assert run(["store", "repair", paths["source"]]) == 1
    assert f"delete '{home.real(paths['source'])}'" in capsys.readouterr().err
    os.unlink(home.real(paths["source"]))
    os.unlink(home.real(paths["b.drv"]))
    assert run(["-E", EXPRESSION]) == 0
    assert verify(home, check_contents=True) == []


def test_a_vanished_output_is_made_again_before_it_is_printed(
    home: LocalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["-E", EXPRESSION], ["--no-eval-cache", "-E", EXPRESSION]):
        os.unlink(home.real(paths_of(home)["b"]))
        assert run(arguments) == 0
        assert capsys.readouterr().out == paths_of(home)["b"] + "\n"
        assert verify(home, check_contents=True) == []


def test_what_a_repair_cannot_make_stays_as_it_is(home: LocalStore) -> None:
    path = paths_of(home)["a"]
    damage(home, path)

    def fail(drv_path: StorePath, output: str) -> None:
        assert not home.is_valid(path)
        raise StoreError("it cannot be built")

    with pytest.raises(StoreError, match="cannot be built"):
        repair(home, path, fail)
    assert Path(home.real(path)).read_text() == "damaged" and home.is_valid(path)


@pytest.mark.parametrize("name", ["source", "a"])
@pytest.mark.parametrize("command", [("repair",), ("verify", "--check-contents", "--repair")], ids=" ".join)
def test_what_a_cache_has_is_fetched_again(
    home: LocalStore, tmp_path: Path, command: tuple[str, ...], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sources have no derivation; they need no signature, for their content is their address."""
    path, cache = paths_of(home)[name], f"file://{tmp_path}/cache"
    assert run(["copy", path, "--to", cache]) == 0
    whole = Path(home.real(path)).read_bytes()
    damage(home, path)
    words = [path] if command == ("repair",) else []
    assert run(["store", *command, *words, "--substituters", cache, "--no-require-sigs"]) == 0
    assert f"repaired '{path}'" in capsys.readouterr().err
    assert Path(home.real(path)).read_bytes() == whole
    assert verify(home, check_contents=True) == []


def test_a_cache_that_has_something_else_repairs_nothing(home: LocalStore, tmp_path: Path) -> None:
    path, cache = paths_of(home)["source"], tmp_path / "cache"
    assert run(["copy", path, "--to", f"file://{cache}?compression=none"]) == 0
    (nar,) = (cache / "nar").iterdir()
    nar.chmod(0o644)
    nar.write_bytes(nar.read_bytes().replace(Path(home.real(path)).read_bytes()[:3], b"xyz"))
    damage(home, path)
    assert run(["store", "repair", path, "--substituters", f"file://{cache}"]) == 1
    assert Path(home.real(path)).read_text() == "damaged" and home.is_valid(path)


@pytest.mark.parametrize("how", ["text", "cut", "lost", "all lost", "without records"])
def test_a_database_is_made_again(home: LocalStore, capsys: pytest.CaptureFixture[str], how: str) -> None:
    before = home.infos(home.all_paths())
    home.close()
    database = Path(home.state_dir, "db")
    if how == "text":
        (database / "db.sqlite").write_text("this is no database" * 1000)
    elif how == "cut":
        os.truncate(database / "db.sqlite", 5000)
    elif how == "lost":
        os.unlink(database / "db.sqlite")
    elif how == "all lost":
        shutil.rmtree(database)
    else:
        os.unlink(database / "registered")
        os.unlink(database / "db.sqlite")
    for name in ("db.sqlite-wal", "db.sqlite-shm"):
        (database / name).unlink(missing_ok=True)
    if how != "all lost":
        assert run(["store", "verify"]) == 1
        assert "lixeval store repair --database" in capsys.readouterr().err
    assert run(["store", "repair", "--database"]) == 0
    after = LocalStore(home.root)
    assert verify(after, check_contents=True) == []
    found = after.infos(after.all_paths())
    assert {path: (info.nar_hash, info.references, info.deriver, info.ca) for path, info in found.items()} == {
        path: (info.nar_hash, info.references, info.deriver, info.ca) for path, info in before.items()
    }


def test_what_may_be_half_written_does_not_come_back(home: LocalStore) -> None:
    paths = paths_of(home)
    home.close()
    os.unlink(Path(home.state_dir, "db", "registered"))
    os.utime(home.real(paths["a"]), (5, 5))  # as a builder without a sandbox leaves it
    damage(home, paths["source"])
    rebuilt = rebuild_database(home.root)
    # Without its source no derivation is whole, and nothing that came of it.
    assert rebuilt.valid == 0 and set(rebuilt.lost) == set(paths.values())


def test_records_that_are_no_records_count_for_nothing(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    path = store.add_text("a", "x")
    directory = store.state_dir + "/db"
    line = Path(directory, "registered").read_bytes()
    Path(directory, "registered").write_bytes(line[:30] + line + b"\nx\ty\n\xff\0\n" + line[:60])
    assert list(records.read(directory)) == [path]
    records.replace(directory, [store.info(path)])
    found = records.read(directory)[path]
    assert isinstance(found, PathInfo) and found == store.info(path)
