"""The fetchers of the embedded set, carried out against a server on the loopback interface.

The hashes are those of the files and trees themselves, as `nix-hash --type sha256 --sri` prints them.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lixeval.formats import nar
from lixeval.system.directories import EMBEDDED
from tests.support.serving import serving_files
from tests.support.serving_git import serving_git

HELLO = b"hello\n"


def sri(data: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def tree_hash(path: Path) -> str:
    hasher = hashlib.sha256()
    nar.dump(str(path), hasher.update)
    return "sha256-" + base64.b64encode(hasher.digest()).decode()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a server, and the folder that it serves."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "plain.txt").write_bytes(HELLO)
    top = folder / "tree/top"
    top.mkdir(parents=True)
    (top / "a").write_text("a\n")
    (top / "run").write_text("#!/bin/sh\n")
    (top / "run").chmod(0o755)
    with tarfile.open(folder / "one.tar.gz", "w:gz") as tar:
        tar.add(top, "top")
    with tarfile.open(folder / "two.tar.xz", "w:xz") as tar:
        tar.add(top / "a", "a")
        tar.add(top / "run", "run")
    with zipfile.ZipFile(folder / "one.zip", "w") as archive:
        archive.write(top / "a", "top/a")
        archive.write(top / "run", "top/run")
    with tarfile.open(folder / "file.tar", "w") as tar:
        member = tarfile.TarInfo("single")
        member.size = len(HELLO)
        tar.addfile(member, io.BytesIO(HELLO))
    with serving_files(folder) as url:
        yield url, folder


class Fetched:
    """Builds what an expression fetches, in one store."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "store"
        self._environment = {
            **os.environ,
            "LIXEVAL_STORE": str(self.root),
            "XDG_CACHE_HOME": str(directory / "cache"),
            "LIXEVAL_HOST_DIRECTORY": str(directory / "host"),
        }

    def run(self, expression: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lixeval", "--no-out-link", "-E"]
        whole = f"with import {EMBEDDED} {{ }}; {expression}"
        return subprocess.run([*command, whole], capture_output=True, text=True, env=self._environment, check=False)

    def lixeval(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "lixeval", *words], capture_output=True, env=self._environment, check=True
        )

    def path(self, expression: str) -> Path:
        done = self.run(expression)
        if done.returncode != 0 and "is taken from the host" in done.stderr:
            pytest.skip(f"this machine lacks a program: {done.stderr.strip()}")
        assert done.returncode == 0, done.stderr
        return Path(f"{self.root}{done.stdout.strip()}")

    def refused(self, expression: str) -> str:
        done = self.run(expression)
        assert done.returncode != 0 and "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Fetched:
    return Fetched(tmp_path_factory.mktemp("fetchers"))


def test_urls_are_tried_in_order(fetched: Fetched, served: tuple[str, Path]) -> None:
    url, _ = served
    urls = f'[ "{url}/nope" "{url}/plain.txt" ]'
    assert fetched.path(f'fetchurl {{ urls = {urls}; hash = "{sri(HELLO)}"; }}').read_bytes() == HELLO
    message = fetched.refused(
        f'fetchurl {{ urls = [ "{url}/nope" "{url}/neither" ]; name = "none"; hash = "{sri(HELLO)}"; }}'
    )
    assert f"'{url}/nope'" in message and f"'{url}/neither'" in message


def test_an_empty_hash_says_which_it_is(fetched: Fetched, served: tuple[str, Path]) -> None:
    message = fetched.refused(f'fetchurl {{ url = "{served[0]}/plain.txt"; hash = ""; }}')
    assert "found empty hash, assuming" in message and sri(HELLO) in message


