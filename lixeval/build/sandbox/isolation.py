"""Which kind of isolation a build gets: the best the machine allows, or none silently worse than what was asked.

    kind          needs                                      what is isolated
    NAMESPACES    user namespaces                            files, processes, network
    BUBBLEWRAP    bwrap that may what we may not; not root   files, processes, network
    MOUNTS        root with CAP_SYS_ADMIN                    files, processes, network
    CHROOT        root with CAP_SYS_CHROOT, and CAP_MKNOD    files; the builder sees the whole store
                  or calls that can be watched
    MACHINE       mounts, by whatever right                  nothing: the machine, with our store at /nix/store
    NONE          the store is the machine's /nix/store      nothing but the environment

They are tried in this order; plain docker allows root no more than CHROOT, plain podman NAMESPACES to everybody.
`sandbox = "required"` accepts the first three, "auto" and "relaxed" the first four, and NONE; "off" MACHINE or NONE.
Under "relaxed", fixed outputs and derivations with __noChroot are built as under "off".  A store under a root of its
own cannot be built in as if there were no sandbox where nothing can be mounted, for the builder would not find
/nix/store: then another kind is taken, and said so.

Namespaces come before bubblewrap because they are exact and fast; see the two modules.  The machine is probed once a
process, by setting up an empty sandbox.
"""

from __future__ import annotations

import enum
import functools
import os
import signal
import stat
import sys
from dataclasses import dataclass, replace
from typing import Literal, NoReturn, TypeAlias

from lixeval.build.sandbox import bubblewrap, namespaces, pasta
from lixeval.build.sandbox.description import SANDBOX_GID, SANDBOX_UID, Command, Identity, Sandbox, prepare
from lixeval.build.sandbox.namespaces import SandboxError
from lixeval.build.users import FIRST_UID, GID, may_become
from lixeval.errors import StoreError, reason_of
from lixeval.system import syscalls
from lixeval.system.forks import fork
from lixeval.system.scratch import Scratch

SandboxSetting: TypeAlias = Literal["auto", "required", "relaxed", "off"]


class Isolation(enum.Enum):
    """A kind of isolation; the value is how it is announced."""

    NAMESPACES = "namespaces of lixeval's own (files, processes and network isolated)"
    BUBBLEWRAP = "bubblewrap (files, processes and network isolated)"
    MOUNTS = "mounts made as root (files, processes and network isolated)"
    CHROOT = "chroot into the store's root (files isolated; processes and network are not)"
    MACHINE = "no sandbox (the builder sees the whole machine, with this store at /nix/store)"
    NONE = "no sandbox (the builder sees the whole machine)"

    @property
    def is_complete(self) -> bool:
        """True if builders see neither the machine's files, nor its processes, nor the network."""
        return self in (Isolation.NAMESPACES, Isolation.BUBBLEWRAP, Isolation.MOUNTS)


def choose(setting: SandboxSetting, *, diverted: bool) -> Isolation:
    """The kind to use for a store that is `diverted` (under a root of its own) or the machine's own.

    Raises StoreError, which lists what was tried and the ways out, if nothing that satisfies `setting` works here.
    """
    failures: list[str] = []
    for kind in _wanted(setting, diverted):
        failure = why_not(kind)
        if failure is None:
            return kind
        failures.append(f"- {kind.name.lower()}: {failure}")
    tried = "\n".join(failures)
    raise StoreError(f"builds cannot be isolated on this machine; tried were\n{tried}", hint=_ways_out(setting))


def _wanted(setting: SandboxSetting, diverted: bool) -> list[Isolation]:
    """The kinds that do, the best first."""
    complete = [kind for kind in Isolation if kind.is_complete]
    if setting == "required":
        return complete
    weak = Isolation.CHROOT if diverted else Isolation.NONE
    if setting == "off":
        return [Isolation.MACHINE, *complete, weak] if diverted else [Isolation.NONE]
    return [*complete, weak]


