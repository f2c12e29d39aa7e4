"""The sandbox made of Linux namespaces, by system calls of our own.

This is what bubblewrap and util-linux's unshare do, without them: no program has to be installed, argv[0] and process
id 1 are the builder's as in real Nix, and a closure of hundreds of paths costs three system calls a path, where
bubblewrap reads the growing mount table again for each (300 paths: 140 ms).

    parent ── fork ── outer: unshare(user, mount, pid, net, ipc, uts)
      │                 │ ← parent writes uid_map and gid_map
      │                 └─ fork ── inner: process 1 of the new pid namespace; mounts, pivot_root,
      │                                   becomes the build user, exec
      └── waits for outer, which ends as the builder ends

Two variants: with a user namespace (anybody, where the kernel permits it), and without (root with CAP_SYS_ADMIN, in a
container whose kernel forbids user namespaces).  When root starts a build, the builder is a user of the build pool,
never root: in a user namespace as well, because a process whose real user id is 0 may write to /proc/sys even there.

Source: user_namespaces(7), mount_namespaces(7), pid_namespaces(7); what is set up follows local-derivation-goal.cc.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from lixeval.build.sandbox import pasta
from lixeval.build.sandbox.description import Command, Sandbox, devices, mountable
from lixeval.errors import reason_of
from lixeval.system import syscalls
from lixeval.system.forks import fork

WITH_FOREIGN_PROC = 9
"""How a trial ends that worked but for /proc, which is that of the machine (or container)."""


class SandboxError(Exception):
    """The sandbox could not be set up; the text says which step failed and why."""


def start(sandbox: Sandbox, command: Command | None, *, user_namespace: bool) -> int:
    """Start `command` in `sandbox`; the process id to wait for.  Without a command, only try to set the sandbox up.

    Raises SandboxError if the set-up failed, or the program could not be executed; pasta.NoNetwork.
    """
    error_read, error_write = os.pipe()
    ready_read, ready_write = os.pipe()  # outer → parent: unshared
    mapped_read, mapped_write = os.pipe()  # parent → outer: maps written
    parent = os.getpid()
    pid = fork()
    if pid == 0:
        close_all(error_read, ready_read, mapped_write)
        channels = (ready_write, mapped_read, error_write)
        guarded(error_write, lambda: _outer(sandbox, command, user_namespace, parent, channels))
    close_all(error_write, ready_write, mapped_read)
    try:
        if os.read(ready_read, 1):
            if user_namespace:
                _write_maps(pid, sandbox)
            if sandbox.own_network:
                pasta.start(pid)
            os.write(mapped_write, b"1")
    except pasta.NoNetwork:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(error_read)
        raise
    except OSError as error:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(error_read)
        raise SandboxError(f"cannot map the build user: {reason_of(error)}") from error
    finally:
        close_all(ready_read, mapped_write)
    await_start(pid, error_read)
    return pid


def await_start(pid: int, error_read: int) -> None:
    """Wait until the child has executed its program, or raise what it says went wrong."""
    with open(error_read, "rb") as pipe:
        message = pipe.read()
    if message:
        os.waitpid(pid, 0)
        raise SandboxError(message.decode(errors="surrogateescape"))


def close_all(*descriptors: int) -> None:
    """Close descriptors that this side of a fork does not use."""
    for descriptor in descriptors:
        os.close(descriptor)


def guarded(error_write: int, run: Callable[[], NoReturn]) -> NoReturn:
    """Run a child's part; whatever goes wrong is written to the pipe, and the child ends."""
    try:
        run()
    except BaseException as error:  # a forked child must never return into the parent's code
        os.write(error_write, (reason_of(error) or type(error).__name__).encode(errors="surrogateescape"))
    finally:
        os._exit(127)


