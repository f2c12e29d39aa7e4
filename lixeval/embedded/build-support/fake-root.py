"""Commands that are root as far as they can tell: what they give to others is written down, whatever program does it.

    fake-root.py run RECORDS COMMAND ARGUMENT…     runs a command; 124 if this machine does not let it be watched
    fake-root.py list LAYER RECORDS LISTING        says what the files below LAYER have (see file_attributes.py)

The command and all that it starts run under a system call filter that hands some calls to this process (seccomp's user
notification, Linux 5.5): it answers them instead of the kernel.  So it does not matter whether chown, install, tar, a
Go program without a C library or a Python script asks, nor by which path.  No privilege is needed, no library is
preloaded, nothing is traced.

    chown and its kin      remembered by file (device and inode), however the file is named or moved afterwards
    stat and its kin       tell what is remembered, and root for what belongs to whoever runs the build
    mknod                  of a device: an empty file, remembered as the device
    setxattr and its kin   remembered, and told again (security., trusted. and user.; capabilities are one of these)
    setuid and its kin     succeed without doing anything; getuid and its kin say 0

    RECORDS = *( line NEWLINE )      "-" is nothing; NAME and VALUE are in hex
    line    = "o" DEV INO UID GID KIND MAJOR MINOR | "x" DEV INO NAME VALUE

A file that is remembered is kept open, so that its inode is nobody else's as long as commands run.

A process has one watcher at most.  Where lixeval is that already, because it answers what a builder asks of /proc in a
sandbox without one (lixeval/build/sandbox/proc.py), it is asked to do this too: opening WATCH begins it, opening
WATCHED ends it and reads the records.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import errno
import fcntl
import io
import os
import resource
import select
import signal
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from typing import NamedTuple

NOT_POSSIBLE = 124
WATCH, WATCHED = "/proc/lixeval/watch", "/proc/lixeval/watched"


class Machine(NamedTuple):
    """What differs between processors: numbers of calls, and where struct stat has mode, uid, gid and device.

    `zero` are the calls that succeed with 0: get*id, set*id, setgroups and capset.
    """

    audit: int
    seccomp: int
    stat_size: int
    stat_fields: tuple[int, int, int, int]
    calls: dict[str, int]
    zero: tuple[int, ...]


# fmt: off
MACHINES = {
    "x86_64": Machine(
        0xC000003E, 317, 144, (24, 28, 32, 40),
        {
            "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "mknod": 133, "mknodat": 259,
            "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "getxattr": 191, "lgetxattr": 192, "fgetxattr": 193,
            "listxattr": 194, "llistxattr": 195, "flistxattr": 196,
            "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199,
            "stat": 4, "fstat": 5, "lstat": 6, "newfstatat": 262, "statx": 332, "getresuid": 118, "getresgid": 120,
        },
        (102, 104, 107, 108, 105, 106, 113, 114, 117, 119, 122, 123, 116, 126),
    ),
    "aarch64": Machine(
        0xC00000B7, 277, 128, (16, 24, 28, 32),
        {
            "fchown": 55, "fchownat": 54, "mknodat": 33,
            "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "getxattr": 8, "lgetxattr": 9, "fgetxattr": 10,
            "listxattr": 11, "llistxattr": 12, "flistxattr": 13,
            "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
            "newfstatat": 79, "fstat": 80, "statx": 291, "getresuid": 148, "getresgid": 150,
        },
        (174, 175, 176, 177, 146, 144, 145, 143, 147, 149, 151, 152, 159, 91),
    ),
}
# fmt: on

RECEIVE, SEND = 0xC0502100, 0xC0182101
CONTINUE = 1
HAND_OVER = 0x7FC00000
AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH = -100, 0x100, 0x1000
UNCHANGED = 0xFFFFFFFF

libc = ctypes.CDLL(None, use_errno=True)


class GoOn(Exception):
    """The kernel shall do what was asked."""


class Answer(Exception):
    """A result other than 0."""

    def __init__(self, value: int) -> None:
        self.value = value


class File:
    """What is remembered of one file."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.uid: int | None = None
        self.gid: int | None = None
        self.device: tuple[str, int, int] | None = None
        self.xattrs: dict[bytes, bytes] = {}