def shortcoming(setting: SandboxSetting, kind: Isolation) -> str | None:
    """What is to be said where it is not as it was asked to be."""
    if setting != "off" or kind in (Isolation.MACHINE, Isolation.NONE):
        return None
    return (
        f"warning: this store cannot do without a sandbox here: {why_not(Isolation.MACHINE)}; "
        "`--store /` builds in the machine's own /nix/store"
    )


NAMESPACES_HELP = (
    "enable user namespaces: sysctl -w user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1 "
    "(on Ubuntu also kernel.apparmor_restrict_unprivileged_userns=0)",
    "in a container: start it with --security-opt seccomp=unconfined, or --privileged",
)
"""What brings namespaces about where they are refused."""


def _ways_out(setting: SandboxSetting) -> str:
    ways = [*NAMESPACES_HELP, "install bubblewrap (the program bwrap)", "run as root"]
    if setting == "required":
        ways.append("accept less isolation: --sandbox auto")
    else:
        ways.append("build in the machine's own store, without a sandbox: --store / --sandbox off")
    return "one of these helps:\n" + "\n".join(f"- {way}" for way in ways)


@dataclass(frozen=True, slots=True)
class Trial:
    """What trying a kind of isolation has shown: why it does not work here, None if it does.

    `by_user`: it is only as root of a user namespace of our own that we may mount.  `foreign_proc`: builders see the
    /proc of the machine (or container), not one of their own processes.  `no_proc` is why they do not see any.
    """

    failure: str | None = None
    by_user: bool = False
    foreign_proc: bool = False
    no_proc: str | None = None


def why_not(kind: Isolation) -> str | None:
    """None if this kind works here, otherwise the reason why it does not."""
    return trial(kind).failure


def describe(kind: Isolation) -> str:
    """How a working kind is announced."""
    tried = trial(kind)
    if tried.no_proc is not None:
        return f"{kind.value}; no /proc, so bash's <( ) fails: {tried.no_proc}; `--store /` has it"
    return kind.value + (
        "; /proc is the container's own, which lets nobody mount another" if tried.foreign_proc else ""
    )


@functools.cache
def trial(kind: Isolation) -> Trial:
    """Try a kind of isolation, once a process."""
    if kind is Isolation.NONE:
        return Trial()
    if sys.platform != "linux":
        return Trial("only Linux has it")
    syscalls.load()
    if kind is Isolation.CHROOT:
        return _try_chroot()
    if kind is Isolation.MOUNTS and os.geteuid() != 0:
        return Trial("needs root")
    if kind is Isolation.MACHINE and os.geteuid() == 0:
        as_root = _try_sandbox(kind)
        by_user = as_root if as_root.failure is None else _try_sandbox(kind, by_user=True)
        return as_root if by_user.failure is not None else by_user
    if kind is Isolation.BUBBLEWRAP and os.geteuid() == 0:
        return Trial("would run the builder as root, who may write to /proc/sys even inside")
    if kind is Isolation.BUBBLEWRAP and bubblewrap.find() is None:
        return Trial("there is no bwrap on PATH")
    return _try_sandbox(kind, by_user=kind in (Isolation.NAMESPACES, Isolation.MACHINE))


def _try_sandbox(kind: Isolation, *, by_user: bool = False) -> Trial:
    """Set an empty sandbox up and take it down again."""
    scratch = Scratch("lixeval-sandbox-")
    directory = scratch.path
    try:
        root = f"{directory}/root"
        os.mkdir(root)
        whole = kind is Isolation.MACHINE
        sandbox = Sandbox(root, (), identity(kind, FIRST_UID if wants_build_user() else None), whole_machine=whole)
        prepare(sandbox)
        if kind is Isolation.BUBBLEWRAP:
            bubblewrap.probe(sandbox)
            return Trial()
        pid = namespaces.start(sandbox, None, user_namespace=by_user)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return Trial(by_user=by_user, foreign_proc=status == namespaces.WITH_FOREIGN_PROC)
    except (SandboxError, OSError) as error:
        return Trial(reason_of(error))
    finally:
        scratch.close()


