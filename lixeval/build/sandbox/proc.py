"""A /proc, and with it /dev/fd, /dev/stdin and so on, for builders in a root where nothing can be mounted.

    the build's process ── fork ── watcher: in the same root, as the builder's user, /proc and /dev as open folders
                                     └─ fork ── builder: its calls that name files are handed to the watcher
                                                (seccomp's user notification, Linux 5.9), which opens files of /proc
                                                for it and puts them among its descriptors; all else is the kernel's

So bash's `<( )` works, and /proc/self/exe, /proc/cpuinfo and so on; what does not is to execute a file of /proc, or to
change into a folder of it.  A folder of /proc is never given away, for what is above it is the machine's "/": whoever
opens one gets another folder with the same names.

A process has one watcher at most, so this one does for commands of root (embedded/build-support/fake-root.py) what
their own would, while they ask for it.  The two share their code.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import importlib.util
import os
import resource
import signal
import socket
import stat
import struct
import tempfile
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from lixeval.build.sandbox.description import DEVICES
from lixeval.build.sandbox.namespaces import end_like
from lixeval.errors import reason_of
from lixeval.system import syscalls
from lixeval.system.directories import EMBEDDED
from lixeval.system.forks import fork
from lixeval.system.scratch import remove


def _load(file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("lixeval_fake_root", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_fake_root: Any = _load(f"{EMBEDDED}/build-support/fake-root.py")
"""The program that commands of root run under, which builders get as a file of its own."""

# fmt: off
_CALLS = {
    "x86_64": {
        "open": 2, "access": 21, "readlink": 89,
        "openat": 257, "openat2": 437, "readlinkat": 267, "faccessat": 269, "faccessat2": 439,
    },
    "aarch64": {"openat": 56, "openat2": 437, "readlinkat": 78, "faccessat": 48, "faccessat2": 439},
}
# fmt: on
"""Calls that name a file, beside those that tell of one: these are watched for commands of root, too."""
_LINKS = {
    b"/dev/fd": b"self/fd",
    b"/dev/stdin": b"self/fd/0",
    b"/dev/stdout": b"self/fd/1",
    b"/dev/stderr": b"self/fd/2",
}
_DEVICES = frozenset(f"/dev/{name}".encode() for name in DEVICES)
"""What root of a user namespace cannot make in another folder."""
_OF_THE_CALLER = {b"self": b"", b"thread-self": b"", b"mounts": b"/mounts", b"net": b"/net"}
"""Links in /proc that lead elsewhere for each process, and where below its own folder."""
_TELLING = {"stat", "lstat", "newfstatat", "statx"}
_OF_ROOT = {"identity"}.union(*(machine.calls for machine in _fake_root.MACHINES.values())) - _TELLING
_ADD_DESCRIPTOR, _AND_ANSWER = 0x40182103, 2
_SNAPSHOTS = 16


class _Handed(Exception):
    """The answer is a file, that becomes one of the caller's descriptors."""

    def __init__(self, fd: int, flags: int) -> None:
        self.fd, self.flags = fd, flags