def test_recursive_hash_and_executable(fetched: Fetched, served: tuple[str, Path], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(HELLO)
    url = f'url = "{served[0]}/plain.txt";'
    assert fetched.path(f'fetchurl {{ {url} recursiveHash = true; hash = "{tree_hash(file)}"; }}').read_bytes() == HELLO
    file.chmod(0o755)
    assert os.access(fetched.path(f'fetchurl {{ {url} executable = true; hash = "{tree_hash(file)}"; }}'), os.X_OK)


def test_commands_after_the_download(fetched: Fetched, served: tuple[str, Path]) -> None:
    url = f'url = "{served[0]}/plain.txt";'
    more = HELLO + b"more\n"
    changed = fetched.path(f'fetchurl {{ {url} postFetch = "echo more >> $out"; hash = "{sri(more)}"; }}')
    assert changed.read_bytes() == more
    twice = 'downloadToTemp = true; postFetch = "cat $downloadedFile $downloadedFile > $out"; curlOpts = "--silent";'
    assert fetched.path(f'fetchurl {{ {url} {twice} hash = "{sri(HELLO * 2)}"; }}').read_bytes() == HELLO * 2


@pytest.mark.parametrize("name", ["one.tar.gz", "one.zip"])
def test_archives_of_one_directory(fetched: Fetched, served: tuple[str, Path], name: str) -> None:
    url, folder = served
    path = fetched.path(f'fetchzip {{ url = "{url}/{name}"; hash = "{tree_hash(folder / "tree/top")}"; }}')
    assert sorted(os.listdir(path)) == ["a", "run"] and os.access(path / "run", os.X_OK)


def test_archives_of_more(fetched: Fetched, served: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = served
    two = f'url = "{url}/two.tar.xz"; hash = "{tree_hash(folder / "tree/top")}";'
    assert sorted(os.listdir(fetched.path(f"fetchzip {{ {two} stripRoot = false; }}"))) == ["a", "run"]
    message = fetched.refused(f'fetchzip {{ {two} name = "other"; }}')
    assert "has 2 entries at its top" in message and "stripRoot = false" in message
    (tmp_path / "single").write_bytes(HELLO)
    single = fetched.path(f'fetchzip {{ url = "{url}/file.tar"; hash = "{tree_hash(tmp_path)}"; }}')
    assert (single / "single").read_bytes() == HELLO
    shutil.copy(folder / "tree/top/a", tmp_path / "a")
    (tmp_path / "single").unlink()
    without = f'url = "{url}/one.tar.gz"; postFetch = "rm $out/run"; hash = "{tree_hash(tmp_path)}";'
    assert os.listdir(fetched.path(f"fetchzip {{ {without} }}")) == ["a"]


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """repo.git: a file "1", tagged, then "2", in a branch "other" "3"; its submodule is sub.git."""
    folder = tmp_path_factory.mktemp("repositories")

    def git(where: str, *words: str) -> None:
        told = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "protocol.file.allow=always"]
        subprocess.run(["git", *told, "-C", str(folder / where), *words], check=True, capture_output=True)

    for name in ("work", "inner"):
        (folder / name).mkdir()
        git(name, "init", "-q", "-b", "main")
    (folder / "inner/file").write_text("inner\n")
    git("inner", "add", ".")
    git("inner", "commit", "-q", "-m", "0")
    git("inner", "clone", "-q", "--bare", ".", "../sub.git")
    (folder / "work/deep").mkdir()
    (folder / "work/deep/a").write_text("a\n")
    for number in ("1", "2", "3"):
        (folder / "work/file").write_text(number)
        git("work", "add", ".")
        git("work", "commit", "-q", "-m", number)
        git("work", "branch" if number == "3" else "tag", f"v{number}")
    git("work", "reset", "-q", "--hard", "v2")
    git("work", "submodule", "add", "-q", str(folder / "sub.git"), "sub")
    git("work", "config", "-f", ".gitmodules", "submodule.sub.url", "../sub.git")
    git("work", "add", ".")
    git("work", "commit", "-q", "-m", "4")
    git("work", "clone", "-q", "--bare", ".", "../repo.git")
    for name in ("repo.git", "sub.git"):
        git(name, "update-server-info")
    return folder


@pytest.mark.parametrize("dumb", [False, True], ids=["http-backend", "files"])
def test_trees_of_git_over_http(fetched: Fetched, repositories: Path, tmp_path: Path, dumb: bool) -> None:
    """A tag, a branch, a commit in the middle of the history, part of it, and submodules."""
    (tmp_path / "one/deep").mkdir(parents=True)
    (tmp_path / "one/deep/a").write_text("a\n")
    (tmp_path / "one/file").write_text("1")
    wanted = {"1": tree_hash(tmp_path / "one")}
    (tmp_path / "one/file").write_text("3")
    wanted["3"] = tree_hash(tmp_path / "one")
    shutil.rmtree(tmp_path / "one/deep")
    (tmp_path / "one/file").write_text("1")
    wanted["file"] = tree_hash(tmp_path / "one")
    commit = subprocess.run(
        ["git", "-C", str(repositories / "work"), "rev-parse", "v1"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with serving_git(repositories, dumb=dumb) as url:

        def tree(told: str, content: str) -> Path:
            name = f'name = "tree-{abs(hash((told, dumb)))}"'
            expression = f'fetchgit {{ url = "{url}/repo.git"; {name}; {told} hash = "{wanted[content]}"; }}'
            return fetched.path(expression)

        assert (tree('tag = "v1";', "1") / "file").read_text() == "1"
        if dumb:  # files answer one question at a time, and each costs a connection
            return
        assert (tree('rev = "v3";', "3") / "file").read_text() == "3"
        assert (tree(f'rev = "{commit}";', "1") / "file").read_text() == "1"
        assert (tree('rev = "refs/tags/v1"; sparseCheckout = [ "none" ];', "file") / "file").read_text() == "1"
        for more in ("", "deepClone = true;"):
            said = fetched.refused(f'fetchgit {{ url = "{url}/repo.git"; {more} hash = ""; }}')
            assert "got:    sha256-" in said and "pathspec" not in said


def test_a_file_that_only_its_user_can_bring(fetched: Fetched, tmp_path: Path) -> None:
    (tmp_path / "brought").write_bytes(HELLO)
    expression = f'requireFile {{ name = "brought"; url = "http://example.invalid/brought"; hash = "{sri(HELLO)}"; }}'
    assert "lixeval store add-fixed sha256 brought" in fetched.refused(expression)
    fetched.lixeval("store", "add-fixed", "sha256", str(tmp_path / "brought"))
    assert fetched.path(expression).read_bytes() == HELLO


def test_what_is_no_archive(fetched: Fetched, served: tuple[str, Path]) -> None:
    message = fetched.refused(f'fetchzip {{ url = "{served[0]}/plain.txt"; hash = "{sri(HELLO)}"; }}')
    assert "Unrecognized archive format" in message
