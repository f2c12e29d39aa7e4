"""Running a builder: a program in its isolation, or a builtin one by a call.

Source: local-derivation-goal.cc (`startBuilder`, `runChild`, `cleanupPreChildKill`).
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

from lixeval.build import directories
from lixeval.build.builders.builder import BuildContext, Builtin
from lixeval.build.builders.inputs import Inputs
from lixeval.build.directories import Build
from lixeval.build.environment import (
    DIRECTORY_VARIABLES,
    BuildEnvironment,
    Rewrites,
    build_environment,
    rewrites_for,
)
from lixeval.build.messages import Report, error_from_json
from lixeval.build.outputs import Left
from lixeval.build.sandbox import builtin, isolation
from lixeval.build.sandbox.builtin import OUTPUTS_DIRECTORY, BuiltinSandbox
from lixeval.build.sandbox.description import BUILD_DIRECTORY, Command, Identity, Mount
from lixeval.errors import BuildError
from lixeval.system.machines import current_system

_LOW_DISK_SPACE = 8 << 20
_WITHOUT_SANDBOX = (
    "user namespaces or root's right to mount are needed; --sandbox auto lets such builders run without them, "
    "and then they read and write by store paths alone"
)


def call_builtin(
    build: Build, builtin: Builtin, left: Mapping[str, Left], scratch: str, directory: str, report: Report
) -> dict[str, Any] | None:
    """Call a builder of ours, in its sandbox where there is one; the derivation's structured attributes."""
    environment = _environment(build, _rewrites(build, left), directory)
    attributes = environment.structured_attrs
    asked = environment.variables if attributes is None else attributes
    also = tuple(builtin.also_reads(build.store, asked)) if builtin.also_reads is not None else ()
    found = builtin.ask_outside(asked) if builtin.ask_outside is not None else None
    closure = {*build.input_closure, *also}

    def given(outputs: dict[str, str], top: str, inputs: Inputs) -> BuildContext:
        return BuildContext(
            drv_path=build.drv_path,
            derivation=build.derivation,
            outputs=outputs,
            store=inputs,
            environment={**environment.variables, **dict.fromkeys(DIRECTORY_VARIABLES, top)},
            structured_attrs=attributes,
            log=print,
            temporary_directory=top,
            cores=build.settings.builder_cores,
            input_closure=build.input_closure,
            also=also,
            outside=found,
        )

    def sandbox() -> BuiltinSandbox:
        root = f"{scratch}/view"
        os.mkdir(root)
        directories = {os.path.dirname(item.real_path) for item in left.values()}
        mounts = [Mount(directory, BUILD_DIRECTORY, read_only=False)]
        mounts += [Mount(path, OUTPUTS_DIRECTORY, read_only=False) for path in directories]
        mounts += [Mount(build.store.real(path), path) for path in sorted(closure)]
        return BuiltinSandbox(root, tuple(mounts), build.derivation.fixed_output is not None, builtin.reads_host)

    for item in left.values():
        os.makedirs(os.path.dirname(item.real_path), exist_ok=True)
    if build.settings.sandbox != "off":
        outputs = {name: f"{OUTPUTS_DIRECTORY}/{os.path.basename(item.real_path)}" for name, item in left.items()}
        context = given(outputs, BUILD_DIRECTORY, Inputs(closure, lambda path: path))
        if _called_in_sandbox(build, sandbox(), lambda: builtin.build(context), report):
            return attributes
    os.chdir(directory)
    outputs = {name: item.real_path for name, item in left.items()}
    builtin.build(given(outputs, directory, Inputs(closure, build.store.real)))
    return attributes


def _called_in_sandbox(build: Build, sandbox: BuiltinSandbox, body: Callable[[], None], report: Report) -> bool:
    """Whether it was called: False where there is no sandbox to be had, and nothing has happened."""
    try:
        status, said = builtin.run(sandbox, body)
    finally:
        _end_children()
    if "unavailable" in said:
        if build.settings.sandbox == "required":
            raise BuildError(
                f"builder for '{build.drv_path}' runs inside lixeval, and cannot be isolated here: "
                f"{said['unavailable']}",
                drv_path=build.drv_path,
                hint=_WITHOUT_SANDBOX,
            )
        report({"unsandboxed": said["unavailable"]})
        return False
    if "error" in said:
        raise error_from_json(said["error"], build.drv_path)
    if status != 0:
        raise BuildError(f"builder for '{build.drv_path}' {_describe(status)}")
    return True


