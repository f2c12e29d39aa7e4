"""What goes wrong between a daemon and who asks it: each time an error that says so, and nothing half done."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lixeval.cli import main
from lixeval.daemon import protocol as p
from lixeval.daemon.additions import add_nar
from lixeval.daemon.any_store import open_store
from lixeval.daemon.channel import Channel, ConnectionLost
from lixeval.daemon.connection import Connection
from lixeval.daemon.copying import Vouching, copy_closure
from lixeval.daemon.link import Link
from lixeval.daemon.messages import LAST
from lixeval.daemon.store import DaemonStore
from lixeval.daemon.store_urls import Place, parse
from lixeval.daemon.wire import number, text
from lixeval.errors import LixevalError, StoreError
from lixeval.formats.derivation import Derivation, Output
from lixeval.formats.hashes import digest
from lixeval.formats.nar_events import encode_file
from lixeval.formats.store_path import StorePath, make_store_path
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo
from lixeval.store.verify import verify
from tests.daemon.daemons import channel_of, lixeval_daemon, lying, served

WHOLE = encode_file(b"something\n")
HASH = digest("sha256", WHOLE)
PATH = make_store_path("output:out", HASH, "made-up")
INFO = PathInfo(PATH, HASH, len(WHOLE))
DRV = Derivation({"out": Output(PATH)}, {}, (), "x86_64-linux", "/bin/sh", (), {})
REQUESTS: dict[str, Callable[[Connection], object]] = {
    "is_valid": lambda c: c.is_valid(PATH),
    "hold": lambda c: c.hold([PATH]),
    "valid_among": lambda c: c.valid_among([PATH]),
    "all_valid": lambda c: c.all_valid(),
    "infos": lambda c: c.infos([PATH]),
    "referrers": lambda c: c.referrers([PATH]),
    "derivers": lambda c: c.derivers(PATH),
    "path_from_hash_part": lambda c: c.path_from_hash_part("0" * 32),
    "substitutable": lambda c: c.substitutable([PATH]),
    "missing": lambda c: c.missing([PATH]),
    "roots": lambda c: c.roots(),
    "set_options": lambda c: c.set_options(),
    "add_indirect_root": lambda c: c.add_indirect_root("/x"),
    "add_signatures": lambda c: c.add_signatures(PATH, []),
    "add_nar": lambda c: c.add_nar(INFO, lambda write: write(WHOLE)),
    "add_many": lambda c: c.add_many([(INFO, lambda write: write(WHOLE))], 1),
    "nar": lambda c: c.nar(PATH, lambda data: None),
    "add_build_log": lambda c: c.add_build_log(PATH, b"log"),
    "build": lambda c: c.build([PATH]),
    "build_derivation": lambda c: c.build_derivation(PATH, DRV, []),
    "collect": lambda c: c.collect(p.ONLY_DEAD),
    "optimise": lambda c: c.optimise(),
    "verify": lambda c: c.verify(contents=False, repair=False),
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("said", [b"", number(LAST)[:3], number(LAST), number(LAST) + number(1)[:5]])
def test_a_connection_that_is_cut_is_an_error(name: str, said: bytes) -> None:
    if name in ("set_options", "add_nar", "add_many") and said.startswith(number(LAST)):
        return  # that is the whole answer
    with lying(lambda operation, reader: said, requests=1) as channel:
        connection = Connection(channel)
        with pytest.raises(LixevalError):
            REQUESTS[name](connection)
        assert not channel.is_open


@pytest.mark.parametrize("size", [1, 7, 8, 16, 24, 40, 41])
def test_a_greeting_that_is_cut_is_an_error(size: int) -> None:
    whole = number(p.SERVER_MAGIC) + number(1 << 8 | 35) + text("2.18") + number(1) + number(LAST)
    script = f"import sys; sys.stdout.buffer.write(bytes.fromhex('{whole[:size].hex()}'))"
    with pytest.raises(StoreError, match=r"does not answer as a Nix daemon|was cut"):
        Connection(Place("it", "exec", f'{sys.executable} -c "{script}"', {}).connect())


@pytest.mark.parametrize("version", [(1, 31), (1, 10), (0, 35), (2, 0), (9, 99)])
def test_versions_that_are_too_old_or_too_new_are_named(version: tuple[int, int]) -> None:
    greeting = number(p.SERVER_MAGIC) + number(version[0] << 8 | version[1])
    script = f"import sys; sys.stdout.buffer.write(bytes.fromhex('{greeting.hex()}'))"
    with pytest.raises(StoreError, match=f"speaks version {version[0]}.{version[1]} of the worker protocol"):
        Connection(Place("it", "exec", f'{sys.executable} -c "{script}"', {}).connect())


def test_a_newer_minor_version_is_spoken_down_to() -> None:
    greeting = number(p.SERVER_MAGIC) + number(1 << 8 | 99) + number(1) + text("a-feature")
    greeting += text("2.99") + number(1) + number(LAST)
    script = (
        f"import sys; sys.stdout.buffer.write(bytes.fromhex('{greeting.hex()}')); sys.stdout.flush(); sys.stdin.read()"
    )
    connection = Connection(Place("it", "exec", f'{sys.executable} -c "{script}"', {}).connect())
    assert connection.version == p.NEWEST and connection.nix_version == "2.99"
    connection.close()


def test_a_client_that_is_too_old_is_told(tmp_path: Path) -> None:
    with served(LocalStore(str(tmp_path)), trusted=True) as channel:
        channel.write(number(p.CLIENT_MAGIC) + number(1 << 8 | 20))
        assert channel.reader.number() == p.SERVER_MAGIC
        channel.reader.number()
        assert channel.reader.number() == 0x63787470


def test_a_daemon_that_keeps_silent_is_given_up() -> None:
    import socket

    ours, theirs = socket.socketpair()
    channel = channel_of(ours)
    channel.patience = 0.3
    with pytest.raises(ConnectionLost, match=r"has said nothing for 0\.3 seconds"):
        Connection(channel)
    theirs.close()


def test_who_waits_for_a_daemon_that_keeps_silent_hears_of_ctrl_c(tmp_path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "socket"))
        silent.listen()
        silent.settimeout(30)
        drv = 'derivation { name = "x"; system = "s"; builder = "b"; }'
        words = ["--instantiate", "-E", drv, "--store", f"unix://{tmp_path}/socket", "--no-eval-cache"]
        process = subprocess.Popen([sys.executable, "-m", "lixeval", *words], stderr=subprocess.PIPE, text=True)
        client, _ = silent.accept()
        client.settimeout(30)
        assert client.recv(4096)  # now it waits for an answer
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[1] == "error: interrupted by the user\n"
        client.close()


def test_a_daemon_that_takes_nothing_is_given_up() -> None:
    import socket

    ours, theirs = socket.socketpair()
    channel: Channel = channel_of(ours)
    channel.patience = 0.3
    with pytest.raises(ConnectionLost, match="has taken nothing"):
        for _ in range(1000):
            channel.write(bytes(1 << 20))
    theirs.close()


def test_a_restarted_daemon_is_asked_again(home: Path) -> None:
    with lixeval_daemon(home) as url:
        store = open_store(url)
        path = store.add_text("text", "some text")
    with lixeval_daemon(home) as url:
        assert store.is_valid(path) and store.info(path).nar_size > 0
        assert isinstance(store, DaemonStore) and path in store.link.held
        later = store.add_text("later", "refers", [path])
        assert store.closure([later]) == sorted([path, later])
    with pytest.raises(StoreError, match="cannot connect"):
        store.add_text("another", "text")
    store.close()


def test_sixteen_clients_at_once(home: Path) -> None:
    with lixeval_daemon(home) as url:
        failures: list[BaseException] = []

        def work(number: int) -> None:
            store = open_store(url)
            try:
                with store.batch():
                    shared = store.add_text("shared", "the same")
                    last = shared
                    for step in range(20):
                        last = store.add_text(f"step{step}", f"{step % 5} {number % 4}", [last])
                assert len(store.closure([last])) == 21
            except BaseException as error:
                failures.append(error)
            finally:
                store.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
    store = LocalStore(str(home / "store"))
    assert len(store.all_paths()) == 1 + 20 * 4 and verify(store, check_contents=True) == []
    assert not list((home / "store/nix/var/nix/temproots").iterdir())
    store.close()


@pytest.mark.parametrize("whose", ["client", "daemon"])
def test_killed_in_the_middle_of_a_copy(whose: str, home: Path) -> None:
    own = LocalStore(str(home / "own"))
    (home / "big").write_bytes(os.urandom(1 << 20) * 150)
    big = own.add_path(str(home / "big"), "big")
    own.close()
    with lixeval_daemon(home) as url:
        words = ["copy", big, "--to", url, "--no-check-sigs", "--store", str(home / "own")]
        client = subprocess.Popen([sys.executable, "-m", "lixeval", *words], stderr=subprocess.PIPE, text=True)
        place = home / "store/nix/store"
        while not (place.exists() and list(place.glob("*-tmp-*"))):
            assert client.poll() is None
        if whose == "client":
            client.kill()
            client.wait()
        else:
            for pid in filter(str.isdecimal, os.listdir("/proc")):
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                    command = Path(f"/proc/{pid}/cmdline").read_text()
                except OSError:
                    continue
                parent = status.partition("PPid:")[2].split()[0]
                if str(home / "socket") in command and str(home / "socket") in _command(parent):
                    os.kill(int(pid), signal.SIGKILL)
            said = client.communicate(timeout=60)[1]
            assert client.returncode == 1 and "error:" in said and "Traceback" not in said
    store = LocalStore(str(home / "store"))
    assert store.all_paths() == [], "nothing that did not arrive whole is valid"
    assert main(["store", "gc", "--store", str(home / "store")]) == 0
    assert {path.name for path in place.iterdir()} == {".links"}
    store.close()


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_a_full_disk_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("a small disk is a mount, which takes root")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"mount -t tmpfs -o size=3m none {disk} && exec {sys.executable} -m lixeval daemon --stdio --store {disk}"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    target = open_store(f"exec:unshare -m sh -c '{script}'")
    own = LocalStore(str(tmp_path / "own"))
    (tmp_path / "big").write_bytes(os.urandom(5 << 20))
    (tmp_path / "small").write_bytes(b"small")
    big, small = own.add_path(str(tmp_path / "big"), "big"), own.add_path(str(tmp_path / "small"), "small")
    with pytest.raises(StoreError, match="No space left"):
        copy_closure(own, target, [big], Vouching(None))
    assert target.database.valid_among([big]) == set()
    copy_closure(own, target, [small], Vouching(None))
    assert target.database.valid_among([big, small]) == {small}
    target.close()
    own.close()


def test_a_path_that_differs_there_is_refused(home: Path) -> None:
    """The same name, other content: what is valid there stays, and what comes from there is what it is said to be."""
    own, with_other = LocalStore(str(home / "own")), home / "other"
    with_other.write_text("other")
    made = own.add_path(str(with_other), "x")
    info = own.info(made)
    with served(LocalStore(str(home / "there")), trusted=True) as channel:
        connection = Connection(channel)
        lie = PathInfo(PATH, info.nar_hash, info.nar_size)
        with pytest.raises(StoreError):
            connection.add_nar(lie, lambda write: write(WHOLE))
        connection.add_nar(INFO, lambda write: write(WHOLE))
        assert connection.infos([PATH])[PATH].nar_hash == HASH
        connection.add_nar(lie, lambda write: write(encode_file(b"other")))  # valid already: read, and thrown away
        assert connection.infos([PATH])[PATH].nar_hash == HASH


def test_a_link_says_where_it_leads(home: Path) -> None:
    link = Link(parse("unix:///nowhere"))
    with pytest.raises(StoreError, match="cannot connect to the daemon at '/nowhere'"):
        link.call(lambda daemon: daemon.all_valid())


def test_a_nar_is_read_though_another_client_has_sent_it_meanwhile() -> None:
    """Else what follows it is taken for a path."""
    whole = encode_file(b"some text")
    info = PathInfo(StorePath(f"/nix/store/{'0' * 32}-x"), digest("sha256", whole), len(whole))
    sent, ended = io.BytesIO(whole + b"what follows"), []
    late: Any = SimpleNamespace(
        trusted=True, vouching=Vouching(None), store=SimpleNamespace(add_unpacked=lambda info, unpack: None)
    )
    add_nar(late, info, sent.read, lambda: ended.append(True), unchecked=True)
    assert (sent.read(), ended) == (b"what follows", [True])


def test_a_file_that_is_no_socket_is_left_where_a_daemon_shall_listen(tmp_path: Path) -> None:
    from lixeval.daemon.listening import listen

    (tmp_path / "file").write_text("dear")
    with pytest.raises(LixevalError, match="something is there that is no socket"):
        listen(str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "dear"
