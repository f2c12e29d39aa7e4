"""The sandbox of the builders that run inside lixeval.

Their code is ours, but what they do is said by attributes that are anybody's; and what they read, archives and trees
that other builds have made, goes through decompressors and databases written in C.  So they see what a builder that is
a program sees (the inputs of the derivation, read only; their outputs; an empty directory to work in; the network only
for a fixed output), and besides it what this Python needs to go on: its modules and the libraries behind them.

    the build's process ── fork ── unshare(user, mount, pid, ipc, net); ends as the builder ends
                                     └── fork ── the builder, process 1: mounts, pivot_root, no privileges, no
                                                 descriptors but its output; calls the builder; reports; ends

Two forks a build are all it costs (10 ms), no program is started and nothing is probed: where the first step is refused
the builder is called without, and then only what it reads and writes by (`inputs`, `output_tree`) holds it.  It sees no
/proc and no process, and where the kernel knows Landlock's scopes no abstract socket, though a fixed output has the
machine's network.  It runs as the user who has started lixeval, without any capability; as root, too, who could
otherwise not read what only root may.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from lixeval.build.messages import bug_report, error_report
from lixeval.build.sandbox import namespaces
from lixeval.build.sandbox.description import (
    BUILD_DIRECTORY,
    NETWORK_FILES,
    SANDBOX_GID,
    SANDBOX_UID,
    Mount,
    etc_files,
    make_mount_point,
)
from lixeval.errors import LixevalError, reason_of
from lixeval.system import syscalls
from lixeval.system.forks import fork

OUTPUTS_DIRECTORY = "/outputs"
"""Where the outputs are made: the inputs' directory is a file system of its own, from which nothing can be renamed."""
_DEVICES = ("null", "random", "urandom", "zero")
_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib")
_CERTIFICATES = (
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/pki",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
)
_REGISTRIES = ("/etc/containers/certs.d", "/etc/docker/certs.d")
_OWN_REGISTRIES = "containers/certs.d"
"""Whom to trust at which registry."""
_HOME = "/homeless-shelter"
_VARIABLES = re.compile(
    r"PATH|LANG|LC_.*|TZ|PYTHON.*|LIXEVAL_.*|SOURCE_DATE_EPOCH|(NIX_)?SSL_CERT_FILE|.*_(proxy|PROXY)"
)
"""What is left of the user's environment."""
_HOST = ("/bin", "/sbin", "/usr", "/opt", "/etc", "/var/lib/dpkg", "/var/lib/rpm", "/var/lib/pacman")
"""Where a host has its packages, and the records of them."""


@dataclass(frozen=True, slots=True)
class BuiltinSandbox:
    """What one builder sees.

    `root` is an empty directory, in whose place its "/" is mounted; `mounts` are what its
    derivation gives it.
    """

    root: str
    mounts: tuple[Mount, ...]
    network: bool = False
    host: bool = False


def run(sandbox: BuiltinSandbox, body: Callable[[], None]) -> tuple[int, dict[str, Any]]:
    """Call `body` in the sandbox, in a process of its own; its wait status, and what it has reported.

    A report is empty for success, {"unavailable": reason} if there is no such sandbox here and nothing was done, or an
    error's (`messages.error_report`).  The caller has to end the process if it is interrupted: it is its only child.
    """
    report_read, report_write = os.pipe()
    parent = os.getpid()
    sys.stdout.flush()
    pid = fork()
    if pid == 0:
        os.close(report_read)
        _child(sandbox, body, parent, report_write)
    os.close(report_write)
    with open(report_read, "rb") as pipe:
        report = pipe.read()
    status = os.waitpid(pid, 0)[1]
    return status, json.loads(report) if report else {}


def _child(sandbox: BuiltinSandbox, body: Callable[[], None], parent: int, report_fd: int) -> NoReturn:
    status = 1
    report: dict[str, Any] = {}
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        syscalls.die_with_parent(signal.SIGKILL, parent)
        descriptors = (
            [int(name) for name in os.listdir("/proc/self/fd")] if os.path.isdir("/proc/self/fd") else range(64)
        )
        try:
            place = _leave(sandbox)
        except OSError as error:
            report = {"unavailable": reason_of(error)}
        else:
            _become_first(report_fd)
            _enter(sandbox, place)
            _forget(descriptors, report_fd)
            body()
        status = 0
    except (LixevalError, OSError) as error:
        report = error_report(error)
    except BaseException:
        report = bug_report(traceback.format_exc())
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        if report:
            os.write(report_fd, json.dumps(report).encode())
        os._exit(status)


# -- what is shown -----------------------------------------------------------------------------------------------------