class Watcher:
    """Answers the calls of one command and of all that it starts."""

    def __init__(self, machine: Machine, proc: int) -> None:
        """`proc` is a descriptor of /proc, which need not be in reach by its name."""
        self.machine = machine
        self.proc = proc
        self.namespace: bytes | None = None
        if os.readlink(b"self", dir_fd=proc) != b"%d" % os.getpid():
            self.namespace = os.readlink(b"self/ns/pid", dir_fd=proc)
        self.entries: dict[int, bytes] = {}
        self.names = {number: name for name, number in machine.calls.items()}
        self.files: dict[tuple[int, int], File] = {}
        self.pid = 0
        self.uid, self.gid = os.geteuid(), os.getegid()

    def serve(self, listener: int) -> None:
        """Answer one call."""
        buffer = bytearray(80)
        with contextlib.suppress(OSError):  # whoever asked is gone
            fcntl.ioctl(listener, RECEIVE, buffer, True)
            request = struct.unpack("=QIIiIQ6Q", buffer)
            self.respond(listener, request[0], self.answer(request))

    def respond(self, listener: int, request: int, answer: tuple[int, int, int]) -> None:
        fcntl.ioctl(listener, SEND, bytearray(struct.pack("=QqiI", request, *answer)), True)

    # -- the calls ---------------------------------------------------------------------------------------------------

    def answer(self, request: tuple[int, ...]) -> tuple[int, int, int]:
        """The (value, error, flags) that the caller of a request gets."""
        _, self.pid, _, number, _, _, *self.arguments = request
        name = self.names[number]
        try:
            call = getattr(self, "do_" + name)
            call(*self.arguments)
            return 0, 0, 0
        except GoOn:
            return 0, 0, CONTINUE
        except Answer as answer:
            return answer.value, 0, 0
        except OSError as error:
            return 0, -(error.errno or errno.EIO), 0

    def do_chown(self, path: int, uid: int, gid: int, *_: int) -> None:
        self.own(self.opened(AT_FDCWD, path, True), uid, gid)

    def do_lchown(self, path: int, uid: int, gid: int, *_: int) -> None:
        self.own(self.opened(AT_FDCWD, path, False), uid, gid)

    def do_fchown(self, fd: int, uid: int, gid: int, *_: int) -> None:
        self.own(self.opened(fd, None, True), uid, gid)

    def do_fchownat(self, folder: int, path: int, uid: int, gid: int, flags: int, *_: int) -> None:
        self.own(self.opened(folder, path, not flags & AT_SYMLINK_NOFOLLOW), uid, gid)

    def own(self, fd: int, uid: int, gid: int) -> None:
        uid, gid = uid & UNCHANGED, gid & UNCHANGED
        file = self.remembered(fd)
        if uid != UNCHANGED:
            file.uid = uid
        if gid != UNCHANGED:
            file.gid = gid

    def do_mknod(self, path: int, mode: int, device: int, *_: int) -> None:
        self.do_mknodat(AT_FDCWD, path, mode, device)

    def do_mknodat(self, folder: int, path: int, mode: int, device: int, *_: int) -> None:
        kind = {stat.S_IFCHR: "c", stat.S_IFBLK: "b"}.get(stat.S_IFMT(mode))
        if kind is None:
            raise GoOn
        at, place, _itself = self.place(folder, path)
        bits = stat.S_IMODE(mode) & 0o777 & ~self.umask()
        fd = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, bits, dir_fd=at)
        os.fchmod(fd, bits)
        file = self.remembered(fd)
        file.device = (kind, os.major(device), os.minor(device))

    def do_stat(self, path: int, buffer: int, *_: int) -> None:
        self.tell(self.opened(AT_FDCWD, path, True), buffer)

    def do_lstat(self, path: int, buffer: int, *_: int) -> None:
        self.tell(self.opened(AT_FDCWD, path, False), buffer)

    def do_fstat(self, fd: int, buffer: int, *_: int) -> None:
        self.tell(self.opened(fd, None, True), buffer)

    def do_newfstatat(self, folder: int, path: int, buffer: int, flags: int, *_: int) -> None:
        self.tell(self.opened(folder, path, not flags & AT_SYMLINK_NOFOLLOW), buffer)

    def do_statx(self, folder: int, path: int, flags: int, mask: int, buffer: int, *_: int) -> None:
        fd = self.opened(folder, path, not flags & AT_SYMLINK_NOFOLLOW)
        try:
            data = ctypes.create_string_buffer(256)
            how = ctypes.c_int(flags & 0x6000 | AT_EMPTY_PATH)
            number = self.machine.calls["statx"]
            self.call(number, ctypes.c_int(fd), b"", how, ctypes.c_uint(mask & 0xFFFFFFFF), data)
            status = os.fstat(fd)
        finally:
            os.close(fd)
        uid, gid, device = self.owner(status)
        struct.pack_into("=II", data, 20, uid, gid)
        if device is not None:
            struct.pack_into("=H", data, 28, device[0] | stat.S_IMODE(status.st_mode))
            struct.pack_into("=II", data, 128, device[1], device[2])
        self.write(buffer, data.raw)

    def tell(self, fd: int, buffer: int) -> None:
        try:
            data = ctypes.create_string_buffer(self.machine.stat_size)
            self.call(self.machine.calls["fstat"], ctypes.c_int(fd), data)
            status = os.fstat(fd)
        finally:
            os.close(fd)
        mode, owner, group, device_at = self.machine.stat_fields
        uid, gid, device = self.owner(status)
        struct.pack_into("=I", data, owner, uid)
        struct.pack_into("=I", data, group, gid)
        if device is not None:
            struct.pack_into("=I", data, mode, device[0] | stat.S_IMODE(status.st_mode))
            struct.pack_into("=Q", data, device_at, os.makedev(device[1], device[2]))
        self.write(buffer, data.raw)

    def owner(self, status: os.stat_result) -> tuple[int, int, tuple[int, int, int] | None]:
        """The (uid, gid, device) that are told of a file."""
        file = self.files.get((status.st_dev, status.st_ino))
        uid = 0 if status.st_uid == self.uid else status.st_uid
        gid = 0 if status.st_gid == self.gid else status.st_gid
        if file is None:
            return uid, gid, None
        device = None
        if file.device is not None:
            device = ({"c": stat.S_IFCHR, "b": stat.S_IFBLK}[file.device[0]], *file.device[1:])
        return uid if file.uid is None else file.uid, gid if file.gid is None else file.gid, device

    def do_getresuid(self, *buffers: int) -> None:
        for buffer in buffers[:3]:
            self.write(buffer, bytes(4))

    do_getresgid = do_getresuid

    def do_setxattr(self, path: int, name: int, value: int, size: int, *_: int) -> None:
        self.set_xattr(self.opened(AT_FDCWD, path, True), name, value, size)

    def do_lsetxattr(self, path: int, name: int, value: int, size: int, *_: int) -> None:
        self.set_xattr(self.opened(AT_FDCWD, path, False), name, value, size)

    def do_fsetxattr(self, fd: int, name: int, value: int, size: int, *_: int) -> None:
        self.set_xattr(self.opened(fd, None, True), name, value, size)

    def set_xattr(self, fd: int, name: int, value: int, size: int) -> None:
        if size > 1 << 16:
            os.close(fd)
            raise OSError(errno.E2BIG, "")
        key, data = self.text(name), self.read(value, size)
        if not key.startswith((b"security.", b"trusted.", b"user.")):  # an access list says what a mode says
            os.close(fd)
            raise GoOn
        self.remembered(fd).xattrs[key] = data

    def do_getxattr(self, path: int, name: int, buffer: int, size: int, *_: int) -> None:
        self.get_xattr(self.opened(AT_FDCWD, path, True), name, buffer, size)

    def do_lgetxattr(self, path: int, name: int, buffer: int, size: int, *_: int) -> None:
        self.get_xattr(self.opened(AT_FDCWD, path, False), name, buffer, size)

    def do_fgetxattr(self, fd: int, name: int, buffer: int, size: int, *_: int) -> None:
        self.get_xattr(self.opened(fd, None, True), name, buffer, size)

    def get_xattr(self, fd: int, name: int, buffer: int, size: int) -> None:
        file = self.known(fd)
        value = None if file is None else file.xattrs.get(self.text(name))
        if value is None:
            raise GoOn
        self.give(value, buffer, size)

    def do_listxattr(self, path: int, buffer: int, size: int, *_: int) -> None:
        self.list_xattr(self.opened(AT_FDCWD, path, True), buffer, size)

    def do_llistxattr(self, path: int, buffer: int, size: int, *_: int) -> None:
        self.list_xattr(self.opened(AT_FDCWD, path, False), buffer, size)

    def do_flistxattr(self, fd: int, buffer: int, size: int, *_: int) -> None:
        self.list_xattr(self.opened(fd, None, True), buffer, size)

    def list_xattr(self, fd: int, buffer: int, size: int) -> None:
        file = self.known(fd)
        if file is None or not file.xattrs:
            raise GoOn
        self.give(b"".join(name + b"\0" for name in file.xattrs), buffer, size)

    def do_removexattr(self, path: int, name: int, *_: int) -> None:
        self.remove_xattr(self.opened(AT_FDCWD, path, True), name)

    def do_lremovexattr(self, path: int, name: int, *_: int) -> None:
        self.remove_xattr(self.opened(AT_FDCWD, path, False), name)

    def do_fremovexattr(self, fd: int, name: int, *_: int) -> None:
        self.remove_xattr(self.opened(fd, None, True), name)

    def remove_xattr(self, fd: int, name: int) -> None:
        file = self.known(fd)
        if file is None or file.xattrs.pop(self.text(name), None) is None:
            raise GoOn

    def give(self, value: bytes, buffer: int, size: int) -> None:
        if size and size < len(value):
            raise OSError(errno.ERANGE, "")
        if size:
            self.write(buffer, value)
        raise Answer(len(value))

    # -- the caller's files and memory -------------------------------------------------------------------------------

    def entry(self) -> bytes:
        """The caller's folder in /proc."""
        if self.namespace is None:
            return b"%d" % self.pid
        if self.pid not in self.entries:
            self.entries |= self.processes()
        return self.entries.get(self.pid, b"none")

    def processes(self) -> dict[int, bytes]:
        """The folders in a /proc that is of an outer pid namespace, by the number of each process in this one's."""
        found = {}
        folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.proc)
        try:
            for name in map(os.fsencode, os.listdir(folder)):
                with contextlib.suppress(OSError, StopIteration):  # another user's, or ended
                    if name.isdigit() and os.readlink(name + b"/ns/pid", dir_fd=folder) == self.namespace:
                        with open(os.open(name + b"/status", os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)) as lines:
                            numbers = next(line for line in lines if line.startswith("NSpid:"))
                        found[int(numbers.split()[-1])] = name
        finally:
            os.close(folder)
        return found

    def place(self, folder: int, path: int | None) -> tuple[int | None, bytes, bool]:
        """A path for one of the caller's; the folder to look it up in, if it is relative, before it; behind it whether
        it is one of the caller's descriptors itself.
        """
        text = b"" if path in (None, 0) else self.text(path)
        if text.startswith(b"/"):
            own = self.in_proc(text)
            return (None, text, False) if own is None else (self.proc, own, False)
        number = ctypes.c_int(folder & 0xFFFFFFFF).value
        base = self.entry() + b"/" + (b"cwd" if number == AT_FDCWD else b"fd/%d" % number)
        return (self.proc, base + b"/" + text, False) if text else (self.proc, base, True)

    def in_proc(self, text: bytes) -> bytes | None:
        """Where in /proc a path leads that means the caller's own entry there."""
        for prefix in (b"/proc/self/", b"/proc/thread-self/"):
            if text.startswith(prefix):
                return self.entry() + b"/" + text[len(prefix) :]
        return self.entry() + b"/" + text[len(b"/dev/") :] if text.startswith(b"/dev/fd/") else None

    def opened(self, folder: int, path: int | None, follow: object) -> int:
        """A descriptor of the file that the caller means."""
        at, place, is_itself = self.place(folder, path)
        return os.open(place, os.O_PATH | os.O_CLOEXEC | (0 if follow or is_itself else os.O_NOFOLLOW), dir_fd=at)

    def remembered(self, fd: int) -> File:
        """The file of a descriptor, which is kept open; new if it is met for the first time."""
        status = os.fstat(fd)
        key = (status.st_dev, status.st_ino)
        if key in self.files:
            os.close(fd)
        else:
            self.files[key] = File(fd)
        return self.files[key]

    def known(self, fd: int) -> File | None:
        status = os.fstat(fd)
        os.close(fd)
        return self.files.get((status.st_dev, status.st_ino))

    def read(self, address: int, size: int) -> bytes:
        with self.memory(os.O_RDONLY) as memory:
            memory.seek(address)
            return bytes(memory.read(size))

    def text(self, address: int) -> bytes:
        """The bytes up to a NUL; never read over the end of a page, which may be the last."""
        found = b""
        with self.memory(os.O_RDONLY) as memory:
            while b"\0" not in found:
                if len(found) > 1 << 16:
                    raise OSError(errno.ENAMETOOLONG, "")
                at = address + len(found)
                memory.seek(at)
                block = memory.read(4096 - at % 4096)
                if not block:
                    raise OSError(errno.EFAULT, "")
                found += block
        return found.partition(b"\0")[0]

    def write(self, address: int, data: bytes) -> None:
        try:
            with self.memory(os.O_RDWR) as memory:
                memory.seek(address)
                memory.write(data)
        except OSError as error:
            raise OSError(errno.EFAULT, "") from error

    def memory(self, how: int) -> io.FileIO:
        return io.FileIO(os.open(self.entry() + b"/mem", how | os.O_CLOEXEC, dir_fd=self.proc), "r+" if how else "r")

    def umask(self) -> int:
        with open(os.open(self.entry() + b"/status", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc)) as file:
            for line in file:
                if line.startswith("Umask:"):
                    return int(line.split()[1], 8)
        return 0o022

    def call(self, number: int, *arguments: object) -> None:
        if libc.syscall(ctypes.c_long(number), *arguments) < 0:
            raise OSError(ctypes.get_errno(), "")

    # -- records -----------------------------------------------------------------------------------------------------

    def records(self) -> Iterator[str]:
        for (device, inode), file in self.files.items():
            if not os.fstat(file.fd).st_nlink:
                continue
            shown = ["-" if value is None else str(value) for value in (file.uid, file.gid)]
            kind = ["-", "0", "0"] if file.device is None else [str(part) for part in file.device]
            yield " ".join(["o", str(device), str(inode), *shown, *kind]) + "\n"
            for name, value in file.xattrs.items():
                yield f"x {device} {inode} {name.hex()} {value.hex() or '-'}\n"


