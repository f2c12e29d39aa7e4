"""The few Linux system calls that a store and its sandbox need and Python's library lacks, through the C library.

Namespaces (`unshare`), mounts, `pivot_root`, `prctl`, the personality, and bringing up the loopback interface.  Each
raises OSError with the call's own name in it, so that a failed set-up says which step failed.  Nothing here knows what
a sandbox is: see `build.sandbox.namespaces`.

Source: the manual pages of section 2; the constants are the kernel's ABI and are the same on every architecture.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import os
import socket
import struct
import sys

from lixeval.system.machines import machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_NOATIME = 1024
MS_NODIRATIME = 2048
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MS_RELATIME = 1 << 21
MNT_DETACH = 2

_OPENAT2 = 437
"""The same on every architecture, as all calls since Linux 5.1."""
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08
_MOUNT_SETATTR = 442
_MOUNT_ATTR_RDONLY = 0x1
_AT_RECURSIVE = 0x8000
_AT_FDCWD = -100
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 0x1
_LANDLOCK_SCOPE_SIGNAL = 0x2
_RENAME_EXCHANGE = 2
_STATVFS_RELATIME = 4096
_CAPABILITY_VERSION_3 = 0x20080522
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_DUMPABLE = 4
_ADDR_NO_RANDOMIZE = 0x0040000
_PER_LINUX32 = 0x0008
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1

_JOIN_SESSION_KEYRING = 1

# Neither call has a wrapper in the C libraries; keyctl's number is 219 where the kernel's generic table is used.
_KEYCTL = {"x86_64": 250, "i686": 288, "armv7l": 311, "ppc64le": 271, "s390x": 280}
# That of pivot_root is 41 there.
_PIVOT_ROOT = {"x86_64": 155, "i686": 217, "armv7l": 218, "ppc64le": 203, "s390x": 217}


class _Elsewhere:
    """The C library of another system, where functions of these names are not there, or mean something else."""

    def __getattr__(self, name: str) -> Callable[..., int]:
        return _no_such_call


def _no_such_call(*arguments: object) -> int:
    ctypes.set_errno(errno.ENOSYS)
    return -1


@functools.cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else _Elsewhere()


def load() -> None:
    """Load the C library now, so that a forked child need not."""
    _libc()


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _syscall(number: int, *arguments: int | bytes) -> int:
    """A call that the C library has no function for."""
    given = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    return int(_libc().syscall(ctypes.c_long(number), *given))


def unshare(flags: int) -> None:
    """unshare(2): leave the namespaces named by `flags` for new ones."""
    _check(_libc().unshare(ctypes.c_int(flags)), f"unshare(0x{flags:x})")


def mount(source: str, target: str, kind: str | None = None, flags: int = 0, options: str | None = None) -> None:
    """mount(2)."""
    result = _libc().mount(
        os.fsencode(source),
        os.fsencode(target),
        None if kind is None else kind.encode(),
        ctypes.c_ulong(flags),
        None if options is None else options.encode(),
    )
    _check(result, f"mount of {source} on {target}")


def bind(source: str, target: str, *, read_only: bool) -> None:
    """Show `source` (with what is mounted in it) at `target`, which must exist and be of the same kind."""
    mount(source, target, flags=MS_BIND | MS_REC)
    if read_only and not _all_read_only(target):
        # In a user namespace the source's own restrictions are locked: a remount must repeat them.
        flags = os.statvfs(target).f_flag
        kept = flags & (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME)
        if flags & _STATVFS_RELATIME:
            kept |= MS_RELATIME
        mount(source, target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY | kept)


def _all_read_only(target: str) -> bool:
    """Make a mount and what is mounted in it read only; False where the kernel (before 5.12) has no such call."""
    attributes = struct.pack("=QQQQ", _MOUNT_ATTR_RDONLY, 0, 0, 0)
    return _syscall(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE, attributes, len(attributes)) == 0


def unmount(target: str) -> None:
    """umount2(2), lazily: what still uses the mount keeps it."""
    _check(_libc().umount2(os.fsencode(target), MNT_DETACH), f"unmount of {target}")


def pivot_root(new_root: str) -> None:
    """Make the mount point `new_root` the root and forget the old one.

    With both arguments ".", the old root ends up stacked on the new one, where it is unmounted: no directory is needed
    to put it in (pivot_root(2), NOTES).
    """
    os.chdir(new_root)
    number = _PIVOT_ROOT.get(machine(), 41)
    _check(_libc().syscall(ctypes.c_long(number), b".", b"."), "pivot_root")
    unmount(".")
    os.chdir("/")


def leave_chroot(inner: str) -> str:
    """Make the root of the mount namespace the root of this process, which needs CAP_SYS_CHROOT; the place that the
    old one has in it.  `inner` is a directory in the old root.
    """
    old = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.chroot(inner)  # what is above the root of a process is open to it, once it stands outside of it
        os.fchdir(old)
        while os.stat(".").st_ino != os.stat("..").st_ino or os.stat(".").st_dev != os.stat("..").st_dev:
            os.chdir("..")
        os.chroot(".")
        os.fchdir(old)
        return os.getcwd()
    finally:
        os.close(old)
        os.chdir("/")


def exchange(one: str, other: str) -> None:
    """renameat2(2): let two names of one file system change places, with no moment at which either is missing."""
    paths = [ctypes.c_char_p(os.fsencode(path)) for path in (one, other)]
    here = ctypes.c_int(_AT_FDCWD)
    result = _libc().renameat2(here, paths[0], here, paths[1], ctypes.c_uint(_RENAME_EXCHANGE))
    _check(result, f"exchange of {one} and {other}")


def open_beneath(folder: int, path: str, flags: int) -> int:
    """Open a relative path below an open folder; no link is followed anywhere, nothing above is reached.

    By openat2(2); where the kernel (or a container's filter) has no such call, component by component.
    """
    beneath = _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS
    how = struct.pack("=QQQ", flags | os.O_CLOEXEC, 0, beneath)
    try:
        return _check(_syscall(_OPENAT2, folder, os.fsencode(path), how, len(how)), f"opening {path}")
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EPERM):
            raise
    return _open_by_components(folder, path, flags)


def _open_by_components(folder: int, path: str, flags: int) -> int:
    at = os.dup(folder)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    for part in parts[:-1]:
        if part == "..":
            os.close(at)
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        try:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
        finally:
            os.close(at)
        at = below
    try:
        return os.open(parts[-1] if parts else ".", flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
    finally:
        os.close(at)


def set_hostname(name: str, domain: str) -> None:
    """sethostname(2) and setdomainname(2)."""
    socket.sethostname(name)
    encoded = domain.encode()
    _check(_libc().setdomainname(encoded, ctypes.c_size_t(len(encoded))), "setdomainname")


def die_with_parent(signal_number: int, parent: int | None = None) -> None:
    """Ask for `signal_number` when the thread that forked this process ends, however it ends.

    With the process id of the `parent`: ends at once if it is gone already.  Nothing happens but on Linux.
    """
    if sys.platform != "linux":
        return
    _check(_libc().prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal_number), 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")
    if parent is not None and os.getppid() != parent:
        os._exit(127)


def become_subreaper() -> None:
    """Adopt orphaned grandchildren, so that daemons a builder leaves behind can be found and killed.  Only on Linux."""
    if sys.platform != "linux":
        return
    _check(_libc().prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)")


def let_be_read() -> None:
    """Let processes of the same user read this one's memory, which a change of user has forbidden.  Only on Linux."""
    if sys.platform == "linux":
        _check(_libc().prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(1), 0, 0, 0), "prctl(PR_SET_DUMPABLE)")


