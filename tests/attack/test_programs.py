"""No builder gets out of its sandbox, and nothing that it leaves behind does harm, in every kind that works here.

The attempts are those of `program_attempts`; below them are those that need a hand from outside.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import hashlib
import mmap
import os
import re
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lixeval.build import directories, preparation
from lixeval.build.fresh_copy import copy_tree
from lixeval.build.sandbox import bubblewrap, pasta
from lixeval.build.sandbox.isolation import Isolation, why_no_own_network, why_not
from lixeval.environment.machine import content_of
from lixeval.errors import BuildError, LixevalError, StoreError
from lixeval.formats import nar
from lixeval.formats.derivation import UNKNOWN, Output
from lixeval.formats.store_path import RealPath
from lixeval.store.canonical import sync_trees
from lixeval.store.verify import verify
from lixeval.system import opening, syscalls
from tests.attack.program_attempts import ATTEMPTS, FLED, HANDED, Attempt, Handed
from tests.support.leases import leasable, lease

if TYPE_CHECKING:
    from tests.support.workshop import Workshop

SECRET = "what a builder must not read, 9d2f"


class Outside:
    """What is around the sandbox, and how it was."""

    def __init__(self, folder: Path, workshop: Workshop) -> None:
        if not os.access("/usr/bin/python3", os.X_OK):
            pytest.skip("attempts are made with /usr/bin/python3: where it is missing none would get anywhere")
        self.folder = folder / "user"
        self.folder.mkdir()
        (self.folder / "secret").write_text(SECRET)
        (self.folder / "victim").write_text("as it was")
        (self.folder / "victim").chmod(0o666)
        folder.chmod(0o755)
        self.name = f"lixeval-attack-{os.getpid()}-{os.urandom(4).hex()}"
        self.workshop = workshop
        self.input = workshop.store.add_text("input", "good")
        self.foreign = workshop.store.add_text("foreign", SECRET)

    def filled(self, text: str, port: int = 0) -> str:
        words = {"OUTSIDE": str(self.folder), "INPUT": self.input, "FOREIGN": self.foreign, "NAME": self.name}
        words |= {"PORT": str(port), "PARENT": str(os.getpid())}
        for word, meaning in words.items():
            text = text.replace(word, meaning)
        return text

    def is_as_it_was(self) -> bool:
        status = os.stat(self.folder / "victim")
        return (
            sorted(os.listdir(self.folder)) == ["secret", "socket", "victim"]
            and (self.folder / "victim").read_text() == "as it was"
            and (stat.S_IMODE(status.st_mode), status.st_uid) == (0o666, os.geteuid())
            and Path(self.workshop.store.real(self.input)).read_text() == "good"
        )


def _add_key(name: str) -> None:
    """A key in the session keyring of this process (add_key(2)), for a minute; only on x86-64, else none."""
    if os.uname().machine == "x86_64":
        libc = ctypes.CDLL(None)
        key = libc.syscall(248, b"user", name.encode(), b"secret", 6, -3)
        libc.syscall(250, 15, key, 60)


@contextlib.contextmanager
def listening(outside: Outside) -> Iterator[int]:
    """Sockets of the machine: one with a port, which is given, an abstract one, and one in the user's folder."""
    _add_key(outside.name)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as named,
    ):
        abstract.bind(f"\0{outside.name}")
        named.bind(str(outside.folder / "socket"))
        for one in (abstract, named):
            one.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_attempts(
    isolated_workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempt: Attempt
) -> None:
    monkeypatch.setenv("ATTACK_SECRET", SECRET)
    outside = Outside(tmp_path, isolated_workshop)
    with listening(outside) as port:
        script = outside.filled(attempt.script, port)
        drv_path = isolated_workshop.derivation("attempt", script, sources=[outside.input])
        try:
            isolated_workshop.build(drv_path)
        except LixevalError as error:
            assert attempt.refused is not None and re.search(attempt.refused, str(error), re.IGNORECASE), error
        else:
            assert attempt.refused is None
            assert_harmless(isolated_workshop.store.real(isolated_workshop.out(drv_path)))
        assert outside.is_as_it_was()
    assert not any(SECRET in line for line in isolated_workshop.recorder.lines)
    assert verify(isolated_workshop.store, check_contents=True) == []
    assert isolated_workshop.leftovers() == []
    assert b"627.5" not in b"".join(told_of_processes("cmdline"))