def program_of(machine: Machine) -> bytes:
    """The filter: calls of ours are handed over, those of identity succeed with 0, all else is the kernel's."""
    succeed = dict.fromkeys(machine.zero, 0x00050000)
    return filter_program(machine.audit, {**dict.fromkeys(machine.calls.values(), HAND_OVER), **succeed})


def filter_program(audit: int, actions: dict[int, int]) -> bytes:
    """A filter that has an action for some calls, by number, and lets the others be."""

    def instruction(code: int, value: int, on: int = 0, off: int = 0) -> bytes:
        return struct.pack("=HBBI", code, on, off, value)

    load, equal, give = 0x20, 0x15, 0x06
    parts = [instruction(load, 4), instruction(equal, audit, 1, 0), instruction(give, 0x7FFF0000), instruction(load, 0)]
    for number, action in actions.items():
        parts += [instruction(equal, number, 0, 1), instruction(give, action)]
    parts.append(instruction(give, 0x7FFF0000))
    return b"".join(parts)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def put_on(machine: Machine, data: bytes) -> int:
    """Put a filter on this process for good; the descriptor from which its calls are read.  Raises OSError."""
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    buffer = ctypes.create_string_buffer(data, len(data))
    program = Program(len(data) // 8, ctypes.addressof(buffer))
    fd = libc.syscall(ctypes.c_long(machine.seccomp), ctypes.c_uint(1), ctypes.c_uint(8), ctypes.byref(program))
    if fd < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
    return int(fd)


def send_descriptor(channel: socket.socket, fd: int) -> None:
    channel.sendmsg([b"1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
    os.close(fd)
    channel.close()


def receive_descriptor(channel: socket.socket) -> int | None:
    """None if the other side has ended instead."""
    message, ancillary, _, _ = channel.recvmsg(1, socket.CMSG_SPACE(4))
    return array.array("i", ancillary[0][2])[0] if message else None


def watch(listener: int, watcher: Watcher, child: int) -> int:
    """Answer until the command has ended; its wait status."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        for _, event in poll.poll(50):
            if event & select.POLLIN:
                watcher.serve(listener)
            elif event & select.POLLHUP:
                poll.unregister(listener)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 0
            if pid == child:
                return status
            if not pid:
                break


def run(records: str, command: list[str]) -> int:
    machine = MACHINES.get(os.uname().machine)
    if machine is None:
        return NOT_POSSIBLE
    ours, theirs = socket.socketpair()
    libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: what is left behind stays below this process
    child = os.fork()
    if child == 0:
        try:
            ours.close()
            send_descriptor(theirs, put_on(machine, program_of(machine)))
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    theirs.close()
    listener = receive_descriptor(ours)
    if listener is None:
        os.waitpid(child, 0)
        return run_watched(records, command)
    try:
        watcher = Watcher(machine, os.open("/proc", os.O_PATH | os.O_CLOEXEC))
    except FileNotFoundError:
        return NOT_POSSIBLE
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    status = watch(listener, watcher, child)
    with open(records, "a") as file:
        file.writelines(watcher.records())
    return end_like(status)


def run_watched(records: str, command: list[str]) -> int:
    """Run the command where another watcher has to do it."""
    try:
        os.close(os.open(WATCH, os.O_RDONLY))
    except OSError:
        return NOT_POSSIBLE
    status = os.waitpid(os.spawnvp(os.P_NOWAIT, command[0], command), 0)[1]
    with open(WATCHED) as found, open(records, "a") as file:
        file.write(found.read())
    return end_like(status)


def end_like(status: int) -> int:
    if os.WIFSIGNALED(status):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.WEXITSTATUS(status)


def listing(layer: str, records: str, target: str) -> int:
    """Write what all files have; devices and pipes, which no store holds, become empty files."""
    owners: dict[tuple[int, int], list[str]] = {}
    xattrs: dict[tuple[int, int], list[list[str]]] = {}
    with open(records) as lines:
        for line in lines:
            what, device, inode, *rest = line.split()
            key = int(device), int(inode)
            if what == "o":
                owners[key] = rest
            else:
                xattrs.setdefault(key, []).append(rest)
    top = os.fsencode(layer)
    with open(target, "wb") as out:
        for path in walk(top):
            status = os.lstat(path)
            key = status.st_dev, status.st_ino
            uid, gid, kind, major, minor = owners.get(key, ["-", "-", "-", "0", "0"])
            mode = f"{stat.S_IMODE(status.st_mode):o}"
            if stat.S_ISFIFO(status.st_mode):
                kind = "p"
                os.unlink(path)
                open(path, "wb").close()
            if kind != "-":
                mode += ":" + (kind if kind == "p" else f"{kind}{major}:{minor}")
            place = path[len(top) :] or b"/"
            out.write((f"{mode} {uid} {gid} ").encode() + place + b"\0")
            for name, value in xattrs.get(key, ()):
                shown = os.fsdecode(bytes.fromhex(name))
                out.write((f"x {shown} {value} ").encode("utf-8", "surrogateescape") + place + b"\0")
    return 0


def walk(top: bytes) -> Iterator[bytes]:
    yield top
    if os.path.isdir(top) and not os.path.islink(top):
        for name in sorted(os.listdir(top)):
            yield from walk(os.path.join(top, name))


if __name__ == "__main__":
    if sys.argv[1] == "run":
        sys.exit(run(sys.argv[2], sys.argv[3:]))
    sys.exit(listing(*sys.argv[2:5]))