def run_program(
    build: Build,
    left: Mapping[str, Left],
    scratch: str,
    directory: str,
    pool_uid: int | None,
    log_fd: int,
    report: Report,
) -> dict[str, Any] | None:
    """Run the builder to its end; the derivation's structured attributes.  Raises BuildError if it fails."""
    rewrites = _rewrites(build, left)
    environment = _environment(build, rewrites, directory)
    identity = isolation.identity(build.isolation, pool_uid)
    _write_files(environment.files, directory, identity)
    if identity.host_uid != os.geteuid():
        os.fchown(log_fd, identity.host_uid, -1)  # /dev/stdout is opened by who owns it
    sandbox = directories.sandbox_for(build, scratch, directory, identity)
    try:
        pid = isolation.start(build.isolation, sandbox, _command(build, rewrites, environment, directory, log_fd))
    except BaseException:
        _end_children()
        raise
    try:
        report({"builder": pid})
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    finally:
        status = _end(pid)
    if status != 0:
        raise BuildError(f"builder for '{build.drv_path}' {_describe(status)}", hint=_disk_hint(build, directory))
    return environment.structured_attrs


def _rewrites(build: Build, left: Mapping[str, Left]) -> Rewrites:
    return rewrites_for(build.derivation, {name: item.built_as for name, item in left.items()})


def _environment(build: Build, rewrites: Rewrites, directory: str) -> BuildEnvironment:
    return build_environment(
        build.store,
        build.derivation,
        rewrites=rewrites,
        input_closure=frozenset(build.input_closure),
        build_directory=directories.inside(build, directory),
        cores=build.settings.builder_cores,
        inherited=build.settings.inherited,
    )


def _command(build: Build, rewrites: Rewrites, environment: BuildEnvironment, directory: str, log_fd: int) -> Command:
    derivation = build.derivation
    program = rewrites.apply(derivation.builder)
    return Command(
        program=program,
        arguments=(os.path.basename(program), *map(rewrites.apply, derivation.arguments)),
        environment=environment.variables,
        directory=directories.inside(build, directory),
        log_fd=log_fd,
        thirty_two_bits=derivation.platform == "i686-linux" and current_system() == "x86_64-linux",
    )


def _write_files(files: Mapping[str, str], directory: str, identity: Identity) -> None:
    for name, text in files.items():
        path = f"{directory}/{name}"
        with open(path, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        if identity.host_uid != os.geteuid():
            os.chown(path, identity.host_uid, identity.host_gid)


def _end(pid: int) -> int:
    """Kill the builder, if it still runs, and everything that it has started; its wait status, when all are gone.

    What has lost its parent is adopted by this process.  So is process 1 of a builder's namespace, whose death the
    kernel makes that of the whole namespace; without one, there is the process group (and `build_user`).
    """
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    _end_children()
    return status


def _end_children() -> None:
    while children := _children():
        for child in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(children[0], 0)


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(word) for word in file.read().split()]
    except FileNotFoundError:  # a kernel without this file, or no /proc
        return []


def _describe(status: int) -> str:
    """A wait status in Nix's words (C++: `statusToString`)."""
    if os.WIFEXITED(status):
        return f"failed with exit code {os.WEXITSTATUS(status)}"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"failed due to signal {number} ({signal.strsignal(number)})"
    return "died abnormally"


def _disk_hint(build: Build, directory: str) -> str | None:
    for path in (build.store.real_store_dir, directory):
        status = os.statvfs(path)
        if status.f_bavail * status.f_frsize < _LOW_DISK_SPACE:
            return "the build failure may have been caused by lack of free disk space"
    return None