def assert_harmless(real_path: str) -> None:
    """Only files, folders and links, without special bits, as they lie in a store; none says that it has fled."""
    paths = [real_path, *(str(path) for path in Path(real_path).rglob("*"))] if not os.path.islink(real_path) else []
    for path in paths:
        status = os.lstat(path)
        assert stat.S_IFMT(status.st_mode) in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)
        if not stat.S_ISLNK(status.st_mode):
            assert stat.S_IMODE(status.st_mode) in (0o444, 0o555)
        assert status.st_uid == os.geteuid()
        assert os.listxattr(path, follow_symlinks=False) == []
        if stat.S_ISREG(status.st_mode):
            assert FLED not in Path(path).read_bytes().decode("latin-1")


def told_of_processes(file: str) -> list[bytes]:
    """What /proc says of all processes: `cmdline`, `environ`."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                found.append(Path(f"/proc/{entry}/{file}").read_bytes())
    return found


# With a process outside

HAND_OVER = """python3 - <<'END'
import array, os, socket
out = os.environ['out']
{make}
descriptors = array.array('i', [{descriptors}])
with socket.socket(socket.AF_UNIX) as to:
    try:
        to.connect('\\0NAME')
    except OSError as error:  # a network of its own: the socket is not there
        raise SystemExit(0)
    to.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
    to.recv(1)
END
"""


@pytest.fixture
def any_workshop(isolated_workshop: Workshop) -> Workshop:
    return isolated_workshop


@pytest.fixture(params=["machine"])
def open_workshop(request: pytest.FixtureRequest, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A workshop whose builders share the network with the machine."""
    if why_not(Isolation.MACHINE) is not None:
        pytest.skip(f"machine: {why_not(Isolation.MACHINE)}")
    monkeypatch.setattr(preparation, "choose", lambda setting, *, diverted: Isolation.MACHINE)
    return workshop


class Accomplice:
    """A process outside, as far as the kernel is concerned: takes descriptors by an abstract socket."""

    def __init__(self, name: str) -> None:
        self.descriptors: list[int] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(f"\0{name}")
        self._socket.listen()
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._socket.accept()
            _, ancillary, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(16))
            for _, _, data in ancillary:
                self.descriptors += array.array("i", data[: len(data) - len(data) % 4])
            connection.send(b"x")
            connection.close()

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for descriptor in self.descriptors:
            os.close(descriptor)


