"""Two network namespaces as two hosts, with a link between them that is cut in the middle of a copy and of a build."""

from __future__ import annotations

import base64
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lixeval.formats.store_path import StorePath
from lixeval.store.local import LocalStore
from lixeval.store.verify import verify

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
IP, TC, SERVER = (shutil.which(program, path=PATH) for program in ("ip", "tc", "sshd"))
ADDRESSES = "10.77.16.1", "10.77.16.2"
SSH = "-F none -o IdentitiesOnly=yes -o BatchMode=yes -o ServerAliveInterval=1 -o ServerAliveCountMax=3"


def _run(*words: str | None) -> None:
    assert None not in words
    subprocess.run([word for word in words if word is not None], check=True, capture_output=True)


def _has_namespaces() -> bool:
    if not (IP and TC and SERVER and shutil.which("ssh") and shutil.which("unshare")) or os.geteuid() != 0:
        return False
    pair = ["unshare", "-n", IP, "link", "add", "name", "a", "type", "veth", "peer", "name", "b"]
    return os.access("/run", os.W_OK) and subprocess.run(pair, capture_output=True, check=False).returncode == 0


if not _has_namespaces():
    pytest.skip("no network namespaces: iproute2, openssh-server, and root", allow_module_level=True)


class TwoHosts:
    """`here` and `there`, the namespaces of two hosts, and how the one reaches the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.here, self.there = (f"lixeval-{os.getpid()}-{name}" for name in ("here", "there"))

    def start(self) -> subprocess.Popen[bytes]:
        for name in ("host", "user"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name))
        shutil.copy(self.folder / "user.pub", self.folder / "authorized")
        (self.folder / "config").write_text(
            f"Port 22\nListenAddress {ADDRESSES[1]}\nHostKey {self.folder}/host\nPidFile none\nStrictModes no\n"
            f"AuthorizedKeysFile {self.folder}/authorized\nUsePAM no\nPermitRootLogin yes\n"
        )
        for name in (self.here, self.there):
            _run(IP, "netns", "add", name)
        _run(
            IP, "link", "add", "veth0", "netns", self.here, "type", "veth", "peer", "name", "veth0", "netns", self.there
        )
        for name, address in zip((self.here, self.there), ADDRESSES, strict=True):
            _run(IP, "-n", name, "address", "add", f"{address}/24", "dev", "veth0")
            _run(IP, "-n", name, "link", "set", "veth0", "up")
        # One MB in a second: there is a middle to cut it in.
        shape = ["qdisc", "add", "dev", "veth0", "root", "tbf", "rate", "8mbit", "burst", "64kb", "latency", "400ms"]
        _run(TC, "-n", self.here, *shape)
        Path("/run/sshd").mkdir(exist_ok=True)
        assert IP and SERVER
        return subprocess.Popen(
            [IP, "netns", "exec", self.there, SERVER, "-D", "-e", "-f", str(self.folder / "config")],
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> None:
        for name in (self.here, self.there):
            subprocess.run([str(IP), "netns", "delete", name], check=False, capture_output=True)

    def link(self, state: str) -> None:
        """Cuts the link ("down"), or mends it ("up")."""
        _run(IP, "-n", self.there, "link", "set", "veth0", state)

    def url(self, store: Path) -> str:
        key = base64.b64encode((self.folder / "host.pub").read_bytes().rsplit(b" ", 1)[0]).decode()
        program = f"{sys.executable} -m lixeval daemon --sandbox off"
        options = {"ssh-key": str(self.folder / "user"), "base64-ssh-public-host-key": key, "remote-program": program}
        from urllib.parse import urlencode

        return f"ssh-ng://{ADDRESSES[1]}?{urlencode({**options, 'remote-store': str(store)})}"

    def lixeval(self, *words: str) -> subprocess.Popen[str]:
        assert IP
        return subprocess.Popen(
            [IP, "netns", "exec", self.here, sys.executable, "-m", "lixeval", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NIX_SSHOPTS": SSH},
        )


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoHosts]:
    found = TwoHosts(tmp_path_factory.mktemp("hosts"))
    server = None
    try:
        server = found.start()
        yield found
    finally:
        if server is not None:
            server.terminate()
            server.wait()
        found.end()


def until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Waits for something while a process runs."""
    while not happened():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def has_begun(store: Path) -> bool:
    """Whether something has been written into a store that is not valid yet."""
    return any("-tmp-" in path.name for path in (store / "nix/store").glob("*"))


def test_a_copy_whose_link_is_cut(hosts: TwoHosts, home: Path) -> None:
    (home / "big").write_bytes(os.urandom(6 << 20))
    source = LocalStore(str(home / "main"))
    path = source.add_path(str(home / "big"), "big")
    source.close()
    words = ["copy", path, "--store", str(home / "main"), "--to", hosts.url(home / "there"), "--no-check-sigs"]
    process = hosts.lixeval(*words)
    until(lambda: has_begun(home / "there"), process)
    hosts.link("down")
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 1 and "Traceback" not in said and "error: " in said, said
    assert LocalStore(str(home / "there")).all_paths() == [], "half of it is not all of it"
    hosts.link("up")
    again = hosts.lixeval(*words)
    assert again.wait(120) == 0, again.communicate()
    there = LocalStore(str(home / "there"))
    assert there.all_paths() == [path] and verify(there, check_contents=True) == []


def test_a_build_whose_link_is_cut_is_made_elsewhere(hosts: TwoHosts, home: Path) -> None:
    (home / "slow.nix").write_text(
        'derivation { name = "slow"; system = "x86_64-linux"; builder = "/bin/sh"; '
        'args = [ "-c" "/bin/sleep 8; echo > $out" ]; }'
    )
    program = [sys.executable, "-m", "lixeval", "daemon", "--stdio", "--store", str(home / "near"), "--sandbox", "off"]
    (home / "machines").write_text(
        f"{hosts.url(home / 'far')} x86_64-linux - 1 9\n{shlex.quote('exec:' + shlex.join(program))} x86_64-linux - 1 1"
    )
    words = [str(home / "slow.nix"), "--no-link", "-j0", "--builders", f"@{home}/machines"]
    process = hosts.lixeval(*words, "--store", str(home / "main"), "--system", "x86_64-linux")
    until(lambda: any((home / "far/nix/store").glob("*.chroot")), process)
    hosts.link("down")
    out, said = process.communicate(timeout=180)
    hosts.link("up")
    assert process.returncode == 0 and "no more builds on" in said and "Traceback" not in said, said
    main, near, far = (LocalStore(str(home / name)) for name in ("main", "near", "far"))
    assert main.is_valid(StorePath(out.strip())) and near.is_valid(StorePath(out.strip()))
    # There it may go on, for nobody has told that host; what it makes is whole.
    assert verify(main, check_contents=True) == verify(far, check_contents=True) == []
    assert not list((home / "main/nix/store").glob("*.lock"))
