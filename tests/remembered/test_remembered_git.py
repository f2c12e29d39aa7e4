"""What of Git repositories and flakes is remembered: a revision says all; of working directories and branches
everything that an answer follows from is looked at again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remembered.conftest import Run

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

WHO = {f"GIT_{role}_{key}": "a" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}

BEGUN = """
mkdir folder; echo a > a; echo b > folder/b; echo c > folder/c; ln -s a link; echo '#!x' > program; chmod +x program
git init -q -b main . && git add . && git commit -qm one && git branch other
"""

TREE = """let tree = fetchGit %s; in {
  inherit (tree) lastModified revCount shortRev; dirty = tree.dirtyRev or null;
  names = map (folder: builtins.readDir (tree + folder)) [ "" ]; hash = tree.narHash;
}"""


def shell(folder: Path, script: str) -> str:
    done = subprocess.run(
        ["sh", "-ec", script], cwd=folder, env=os.environ | WHO, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    shell(folder, BEGUN)
    return folder


CHANGES = {
    "a file is written anew": "echo A > a",
    "a file gets longer": "echo more >> folder/b",
    "a file can be executed": "chmod +x a",
    "a program no longer": "chmod -x program",
    "a file is gone": "rm folder/b",
    "a file has become a link": "rm folder/b; ln -s c folder/b",
    "a link says something else": "ln -sfn program link",
    "a folder has become a link to itself": "mv folder moved; ln -s moved folder",
    "a folder has become a file": "rm -r folder; echo f > folder",
    "a file is tracked": "echo new > new; git add new",
    "a file is tracked no longer": "git rm -q --cached a",
    "a file is staged": "echo A > a; git add a",
    "a commit": "echo A > a; git commit -qam two",
    "an empty commit": "git commit -q --allow-empty -m two",
    "the commit is another": "git commit -q --amend -m other --date=2001-01-01T00:00:00",
    "another branch": "git switch -q other; git commit -q --allow-empty -m two",
    "a branch that is reset": "git commit -q --allow-empty -m two; git reset -q --hard HEAD~1",
    "no branch": "git switch -q --detach",
    "references are packed": "git pack-refs --all; git commit -q --allow-empty -m two",
    "modes do not count": "git config core.fileMode false; chmod +x a",
    "line ends count": "printf 'a\\r\\n' > a; echo 'a text' > .gitattributes",
    "the repository is elsewhere": "mv .git ../elsewhere; echo 'gitdir: ../elsewhere' > .git; git add .",
    "a merge": "git switch -qc third; git commit -q --allow-empty -m x; git switch -q main; git merge -q --no-ff third",
}
"""What happens to a repository, so that something else may come of it."""

NO_CHANGES = {
    "nothing": "true",
    "an untracked file": "echo new > new",
    "a file touched": "touch a",
    "a file written as it was": "cp a copy; cat copy > a; rm copy",
    "another's branch": "git branch third",
}
"""What happens so that the same comes of it."""


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("asked", ["{}", '{{ url = {}; ref = "main"; }}'])
def test_every_change_of_a_repository_shows(run: Run, repository: Path, change: str, asked: str) -> None:
    expression = repository.parent / "expression.nix"
    expression.write_text((TREE % asked.format(repository)).replace("shortRev;", ";").replace("revCount ", ""))
    run("--eval", "--strict", str(expression))
    shell(repository, CHANGES[change])
    found = run("--eval", "--strict", str(expression))
    fresh = run("--eval", "--strict", "--no-eval-cache", str(expression))
    assert found.shown == fresh.shown
    assert run("--eval", "--strict", str(expression)).shown == fresh.shown


@pytest.mark.parametrize("change", NO_CHANGES)
def test_a_repository_that_is_as_it_was_is_not_looked_into(
    run: Run, repository: Path, change: str, trusting: Callable[[], None]
) -> None:
    expression = repository.parent / "expression.nix"
    expression.write_text(TREE % repository)
    first = run("--eval", "--strict", str(expression))
    trusting()
    shell(repository, NO_CHANGES[change])
    found = run("--eval", "--strict", str(expression))
    assert found.shown == first.shown == run("--eval", "--strict", "--no-eval-cache", str(expression)).shown
    assert first.evaluated and not found.evaluated
    assert not run("--eval", "--strict", str(expression)).evaluated


def test_a_revision_is_remembered_wherever_its_branch_goes(run: Run, repository: Path) -> None:
    revision = shell(repository, "git rev-parse HEAD").strip()
    expression = repository.parent / "expression.nix"
    expression.write_text(f'builtins.readDir (fetchGit {{ url = {repository}; rev = "{revision}"; }})')
    first = run("--eval", "--strict", str(expression))
    shell(repository, "git rm -q a; git commit -qm two")
    found = run("--eval", "--strict", str(expression))
    assert first.code == 0
    assert found.shown == first.shown and not found.evaluated


def test_what_is_converted_is_the_same_only_while_it_is_not_touched(run: Run, repository: Path) -> None:
    expression = repository.parent / "expression.nix"
    expression.write_text((TREE % repository).replace("shortRev;", ";").replace("revCount ", ""))
    shell(repository, "printf 'a\\r\\n' > a; git add .; git commit -qm two; echo 'a text' > .gitattributes; git add .")
    run("--eval", "--strict", str(expression))
    assert not run("--eval", "--strict", str(expression)).evaluated
    shell(repository, "touch -d 2001-01-01 a")
    found = run("--eval", "--strict", str(expression))
    assert found.evaluated
    assert found.shown == run("--eval", "--strict", "--no-eval-cache", str(expression)).shown


def test_submodules_are_watched_too(run: Run, repository: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    shell(
        outer,
        "git init -q -b main .; git commit -q --allow-empty -m one; "
        f"git -c protocol.file.allow=always submodule --quiet add {repository} inner; git commit -qm two",
    )
    expression = tmp_path / "outer.nix"
    tree = f"fetchGit {{ url = {outer}; submodules = true; }}"
    expression.write_text(f'builtins.readFile ({tree} + "/inner/a")')
    assert run("--eval", "--strict", str(expression)).stdout == '"a\\n"\n'
    assert not run("--eval", "--strict", str(expression)).evaluated
    (outer / "inner" / "a").write_text("changed")
    assert run("--eval", "--strict", str(expression)).stdout == '"changed"\n'


FLAKE = "{ outputs = { self }: { value = { inherit (self) lastModified; text = builtins.readFile ./text; }; }; }"


@pytest.fixture(params=["git", "path"])
def flake(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    folder = tmp_path / "flake"
    folder.mkdir()
    (folder / "flake.nix").write_text(FLAKE)
    (folder / "text").write_text("one")
    if request.param == "git":
        shell(folder, "git init -q -b main .; git add .; git commit -qm one")
    return folder, f"{folder}#value"


@pytest.mark.parametrize(
    "change",
    [
        "echo two > text",
        "rm text",
        f"echo '{FLAKE}' | sed s/readFile/readDir/ > flake.nix",
        "touch -d 2040-01-01 text",
        "git init -q -b main .; git add .; git commit -q --allow-empty -m two",
        "echo '{ value = 3; }' > default.nix",
        "rm -rf .git",
        "mkdir folder; touch -d 2041-01-01 folder/file",
    ],
)
def test_a_flake_is_remembered_until_it_changes(run: Run, flake: tuple[Path, str], change: str) -> None:
    folder, word = flake
    first = run("--eval", "--strict", word)
    again = run("--eval", "--strict", word)
    assert first.code == 0
    assert first.shown == again.shown and not again.evaluated
    shell(folder, change)
    found = run("--eval", "--strict", word)
    assert found.shown == run("--eval", "--strict", "--no-eval-cache", word).shown


def test_an_input_that_is_a_folder_is_watched(run: Run, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "flake.nix").write_text("{ outputs = _: { value = 1; }; }")
    outer = tmp_path / "outer"
    outer.mkdir()
    (outer / "flake.nix").write_text(
        f'{{ inputs.a.url = "path:{inner}"; outputs = {{ a, ... }}: {{ value = a.value; }}; }}'
    )
    word = f"{outer}#value"
    run("--eval", word)
    assert run("--eval", word).stdout == "1\n"
    assert not run("--eval", word).evaluated, "the second run wrote no lock file"
    (outer / "flake.nix").write_text("{ outputs = _: { value = 2; }; }")
    assert run("--eval", word).stdout == "2\n"


def test_what_is_fetched_from_a_folder_is_watched(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").write_text("a")
    expression = tmp_path / "expression.nix"
    tree = f'builtins.fetchTree {{ type = "path"; path = {folder}; }}'
    expression.write_text(f"let tree = {tree}; in [ tree.narHash tree.lastModified ]")
    words = ("--eval", "--strict", "--extra-experimental-features", "fetch-tree", str(expression))
    first = run(*words)
    assert run(*words).shown == first.shown
    assert not run(*words).evaluated
    os.utime(folder / "a", (5e9, 5e9))
    found = run(*words)
    assert found.stdout != first.stdout and "5000000000" in found.stdout
