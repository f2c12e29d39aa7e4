"""Which nixpkgs is used: a named one or none; lixeval's own only where nobody names one.

What real Nix 2.26.3 does with the same entries: that they do not exist or cannot be downloaded is a warning, and then
`<nixpkgs>` is an error.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

NOT_FOUND = "file 'nixpkgs' was not found in the Nix search path (add it using $NIX_PATH or -I)"
IMAGE = Path(__file__).parent.parent.parent / "fixtures/image.nix"


def lixeval(tmp_path: Path, *words: str, nix_path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "LIXEVAL_STORE": str(tmp_path / "store")}
    environment.pop("NIX_PATH", None)
    if nix_path is not None:
        environment["NIX_PATH"] = nix_path
    return subprocess.run(
        [sys.executable, "-m", "lixeval", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "packages"
    folder.mkdir()
    (folder / "default.nix").write_text("{ }: { }")
    return folder


NOWHERE = ["/nowhere", "file:///nowhere.tar.xz", "http://127.0.0.1:1/nowhere.tar.xz", "nowhere"]


@pytest.mark.parametrize("entry", NOWHERE)
@pytest.mark.parametrize("words", [["-E", "<nixpkgs>"], ["-E", "import <nixpkgs/lib>"]])
def test_a_named_set_that_is_not_there_is_an_error(entry: str, words: list[str], tmp_path: Path) -> None:
    once = ["--option", "download-attempts", "1"]
    done = lixeval(tmp_path, "--eval", *words, "-I", f"nixpkgs={entry}", *once)
    assert done.returncode == 1
    assert "was not found in the Nix search path" in done.stderr
    assert ", ignoring" in done.stderr


def test_neither_by_variable_nor_by_setting(tmp_path: Path) -> None:
    words = ["--eval", "-E", "<nixpkgs>"]
    assert NOT_FOUND in lixeval(tmp_path, *words, nix_path="nixpkgs=/nowhere").stderr
    assert NOT_FOUND in lixeval(tmp_path, *words, "--nix-path", "nixpkgs=/nowhere").stderr


def test_no_image_is_made_of_another_set(tmp_path: Path) -> None:
    done = lixeval(tmp_path, str(IMAGE), "--arg", "tag", "v1", "-I", "nixpkgs=/nowhere", "--dry-run")
    assert done.returncode == 1
    assert NOT_FOUND in done.stderr


def test_a_flake_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    done = lixeval(tmp_path, "--eval", "-E", "<nixpkgs>", "-I", f"nixpkgs=flake:path:{tmp_path}/nowhere")
    assert done.returncode == 1
    assert "embedded" not in done.stdout


def test_the_first_entry_that_is_there_counts(tmp_path: Path, packages: Path) -> None:
    done = lixeval(tmp_path, "--eval", "-E", "<nixpkgs>", "-I", "nixpkgs=/nowhere", "-I", f"nixpkgs={packages}")
    assert done.stdout == f"{packages}\n"


def test_tarballs_and_flakes_are_fetched(tmp_path: Path, packages: Path) -> None:
    with tarfile.open(tmp_path / "packages.tar.xz", "w:xz") as archive:
        archive.add(packages, "packages")
    for entry in (f"file://{tmp_path}/packages.tar.xz", f"flake:path:{packages}"):
        done = lixeval(tmp_path, "--eval", "-E", "import <nixpkgs> { }", "-I", f"nixpkgs={entry}")
        assert done.stdout == "{ }\n", done.stderr


def test_what_is_taken_is_said(tmp_path: Path, packages: Path) -> None:
    words = ["--eval", "-E", "[ <nixpkgs> <nixpkgs> ]", "--strict"]
    own = "<nixpkgs> is lixeval's own package set, with the host's programs"
    assert lixeval(tmp_path, *words, "-v").stderr.splitlines().count(own) == 1
    assert lixeval(tmp_path, *words).stderr == ""
    known = lixeval(tmp_path, *words, "-v").stderr
    assert own not in known and known.startswith("nothing was evaluated: the result is known")
    assert own in lixeval(tmp_path, *words, "-v", "--no-eval-cache").stderr.splitlines()
    named = lixeval(tmp_path, *words, "-v", "-I", f"nixpkgs={packages}").stderr
    assert f"<nixpkgs> is {packages}" in named.splitlines()


def test_other_entries_name_no_nixpkgs(tmp_path: Path, packages: Path) -> None:
    for entry in (str(packages), f"other={packages}", "nixpkgs-unstable=/nowhere"):
        done = lixeval(tmp_path, "--eval", "-E", "<nixpkgs>", "-I", entry)
        assert done.stdout.endswith("lixeval/embedded\n")


def test_the_search_path_is_shown_as_typed(tmp_path: Path) -> None:
    """As Nix 2.26.3 shows it: `-I ~/q` and a path of NIX_PATH are no other than they were typed."""
    words = ["--eval", "--strict", "-E", "builtins.nixPath", "-I", "c=a.nix", "-I", "./u/../v", "-I", "~/q"]
    done = lixeval(tmp_path, *words, nix_path="rel=x:y:z=http://localhost/x.tar.gz")
    assert done.stdout == (
        '[ { path = "a.nix"; prefix = "c"; } { path = "./u/../v"; prefix = ""; } { path = "~/q"; prefix = ""; } '
        '{ path = "x"; prefix = "rel"; } { path = "y"; prefix = ""; } '
        '{ path = "http://localhost/x.tar.gz"; prefix = "z"; } ]\n'
    )
    here = os.path.relpath(tmp_path)
    assert lixeval(tmp_path, "--eval", "-E", "<me>", "-I", f"me={here}").stdout == f"{tmp_path}\n"
