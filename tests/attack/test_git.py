"""No repository, URL or variable makes lixeval write, read or run anything but what was asked for (git_attempts.py)."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.cli import main
from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.fetchers.git_cache import is_private
from lixeval.fetchers.git_names import is_dot_git
from lixeval.runtime.printing import printed
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from tests.attack.git_attempts import (
    CONFIGURATIONS,
    ENVIRONMENTS,
    FOLDER,
    GITLINK,
    HARMLESS_NAMES,
    HERE,
    LINK,
    OWN_FOLDER_COMMANDS,
    OWN_FOLDERS,
    SUBMODULES,
    TREES,
    URLS,
    Attempt,
    Entries,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


class Ground:
    """Where an attempt is made: a repository, what it must not touch, and what shows that it did."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.repository = root / "around" / "repository"
        self.trace = root / "trace"
        self.canary = root / "canary"
        self.canary.write_text(f'#!/bin/sh\necho "$0 $*" >> {self.trace}\ncat\n')
        self.canary.chmod(0o755)
        self.repository.mkdir(parents=True)
        self.run("git init -q -b main .; echo a > a; mkdir d; echo b > d/b; git add .; git commit -qm one")
        self.cache = root / "cache"

    def filled(self, text: str) -> str:
        """A script or an expression with what its capitals stand for."""
        for name, value in (
            ("CANARY", self.canary),
            ("TRACE", self.trace),
            ("SECRET", self.root / "secret"),
            ("@DIRECTORY@", self.repository),
        ):
            text = text.replace(name, str(value))
        return text

    def run(self, script: str) -> str:
        who = {"NAME": "a", "EMAIL": "a@x", "DATE": "2024-01-02T03:04:05Z"}
        identity = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
        environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["bash", "-e", "-c", self.filled(script)]
        done = subprocess.run(command, cwd=self.repository, env=environment, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def write_object(self, kind: str, content: bytes) -> str:
        """Writes an object as it is, with no program to look at it."""
        data = f"{kind} {len(content)}\0".encode() + content
        identity = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        place = self.repository / ".git/objects" / identity[:2]
        place.mkdir(exist_ok=True)
        (place / identity[2:]).write_bytes(zlib.compress(data))
        return identity

    def write_tree(self, entries: tuple[tuple[str, bytes], ...]) -> str:
        blob = self.write_object("blob", b"../canary")
        inner = self.write_object("tree", b"100644 x\0" + bytes.fromhex(blob))
        kinds = {FOLDER: inner, GITLINK: "1" * 40}
        return self.write_object(
            "tree",
            b"".join(
                mode.encode() + b" " + name + b"\0" + bytes.fromhex(kinds.get(mode, blob)) for mode, name in entries
            ),
        )

    def commit(self, tree: str) -> str:
        """Makes a commit of a tree the only branch's, and gives it."""
        text = f"tree {tree}\nauthor a <a@x> 1704164645 +0000\ncommitter a <a@x> 1704164645 +0000\n\nx\n"
        revision = self.write_object("commit", text.encode())
        (self.repository / ".git/refs/heads/main").write_text(revision + "\n")
        return revision

    def evaluate(self, expression: str, *, pure: bool = False) -> str:
        settings = Settings(system="x86_64-linux", pure=pure, write_store=False, cache_directory=str(self.cache))
        evaluator = Evaluator(settings, LocalStore(str(self.root / "store")))
        try:
            return printed(evaluator.text(self.filled(expression), str(self.root)), force)
        except LixevalError as error:
            return f"error: {error.message} {error.hint or ''}"

    def snapshot(self) -> dict[str, bytes]:
        """Everything but lixeval's own folders and the repository's bookkeeping."""
        found = {}
        for place in (self.root, self.repository.parent):
            for path in place.iterdir():
                if path.is_file() and path != self.trace:
                    found[str(path)] = path.read_bytes()
        return found


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(Path(os.path.realpath(tmp_path)))


def check(ground: Ground, before: dict[str, bytes], told: str, must: str) -> None:
    assert not ground.trace.exists(), f"it ran: {ground.trace.read_text()}"
    assert ground.snapshot() == before, "something outside was written"
    if must == "harmless":
        assert not told.startswith("error:"), told
    else:
        assert told.startswith("error:") and must in told, told


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the URL under which a git daemon serves the repositories in it."""
    program = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    if not os.path.exists(f"{program}/git-daemon"):
        pytest.skip("git daemon is not installed")
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["git", "daemon", "--listen=127.0.0.1", f"--port={port}", "--export-all", "--reuseaddr"]
    environment = {
        **os.environ,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    daemon = subprocess.Popen([*command, f"--base-path={folder}", str(folder)], env=environment, start_new_session=True)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield folder, f"git://127.0.0.1:{port}"
    os.killpg(daemon.pid, 15)
    daemon.wait()


# Trees


@pytest.mark.parametrize("attempt", TREES, ids=lambda attempt: attempt.name)
def test_a_tree_that_fsck_refuses_is_refused(ground: Ground, attempt: Entries) -> None:
    revision = ground.commit(ground.write_tree(attempt.entries))
    ground.run("git clone -q --bare --no-checkout . ../bare.git 2>/dev/null || cp -r .git ../bare.git")
    before = ground.snapshot()
    for url in ("@DIRECTORY@", f"file://{ground.repository.parent}/bare.git"):
        for pure in (False, True):
            asked = f'(builtins.fetchGit {{ url = "{url}"; rev = "{revision}"; }}).outPath'
            check(ground, before, ground.evaluate(asked, pure=pure), attempt.must)


@pytest.mark.parametrize("attempt", TREES, ids=lambda attempt: attempt.name)
def test_a_tree_from_a_server_is_refused_as_well(ground: Ground, attempt: Entries, server: tuple[Path, str]) -> None:
    revision = ground.commit(ground.write_tree(attempt.entries))
    name = f"{attempt.name}.git"
    shutil.copytree(ground.repository / ".git", server[0] / name)
    before = ground.snapshot()
    asked = f'(builtins.fetchGit {{ url = "{server[1]}/{name}"; rev = "{revision}"; }}).outPath'
    told = ground.evaluate(asked, pure=True)
    # Some are so wrong that git, which is on the other side here, does not even send them.
    check(ground, before, told, "git fetch failed" if "remote: fatal:" in told else attempt.must)


def test_names_that_only_look_alike_are_taken(ground: Ground) -> None:
    ground.commit(ground.write_tree(tuple(("100644", name) for name in sorted(HARMLESS_NAMES))))
    told = ground.evaluate(
        "builtins.length (builtins.attrNames (builtins.readDir (builtins.fetchGit { "
        'url = @DIRECTORY@; ref = "HEAD"; })))'
    )
    assert told == str(len(HARMLESS_NAMES))


@pytest.mark.parametrize("name", [b".git", b".GIT", b"git~1", b".git ", b".git.", b".git:x", b"a\\.git", b".git\\a"])
def test_what_git_itself_takes_for_its_folder(name: bytes, ground: Ground) -> None:
    """The rule against git's own: `git update-index` refuses each of these when told to protect all file systems."""
    protected = "-c core.protectHFS=true -c core.protectNTFS=true"
    blob = ground.run("git hash-object -w a")
    adding = f"git {protected} update-index --add --cacheinfo '100644,{blob},{name.decode()}/x'"
    assert ground.run(f"{adding} 2>/dev/null && echo taken || true") == ""
    assert is_dot_git(name)


def test_a_tree_of_trees_of_trees_ends(ground: Ground) -> None:
    tree = ground.write_object("tree", b"")
    for _ in range(12):
        entries = b"".join(f"40000 d{number}\0".encode() + bytes.fromhex(tree) for number in range(10))
        tree = ground.write_object("tree", entries)
    ground.commit(tree)
    asked = '(builtins.fetchGit { url = @DIRECTORY@; ref = "HEAD"; }).outPath'
    assert "entries" in ground.evaluate(asked)


def test_a_tree_of_a_thousand_floors_is_refused(ground: Ground) -> None:
    tree = ground.write_object("tree", b"")
    for _ in range(1000):
        tree = ground.write_object("tree", b"40000 d\0" + bytes.fromhex(tree))
    ground.commit(tree)
    asked = '(builtins.fetchGit { url = @DIRECTORY@; ref = "HEAD"; }).outPath'
    assert "deep" in ground.evaluate(asked)


@pytest.mark.parametrize("data", [b"100644 a", b"100644 a\0short", b"\0" * 40, b"x" * 100, b"100644  a\0"])
def test_a_damaged_tree_is_an_error(ground: Ground, data: bytes) -> None:
    ground.commit(ground.write_object("tree", data))
    before = ground.snapshot()
    told = ground.evaluate('(builtins.fetchGit { url = @DIRECTORY@; ref = "HEAD"; }).outPath')
    check(ground, before, told, "is refused")


@pytest.mark.parametrize("target", [b"", b"a\0b", b"x" * 5000])
def test_a_link_to_nothing_possible_is_an_error(ground: Ground, target: bytes) -> None:
    blob = ground.write_object("blob", target)
    ground.commit(ground.write_object("tree", f"{LINK} l\0".encode() + bytes.fromhex(blob)))
    assert "no possible target" in ground.evaluate('(builtins.fetchGit { url = @DIRECTORY@; ref = "HEAD"; }).outPath')


# Configuration, environment, URLs


@pytest.mark.parametrize("attempt", CONFIGURATIONS, ids=lambda attempt: f"{attempt.name}-{attempt.door}")
def test_nothing_of_a_repository_runs(ground: Ground, attempt: Attempt) -> None:
    ground.run(attempt.script)
    ground.trace.unlink(missing_ok=True)
    before = ground.snapshot()
    check(ground, before, ground.evaluate(attempt.expression), attempt.must)


@pytest.mark.parametrize("variable", ENVIRONMENTS)
def test_no_variable_of_git_is_inherited(ground: Ground, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ground.evaluate(HERE)
    monkeypatch.setenv(variable, ground.filled(ENVIRONMENTS[variable]))
    before = ground.snapshot()
    told = ground.evaluate(HERE)
    check(ground, before, told, "harmless")
    assert told == expected


@pytest.mark.parametrize(("name", "cve", "url", "must"), URLS, ids=[row[0] for row in URLS])
def test_a_url_is_no_option_and_no_program(ground: Ground, name: str, cve: str, url: str, must: str) -> None:
    before = ground.snapshot()
    check(ground, before, ground.evaluate(f'(builtins.fetchGit {{ url = "{url}"; }}).outPath'), must)


@pytest.mark.parametrize("reference", ["-x", "--upload-pack=CANARY", "a b", "a..b", "../x", "x:y", "+refs/*:refs/*"])
def test_a_reference_is_no_option(ground: Ground, reference: str) -> None:
    before = ground.snapshot()
    asked = f'(builtins.fetchGit {{ url = @DIRECTORY@; ref = "{reference}"; }}).outPath'
    check(ground, before, ground.evaluate(asked), "invalid Git branch/tag name")


@pytest.mark.parametrize(("name", "cve", "text", "must"), SUBMODULES, ids=[row[0] for row in SUBMODULES])
def test_gitmodules_lead_nowhere_else(ground: Ground, name: str, cve: str, text: str, must: str) -> None:
    (ground.repository / ".gitmodules").write_text(ground.filled(text))
    ground.run(
        "git init -q s; git -C s commit -q --allow-empty -m s; "
        "git -c advice.addEmbeddedRepo=false add .; git commit -qm s"
    )
    before = ground.snapshot()
    asked = '(builtins.fetchGit { url = @DIRECTORY@; ref = "HEAD"; submodules = true; }).outPath'
    told = ground.evaluate(asked)
    if must:
        check(ground, before, told, must)
    else:
        assert ground.snapshot() == before


def test_a_repository_from_elsewhere_names_no_files_of_this_machine(ground: Ground, server: tuple[Path, str]) -> None:
    """CVE-2022-39253: a submodule at file:///home/somebody/private, or at a mere path."""
    for number, url in enumerate(("file:///etc", str(ground.root), "../../../etc/../x")):
        (ground.repository / ".gitmodules").write_text(f'[submodule "s"]\n\tpath = s\n\turl = {url}\n')
        ground.run(
            "[ -d s ] || { git init -q s; git -C s commit -q --allow-empty -m s; }; "
            "git -c advice.addEmbeddedRepo=false add .; git commit -qm s"
        )
        shutil.copytree(ground.repository / ".git", server[0] / f"outer{number}.git")
        asked = f'(builtins.fetchGit {{ url = "{server[1]}/outer{number}.git"; submodules = true; }}).outPath'
        told = ground.evaluate(asked)
        assert told.startswith("error:") and ("on this machine" in told or "git fetch failed" in told), told


# Working directories, references, owners


def test_a_working_directory_is_not_left_through_a_link(ground: Ground) -> None:
    """CVE-2021-21300: a folder that has become a link to somewhere else holds none of the tracked files any more."""
    (ground.root / "secret").mkdir()
    (ground.root / "secret/b").write_text("secret")
    ground.run("rm -r d; ln -s SECRET d")
    told = ground.evaluate(HERE)
    assert told == '{ a = "regular"; }'


@pytest.mark.parametrize("path", ["../../secret", "/etc/passwd", ".git/config", "d/../../x", "a//b"])
def test_an_index_names_nothing_outside(ground: Ground, path: str) -> None:
    ground.run("git update-index --add --cacheinfo 100644,$(git hash-object -w a)," + "x" * len(path))
    index = ground.repository / ".git/index"
    data = index.read_bytes()[:-20].replace(b"x" * len(path), path.encode())
    index.write_bytes(data + hashlib.sha1(data, usedforsecurity=False).digest())
    before = ground.snapshot()
    check(ground, before, ground.evaluate(HERE), "is refused")


@pytest.mark.parametrize(
    "content", ["ref: ../../secret", "ref: refs/../../../secret", "ref: /etc/passwd", "x", "", "ref: "]
)
def test_head_leads_to_references_only(ground: Ground, content: str) -> None:
    (ground.repository.parent / "secret").write_text(ground.run("git rev-parse HEAD"))
    (ground.repository / ".git/HEAD").write_text(content)
    before = ground.snapshot()
    asked = '(builtins.fetchGit { url = @DIRECTORY@; ref = "HEAD"; }).outPath'
    check(ground, before, ground.evaluate(asked), "not found")


def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(ground: Ground) -> None:
    for name in ("index", "config", "packed-refs", "shallow", "commondir", "info/attributes"):
        place = ground.repository / ".git" / name
        place.parent.mkdir(exist_ok=True)
        place.unlink(missing_ok=True)
        os.mkfifo(place)
    os.unlink(ground.repository / "a")
    os.mkfifo(ground.repository / "a")
    assert ground.evaluate(HERE).startswith(("error:", "{"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("place", [".", ".git"])
def test_what_belongs_to_somebody_else_is_left_alone(
    ground: Ground, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CVE-2022-24765, CVE-2022-29187; the user's own safe.directory allows it, the repository's does not."""
    os.chown(ground.repository / place, 12345, 12345)
    ground.run("git config -f .git/config safe.directory '*'")
    os.chown(ground.repository / place, 12345, 12345)
    configuration = ground.root / "configuration"
    configuration.write_text("")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
    monkeypatch.delenv("SUDO_UID", raising=False)
    for expression in (HERE, 'builtins.readDir (builtins.fetchGit { url = @DIRECTORY@; ref = "HEAD"; })'):
        assert "is not owned by current user" in ground.evaluate(expression)
    configuration.write_text(f"[safe]\n\tdirectory = {ground.repository}\n")
    assert ground.evaluate(HERE).startswith("{")
    configuration.write_text(f"[safe]\n\tdirectory = {ground.repository}\n\tdirectory =\n")
    assert "is not owned by current user" in ground.evaluate(HERE)
    configuration.write_text(f"[safe]\n\tdirectory = {ground.repository.parent}/*\n")
    assert ground.evaluate(HERE).startswith("{")
    monkeypatch.setenv("SUDO_UID", "12345")
    configuration.write_text("")
    assert ground.evaluate(HERE).startswith("{")


def test_a_folder_where_others_write_is_no_cache(ground: Ground, server: tuple[Path, str]) -> None:
    """CVE-2024-45593 and its kin: what lies there may be anybody's."""
    shutil.copytree(ground.repository / ".git", server[0] / "cached.git")
    asked = f'builtins.readDir (builtins.fetchGit {{ url = "{server[1]}/cached.git"; }})'
    elsewhere = ground.root / "elsewhere"
    elsewhere.mkdir()
    ground.cache.mkdir()
    (ground.cache / "git").symlink_to(elsewhere)
    assert ground.evaluate(asked).startswith("{")
    assert not list(elsewhere.iterdir())
    (ground.cache / "git").unlink()
    (ground.cache / "git").mkdir(mode=0o700)
    assert is_private(str(ground.cache / "git"))
    ground.cache.chmod(0o777)
    assert not is_private(str(ground.cache / "git"))
    assert ground.evaluate(asked).startswith("{")
    assert not list((ground.cache / "git").iterdir())
    ground.cache.chmod(0o1777)
    assert is_private(str(ground.cache / "git"))


def test_what_a_server_says_is_no_terminal_control(ground: Ground, server: tuple[Path, str]) -> None:
    """CVE-2024-52005 and its kin: messages of the other side go to the user's terminal."""
    told = ground.evaluate(f'(builtins.fetchGit {{ url = "{server[1]}/none%1b.git"; }}).outPath')
    assert "control characters" in told
    told = ground.evaluate(f'(builtins.fetchGit {{ url = "{server[1]}/none.git"; }}).outPath')
    assert told.startswith("error: git fetch failed") and told.isprintable(), told


def test_a_server_that_keeps_silent_is_given_up(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """git alone waits for ever."""
    monkeypatch.setenv("GIT_HTTP_LOW_SPEED_TIME", "1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.git"
        told = ground.evaluate(f'(builtins.fetchGit "{url}").outPath')
    assert told.startswith("error: git fetch failed") and "too slow" in told, told


# The user's own folder, in a repository that somebody else has made


@pytest.mark.parametrize("command", OWN_FOLDER_COMMANDS, ids=" ".join)
@pytest.mark.parametrize("name", sorted(OWN_FOLDERS))
def test_nothing_of_a_repository_runs_in_the_users_folder(
    ground: Ground, name: str, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("LIXEVAL_STORE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "own" / variable))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "a")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@x")
    template = tmp_path / "template"
    (template / "files").mkdir(parents=True)
    (template / "files" / "new").write_text("new\n")
    text = '{ outputs = _: { templates.default = { path = ./files; description = "x"; }; }; }'
    (template / "flake.nix").write_text(text)
    (template / "flake.lock").write_text('{"nodes":{"root":{}},"root":"root","version":7}')
    flake = ground.repository / "flake.nix"
    flake.write_text(f'{{ inputs.a.url = "path:{template}"; outputs = _: {{ }}; }}')
    (ground.repository / "flake.lock").write_text("{}")
    ground.run("git add flake.nix flake.lock; git commit -qm flake; rm flake.lock")
    ground.run(OWN_FOLDERS[name])
    ground.trace.unlink(missing_ok=True)
    monkeypatch.chdir(ground.repository)
    main([word.replace("@TEMPLATE@", f"path:{template}") for word in command])
    assert not ground.trace.exists(), f"it ran: {ground.trace.read_text()}"
    told = "new" if "init" in command else "flake.lock"
    assert told in ground.run("git -c core.fsmonitor=false ls-files")
