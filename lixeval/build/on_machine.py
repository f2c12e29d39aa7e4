"""One build on a remote builder, in a process of its own: as `processes` has it for builds here.

    connect -> what of the inputs is there? (one question) -> send the rest (one request) -> build -> fetch the outputs,
    checked, into their places -> report, and the realiser registers them

A machine that trusts us is given the derivation itself, with its inputs resolved; another one the .drv with all that it
refers to, which proves what the outputs are called.  What the builder says is the log.  A machine that is gone, full,
not as it should be or unwilling is reported as such (`MachineFailed`), and the build goes elsewhere; a build that
failed has failed.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lixeval.build import output_checks, outputs, structured_attrs
from lixeval.build.directories import Build
from lixeval.build.machines import Machine, file_name
from lixeval.build.messages import MachineFailed
from lixeval.build.results import failure_of
from lixeval.daemon import messages as m
from lixeval.daemon import protocol as p
from lixeval.daemon import values as v
from lixeval.daemon.connection import Connection
from lixeval.daemon.wire import text
from lixeval.errors import BuildError, FormatError, LixevalError, reason_of
from lixeval.formats import nar
from lixeval.store.path_info import PathInfo, content_address
from lixeval.store.unpacking import unpack_nar
from lixeval.system.graphs import dependencies_first

if TYPE_CHECKING:
    from lixeval.daemon.connection import Dump
    from lixeval.formats.store_path import RealPath, StorePath

_PATIENCE = 60.0
"""Seconds that a machine may keep silent where it has nothing to build: to greet, to answer, to take and send a NAR."""
_UNWILLING = frozenset((v.TRANSIENT_FAILURE, v.MISC_FAILURE, v.INPUT_REJECTED, v.NO_SUBSTITUTERS))
_NO_ROOM = ("No space left on device", "Disk quota exceeded", "database or disk is full")


def build_there(build: Build, machine: Machine, load: str) -> list[PathInfo]:
    """Builds on a machine; the paths to register, whose files are in their places.

    Raises MachineFailed where another one may do better, BuildError where the build failed.
    """
    try:
        return _build_there(build, machine, load)
    except (BuildError, MachineFailed):
        raise
    except (LixevalError, OSError) as error:
        raise MachineFailed(reason_of(error), is_gone=not isinstance(error, m.DaemonRefused)) from None


def _build_there(build: Build, machine: Machine, load: str) -> list[PathInfo]:
    connection = Connection(machine.place.connect(_PATIENCE), _Log())
    try:
        settings = build.settings
        others = {"timeout": f"{int(settings.timeout)}"} if settings.timeout else {}
        if settings.max_log_size:
            others["max-build-log-size"] = f"{settings.max_log_size}"
        connection.set_options(
            keep_failed=False, max_silent_time=int(settings.max_silent_time), cores=settings.cores, others=others
        )
        may_be_told = connection.trust != p.NOT_TRUSTED or build.derivation.fixed_output is not None
        needed = list(build.input_closure) if may_be_told else build.store.closure([build.drv_path])
        if not may_be_told:
            needed = sorted({*needed, *build.input_closure})
        _send(build, connection, machine, needed, load)
        connection.channel.patience = 0  # a build may be silent for as long as the user lets it
        result = _result(build, connection, may_be_told)
        connection.channel.patience = _PATIENCE
        full = any(one in result.message for one in _NO_ROOM)
        if result.status in _UNWILLING or full:
            raise MachineFailed(m.plain(result.message) or f"it would not build ({result.status})", is_gone=full)
        if not result.is_success:
            raise failure_of(build.drv_path, result)
        return _fetch(build, connection)
    finally:
        connection.close()


def _send(build: Build, connection: Connection, machine: Machine, needed: Sequence[StorePath], load: str) -> None:
    """Makes the inputs valid there; two processes do not send the same to one machine at once."""
    if build.settings.builders_use_substitutes:
        connection.valid_among(needed, substitute=True)
    os.makedirs(load, exist_ok=True)
    lock = os.open(f"{load}/{file_name(machine)}.upload", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answers = connection.hold_and_ask(needed)
        infos = build.store.infos([path for path, there in zip(needed, answers, strict=True) if not there])
        edges = [(info.path, other) for info in infos.values() for other in info.references]
        order = dependencies_first(infos, edges)
        if order:
            connection.add_many([(infos[path], _dump(build, path)) for path in order], len(order))
    finally:
        os.close(lock)


def _dump(build: Build, path: StorePath) -> Dump:
    return lambda write: nar.dump(build.store.real(path), write)


def _result(build: Build, connection: Connection, may_be_told: bool) -> v.BuildResult:
    mode = 2 if build.check else 0
    derivation = build.derivation
    if may_be_told:
        return connection.build_derivation(build.drv_path, derivation, list(build.inputs), mode)
    derived = f"{build.drv_path}!{','.join(derivation.outputs)}"
    results = connection.build([derived], mode)
    # Before 1.34 there are no results, and a failure was raised.
    return next(iter(results.values()), v.BuildResult(v.BUILT))


def _fetch(build: Build, connection: Connection) -> list[PathInfo]:
    """The outputs, unpacked in their places and checked as those of a build here are."""
    paths = {name: output.path for name, output in build.derivation.outputs.items()}
    if build.check:
        return []
    described = connection.infos(list(paths.values()))
    known = {*build.input_closure, *paths.values()}
    infos: dict[str, PathInfo] = {}
    for name, path in paths.items():
        if path not in described:
            raise MachineFailed(f"it says that it has built '{path}', and does not have it")
        info = described[path]
        strange = set(info.references) - known
        if strange:
            raise MachineFailed(f"its '{path}' refers to '{min(strange)}', which a build of it could not know")
        infos[name] = PathInfo(
            path,
            info.nar_hash,
            info.nar_size,
            info.references,
            build.drv_path,
            0,
            _address(build, name),
            False,
            info.signatures,
        )
    output_checks.check_outputs(build.derivation, structured_attrs.parse(build.derivation), infos, build.store.info)
    fresh = [(name, info) for name, info in infos.items() if info.path not in build.valid]
    for name, info in fresh:
        _unpack(build, connection, name, info)
    return [info for _, info in fresh]


def _address(build: Build, name: str) -> str | None:

    output = build.derivation.outputs[name]
    return content_address(output.method, output.content_hash) if output.is_fixed else None


def _unpack(build: Build, connection: Connection, name: str, info: PathInfo) -> None:
    reader = connection.ask(p.NAR_FROM_PATH, text(info.path))
    rest = info.nar_size

    def read(size: int) -> bytes:
        nonlocal rest
        data = reader.read(min(size, rest + 1))
        rest -= len(data)
        if rest < 0:
            raise MachineFailed(f"its NAR of '{info.path}' is longer than it said")
        return data

    def check(real_path: RealPath) -> None:
        if build.derivation.fixed_output is not None:
            outputs.check_fixed_output(build.drv_path, build.derivation, real_path, info)

    build.store.hold([info.path])
    try:
        unpack_nar(build.store, info, read, check)
    except FormatError as error:
        raise MachineFailed(f"its NAR of '{info.path}' is none: {error.message}") from None


class _Log(m.Hearer):
    """Writes what the builder says where a builder here would: to this process's output."""

    def __init__(self) -> None:
        self._activities: dict[int, Mapping[str, str]] = {}

    def result(self, activity: int, kind: int, fields: Sequence[int | str]) -> None:
        if kind == m.BUILD_LOG_LINE and fields:
            sys.stdout.write(str(fields[0]) + "\n")
