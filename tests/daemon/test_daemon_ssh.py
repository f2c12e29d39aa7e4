"""Stores and builders on another machine, by OpenSSH: here its server at the loopback interface."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lixeval.store.local import LocalStore
from lixeval.store.verify import verify
from tests.daemon.daemons import nix
from tests.daemon.test_daemon_client import TWO, printed

SERVER = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin")

if SERVER is None or os.geteuid() != 0 or shutil.which("ssh") is None:
    pytest.skip("no OpenSSH server that could be started: openssh-server, and root", allow_module_level=True)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server's folder: the port in `port`, keys of the host and of a user."""
    folder = tmp_path_factory.mktemp("ssh")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "port").write_text(str(port))
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    assert SERVER is not None
    process = subprocess.Popen([SERVER, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    while True:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert process.poll() is None
        time.sleep(0.05)
    yield folder
    process.terminate()
    process.wait()


@pytest.fixture
def url(host: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The start of a store's URL there: with the user's key, and the host's, which no file knows."""
    monkeypatch.setenv("NIX_SSHOPTS", "-F none -o IdentitiesOnly=yes -o BatchMode=yes")
    key = base64.b64encode((host / "host.pub").read_bytes()).decode()
    options = f"ssh-key={host}/user&base64-ssh-public-host-key={key}"
    return f"ssh-ng://root@127.0.0.1:{(host / 'port').read_text()}?{options}"


def program(folder: Path) -> str:
    """What to run there: our daemon."""
    return f"remote-program={sys.executable} -m lixeval daemon --sandbox off&remote-store={folder}"


def test_evaluated_built_and_copied_there(url: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = f"{url}&{program(home / 'there')}"
    (home / "two.nix").write_text(TWO)
    path = printed(capsys, "two.nix", "--no-link", "--store", there)
    assert (home / "there" / path[1:]).is_file()
    assert printed(capsys, "store", "cat", path, "--store", there).startswith("hello 1")
    printed(capsys, "copy", path, "--from", there, "--no-check-sigs", "--store", str(home / "own"))
    assert verify(LocalStore(str(home / "own")), check_contents=True) == []


@pytest.mark.skipif(shutil.which("nix-daemon") is None, reason="no nix-daemon on the PATH")
def test_copied_to_a_real_daemon(url: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = LocalStore(str(home / "own"))
    path = own.add_text("text", "some text\n")
    own.close()
    there = f"{url}&remote-program={shutil.which('nix-daemon')}&remote-store={home}/there"
    printed(capsys, "copy", path, "--to", there, "--store", str(home / "own"))
    assert printed(capsys, "store", "cat", path, "--store", there) == "some text"
    assert (home / "there" / path[1:]).read_text() == "some text\n"


def test_a_machine_by_ssh_builds(url: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "two.nix").write_text(TWO)
    (home / "machines").write_text(f"'{url}&{program(home / 'there')}' - - 2 1\n")
    words = ["--builders", f"@{home}/machines", "-j0", "--no-link", "--store", str(home / "own")]
    printed(capsys, "two.nix", *words)
    assert verify(LocalStore(str(home / "own")), check_contents=True) == []


@pytest.mark.skipif(shutil.which("nix-build") is None, reason="no Nix on the PATH")
def test_real_nix_builds_on_our_host(host: Path, url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its ssh-ng:// takes neither a port nor words in remote-program: those are in a script and in NIX_SSHOPTS."""
    (home / "known").write_text(f"[127.0.0.1]:{(host / 'port').read_text()} {(host / 'host.pub').read_text()}")
    port = (host / "port").read_text()
    options = f"-p {port} -F none -o IdentitiesOnly=yes -i {host}/user -o UserKnownHostsFile={home}/known"
    monkeypatch.setenv("NIX_SSHOPTS", options)
    script = home / "daemon"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m lixeval daemon --sandbox off --store {home}/there "$1"\n')
    script.chmod(0o755)
    (home / "two.nix").write_text(TWO)
    builder = f"ssh-ng://root@127.0.0.1?remote-program={script} x86_64-linux - 2 1"
    own = str(home / "own")
    done = nix("installed", "nix-build", "two.nix", "--no-out-link", "-j0", "--builders", builder, "--store", own)
    path = done.stdout.strip()
    assert (home / "own" / path[1:]).read_text().startswith("hello 1 hello 2")
    assert len([one for one in LocalStore(str(home / "there")).all_paths() if not one.endswith(".drv")]) == 3


def test_a_host_that_is_another_is_refused(url: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lixeval.cli import main

    wrong = base64.b64encode(
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    ).decode()
    place = url.partition("&base64")[0] + f"&base64-ssh-public-host-key={wrong}&{program(home / 'there')}"
    assert main(["store", "query", "-R", "/nix/store/" + "0" * 32 + "-x", "--store", place]) == 1
    assert "Host key verification failed" in capsys.readouterr().err
    assert not (home / "there").exists()