def _try_chroot() -> Trial:
    from lixeval.build.sandbox import proc

    if os.geteuid() != 0:
        return Trial("needs root")
    no_proc = proc.why_not()
    return Trial(_probe_chroot(devices=no_proc is not None), foreign_proc=True, no_proc=no_proc)


def _probe_chroot(*, devices: bool) -> str | None:
    """Whether root may change its root directory, and make the devices that builders need there."""
    scratch = Scratch("lixeval-sandbox-")
    directory = scratch.path
    try:
        if devices:
            device = f"{directory}/null"
            os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
            os.close(os.open(device, os.O_RDWR))
        pid = fork()
        if pid == 0:
            try:
                os.chroot(directory)
                os._exit(0)
            finally:
                os._exit(1)
        return None if os.waitpid(pid, 0)[1] == 0 else "chroot is not permitted"
    except OSError as error:
        return f"devices cannot be made: {error.strerror}"
    finally:
        scratch.close()


def identity(kind: Isolation, pool_uid: int | None) -> Identity:
    """Who the builder is.  `pool_uid` is the user taken from the pool when root builds, None for everybody else."""
    host_uid, host_gid = (os.geteuid(), os.getegid()) if pool_uid is None else (pool_uid, GID)
    if kind in (Isolation.NAMESPACES, Isolation.BUBBLEWRAP):
        return Identity(SANDBOX_UID, SANDBOX_GID, host_uid, host_gid)
    return Identity(host_uid, host_gid, host_uid, host_gid)


def wants_build_user() -> bool:
    """True if builders are to run as users of the pool: root builds, and may give up being root."""
    return os.geteuid() == 0 and may_become(FIRST_UID, GID)


def why_no_own_network(kind: Isolation) -> str | None:
    """None if fixed outputs that are built in this kind get a network of their own, else the reason."""
    if kind is not Isolation.NAMESPACES:
        return f"{kind.name.lower()} has no namespace that pasta could join"
    return pasta.why_not()


def start(kind: Isolation, sandbox: Sandbox, command: Command) -> int:
    """Start `command`; the process id to wait for.  Raises SandboxError."""
    if kind is Isolation.BUBBLEWRAP:
        return bubblewrap.start(sandbox, command)
    if kind in (Isolation.NAMESPACES, Isolation.MOUNTS, Isolation.MACHINE):
        by_user = trial(kind).by_user
        try:
            return namespaces.start(sandbox, command, user_namespace=by_user)
        except pasta.NoNetwork:
            return namespaces.start(replace(sandbox, own_network=False), command, user_namespace=by_user)
    return _start_plainly(sandbox if kind is Isolation.CHROOT else None, sandbox.identity, command)


def _start_plainly(chroot: Sandbox | None, builder: Identity, command: Command) -> int:
    """Without namespaces: change root if there is one to change to, become the build user, execute."""
    error_read, error_write = os.pipe()
    parent = os.getpid()

    def enter() -> None:
        if chroot is not None:
            os.chroot(chroot.root)
        if os.geteuid() != builder.uid:
            namespaces.become(builder.uid, builder.gid)

    def close_all() -> None:
        namespaces.close_all(error_write, command.log_fd)

    pid = fork()
    if pid == 0:
        os.close(error_read)

        def run() -> NoReturn:
            syscalls.die_with_parent(signal.SIGKILL, parent)
            if chroot is not None and trial(Isolation.CHROOT).no_proc is None:
                from lixeval.build.sandbox.proc import fork_watched

                fork_watched(enter, close_all, chroot.aside)
            else:
                enter()
                syscalls.die_with_parent(signal.SIGKILL, parent)
            namespaces.execute(command, alone=chroot is not None)

        namespaces.guarded(error_write, run)
    os.close(error_write)
    namespaces.await_start(pid, error_read)
    return pid
