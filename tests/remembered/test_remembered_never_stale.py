"""Whatever changes, and however it hides: a kept result is only given while an evaluation would give the same.

An expression asks everything that can be asked of files, links, folders, variables and the search path.  Inputs are
changed at random, among others so that size and mtime stay what they were, and after each change what the command says
is compared with what it says when it must evaluate.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.remembered.conftest import Run

EXPRESSION = """
let
  at = name: ./. + "/${name}";
  maybe = name: fallback: if builtins.pathExists (at name) then builtins.readFile (at name) else fallback;
  kind = name: if builtins.pathExists (at name) then builtins.readFileType (at name) else "none";
  tried = builtins.tryEval <found/text>;
  note = if kind "loud" == "none" then (x: x) else builtins.trace "loud";
in
note {
  text = maybe "text" "no text";
  imported = if kind "imported.nix" == "regular" then import ./imported.nix else "nothing to import";
  folder = if kind "folder" == "directory" then builtins.readDir ./folder else kind "folder";
  asFolder = builtins.pathExists (toString ./folder + "/");
  through = maybe "link/text" "leads nowhere";
  where = if builtins.pathExists (at "linked/default.nix") then import ./linked else "nowhere";
  kinds = map kind [ "text" "folder" "link" "source" ];
  variable = builtins.getEnv "LIXEVAL_TEST_VARIABLE";
  found = if tried.success then builtins.readFile tried.value else "not found";
  whole = if kind "source" == "directory" then "${./source}" else "no source";
  some = if kind "source" == "directory" then
    builtins.filterSource (path: kind: baseNameOf path != "skipped") ./source else "no source";
  hash = if kind "text" == "regular" then builtins.hashFile "sha256" ./text else "";
}
"""
NAMES = (
    "text",
    "folder",
    "link",
    "linked",
    "source",
    "imported.nix",
    "loud",
    "one/text",
    "two/text",
    "folder/a",
    "source/b",
)
TEXTS = ("1111", "2222", "33333")


def built(place: Path) -> None:
    """The inputs before any change."""
    for folder in ("folder", "one", "two", "source/deep"):
        (place / folder).mkdir(parents=True)
    for name, text in {
        "text": "text",
        "imported.nix": "1111",
        "folder/a": "a",
        "one/default.nix": "toString ./.",
        "two/default.nix": "toString ./.",
        "one/text": "one1",
        "two/text": "two2",
        "source/b": "bbbb",
        "source/skipped": "ssss",
        "source/deep/c": "cccc",
    }.items():
        (place / name).write_text(text)
    (place / "link").symlink_to("one")
    (place / "linked").symlink_to("one")
    (place / "expression.nix").write_text(EXPRESSION)


def emptied(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


# Changes: each is given the folder, a name in it and a text.


def write(place: Path, name: str, text: str) -> None:
    path = place / name
    if path.is_dir():
        path /= "new"
    if path.parent.is_dir() and not path.is_symlink():
        path.write_text(text)


def write_and_hide(place: Path, name: str, text: str) -> None:
    """Another content of the same size, and the times that the file had."""
    path = place / name
    if path.is_file():
        before = path.stat()
        old = path.read_text()
        path.write_text(text[:1] * len(old))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_and_hide(place: Path, name: str, text: str) -> None:
    """Another file of the same size and times, put into place by renaming."""
    path = place / name
    if path.is_file() and not path.is_symlink():
        before = path.stat()
        other = place / "other"
        other.write_text(text[-1:] * before.st_size)
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        other.rename(path)


def touch(place: Path, name: str, text: str) -> None:
    if (place / name).exists():
        os.utime(place / name)


def remove(place: Path, name: str, text: str) -> None:
    emptied(place / name)


def become_folder(place: Path, name: str, text: str) -> None:
    if (place / name).parent.is_dir():
        emptied(place / name)
        (place / name).mkdir()


def become_link(place: Path, name: str, text: str) -> None:
    """A link to the one folder or the other, or to nothing."""
    if (place / name).parent.is_dir():
        emptied(place / name)
        (place / name).symlink_to({"1111": "one", "2222": "two"}.get(text, "nothing"))


def swap_folders(place: Path, name: str, text: str) -> None:
    """What the link leads to becomes another folder of the same name."""
    if (place / "one").is_dir() and (place / "two").is_dir():
        (place / "one").rename(place / "three")
        (place / "two").rename(place / "one")
        (place / "three").rename(place / "two")


def add_and_hide(place: Path, name: str, text: str) -> None:
    """A new entry in a folder that has the times it had."""
    folder = place / "folder"
    if folder.is_dir():
        before = folder.stat()
        (folder / text).write_text("")
        os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))


def make_executable(place: Path, name: str, text: str) -> None:
    path = place / "source/b"
    if path.is_file():
        path.chmod(path.stat().st_mode ^ 0o111)


def set_variable(place: Path, name: str, text: str) -> None:
    os.environ["LIXEVAL_TEST_VARIABLE"] = text


def unset_variable(place: Path, name: str, text: str) -> None:
    os.environ.pop("LIXEVAL_TEST_VARIABLE", None)


def search_elsewhere(place: Path, name: str, text: str) -> None:
    os.environ["NIX_PATH"] = {"1111": f"found={place}/one", "2222": f"found={place}/two"}.get(text, "")


def change_nothing(place: Path, name: str, text: str) -> None:
    """Nothing at all."""


CHANGES = (
    write,
    write_and_hide,
    replace_and_hide,
    touch,
    remove,
    become_folder,
    become_link,
    swap_folders,
    add_and_hide,
    make_executable,
    set_variable,
    unset_variable,
    search_elsewhere,
    change_nothing,
)
a_change = st.tuples(st.sampled_from(CHANGES), st.sampled_from(NAMES), st.sampled_from(TEXTS))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(a_change, min_size=1, max_size=5), writing=st.booleans())
def test_a_kept_result_is_what_an_evaluation_gives(
    run: Run,
    trusting: Callable[[], None],
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[Callable[[Path, str, str], None], str, str]],
    writing: bool,
) -> None:
    place = tmp_path_factory.mktemp("inputs")
    built(place)
    words = ["--eval", "--strict", "--json", str(place / "expression.nix"), *(["--read-write-mode"] if writing else [])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIX_PATH", f"found={place}/one")
        patch.setenv("LIXEVAL_TEST_VARIABLE", "0")
        trusting()
        assert run(*words).code == 0
        for change, name, text in changes:
            change(place, name, text)
            trusting()
            said, expected = run(*words), run(*words, "--no-eval-cache")
            assert said.shown == expected.shown, (change.__name__, name, text)
            again = run(*words)
            assert again.shown == expected.shown
            assert again.acted == (again.code != 0)


NAMELESS = (swap_folders, add_and_hide, make_executable, set_variable, unset_variable, search_elsewhere)
"""Changes that are the same whatever name they are given."""


@pytest.mark.parametrize(
    ("change", "name"),
    [(change, name) for change in CHANGES for name in (NAMES[:1] if change in NAMELESS else NAMES)],
    ids=lambda given: given if isinstance(given, str) else given.__name__,
)
def test_each_change_by_itself(
    run: Run,
    trusting: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path, str, str], None],
    name: str,
) -> None:
    built(tmp_path)
    monkeypatch.setenv("NIX_PATH", f"found={tmp_path}/one")
    monkeypatch.setenv("LIXEVAL_TEST_VARIABLE", "0")
    words = ["--eval", "--strict", "--json", str(tmp_path / "expression.nix")]
    trusting()
    run(*words)
    assert not run(*words).acted
    change(tmp_path, name, "2222")
    trusting()
    assert run(*words).shown == run(*words, "--no-eval-cache").shown
