"""What a builder sees: the file system, the identity and the network of one build, as data.

A `Sandbox` says it without saying how; `build.sandbox.isolation` picks the way of bringing it about that the machine
allows (`build.sandbox.namespaces`, `build.sandbox.bubblewrap`).  The view is real Nix's (nix.conf's `sandbox`;
local-derivation-goal.cc):

    /nix/store     the closure of the inputs, read only, and room for the outputs
    /build         the empty directory that the build starts in; TMPDIR
    /tmp           empty
    /dev           full null random tty urandom zero, fd, stdin stdout stderr, shm, pts (and kvm if asked for)
    /proc          of the build's own processes
    /etc           passwd, group and hosts that know root, nixbld, nobody and localhost
    /bin/sh        only if the settings name a shell; nothing else of the machine is there

A fixed-output derivation keeps the machine's network, and with it resolv.conf, services and hosts.  Not copied from
Nix is its system call filter, which keeps builders from setting set-user-id bits and extended attributes: both are
taken off the outputs afterwards.

`prepare` makes the directory that becomes the builder's root: directories, files of /etc, and a mount point for
everything that is to be shown from outside.  It runs outside the sandbox, with the user's own rights.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from lixeval.errors import StoreError

BUILD_DIRECTORY = "/build"
SANDBOX_UID, SANDBOX_GID = 1000, 100
"""Who a builder sees itself as where there are user namespaces."""
DEVICES = ("full", "null", "random", "tty", "urandom", "zero")
DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "/dev/pts/ptmx",
}
# What a build with network needs to resolve names, shown from the machine where it exists.
NETWORK_FILES = ("/etc/resolv.conf", "/etc/services", "/etc/hosts")


@dataclass(frozen=True, slots=True)
class Mount:
    """`source` outside is shown at `target` inside."""

    source: str
    target: str
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the builder is: the user and group it sees itself as, and those that the machine knows it by."""

    uid: int
    gid: int
    host_uid: int
    host_gid: int


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One builder's world; `root` is the directory that becomes "/".

    `whole_machine` is for none at all: the mounts show the machine as it is, but for /nix/store.  With `own_network` it
    reaches the machine's network from one of its own (`pasta`).  `aside` is, inside, a folder of the builder's user
    that is no business of the builder.
    """

    root: str
    mounts: tuple[Mount, ...]
    identity: Identity
    network: bool = False
    own_network: bool = False
    kvm: bool = False
    whole_machine: bool = False
    aside: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """The program to start: its path inside, its arguments from argv[0] on, its environment, and where its output goes.

    `thirty_two_bits` is for an i686 build on an x86_64 kernel.
    """

    program: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    directory: str
    log_fd: int
    thirty_two_bits: bool = False


def prepare(sandbox: Sandbox) -> None:
    """Fill the empty directory `sandbox.root` with all that is not mounted later."""
    root = sandbox.root
    if sandbox.whole_machine:
        os.chmod(root, 0o755)
        for mount in sandbox.mounts:
            make_mount_point(root, mount)
        return
    os.makedirs(f"{root}/nix/store")
    for name, mode in (("", 0o755), ("nix", 0o755), ("etc", 0o755), ("tmp", 0o1777), ("nix/store", 0o1775)):
        directory = f"{root}/{name}"
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, mode)
    identity = sandbox.identity
    if identity.host_uid != os.geteuid():
        os.chown(f"{root}/nix/store", -1, identity.host_gid)
    _write_etc(root, sandbox)
    _make_devices(root, sandbox)
    os.mkdir(f"{root}/proc")
    for mount in sandbox.mounts:
        make_mount_point(root, mount)


def _write_etc(root: str, sandbox: Sandbox) -> None:
    identity = sandbox.identity
    files = etc_files(identity.uid, identity.gid, home=BUILD_DIRECTORY, network=sandbox.network)
    for name, text in files.items():
        with open(f"{root}/etc/{name}", "w") as file:
            file.write(text)
        os.chmod(f"{root}/etc/{name}", 0o644)


def etc_files(uid: int, gid: int, *, home: str, network: bool) -> dict[str, str]:
    """The files of /etc, in the words of real Nix, since builders print and compare them."""
    files = {
        "passwd": f"root:x:0:0:Nix build user:{home}:/noshell\n"
        f"nixbld:x:{uid}:{gid}:Nix build user:{home}:/noshell\n"
        "nobody:x:65534:65534:Nobody:/:/noshell\n",
        "group": f"root:x:0:\nnixbld:!:{gid}:\nnogroup:x:65534:\n",
    }
    if network:
        files["nsswitch.conf"] = "hosts: files dns\nservices: files\n"
    else:
        files["hosts"] = "127.0.0.1 localhost\n::1 localhost\n"
    return files


def _make_devices(root: str, sandbox: Sandbox) -> None:
    for name in ("dev", "dev/shm", "dev/pts"):
        os.mkdir(f"{root}/{name}")
    for name in devices(sandbox):
        os.close(os.open(f"{root}/dev/{name}", os.O_CREAT | os.O_WRONLY))
    for name, target in DEVICE_LINKS.items():
        os.symlink(target, f"{root}/dev/{name}")


def devices(sandbox: Sandbox) -> tuple[str, ...]:
    """The device files to show, of those that the machine itself has."""
    wanted = (*DEVICES, "kvm") if sandbox.kvm else DEVICES
    return tuple(name for name in wanted if os.path.exists(f"/dev/{name}"))


def make_mount_point(root: str, mount: Mount) -> None:
    """An empty file or directory to mount on; a symlink cannot be mounted and is copied instead."""
    target = root + mount.target
    mode = os.lstat(mount.source).st_mode
    if not os.path.isdir(os.path.dirname(target)):
        os.makedirs(os.path.dirname(target))
    if stat.S_ISLNK(mode):
        os.symlink(os.readlink(mount.source), target)
    elif stat.S_ISDIR(mode):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))


def mountable(sandbox: Sandbox) -> list[Mount]:
    """The mounts that are mounts: `prepare` has copied the symlinks."""
    return [mount for mount in sandbox.mounts if not os.path.islink(mount.source)]


def whole_machine(real_store_dir: str) -> tuple[Mount, ...]:
    """The mounts of a builder that sees everything, and a store in the place of the machine's."""
    shown = [Mount(f"/{name}", f"/{name}", read_only=False) for name in sorted(os.listdir("/")) if name != "nix"]
    return (*shown, Mount(real_store_dir, "/nix/store", read_only=False))


def outside_paths(paths: dict[str, str]) -> list[Mount]:
    """The mounts of the `sandbox-paths` setting: inside → outside, "?" at the end if it may be missing.

    A source that is a symlink on the machine (/bin → usr/bin) is followed: what it leads to is meant.
    """
    mounts = []
    for inside, outside in paths.items():
        optional = outside.endswith("?")
        source = os.path.realpath(outside.removesuffix("?"))
        if os.path.exists(source):
            mounts.append(Mount(source, inside.rstrip("/") or "/"))
        elif not optional:
            raise StoreError(
                f"sandbox path '{outside}' does not exist",
                hint=f"write '{outside}?' if builds may do without it",
            )
    return mounts
