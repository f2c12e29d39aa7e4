"""Our daemon, with real Nix of two versions and ourselves as clients."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lixeval.cli import main
from lixeval.daemon.any_store import open_store
from lixeval.daemon.connection import Connection
from lixeval.daemon.store import DaemonStore
from lixeval.daemon.store_urls import parse
from lixeval.store.local import LocalStore
from lixeval.store.verify import verify
from tests.daemon.daemons import CLIENTS, lixeval_daemon, nix
from tests.daemon.test_daemon_client import FAILING, TWO, printed


@pytest.fixture
def daemon(home: Path) -> Iterator[str]:
    with lixeval_daemon(home) as url:
        yield url


@pytest.mark.parametrize("which", CLIENTS)
def test_real_nix_builds_asks_copies_and_collects(which: str, daemon: str, home: Path) -> None:
    (home / "two.nix").write_text(TWO)
    drv_path = nix(which, "nix-instantiate", "two.nix", "--store", daemon).stdout.strip()
    built = nix(which, "nix-build", "two.nix", "--no-out-link", "--store", daemon)
    path = built.stdout.strip()
    assert "building 1" in built.stderr
    assert nix(which, "nix-store", "-q", "--deriver", path, "--store", daemon).stdout.strip() == drv_path
    requisites = nix(which, "nix-store", "-q", "-R", path, "--store", daemon).stdout.split()
    assert len(requisites) == 2
    assert nix(which, "nix-store", "-q", "--referrers", requisites[0], "--store", daemon).stdout.strip() == path
    if which == "recent":
        assert nix(which, "nix-store", "-q", "--valid-derivers", path, "--store", daemon).stdout.strip() == drv_path
    again = nix(which, "nix-build", "two.nix", "--no-out-link", "--check", "--store", daemon)
    assert again.stdout.strip() == path
    nix(which, "nix-store", "--verify", "--check-contents", "--store", daemon)
    other = f"{home}/other"
    nix(which, "nix", "copy", "--from", daemon, "--to", other, path, "--no-check-sigs")
    assert (Path(other) / path[1:]).read_text().startswith("hello 1 hello 2")
    assert verify(LocalStore(str(home / "store")), check_contents=True) == []
    nix(which, "nix-store", "--delete", path, "--store", daemon)
    nix(which, "nix", "copy", "--from", other, "--to", daemon, path, "--no-check-sigs")
    assert path in nix(which, "nix-store", "-q", "-R", path, "--store", daemon).stdout
    nix(which, "nix-store", "--gc", "--store", daemon)
    assert LocalStore(str(home / "store")).all_paths() == []


@pytest.mark.parametrize("which", CLIENTS)
def test_real_nix_adds_sources(which: str, daemon: str, home: Path) -> None:
    (home / "source").mkdir()
    (home / "source" / "file").write_text("text")
    (home / "source" / "link").symlink_to("nowhere")
    tree = nix(which, "nix-store", "--add", "source", "--store", daemon).stdout.strip()
    flat = nix(which, "nix-store", "--add-fixed", "sha256", "source/file", "--store", daemon).stdout.strip()
    store = LocalStore(str(home / "store"))
    assert store.compute_path(str(home / "source"), "source") == tree
    assert store.compute_path(str(home / "source" / "file"), "file", method="flat") == flat
    assert verify(store, check_contents=True) == [] and len(store.all_paths()) == 2


@pytest.mark.parametrize("which", CLIENTS)
def test_real_nix_is_told_of_a_failed_build(which: str, daemon: str, home: Path) -> None:
    (home / "failing.nix").write_text(FAILING)
    done = nix(which, "nix-build", "failing.nix", "--no-out-link", "--store", daemon, check=False)
    assert done.returncode  # an error has no exit code on the wire
    assert "failed with exit code 3" in done.stderr and "no" in done.stderr
    assert "dependencies of derivation" in done.stderr


def test_lixeval_is_a_client_of_its_own_daemon(daemon: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "two.nix").write_text(TWO)
    path = printed(capsys, "two.nix", "--no-link", "--store", daemon)
    assert printed(capsys, "store", "cat", path, "--store", daemon).startswith("hello 1")
    info = json.loads(printed(capsys, "store", "path-info", "--json", path, "--store", daemon))[path]
    assert info["ultimate"] and len(info["references"]) == 1
    printed(capsys, "copy", path, "--from", daemon, "--to", f"local?root={home}/third", "--no-check-sigs")
    printed(capsys, "store", "gc", "--store", daemon)
    assert main(["store", "cat", path, "--store", daemon]) == 1
    printed(capsys, "copy", path, "--to", daemon, "--no-check-sigs", "--store", f"{home}/third")
    assert printed(capsys, "store", "cat", path, "--store", daemon).startswith("hello 1")


def test_files_of_a_store_that_is_elsewhere_are_fetched(daemon: str, home: Path) -> None:
    far = open_store(daemon.partition("?")[0] + f"?root={home}/nothing-here")
    near = open_store(daemon)
    assert isinstance(far, DaemonStore)
    try:
        path = near.add_text("text", "some text\n")
        place = far.real(path)
        assert str(home / "cache") in place
        assert Path(place).read_text() == "some text\n"
    finally:
        far.close()
        near.close()


def test_copying_takes_a_handful_of_round_trips(daemon: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lixeval.daemon.copying import Vouching, copy_closure

    own = LocalStore(str(home / "own"))
    with own.batch():
        last = own.add_text("text", "0")
        for number in range(1, 300):
            last = own.add_text("text", str(number), [last] if number % 30 else [])
    every = own.all_paths()
    target = open_store(daemon)
    assert isinstance(target, DaemonStore)
    try:
        before = target.link.round_trips
        assert len(copy_closure(own, target, every, Vouching(()))) == 300
        assert target.link.round_trips - before <= 3
        assert target.database.valid_among(every) == set(every)
        back = LocalStore(str(home / "back"))
        assert len(copy_closure(target, back, every, Vouching(()))) == 300
        assert verify(back, check_contents=True) == []
    finally:
        target.close()


@pytest.mark.parametrize("which", CLIENTS)
def test_real_nix_fetches_through_it(which: str, home: Path) -> None:
    own = LocalStore(str(home / "own"))
    path = own.add_text("text", "from a cache\n")
    own.close()
    cache = f"file://{home}/binary-cache"
    assert main(["copy", path, "--to", cache, "--store", str(home / "own")]) == 0
    with lixeval_daemon(home, "--substituters", f"{cache}?trusted=true") as url:
        assert "will be fetched" in nix(which, "nix-store", "-r", path, "--store", url, "--dry-run").stderr
        assert nix(which, "nix-store", "-r", path, "--store", url).stdout.strip() == path
    assert (home / "store" / path[1:]).read_text() == "from a cache\n"


@pytest.mark.parametrize("which", CLIENTS)
def test_real_nix_builds_remotely_on_it(which: str, daemon: str, home: Path) -> None:
    (home / "two.nix").write_text(TWO)
    own = str(home / "own")
    builder = f"{daemon} x86_64-linux - 2 1"
    done = nix(which, "nix-build", "two.nix", "--no-out-link", "-j0", "--builders", builder, "--store", own)
    assert (home / "own" / done.stdout.strip()[1:]).read_text().startswith("hello 1 hello 2")
    there = LocalStore(str(home / "store"))
    assert len([path for path in there.all_paths() if not path.endswith(".drv")]) == 3


def test_who_connects_is_asked_of_the_kernel(daemon: str, home: Path) -> None:
    """Another user is not trusted; the same who runs the daemon is."""
    if os.geteuid() != 0:
        pytest.skip("becoming another user takes root")
    home.chmod(0o755)
    for parent in list(home.parents)[:3]:
        parent.chmod(parent.stat().st_mode | 0o011)
    place = parse(daemon)

    def trust() -> int:
        connection = Connection(place.connect())
        try:
            return connection.trust
        finally:
            connection.close()

    assert trust() == 1
    child = os.fork()  # a process that has loaded all, for another user may not read this Python
    if not child:
        told = 99
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            told = trust()
        os._exit(told)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2


def test_a_socket_that_is_passed(home: Path) -> None:
    """As systemd does it: descriptor 3, LISTEN_FDS, LISTEN_PID."""
    place = str(home / "passed")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen()
        words = [sys.executable, "-m", "lixeval", "daemon", "--store", str(home / "store")]
        script = (
            f"import os; os.dup2({listening.fileno()}, 3); "
            f"os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid())); os.execv({sys.executable!r}, {words!r})"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script], pass_fds=[listening.fileno()], stderr=subprocess.PIPE, text=True
        )
    try:
        store = open_store(f"unix://{place}?root={home}/store")
        assert store.is_valid(store.add_text("text", "some text"))
        store.close()
    finally:
        process.terminate()
        assert process.wait(20) == 0
    assert process.stderr is not None and "a socket that was passed" in process.stderr.read()
    assert Path(place).exists(), "it is not ours to remove"


def test_it_ends_politely_once_it_has_said_where_it_listens(home: Path) -> None:
    """Whoever ends it then leaves no socket behind."""
    place = home / "early"
    words = ["daemon", "--store", str(home / "s"), "--socket", str(place)]
    process = subprocess.Popen([sys.executable, "-m", "lixeval", *words], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline() == f"serving {home}/s/nix/store at unix://{place}\n"
    process.terminate()
    assert process.communicate()[1] == ""
    assert (process.returncode, place.exists()) == (0, False)


def test_a_collector_ends_when_enough_is_free(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = LocalStore(str(home / "store"))
    for number in range(8):
        store.add_text(f"text{number}", "x" * 1000)
    store.close()
    with lixeval_daemon(home) as url:
        assert main(["store", "gc", "--max", "2K", "--store", url]) == 0
        assert "2 store paths deleted" in capsys.readouterr().out
        assert main(["store", "gc", "--max", "nothing", "--store", url]) == 1
    assert main(["store", "gc", "--max", "3K", "--store", str(home / "store")]) == 0
    assert "3 store paths deleted" in capsys.readouterr().out
    assert len(LocalStore(str(home / "store")).all_paths()) == 3
    assert verify(LocalStore(str(home / "store")), check_contents=True) == []


def test_all_is_not_built_in_a_daemons_store(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with lixeval_daemon(home) as url:
        assert main(["--all", "--build", "-E", "{ }", "--store", url]) == 1
    said = capsys.readouterr()
    assert "a daemon builds what it is asked for by name" in said.err and not said.out
