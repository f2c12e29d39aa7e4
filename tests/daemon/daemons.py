"""Daemons to test against: real Nix of two versions, each with a folder of its own as /nix.

A daemon that shall build needs its store at /nix/store, so it gets a mount of its own there, which takes root.
LIXEVAL_TEST_NIX (see CONTRIBUTING.md) is 2.26.3; `nix-daemon` on the PATH is whatever the machine has.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from lixeval.daemon.channel import Channel
from lixeval.daemon.client import Client
from lixeval.daemon.copying import Vouching
from lixeval.daemon.messages import LAST
from lixeval.daemon.protocol import greet_client
from lixeval.daemon.serving import serve
from lixeval.daemon.wire import Reader, number
from lixeval.errors import FormatError, StoreError
from lixeval.formats.keys import PublicKey
from lixeval.store.local import LocalStore

if TYPE_CHECKING:
    from lixeval.daemon.engine import Engine

PREFIX = os.environ.get("LIXEVAL_TEST_NIX", "")
CONFIG = (
    "build-users-group =\nsandbox = false\nsubstituters =\nexperimental-features = nix-command daemon-trust-override\n"
)


def _mounting_works() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    done = subprocess.run(["unshare", "-m", "mount", "--bind", "/tmp", "/mnt"], capture_output=True, check=False)
    return done.returncode == 0


MOUNTS = _mounting_works()
REAL = [
    pytest.param(
        "recent",
        marks=pytest.mark.skipif(not (PREFIX and MOUNTS), reason="no real Nix (LIXEVAL_TEST_NIX), or not root"),
    ),
    pytest.param(
        "installed",
        marks=pytest.mark.skipif(
            shutil.which("nix-daemon") is None or not MOUNTS, reason="no nix-daemon on the PATH, or not root"
        ),
    ),
]


def command(which: str, folder: Path, *words: str) -> list[str]:
    """A command of real Nix that sees the folder as /nix."""
    folder.mkdir(parents=True, exist_ok=True)
    script = f"mount --bind {shlex.quote(str(folder))} /nix && exec {shlex.join(words)}"
    prefix = shlex.split(PREFIX) if which == "recent" else []
    return [*prefix, "unshare", "-m", "sh", "-c", script]


CLIENTS = [
    pytest.param("recent", marks=pytest.mark.skipif(not PREFIX, reason="no real Nix: set LIXEVAL_TEST_NIX")),
    pytest.param(
        "installed", marks=pytest.mark.skipif(shutil.which("nix-store") is None, reason="no nix-store on the PATH")
    ),
]


def url(which: str, folder: Path, *options: str) -> str:
    """The store URL of a daemon that is started for each connection."""
    program = ["nix-daemon", "--stdio"]
    if "untrusted" in options:
        program = ["nix", "daemon", "--stdio", "--force-untrusted"]
    return "exec:" + shlex.join(command(which, folder, *program))


def environment(folder: Path) -> dict[str, str]:
    """Variables under which daemons run, and a client has its own folders."""
    conf = folder / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "nix.conf").write_text("")
    return {
        "NIX_CONF_DIR": str(conf),
        "NIX_CONFIG": CONFIG,
        "NIX_REMOTE": "",
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
    }


@contextmanager
def lixeval_daemon(folder: Path, *words: str) -> Iterator[str]:
    """A daemon of ours for a store in the folder; the URL of its socket."""
    place = folder / "socket"
    log = folder / "daemon.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "lixeval",
                "daemon",
                "--socket",
                str(place),
                "--store",
                str(folder / "store"),
                *words,
            ],
            stderr=said,
        )
    try:
        while not is_listened_at(place):
            assert process.poll() is None, log.read_text()
            time.sleep(0.02)
        yield f"unix://{place}?root={folder}/store"
    finally:
        process.terminate()
        assert process.wait(20) == 0, log.read_text()
        assert not place.exists()
        assert "Traceback" not in log.read_text()


def is_listened_at(place: Path) -> bool:
    """Whether somebody takes connections there: a socket that was just bound is there and refuses them."""
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(place)) == 0


@contextmanager
def served(
    store: LocalStore, *, trusted: bool, engine: object = None, keys: Sequence[PublicKey] = ()
) -> Iterator[Channel]:
    """The client's end of a conversation with our daemon, which is in a thread here."""
    ours, theirs = socket.socketpair()
    client = Client(channel_of(theirs), store, cast("Engine", engine), Vouching(list(keys)), trusted=trusted)
    thread = threading.Thread(target=serve, args=[client])
    thread.start()
    channel = channel_of(ours)
    try:
        yield channel
    finally:
        channel.close()
        thread.join(20)
        assert not thread.is_alive()
        client.channel.close()


def channel_of(end: socket.socket) -> Channel:
    """A channel over one end of a pair of sockets."""
    descriptor = end.detach()
    return Channel(descriptor, descriptor, "the other end", patience=20)


def nix(which: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """A command of real Nix, as a client."""
    prefix = shlex.split(PREFIX) if which == "recent" else []
    done = subprocess.run([*prefix, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done


Answer = Callable[[int, Reader], bytes | None]
"""What a lying daemon says to a request: the bytes after its number was read; None ends the conversation."""


@contextmanager
def lying(answer: Answer, *, requests: int = 1_000_000) -> Iterator[Channel]:
    """The client's end of a conversation with a daemon that answers what it likes, and so many requests."""
    ours, theirs = socket.socketpair()
    end = channel_of(theirs)

    def run() -> None:
        try:
            greet_client(end, 1, "2.99")
            end.write(number(LAST))
            for _ in range(requests):
                said = answer(end.reader.number(), end.reader)
                if said is None:
                    break
                end.write(said)
        except (StoreError, FormatError):
            pass
        finally:
            end.close()

    thread = threading.Thread(target=run)
    thread.start()
    channel = channel_of(ours)
    try:
        yield channel
    finally:
        channel.close()
        thread.join(30)
        assert not thread.is_alive()