@functools.cache
def machine_paths(network: bool, host: bool) -> tuple[Mount, ...]:
    """What of the machine is shown to builders of a kind.  To be asked before processes are forked, each of which would
    have to find it out again.
    """
    shown = [*_python_paths()]
    own: list[Mount] = []
    if host:
        shown = [*_HOST, *shown, sys.prefix + "/bin", *os.environ.get("PATH", "").split(":")]
    elif network:
        shown += [*NETWORK_FILES, *_CERTIFICATES, *_REGISTRIES]
        shown += [os.environ.get(name, "") for name in ("NIX_SSL_CERT_FILE", "SSL_CERT_FILE")]
        registries = os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), _OWN_REGISTRIES)
        own = [Mount(registries, f"{_HOME}/.config/{_OWN_REGISTRIES}")] if os.path.isdir(registries) else []
    return (*_distinct(shown), *own)


def _distinct(paths: Iterable[str]) -> list[Mount]:
    """A mount for each of the paths that is there and not below another.

    A link to something that is shown anyway (/lib -> usr/lib) stays a link; elsewhere what it leads to is shown.
    """
    wanted = sorted({path.rstrip("/") for path in paths if path.startswith("/") and os.path.exists(path)} - {""})
    chosen: list[str] = []
    for path in (path for path in wanted if not os.path.islink(path)):
        if not any(path.startswith(above + "/") for above in chosen):
            chosen.append(path)
    mounts = [Mount(path, path) for path in chosen]
    for path in (path for path in wanted if os.path.islink(path)):
        target = os.path.realpath(path)
        is_shown = any(target == above or target.startswith(above + "/") for above in chosen)
        if not any(path.startswith(above + "/") for above in chosen):
            mounts.append(Mount(path if is_shown else target, path))
    return mounts


def _python_paths() -> list[str]:
    """Where this Python has its modules, lixeval's among them, and the libraries that they need.

    Not all of `sys.path`: its first entry is the folder of a script, or the one that the user is in.
    """
    import lixeval

    installed = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    modules = [os.path.dirname(os.__file__), os.path.dirname(os.path.abspath(lixeval.__file__))]
    return [*_LIBRARIES, sys.base_prefix + "/lib", *modules, *installed]


# -- from inside -------------------------------------------------------------------------------------------------------


def _leave(sandbox: BuiltinSandbox) -> str:
    """Leave the machine's namespaces; where "/" was, "" but in a chroot.  OSError says that it is refused."""
    _unshare(sandbox.network)
    place = namespaces.own_mounts(sandbox.root)
    syscalls.mount("none", place + sandbox.root, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=0755")
    return place


def _become_first(report_fd: int) -> None:
    """Go on as process 1 of the new process namespace; who has made it ends as that does."""
    pid = fork()
    if pid:
        os.close(report_fd)
        namespaces.end_like(os.waitpid(pid, 0)[1])
    syscalls.die_with_parent(signal.SIGKILL)


def _enter(sandbox: BuiltinSandbox, place: str) -> None:
    """Go into the sandbox for good."""
    root = place + sandbox.root
    os.umask(0o022)
    for name in ("tmp", "etc", "dev"):
        os.mkdir(f"{root}/{name}")
    if not sandbox.host:
        for name, text in etc_files(SANDBOX_UID, SANDBOX_GID, home=BUILD_DIRECTORY, network=sandbox.network).items():
            with open(f"{root}/etc/{name}", "w") as file:
                file.write(text)
    devices = (Mount(f"/dev/{name}", f"/dev/{name}", read_only=False) for name in _DEVICES)
    for mount in (*machine_paths(sandbox.network, sandbox.host), *sandbox.mounts, *devices):
        mount = Mount(place + mount.source, mount.target, mount.read_only)
        make_mount_point(root, mount)
        if not os.path.islink(mount.source):
            syscalls.bind(mount.source, root + mount.target, read_only=mount.read_only)
    syscalls.pivot_root(root)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    syscalls.no_new_privileges()
    syscalls.reach_no_process_outside()
    syscalls.leave_keyring()
    syscalls.drop_capabilities()
    for name in [name for name in os.environ if not _VARIABLES.fullmatch(name)]:
        del os.environ[name]
    os.environ["HOME"] = _HOME
    os.chdir(BUILD_DIRECTORY)
    tempfile.tempdir = BUILD_DIRECTORY


def _unshare(network: bool) -> None:
    """New namespaces: by a user namespace as anybody may, or as root."""
    uid, gid = os.geteuid(), os.getegid()
    flags = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWPID
    if not network:
        flags |= syscalls.CLONE_NEWNET
    try:
        syscalls.unshare(flags | syscalls.CLONE_NEWUSER)
    except OSError:
        if uid != 0:
            raise
        syscalls.unshare(flags)
        return
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{SANDBOX_UID} {uid} 1"),
        ("gid_map", f"{SANDBOX_GID} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _forget(descriptors: Iterable[int], kept: int) -> None:
    """Descriptors that the build's process has (of the database, of locks) become /dev/null.

    They are not closed: what Python still has of them may be closed by it at any moment, and must not hit others.
    """
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in descriptors:
        if descriptor > 2 and descriptor not in (kept, null):
            with contextlib.suppress(OSError):
                os.fstat(descriptor)
                os.dup2(null, descriptor, inheritable=False)