def _outer(
    sandbox: Sandbox, command: Command | None, user_namespace: bool, parent: int, channels: tuple[int, int, int]
) -> NoReturn:
    """Leave the namespaces, have the builder forked into the new ones, and end as it ends."""
    ready, mapped, error_write = channels
    syscalls.die_with_parent(signal.SIGKILL, parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    flags = syscalls.CLONE_NEWNS
    if not sandbox.whole_machine:
        flags |= syscalls.CLONE_NEWPID | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWUTS
        if not sandbox.network or sandbox.own_network:
            flags |= syscalls.CLONE_NEWNET
    if user_namespace:
        flags |= syscalls.CLONE_NEWUSER
    syscalls.unshare(flags)
    os.write(ready, b"1")
    os.close(ready)
    if not os.read(mapped, 1):
        os._exit(127)
    pid = fork()
    if pid == 0:
        guarded(error_write, lambda: _inner(sandbox, command))
    os.close(error_write)
    if command is not None:
        os.close(command.log_fd)
    end_like(os.waitpid(pid, 0)[1])


def end_like(status: int) -> NoReturn:
    """End this process with the wait status of another: the same code, or by the same signal."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with contextlib.suppress(OSError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _write_maps(pid: int, sandbox: Sandbox) -> None:
    """Say who the one user and the one group of the user namespace are outside (user_namespaces(7))."""
    identity = sandbox.identity
    if identity.host_uid == os.geteuid():  # the kernel's condition for letting anybody map themselves
        _write(f"/proc/{pid}/setgroups", "deny")
    _write(f"/proc/{pid}/uid_map", f"{identity.uid} {identity.host_uid} 1")
    _write(f"/proc/{pid}/gid_map", f"{identity.gid} {identity.host_gid} 1")


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _inner(sandbox: Sandbox, command: Command | None) -> NoReturn:
    """Process 1 of the new pid namespace: arrange the file system, become the build user, start the program."""
    syscalls.die_with_parent(signal.SIGKILL)
    if not sandbox.whole_machine:
        if not sandbox.network:
            syscalls.raise_loopback()
        with contextlib.suppress(OSError):  # podman's system call filter forbids only this; a name is no isolation
            syscalls.set_hostname("localhost", "(none)")
    sandbox = _moved(sandbox, own_mounts(sandbox.root))
    has_own_proc = _mount_all(sandbox)
    syscalls.pivot_root(sandbox.root)
    if os.geteuid() != sandbox.identity.uid:
        become(sandbox.identity.uid, sandbox.identity.gid)
        syscalls.die_with_parent(signal.SIGKILL)  # a change of user cancels it
    if command is None:
        os._exit(0 if has_own_proc else WITH_FOREIGN_PROC)
    execute(command, alone=not sandbox.whole_machine)


def become(uid: int, gid: int) -> None:
    """Give up root for `uid` and `gid`, and all supplementary groups."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def own_mounts(root: str) -> str:
    """See to it that nothing mounted from here on shows outside; where "/" was is "", or where a chroot was.

    Where "/" is no mount point this process lives in a chroot: it leaves it, in mounts that are its own, because
    neither can their sharing be ended nor the root be changed from in there.  `root` is a folder in it.
    """
    try:
        syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
        return ""
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    place = syscalls.leave_chroot(root)
    syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    return place


def _moved(sandbox: Sandbox, place: str) -> Sandbox:
    """The sandbox by the names that its files have below `place`."""
    mounts = tuple(replace(mount, source=place + mount.source) for mount in sandbox.mounts)
    return replace(sandbox, root=place + sandbox.root, mounts=mounts)


def _mount_all(sandbox: Sandbox) -> bool:
    """Everything in its place below `sandbox.root`, which itself becomes a mount point; whether /proc is its own."""
    root = sandbox.root
    syscalls.mount(root, root, flags=syscalls.MS_BIND)
    for mount in mountable(sandbox):
        syscalls.bind(mount.source, root + mount.target, read_only=mount.read_only)
    if sandbox.whole_machine:
        return True
    for name in devices(sandbox):
        syscalls.bind(f"/dev/{name}", f"{root}/dev/{name}", read_only=False)
    syscalls.mount("none", f"{root}/dev/shm", "tmpfs", options="mode=1777,size=50%")
    try:
        syscalls.mount("none", f"{root}/dev/pts", "devpts", options="newinstance,mode=0620,ptmxmode=0666")
    except OSError:  # refused where the container's own /dev/pts is restricted
        if os.path.isdir("/dev/pts"):
            syscalls.bind("/dev/pts", f"{root}/dev/pts", read_only=False)
    try:
        syscalls.mount("none", f"{root}/proc", "proc")
        return True
    except OSError:  # refused where parts of the container's own /proc are masked: then only that /proc can be shown
        syscalls.bind("/proc", f"{root}/proc", read_only=False)
        return False


def execute(command: Command, *, alone: bool, keep: int | None = None) -> NoReturn:
    """The last steps before the builder's own code, the same for every kind of isolation.

    The program inherits the standard streams and the descriptor `keep`, nothing else.  `alone` it reaches no process
    outside by signals or abstract sockets, where the kernel knows Landlock's scopes: for what has the machine's network
    or, in a chroot, its processes.
    """
    with contextlib.suppress(OSError):
        os.setsid()
    os.chdir(command.directory)
    os.umask(0o022)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if keep is None:  # bubblewrap sees to this itself
        with contextlib.suppress(OSError):
            syscalls.no_new_privileges()
            if alone:
                syscalls.reach_no_process_outside()
    syscalls.leave_keyring()
    syscalls.set_personality(thirty_two_bits=command.thirty_two_bits)
    _close_on_exec(keep)
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(command.log_fd, 1)
    os.dup2(command.log_fd, 2)
    for number in (signal.SIGPIPE, signal.SIGTERM, signal.SIGINT, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores SIGPIPE, and ignored signals stay so across exec
    program, arguments = os.fsencode(command.program), [os.fsencode(a) for a in command.arguments]
    environment = {os.fsencode(k): os.fsencode(v) for k, v in command.environment.items()}
    try:
        os.execve(program, arguments, environment)
    except OSError as error:
        raise SandboxError(f"executing '{command.program}': {error.strerror}") from error


def _close_on_exec(keep: int | None) -> None:
    """Whatever descriptors the user's own shell left open are not the builder's business."""
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else map(str, range(3, 1024)):
        if int(name) > 2:
            with contextlib.suppress(OSError):
                os.set_inheritable(int(name), int(name) == keep)