class ProcWatcher(_fake_root.Watcher):  # type: ignore[misc]  # loaded by its path: builds run it as a script
    """Answers the calls of one builder and of all that it starts."""

    def __init__(self, machine: Any, proc: int, dev: int, aside: str | None) -> None:
        """`dev` is a descriptor of /dev; `aside` is a folder to make others in, which whoever made it removes."""
        super().__init__(machine, proc)
        self.dev = dev
        self.aside = aside
        self.names = _names(machine)
        self.device = os.fstat(proc).st_dev
        self.plays_root = False
        self.handed: _Handed | None = None
        self.done: list[Any] = []
        self.snapshots: list[str] = []

    def answer(self, request: tuple[int, ...]) -> tuple[int, int, int]:
        """As a watcher of commands of root, of whose calls the others are the kernel's."""
        self.handed = None
        if not self.plays_root and self.names[request[3]] in _OF_ROOT:
            return 0, 0, int(_fake_root.CONTINUE)
        try:
            value, error, flags = super().answer(request)
        except _Handed as handed:
            self.handed = handed
            return 0, 0, 0
        return int(value), int(error), int(flags)

    def respond(self, listener: int, request: int, answer: tuple[int, int, int]) -> None:
        if self.handed is None:
            super().respond(listener, request, answer)
            return
        fd, flags = self.handed.fd, self.handed.flags & os.O_CLOEXEC
        try:
            fcntl.ioctl(listener, _ADD_DESCRIPTOR, struct.pack("=QIIII", request, _AND_ANSWER, fd, 0, flags))
        except OSError as error:
            if error.errno == errno.EINVAL:  # Linux before 5.14 wants two steps
                asked = bytearray(struct.pack("=QIIII", request, 0, fd, 0, flags))
                answer = fcntl.ioctl(listener, _ADD_DESCRIPTOR, asked, True), 0, 0
            else:  # too many open files, say; or the caller is gone
                answer = 0, -(error.errno or errno.EIO), 0
            super().respond(listener, request, answer)
        finally:
            os.close(fd)

    # -- which files -------------------------------------------------------------------------------------------------

    def named(self, path: int) -> bytes:
        """The path that a call names; it goes on if that cannot be read."""
        try:
            return bytes(self.text(path))
        except OSError:  # a builder that has not yet been executed lets nobody read its memory
            raise _fake_root.GoOn from None

    def in_proc(self, text: bytes, follow: object = True) -> bytes | None:
        """Where in /proc a path leads; None if it is none of ours."""
        if not text.startswith((b"/proc", b"/dev/", b"//")):
            return None
        parts = [part for part in text.split(b"/") if part not in (b"", b".")]
        path = b"/" + b"/".join(parts)
        if not follow and path in _LINKS:
            return None
        for link, target in _LINKS.items():
            if path == link or path.startswith(link + b"/"):
                parts = [b"proc", *target.split(b"/"), *path[len(link) + 1 :].split(b"/")]
        if parts[:1] != [b"proc"] or b".." in parts or b"%d" % os.getpid() in parts:
            return None  # the watcher's own descriptors are nobody's
        rest = [part for part in parts[1:] if part]
        if rest and rest[0] in _OF_THE_CALLER and (follow or len(rest) > 1):
            rest[0] = self.entry() + _OF_THE_CALLER[rest[0]]
        return b"/".join(rest) or b"."

    def placed(self, text: bytes, follow: object = True) -> tuple[int, bytes] | None:
        """The folder in which something of ours is, and its place in there."""
        if text in _DEVICES:
            return self.dev, text.removeprefix(b"/dev/")
        place = self.in_proc(text, follow)
        return None if place is None else (self.proc, place)

    def sought(self, path: int, follow: object = True) -> tuple[int, bytes]:
        """The same of the path that a call names; the call goes on if that is elsewhere."""
        place = self.placed(self.named(path), follow)
        if place is None:
            raise _fake_root.GoOn
        return place

    def opened(self, folder: int, path: int | None, follow: object) -> int:
        """For what tells of files, and for commands of root."""
        placed = self.placed(self.named(path), follow) if path else None
        if placed is not None:
            how = os.O_PATH | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
            return os.open(placed[1], how, dir_fd=placed[0])
        if not self.plays_root:
            raise _fake_root.GoOn
        return int(super().opened(folder, path, follow))

    def owner(self, status: os.stat_result) -> tuple[int, int, tuple[int, int, int] | None]:
        if not self.plays_root:
            return status.st_uid, status.st_gid, None
        owner: tuple[int, int, tuple[int, int, int] | None] = super().owner(status)
        return owner

    # -- the calls ---------------------------------------------------------------------------------------------------

    def do_open(self, path: int, flags: int, *_: int) -> None:
        text = self.named(path)
        if text == os.fsencode(_fake_root.WATCH):
            self.begin()
        if text == os.fsencode(_fake_root.WATCHED):
            self.end(flags)
        placed = self.placed(text, not flags & os.O_NOFOLLOW)
        if placed is None:
            raise _fake_root.GoOn
        raise _Handed(self.given(*placed, flags & 0x7FFFFFFF), flags)

    def do_openat(self, _folder: int, path: int, flags: int, *_: int) -> None:
        self.do_open(path, flags)

    def do_openat2(self, _folder: int, path: int, how: int, *_: int) -> None:
        placed = self.sought(path)
        flags, _mode, resolve = struct.unpack("=QQQ", self.read(how, 24))
        if resolve:
            raise _fake_root.GoOn
        raise _Handed(self.given(*placed, flags), flags)

    def do_access(self, path: int, mode: int, *_: int) -> None:
        at, place = self.sought(path)
        os.stat(place, dir_fd=at)
        if not os.access(place, mode & 7, dir_fd=at):
            raise PermissionError(errno.EACCES, "")

    def do_faccessat(self, _folder: int, path: int, mode: int, *_: int) -> None:
        self.do_access(path, mode)

    do_faccessat2 = do_faccessat

    def do_readlink(self, path: int, buffer: int, size: int, *_: int) -> None:
        at, place = self.sought(path, follow=False)
        text = b"%d" % self.process() if place == b"self" else os.readlink(place, dir_fd=at)
        self.write(buffer, text[:size])
        raise _fake_root.Answer(min(len(text), size))

    def do_readlinkat(self, _folder: int, path: int, buffer: int, size: int, *_: int) -> None:
        self.do_readlink(path, buffer, size)

    def do_identity(self, *_: int) -> None:
        return

    def process(self) -> int:
        """The process of the calling thread."""
        with open(os.open(self.entry() + b"/status", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc)) as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Tgid:"))

    # -- what is given -----------------------------------------------------------------------------------------------

    def given(self, at: int, place: bytes, flags: int) -> int:
        # The file is there; and one that is only a place (O_PATH) cannot be handed over.
        how = flags & ~(os.O_CREAT | os.O_EXCL | os.O_PATH) | os.O_CLOEXEC | os.O_NOCTTY
        seen = os.open(place, os.O_PATH | os.O_CLOEXEC | flags & os.O_NOFOLLOW, dir_fd=at)
        try:
            status = os.fstat(seen)
            if stat.S_ISDIR(status.st_mode) and status.st_dev == self.device:
                return os.open(self.snapshot(place), how)
            if not stat.S_ISFIFO(status.st_mode) or flags & os.O_NONBLOCK:
                return os.open(place, how, dir_fd=at)
        finally:
            os.close(seen)
        fd = os.open(place, how | os.O_NONBLOCK, dir_fd=at)  # nobody may wait here for the other side
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) & ~os.O_NONBLOCK)
        return fd

    def snapshot(self, place: bytes) -> str:
        """A folder with the names that one of /proc has now.  It must outlive the reading of it: the last few stay."""
        while len(self.snapshots) >= _SNAPSHOTS:
            remove(self.snapshots.pop(0))
        folder = tempfile.mkdtemp(dir=self.aside)
        self.snapshots.append(folder)
        above = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.proc)
        try:
            for name in os.listdir(above):
                with contextlib.suppress(OSError):  # ended in between
                    kind = os.lstat(name, dir_fd=above).st_mode
                    if stat.S_ISLNK(kind):
                        os.symlink(os.readlink(name, dir_fd=above), f"{folder}/{name}")
                    elif stat.S_ISDIR(kind):
                        os.mkdir(f"{folder}/{name}")
                    else:
                        os.mknod(f"{folder}/{name}", kind & 0o777 | stat.S_IFREG)
        finally:
            os.close(above)
        return folder

    # -- commands of root --------------------------------------------------------------------------------------------

    def begin(self) -> NoReturn:
        if self.plays_root:
            raise OSError(errno.EBUSY, "")
        sign = os.open("null", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.dev)
        self.plays_root = True
        raise _Handed(sign, os.O_CLOEXEC)

    def end(self, flags: int) -> NoReturn:
        file = os.memfd_create("records", os.MFD_CLOEXEC)
        os.write(file, "".join(self.records()).encode())
        os.lseek(file, 0, os.SEEK_SET)
        self.done.append(self.files)  # kept open
        self.files: dict[tuple[int, int], Any] = {}
        self.plays_root = False
        raise _Handed(file, flags)


