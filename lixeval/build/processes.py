"""One build, in a process of its own.

The realiser forks a process for each build.  It arranges the builder's world, runs the builder (or calls the builtin
one), examines the outputs and puts them into place; all that is left to the realiser is to register them.  So heavy
work (hashing, builtin builders) runs in parallel whatever Python's lock says, and the death of either side cleans up:

    the realiser dies      the kernel sends this process SIGTERM, which unwinds it: the builder is killed, the
                           temporary directories go, the inherited locks end with the process
    this process dies      the kernel kills the builder, and with process 1 of its namespace everything in there

What it has to say goes through a pipe; see `messages`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import termios
import traceback
import tty
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from lixeval.build import directories, output_checks, outputs
from lixeval.build.directories import Build
from lixeval.build.messages import BuilderBug, Report, bug_report, error_report, outputs_report
from lixeval.build.outputs import Left
from lixeval.build.run_builder import call_builtin, run_program
from lixeval.build.sandbox import isolation
from lixeval.build.sandbox.namespaces import SandboxError
from lixeval.build.users import build_user
from lixeval.errors import HashMismatch, LixevalError
from lixeval.formats import store_path
from lixeval.store.path_info import PathInfo, content_address
from lixeval.system import syscalls
from lixeval.system.forks import fork

Work = Callable[[Build], list[PathInfo]]


class Cancelled(BaseException):
    """SIGTERM: the realiser gave the build up, or is gone."""


@dataclass(frozen=True, slots=True)
class Started:
    """The process of a build, the descriptor that its log is read from, and that of its reports."""

    pid: int
    log_fd: int
    report_fd: int


def start(build: Build, work: Work | None = None) -> Started:
    """Fork the build's process; `work` builds elsewhere instead, and gives the paths to register."""
    log_read, log_write = _open_log()
    report_read, report_write = os.pipe()
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = fork()
    if pid == 0:
        _run(build, work, parent, log_write, report_write, (log_read, report_read))
    os.close(log_write)
    os.close(report_write)
    os.set_blocking(log_read, False)
    os.set_blocking(report_read, False)
    return Started(pid, log_read, report_read)


def _open_log() -> tuple[int, int]:
    """The two ends of the log: a pseudo-terminal as in real Nix, so that programs write lines as they come."""
    try:
        leader, follower = os.openpty()
    except OSError:  # a container without /dev/pts
        return os.pipe()
    tty.setraw(follower, termios.TCSANOW)
    return leader, follower


def _run(
    build: Build, work: Work | None, parent: int, log_fd: int, report_fd: int, not_ours: tuple[int, ...]
) -> NoReturn:
    """The whole life of the child."""
    gc.freeze()  # a collection would touch, and so copy, every object of the parent
    status = 1
    try:
        with open(report_fd, "wb", buffering=0) as pipe:

            def report(message: dict[str, Any]) -> None:
                pipe.write(json.dumps(message).encode() + b"\n")

            try:
                _leave_the_parent(parent, log_fd, not_ours)
                report(outputs_report(_build(build, log_fd, report) if work is None else work(build)))
                status = 0
            except (LixevalError, OSError, SandboxError) as error:
                report(error_report(error))
            except BuilderBug as bug:
                report(bug_report(bug.report))
            except Exception:
                report(bug_report(traceback.format_exc()))
    finally:
        os._exit(status)


def _leave_the_parent(parent: int, log_fd: int, not_ours: tuple[int, ...]) -> None:
    """Become independent of the parent's terminal, signal handlers and streams, but not of its life."""

    def cancel(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not interrupt the cleaning up
        raise Cancelled

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, cancel)
    for descriptor in not_ours:
        os.close(descriptor)
    os.setsid()
    syscalls.die_with_parent(signal.SIGTERM, parent)
    syscalls.become_subreaper()
    os.umask(0o022)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(log_fd, 1)
    os.dup2(log_fd, 2)
    os.close(null)
    stream = open(1, "w", buffering=1, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115 (stays open until the process ends)
    sys.stdout = sys.stderr = stream


def _build(build: Build, log_fd: int, report: Report) -> list[PathInfo]:
    """Build, examine, put into place; the paths to register."""
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(directories.scratch_directory(build))
        pool_uid = None
        if build.builtin is None and isolation.wants_build_user():
            pool = f"{build.store.state_dir}/userpool"
            pool_uid = stack.enter_context(build_user(pool, kill=not build.isolation.is_complete))
        left = stack.enter_context(directories.places_for_outputs(build, scratch))
        directory = stack.enter_context(directories.build_directory(build, pool_uid, report))
        if build.builtin is not None:
            attributes = call_builtin(build, build.builtin, left, scratch, directory, report)
        else:
            attributes = run_program(build, left, scratch, directory, pool_uid, log_fd, report)
        if build.could_leak_files:
            left = outputs.renewed(left, f"{scratch}/fresh", pool_uid)
        infos = outputs.examine(build.drv_path, build.derivation, left, build.input_closure, pool_uid)
        return _accept(build, infos, left, attributes)


def _accept(
    build: Build,
    infos: dict[str, PathInfo],
    left: Mapping[str, Left],
    attributes: Mapping[str, Any] | None,
) -> list[PathInfo]:
    """The last judgement on outputs that exist; those that pass are put into place."""
    if build.derivation.fixed_output is not None:
        real_path = left["out"].real_path
        try:
            infos = {"out": outputs.check_fixed_output(build.drv_path, build.derivation, real_path, infos["out"])}
        except HashMismatch:
            _keep_other_content(build, infos["out"], left["out"])
            raise
    if build.check:
        keep = build.settings.keep_failed
        outputs.compare_with_valid(build.store, build.drv_path, infos, left, keep=keep)
        return []
    output_checks.check_outputs(build.derivation, attributes, infos, build.store.info)
    return outputs.put_in_place(build.store, infos, left)


def _keep_other_content(build: Build, info: PathInfo, left: Left) -> None:
    """What was fetched is not what was declared, but it is what it is: it becomes valid under its own path.

    So does real Nix: once the hash in the expression is corrected, nothing has to be fetched again.
    """
    output = build.derivation.outputs["out"]
    if info.references or build.check:
        return
    got = outputs.actual_hash(output, left.real_path, info)
    path = store_path.fixed_output_path(store_path.parse(output.path).name, output.method, got)
    address = content_address(output.method, got)
    other = PathInfo(path, info.nar_hash, info.nar_size, (), build.drv_path, ca=address, ultimate=True)
    build.store.hold([path])
    locks = build.store.lock([path])
    if locks.acquire(blocking=False):
        build.store.register(outputs.put_in_place(build.store, {"out": other}, {"out": Left(left.real_path, path)}))
        locks.release()
