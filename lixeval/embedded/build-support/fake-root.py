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
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import errno
import fcntl
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

RECEIVE, SEND, IS_VALID = 0xC0502100, 0xC0182101, 0x40082102
CONTINUE = 1
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

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.names = {number: name for name, number in machine.calls.items()}
        self.files: dict[tuple[int, int], File] = {}
        self.pid = 0
        self.uid, self.gid = os.geteuid(), os.getegid()

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
        place = self.place(folder, path)[0]
        bits = stat.S_IMODE(mode) & 0o777 & ~self.umask()
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, bits))
        os.chmod(place, bits)
        file = self.remembered(os.open(place, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC))
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

    def place(self, folder: int, path: int | None) -> tuple[bytes, bool]:
        """A path of this process for one of the caller's, and whether it is a descriptor of the caller's itself."""
        text = b"" if path in (None, 0) else self.text(path)
        number = ctypes.c_int(folder & 0xFFFFFFFF).value
        proc = b"/proc/%d/" % self.pid
        if text.startswith(b"/"):
            for own in (b"/proc/self/", b"/proc/thread-self/"):
                if text.startswith(own):
                    return proc + text[len(own) :], False
            if text.startswith(b"/dev/fd/"):
                return proc + text[len(b"/dev/") :], False
            return text, False
        base = proc + (b"cwd" if number == AT_FDCWD else b"fd/%d" % number)
        return (base + b"/" + text, False) if text else (base, True)

    def opened(self, folder: int, path: int | None, follow: object) -> int:
        """A descriptor of the file that the caller means."""
        place, is_itself = self.place(folder, path)
        return os.open(place, os.O_PATH | os.O_CLOEXEC | (0 if follow or is_itself else os.O_NOFOLLOW))

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
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            return memory.read(size)

    def text(self, address: int) -> bytes:
        """The bytes up to a NUL; never read over the end of a page, which may be the last."""
        found = b""
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
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
            with open(f"/proc/{self.pid}/mem", "r+b", buffering=0) as memory:
                memory.seek(address)
                memory.write(data)
        except OSError as error:
            raise OSError(errno.EFAULT, "") from error

    def umask(self) -> int:
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith("Umask:"):
                    return int(line.split()[1], 8)
        return 0o022

    def call(self, number: int, *arguments: object) -> None:
        if libc.syscall(ctypes.c_long(number), *arguments) < 0:
            raise OSError(ctypes.get_errno(), "")

    # -- records -----------------------------------------------------------------------------------------------------

    def save(self, path: str) -> None:
        with open(path, "a") as records:
            for (device, inode), file in self.files.items():
                if not os.fstat(file.fd).st_nlink:
                    continue
                shown = ["-" if value is None else str(value) for value in (file.uid, file.gid)]
                kind = ["-", "0", "0"] if file.device is None else [str(part) for part in file.device]
                records.write(" ".join(["o", str(device), str(inode), *shown, *kind]) + "\n")
                for name, value in file.xattrs.items():
                    records.write(f"x {device} {inode} {name.hex()} {value.hex() or '-'}\n")


def program_of(machine: Machine) -> bytes:
    """The filter: calls of ours are handed over, those of identity succeed with 0, all else is the kernel's."""

    def instruction(code: int, value: int, on: int = 0, off: int = 0) -> bytes:
        return struct.pack("=HBBI", code, on, off, value)

    load, equal, give = 0x20, 0x15, 0x06
    parts = [instruction(load, 4), instruction(equal, machine.audit, 1, 0), instruction(give, 0x7FFF0000)]
    parts.append(instruction(load, 0))
    for number in machine.calls.values():
        parts += [instruction(equal, number, 0, 1), instruction(give, 0x7FC00000)]
    for number in machine.zero:
        parts += [instruction(equal, number, 0, 1), instruction(give, 0x00050000)]
    parts.append(instruction(give, 0x7FFF0000))
    return b"".join(parts)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def start(command: list[str], machine: Machine, channel: socket.socket) -> None:
    """In the child: put the filter on, send its descriptor, become the command."""
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    data = program_of(machine)
    buffer = ctypes.create_string_buffer(data, len(data))
    program = Program(len(data) // 8, ctypes.addressof(buffer))
    fd = libc.syscall(ctypes.c_long(machine.seccomp), ctypes.c_uint(1), ctypes.c_uint(8), ctypes.byref(program))
    if fd < 0:
        os._exit(NOT_POSSIBLE)
    descriptors = array.array("i", [fd])
    channel.sendmsg([b"1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
    os.close(fd)
    channel.close()
    os.execvp(command[0], command)


def watch(listener: int, watcher: Watcher, child: int) -> int:
    """Answer until the command has ended; its wait status."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        for _, event in poll.poll(50):
            if event & select.POLLIN:
                answer_one(listener, watcher)
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


def answer_one(listener: int, watcher: Watcher) -> None:
    buffer = bytearray(80)
    try:
        fcntl.ioctl(listener, RECEIVE, buffer, True)
    except OSError:
        return  # whoever asked is gone
    request = struct.unpack("=QIIiIQ6Q", buffer)
    value, error, flags = watcher.answer(request)
    with contextlib.suppress(OSError):
        fcntl.ioctl(listener, SEND, bytearray(struct.pack("=QqiI", request[0], value, error, flags)), True)


def run(records: str, command: list[str]) -> int:
    machine = MACHINES.get(os.uname().machine)
    if machine is None or not os.path.exists("/proc/self/mem"):
        return NOT_POSSIBLE
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ours, theirs = socket.socketpair()
    libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: what is left behind stays below this process
    child = os.fork()
    if child == 0:
        try:
            ours.close()
            start(command, machine, theirs)
        finally:
            os._exit(127)
    theirs.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    message, ancillary, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(4))
    if not message:
        os.waitpid(child, 0)
        return NOT_POSSIBLE
    listener = array.array("i", ancillary[0][2])[0]
    watcher = Watcher(machine)
    status = watch(listener, watcher, child)
    watcher.save(records)
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