@pytest.fixture
def without_pasta(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixed outputs have the machine's network, as where pasta is not installed."""
    monkeypatch.setattr(directories, "why_no_own_network", lambda kind: "as is asked")


@pytest.fixture
def without_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Abstract sockets are reached, as before Linux 6.12."""
    monkeypatch.setattr(syscalls, "reach_no_process_outside", lambda: False)


@pytest.mark.usefixtures("without_pasta", "without_scopes")
@pytest.mark.parametrize("handed", HANDED, ids=lambda handed: handed.name)
def test_an_output_that_is_held_open_outside(isolated_workshop: Workshop, tmp_path: Path, handed: Handed) -> None:
    """CVE-2024-27297: what was handed out is not what is kept."""
    outside = Outside(tmp_path, isolated_workshop)
    accomplice = Accomplice(outside.name)
    script = HAND_OVER.format(make=handed.make, descriptors=handed.descriptors)
    digest = hashlib.sha256(b"good").hexdigest()
    drv_path = isolated_workshop.derivation(
        "held", outside.filled(script), outputs={"out": Output(UNKNOWN, "sha256", digest)}
    )
    try:
        isolated_workshop.build(drv_path)
        assert accomplice.descriptors
        for descriptor in accomplice.descriptors:
            write_by(descriptor)
    finally:
        accomplice.end()
    assert isolated_workshop.read(drv_path) == "good"
    assert verify(isolated_workshop.store, check_contents=True) == []
    assert isolated_workshop.leftovers() == []


def write_by(descriptor: int) -> None:
    """Writes by all ways that a descriptor leaves."""
    with contextlib.suppress(OSError):
        os.pwrite(descriptor, b"evil", 0)
    with contextlib.suppress(OSError, ValueError), mmap.mmap(descriptor, 4) as mapped:
        mapped[:] = b"evil"
    for flags in os.O_WRONLY | os.O_TRUNC, os.O_RDWR:
        with contextlib.suppress(OSError):
            again = os.open(f"/proc/self/fd/{descriptor}", flags)
            os.write(again, b"evil")
            os.close(again)
    with contextlib.suppress(OSError):
        for name in os.listdir(descriptor):
            with contextlib.suppress(OSError):
                again = os.open(name, os.O_WRONLY, dir_fd=descriptor)
                os.write(again, b"evil")
                os.close(again)


@pytest.mark.usefixtures("without_pasta", "without_scopes")
def test_two_that_hand_one_another_their_outputs(isolated_workshop: Workshop, tmp_path: Path) -> None:
    """CVE-2024-27297 as it was found: two builds at a time, one of which writes when the other one is registered."""
    outside = Outside(tmp_path, isolated_workshop)
    taking = outside.filled("""python3 - <<'END'
import array, os, socket, time
with socket.socket(socket.AF_UNIX) as server:
    server.bind('\\0NAME')
    server.listen()
    server.settimeout(5)
    try:
        connection, _ = server.accept()
        _, ancillary, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(16))
        connection.send(b'x')
        time.sleep(1)
        for _, _, data in ancillary:
            for descriptor in array.array('i', data):
                os.pwrite(descriptor, b'evil', 0)
    except OSError as error:
        print(error)
open(os.environ['out'], 'w').write('taken')
END
""")
    giving = "sleep 0.5; " + HAND_OVER.format(
        make="open(out, 'w').write('good')", descriptors="os.open(out, os.O_RDWR)"
    )
    drv_paths = [
        isolated_workshop.derivation(
            name,
            outside.filled(script),
            outputs={"out": Output(UNKNOWN, "sha256", hashlib.sha256(content).hexdigest())},
        )
        for name, script, content in (("taking", taking, b"taken"), ("giving", giving, b"good"))
    ]
    isolated_workshop.build(*drv_paths, max_jobs=2)
    assert [isolated_workshop.read(path) for path in drv_paths] == ["taken", "good"]
    assert verify(isolated_workshop.store, check_contents=True) == []


@pytest.mark.usefixtures("without_pasta", "without_scopes")
def test_a_folder_that_is_held_open_outside(isolated_workshop: Workshop, tmp_path: Path) -> None:
    """CVE-2024-27297, with a folder: nothing can be put into it afterwards."""
    outside = Outside(tmp_path, isolated_workshop)
    accomplice = Accomplice(outside.name)
    make = "os.mkdir(out); open(out + '/file', 'w').write('good')"
    script = HAND_OVER.format(make=make, descriptors="os.open(out, os.O_RDONLY), os.open(out + '/file', os.O_RDWR)")
    drv_path = isolated_workshop.derivation(
        "held", outside.filled(script), outputs={"out": Output(UNKNOWN, "r:sha256", "00" * 32)}
    )
    try:
        with pytest.raises(BuildError, match="hash mismatch"):
            isolated_workshop.build(drv_path)
        (kept,) = (path for path in isolated_workshop.store.all_paths() if path.endswith("-held"))
        for descriptor in accomplice.descriptors:
            with contextlib.suppress(OSError):
                os.pwrite(descriptor, b"evil", 0)
            with contextlib.suppress(OSError):
                os.close(os.open("new", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=descriptor))
    finally:
        accomplice.end()
    assert os.listdir(isolated_workshop.store.real(kept)) == ["file"]
    assert verify(isolated_workshop.store, check_contents=True) == []


TELL = """python3 - <<'END'
import os, socket
told = []
for family, place in (socket.AF_UNIX, '\\0NAME'), (socket.AF_INET, ('127.0.0.1', PORT)):
    with socket.socket(family) as to:
        to.settimeout(5)
        try:
            to.connect(place)
            told.append('reached')
        except OSError:
            told.append('held')
