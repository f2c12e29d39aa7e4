"""The sandbox made by bubblewrap, where only an installed and blessed program may make one.

Some machines forbid user namespaces to everybody but named programs (AppArmor on Ubuntu), or have a set-user-id bwrap.
There `build.sandbox.namespaces` fails and this works.  It differs from real Nix in two details that bubblewrap fixes:
process 1 is bubblewrap's own, and before version 0.9 argv[0] is the program's whole path.

Source: bwrap(1).
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import tempfile
from typing import NoReturn

from lixeval.build.sandbox.description import Command, Sandbox, mountable
from lixeval.build.sandbox.namespaces import SandboxError, await_start, execute, guarded
from lixeval.system import syscalls
from lixeval.system.forks import fork


@functools.cache
def find() -> str | None:
    """The bwrap to use, or None."""
    return shutil.which("bwrap")


@functools.cache
def _knows_argv0(program: str) -> bool:
    shown = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    return "--argv0" in shown.stdout + shown.stderr


@functools.cache
def may_be_held(program: str) -> bool:
    """Whether it still makes namespaces once it may gain no rights, as Landlock's scopes ask of who takes them: one
    that is set-user-id does not, and inside of its sandbox there is no program of ours that could take them later.
    """
    tried = [program, "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    return subprocess.run(tried, capture_output=True, check=False, preexec_fn=_hold).returncode == 0


def _hold() -> None:
    syscalls.no_new_privileges()
    syscalls.reach_no_process_outside()


def options(sandbox: Sandbox, command: Command) -> list[str]:
    """bwrap's options for this sandbox, up to the command."""
    identity = sandbox.identity
    chosen = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", "localhost"]
    if not sandbox.network:
        chosen.append("--unshare-net")
    chosen += ["--uid", str(identity.uid), "--gid", str(identity.gid), "--die-with-parent", "--new-session"]
    chosen += ["--bind", sandbox.root, "/"]
    for mount in mountable(sandbox):
        chosen += ["--ro-bind" if mount.read_only else "--bind", mount.source, mount.target]
    chosen += ["--dev", "/dev", "--proc", "/proc", "--chdir", command.directory]
    if sandbox.kvm and os.path.exists("/dev/kvm"):
        chosen += ["--dev-bind", "/dev/kvm", "/dev/kvm"]
    for name, value in command.environment.items():
        chosen += ["--setenv", name, value]
    return chosen


def probe(sandbox: Sandbox) -> None:
    """Try to set the sandbox up, with a command that is the machine's own `true`; raises SandboxError."""
    system = [["--ro-bind-try", directory, directory] for directory in ("/usr", "/lib", "/lib64", "/bin")]
    command = Command("/usr/bin/true", ("true",), {}, "/", log_fd=2)
    chosen = [*options(sandbox, command), *(option for three in system for option in three)]
    try:
        subprocess.run(["bwrap", *chosen, "true"], capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        raise SandboxError(error.stderr.strip()) from error


def start(sandbox: Sandbox, command: Command) -> int:
    """Start `command` in `sandbox`; the process id to wait for."""
    program = find()
    if program is None:
        raise SandboxError("there is no bwrap on PATH")
    chosen = options(sandbox, command)
    if _knows_argv0(program):
        chosen += ["--argv0", command.arguments[0]]
    # A closure can be longer than a command line may be: the options go through a file.
    with tempfile.TemporaryFile() as file:
        file.write(b"".join(os.fsencode(option) + b"\0" for option in chosen))
        file.seek(0)
        arguments = ("bwrap", "--args", str(file.fileno()), "--", command.program, *command.arguments[1:])
        outside = Command(program, arguments, {}, "/", command.log_fd, command.thirty_two_bits)
        error_read, error_write = os.pipe()
        parent, held = os.getpid(), may_be_held(program)
        pid = fork()
        if pid == 0:
            os.close(error_read)
            guarded(error_write, lambda: _execute(outside, file.fileno(), parent, held))
        os.close(error_write)
        await_start(pid, error_read)
    return pid


def _execute(command: Command, options_fd: int, parent: int, held: bool) -> NoReturn:
    syscalls.die_with_parent(signal.SIGKILL, parent)
    if held:
        _hold()
    execute(command, alone=False, keep=options_fd)