def why_not() -> str | None:
    """None if calls of builders can be answered here, otherwise the reason why they cannot."""
    machine = _machine()
    if machine is None:
        return f"on {os.uname().machine} it is not known which calls to answer"
    reading, writing = os.pipe()
    pid = fork()
    if pid == 0:
        try:
            _fake_root.put_on(machine, _filter(machine))
        except OSError as error:
            os.write(writing, reason_of(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        failure = pipe.read()
    os.waitpid(pid, 0)
    return failure or (None if os.path.exists("/proc/self/mem") else "there is no /proc")


def fork_watched(enter: Callable[[], None], started: Callable[[], None], aside: str | None) -> None:
    """Fork; comes back in the builder, which is watched from then on.  The other process, the watcher, ends as it ends.

    `enter` is called by both, and brings them into the root as the builder's user; `started` by the watcher alone.
    `aside` is a folder in there that only the watcher uses.
    """
    machine = _machine()
    ours, theirs = socket.socketpair()
    proc, dev = (os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC) for name in ("/proc", "/dev"))
    watcher = os.getpid()
    builder = fork()
    if builder == 0:
        for fd in (proc, dev):
            os.close(fd)
        ours.close()
        enter()
        syscalls.let_be_read()
        syscalls.die_with_parent(signal.SIGKILL, watcher)
        _fake_root.send_descriptor(theirs, _fake_root.put_on(machine, _filter(machine)))
        return
    theirs.close()
    started()
    status = 1
    try:
        status = _watch(enter, ProcWatcher(machine, proc, dev, aside), ours, builder)
    finally:
        end_like(status)


def _watch(enter: Callable[[], None], watcher: ProcWatcher, channel: socket.socket, builder: int) -> int:
    syscalls.become_subreaper()  # what is left behind may be read by this process only while it is below it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    with contextlib.suppress(OSError):
        os.setsid()  # /dev/tty is not to be the user's
    enter()
    os.chdir("/")
    os.umask(0o022)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listener = _fake_root.receive_descriptor(channel)
    if listener is None:
        return os.waitpid(builder, 0)[1]
    return int(_fake_root.watch(listener, watcher, builder))


def _names(machine: Any) -> dict[int, str]:
    """Which method answers which call."""
    calls = machine.calls | _CALLS[os.uname().machine]
    return {number: name for name, number in calls.items()} | dict.fromkeys(machine.zero, "identity")


def _machine() -> Any:
    return _fake_root.MACHINES.get(os.uname().machine)


def _filter(machine: Any) -> bytes:
    return bytes(_fake_root.filter_program(machine.audit, dict.fromkeys(_names(machine), _fake_root.HAND_OVER)))