open(os.environ['out'], 'w').write(' '.join(told))
END
"""


MARK = "LIXEVAL_TEST_STARTED_BY"


def test_a_fixed_output_sees_no_abstract_socket_of_the_machine(
    isolated_workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CVE-2024-27297 at its root, by pasta, which ends with the build; what listens on the loopback is reached."""
    monkeypatch.setenv(MARK, str(tmp_path))
    kind = preparation.choose("auto", diverted=True)  # type: ignore[attr-defined]  # what the fixture has put there
    if why_no_own_network(kind) is not None:
        pytest.skip(f"{kind.name.lower()}: {why_no_own_network(kind)}")
    outside = Outside(tmp_path, isolated_workshop)
    output = Output(UNKNOWN, "sha256", hashlib.sha256(b"held reached").hexdigest())
    with listening(outside) as port:
        drv_path = isolated_workshop.derivation("told", outside.filled(TELL, port), outputs={"out": output})
        isolated_workshop.build(drv_path)
    assert isolated_workshop.read(drv_path) == "held reached"
    assert "fixed outputs are built with a network of their own (pasta)" in isolated_workshop.recorder.messages
    left = [told for told in told_of_processes("environ") if f"\0{MARK}={tmp_path}\0".encode() in b"\0" + told + b"\0"]
    assert not left


