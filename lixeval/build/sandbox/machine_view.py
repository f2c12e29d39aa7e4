"""The machine as it is, but with a store of ours at /nix/store: what programs see that a user runs from that store.

    this process ── unshare(user, mount) ── a tmpfs with a mount point for each entry of "/" ── pivot_root ── exec

No process is started and none waits, as in real Nix's `nix run --store`: the program has the caller's process id,
terminal, signals, limits and working folder, and its exit code is the program's own.  Nothing is left behind, for the
tmpfs goes with the last process that sees it.

A machine that has a /nix of its own keeps it: what is in both stores is shown (overlayfs), ours first; where the kernel
refuses that, ours alone.

Where only bubblewrap may have namespaces it shows the same, but for both stores: then it is this process that becomes
bubblewrap, which waits for the program, passes its exit code on (128 and a signal's number), and ends it when it ends.

Source: user_namespaces(7), mount_namespaces(7); C++: `execProgramInStore`, `chrootHelper` in nix/run.cc.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import tempfile
import time
from typing import NoReturn

from lixeval.build.sandbox import bubblewrap
from lixeval.build.sandbox.description import Mount, make_mount_point
from lixeval.build.sandbox.isolation import NAMESPACES_HELP
from lixeval.build.sandbox.namespaces import own_mounts
from lixeval.errors import SystemFailure
from lixeval.store.layout import LINKS
from lixeval.system import syscalls
from lixeval.system.forks import fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_THREADS = "/proc/self/task"
_END_SECONDS = 2.0


def enter(real_store_dir: str, store_dir: str) -> Launcher | None:
    """Shows this process, and what it starts, the store at `store_dir`.

    Nothing is to be done where it lies there anyway.  Where this process may not show it, the result is what starts a
    program that sees it.  Raises SystemFailure, which says what else works.
    """
    if real_store_dir == store_dir:
        return None
    here = os.getcwd()
    try:
        _await_threads()
        if os.geteuid() != 0:
            _try_in_a_child()
        _leave_namespaces()
        _show(real_store_dir, store_dir)
    except OSError as error:
        launcher = Launcher(real_store_dir, store_dir)
        refused = launcher.why_not()
        if refused is None:
            return launcher
        ways = [
            *NAMESPACES_HELP,
            "install bubblewrap as a set-user-id program: chmod u+s $(command -v bwrap), as root",
            "run as root",
            "build an image of it, and run that with podman or docker",
        ]
        if os.access("/nix", os.W_OK) or os.geteuid() == 0:
            ways.append("have the store where programs look for it: --store /")
        raise SystemFailure(
            f"the store '{real_store_dir}' cannot be shown at {store_dir} here, where its programs look for one "
            f"another: {error.strerror or error}; {refused}",
            hint="one of these helps:\n" + "\n".join(f"- {way}" for way in ways),
        ) from None
    os.chdir(here)
    return None


class Launcher:
    """Bubblewrap, which shows a store at `store_dir` to the program that it starts."""

    def __init__(self, real_store_dir: str, store_dir: str) -> None:
        self._options: list[str] = []
        nix = os.path.dirname(store_dir)
        for name in sorted(os.listdir("/")):
            if f"/{name}" != nix:
                self._options += _as_it_is(f"/{name}")
        for name in sorted(os.listdir(nix)) if os.path.isdir(nix) else []:
            if f"{nix}/{name}" != store_dir:
                self._options += _as_it_is(f"{nix}/{name}")
        self._options += ["--ro-bind", real_store_dir, store_dir, "--remount-ro", "/", "--die-with-parent"]

    def why_not(self) -> str | None:
        """Why it cannot do so here, if it cannot."""
        program = bubblewrap.find()
        if program is None:
            return "and there is no bubblewrap"
        done = subprocess.run(
            [program, *self._options, "--", "true"], capture_output=True, text=True, errors="replace", check=False
        )
        return None if done.returncode == 0 else f"nor by bubblewrap: {done.stderr.strip().removeprefix('bwrap: ')}"

    def execute(self, program: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
        """Becomes bubblewrap; a set-user-id program loses some of its variables, so that all are told to it."""
        options = [*self._options, "--chdir", os.getcwd()]
        for name, value in environment.items():
            options += ["--setenv", name, value]
        launcher = bubblewrap.find()
        assert launcher is not None
        with tempfile.TemporaryFile() as file:
            file.write(b"".join(os.fsencode(option) + b"\0" for option in options))
            file.seek(0)
            os.set_inheritable(file.fileno(), True)
            execute(launcher, ["--args", str(file.fileno()), "--", program, *arguments], {})


def _as_it_is(path: str) -> list[str]:
    return ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--dev-bind", path, path]


def _try_in_a_child() -> None:
    """OSError where namespaces are refused, or mounts in them: who has left can no more become bubblewrap."""
    pid = fork()
    if pid == 0:
        code = 0
        try:
            _leave_namespaces()
            own_mounts("/")
            syscalls.mount("lixeval", "/", "tmpfs")
        except OSError as error:
            code = error.errno or errno.EPERM
        except BaseException:
            code = errno.EPERM
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code > 0:
        raise OSError(code, os.strerror(code))


def execute(program: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Becomes the program, which is looked for in PATH if there is no / in it; SystemFailure if it cannot be."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        with contextlib.suppress(ValueError):
            if number is not signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)  # Python ignores some, and ignored signals stay so across exec
    try:
        os.execvpe(program, [program, *arguments], dict(environment))
    except OSError as error:
        raise SystemFailure(f"unable to execute '{program}': {error.strerror}") from None


def _leave_namespaces() -> None:
    """Has mounts of its own: as root, where that is enough, else as the same user in a user namespace."""
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):
            syscalls.unshare(syscalls.CLONE_NEWNS)
            return
    user, group = os.geteuid(), os.getegid()
    syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUSER)
    for file, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{file}", "w") as opened:
            opened.write(text)


def _await_threads() -> None:
    """The kernel lets nobody leave a user namespace who has threads; ours have ended, or are about to."""
    end = time.monotonic() + _END_SECONDS
    while len(os.listdir(_THREADS)) > 1 and time.monotonic() < end:
        time.sleep(0.001)


def _show(real_store_dir: str, store_dir: str) -> None:
    root = os.path.realpath(f"{real_store_dir}/{LINKS}")  # an empty folder, or one that nobody needs in there
    outside = own_mounts(root)
    syscalls.mount("lixeval", outside + root, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=755")
    inside = outside + root
    nix = os.path.dirname(store_dir)
    for name in sorted(os.listdir(outside or "/")):
        if f"/{name}" != nix:
            _bind(f"{outside}/{name}", inside, f"/{name}")
    os.mkdir(inside + nix, 0o755)
    own = sorted(os.listdir(outside + nix)) if os.path.isdir(outside + nix) else []
    for name in own:
        if f"{nix}/{name}" != store_dir:
            _bind(f"{outside}{nix}/{name}", inside, f"{nix}/{name}")
    os.mkdir(inside + store_dir, 0o755)
    machines = outside + store_dir if os.path.basename(store_dir) in own else None
    _show_stores(outside + real_store_dir, machines, inside + store_dir)
    for place in (root, f"{store_dir}/{LINKS}"):
        with contextlib.suppress(OSError):
            syscalls.unmount(inside + place)  # the tmpfs as it is seen below itself
    syscalls.mount("none", inside, flags=syscalls.MS_BIND | syscalls.MS_REMOUNT | _READ_ONLY_ROOT)
    syscalls.pivot_root(inside)


_READ_ONLY_ROOT = syscalls.MS_RDONLY | syscalls.MS_NOSUID | syscalls.MS_NODEV


def _bind(source: str, inside: str, target: str) -> None:
    make_mount_point(inside, Mount(source, target))
    if not os.path.islink(source):
        syscalls.bind(source, inside + target, read_only=False)


def _show_stores(ours: str, machines: str | None, target: str) -> None:
    """Both stores, read only, or ours alone where there is no other."""
    if machines is not None and os.listdir(machines):
        lower = ":".join(folder.replace("\\", "\\\\").replace(":", "\\:") for folder in (ours, machines))
        with contextlib.suppress(OSError):
            syscalls.mount("lixeval", target, "overlay", syscalls.MS_RDONLY, f"lowerdir={lower}")
            return
    syscalls.bind(ours, target, read_only=True)