def no_new_privileges() -> None:
    """From here on, set-user-id programs have no effect.  Only on Linux."""
    if sys.platform != "linux":
        return
    _check(_libc().prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")


def reach_no_process_outside() -> bool:
    """From here on no signal goes to a process that is not a child of this one, and no connection to an abstract
    socket that others have made; False where the kernel (before 6.12, or without Landlock) has no such thing.

    To be called after `no_new_privileges`.
    """
    if sys.platform != "linux":
        return False
    scoped = struct.pack("=QQQ", 0, 0, _LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | _LANDLOCK_SCOPE_SIGNAL)
    ruleset = _syscall(_LANDLOCK_CREATE_RULESET, scoped, len(scoped), 0)
    if ruleset < 0:
        return False
    try:
        return _syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def drop_capabilities() -> None:
    """Give up all capabilities; root stays who it is, and may no more than others.  Only on Linux."""
    if sys.platform != "linux":
        return
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc().capset(header, bytes(24)), "capset")


def leave_keyring() -> None:
    """Have an empty session keyring (keyrings(7)) in the place of the one that was inherited; a refusal is ignored."""
    number = _KEYCTL.get(os.uname().machine, 219)
    _syscall(number, _JOIN_SESSION_KEYRING, 0)


def set_personality(*, thirty_two_bits: bool) -> None:
    """Switch address space randomisation off (builds repeat better), and have uname(2) say i686 if asked.

    Only on Linux.
    """
    if sys.platform != "linux":
        return
    value = _ADDR_NO_RANDOMIZE | (_PER_LINUX32 if thirty_two_bits else 0)
    _libc().personality(ctypes.c_ulong(value))  # a refusal (seccomp) costs only determinism


def raise_loopback() -> None:
    """Bring up `lo` of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(control, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))