def test_a_fixed_output_is_built_where_pasta_fails(
    isolated_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it has the machine's network, as where there is none."""

    def start(pid: int) -> None:
        raise pasta.NoNetwork("there is no network to be had")

    monkeypatch.setattr(pasta, "start", start)
    output = Output(UNKNOWN, "sha256", hashlib.sha256(b"good").hexdigest())
    drv_path = isolated_workshop.derivation("told", "printf good > $out", outputs={"out": output})
    isolated_workshop.build(drv_path)
    assert isolated_workshop.read(drv_path) == "good"


@pytest.mark.usefixtures("scopes")
def test_the_machines_network_has_no_abstract_sockets(
    isolated_workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no pasta the kernel holds a fixed output's builder back, and in a chroot every builder."""
    kind = preparation.choose("auto", diverted=True)  # type: ignore[attr-defined]  # what the fixture has put there
    program = bubblewrap.find()
    if kind is Isolation.BUBBLEWRAP and (program is None or not bubblewrap.may_be_held(program)):
        pytest.skip("bubblewrap is a set-user-id program here, which may not be held back")

    def start(pid: int) -> None:
        raise pasta.NoNetwork("there is no network to be had")

    monkeypatch.setattr(pasta, "start", start)
    outside = Outside(tmp_path, isolated_workshop)
    output = Output(UNKNOWN, "sha256", hashlib.sha256(b"held reached").hexdigest())
    with listening(outside) as port:
        drv_path = isolated_workshop.derivation("told", outside.filled(TELL, port), outputs={"out": output})
        isolated_workshop.build(drv_path)
    assert isolated_workshop.read(drv_path) == "held reached"


def test_an_output_held_open_where_there_is_no_sandbox(open_workshop: Workshop, tmp_path: Path) -> None:
    """The same for an output that is no fixed one, since without a sandbox every builder has the machine's network."""
    import tempfile

    with tempfile.TemporaryDirectory() as builds:
        os.chmod(builds, 0o755)
        outside = Outside(tmp_path, open_workshop)
        accomplice = Accomplice(outside.name)
        script = HAND_OVER.format(make="open(out, 'w').write('good')", descriptors="os.open(out, os.O_RDWR)")
        drv_path = open_workshop.derivation("held", outside.filled(script))
        try:
            open_workshop.build(drv_path, build_directory=builds)
            assert accomplice.descriptors
            os.pwrite(accomplice.descriptors[0], b"evil", 0)
        finally:
            accomplice.end()
    assert open_workshop.read(drv_path) == "good"
    assert verify(open_workshop.store, check_contents=True) == []


def test_copies_follow_no_link(tmp_path: Path) -> None:
    """CVE-2026-39860: neither one in what is copied, nor one where the copy is to be."""
    (tmp_path / "out").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/victim").write_text("as it was")
    (tmp_path / "out/file").symlink_to(tmp_path / "outside/victim")
    (tmp_path / "out/folder").symlink_to(tmp_path / "outside")
    copy_tree(str(tmp_path / "out"), str(tmp_path / "copy"))
    assert os.readlink(tmp_path / "copy/file") == str(tmp_path / "outside/victim")
    assert os.path.islink(tmp_path / "copy/folder")
    (tmp_path / "plain").write_text("evil")
    (tmp_path / "link").symlink_to(tmp_path / "outside/victim")
    with pytest.raises(FileExistsError):
        copy_tree(str(tmp_path / "plain"), str(tmp_path / "link"))
    assert (tmp_path / "outside/victim").read_text() == "as it was"
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="unsupported type"):
        copy_tree(str(tmp_path / "pipe"), str(tmp_path / "never"))


@pytest.mark.parametrize("look", ["copy", "hash", "sync", "read"])
def test_a_lease_keeps_nobody_waiting(look: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds one on an output, or on a source, would keep each open of it waiting for 45 seconds."""
    monkeypatch.setattr(opening, "SECONDS", 0.05)
    leased = leasable(tmp_path / "folder")
    folder = str(leased.parent)
    with lease(leased, "keeps it"), pytest.raises((OSError, LixevalError), match="holds a lease on it"):
        if look == "copy":
            copy_tree(folder, folder + "-copy")
        elif look == "hash":
            nar.dump_hash(folder)
        elif look == "sync":
            sync_trees([RealPath(folder)])
        else:
            content_of(str(leased))


def test_the_folder_of_a_build_is_closed_to_others(isolated_workshop: Workshop) -> None:
    """CVE-2024-38531: nobody else gets at what a builder has there, be it a set-user-id program."""
    modes: list[int] = []
    drv_path = isolated_workshop.derivation("closed", "sleep 0.5; echo > $out")

    def look() -> None:
        deadline = time.monotonic() + 20
        while not modes and time.monotonic() < deadline:
            for name in os.listdir(isolated_workshop.build_directory):
                modes.append(stat.S_IMODE(os.stat(isolated_workshop.build_directory / name).st_mode))
            time.sleep(0.01)

    thread = threading.Thread(target=look)
    thread.start()
    isolated_workshop.build(drv_path)
    thread.join()
    assert modes[0] & 0o077 == 0


def test_a_failed_build_that_is_kept(isolated_workshop: Workshop, tmp_path: Path) -> None:
    """CVE-2025-52992, CVE-2025-52993: giving the folder to the user follows no link, nor one put there meanwhile."""
    outside = Outside(tmp_path, isolated_workshop)
    (outside.folder / "socket").touch()
    swapping = "(while :; do mkdir d; touch d/victim; rm -r d; ln -s OUTSIDE d; rm d; done) & sleep 0.1"
    script = outside.filled(f"ln -s OUTSIDE link; ln -s OUTSIDE/victim file; {swapping}; exit 1")
    with pytest.raises(BuildError):
        isolated_workshop.build(isolated_workshop.derivation("kept", script), keep_failed=True)
    assert outside.is_as_it_was()
