"""One process, measured from outside: what the operating system accounts for it and its children."""

from __future__ import annotations

import os
import resource
import select
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds of wall and CPU (user and system), MiB of the largest process, what was printed, and how many pages of
    memory were touched for the first time."""

    wall: float
    cpu: float
    memory: float
    output: str
    errors: str
    code: int
    faults: int = 0


def run(command: Sequence[str], environment: Mapping[str, str], timeout: float) -> Run:
    """Runs a command to its end; one that takes longer than `timeout` seconds is stopped, with code -9."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment)
        code, usage = _wait(process, start + timeout)
        wall = time.perf_counter() - start
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace").strip())
    out, error = texts
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out, error, code, usage.ru_minflt)


def _wait(process: subprocess.Popen[bytes], deadline: float) -> tuple[int, resource.struct_rusage]:
    descriptor = os.pidfd_open(process.pid)
    try:
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        ready = ended.poll(max(0.0, deadline - time.perf_counter()) * 1000)
    finally:
        os.close(descriptor)
    if not ready:
        process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = code = os.waitstatus_to_exitcode(status)
    return code, usage


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the runs of one contestant on one case, and the largest memory; `overhead` is what was taken off."""

    wall: float
    cpu: float
    memory: float
    runs: int
    overhead: float


def medians(runs: Sequence[Run], wrapper: Sequence[Run] = ()) -> Figures:
    """The medians of `runs`, less those of a wrapper that they were started through."""
    wall, cpu = _median_times(runs)
    off_wall, off_cpu = _median_times(wrapper)
    memory = max(one.memory for one in runs)
    return Figures(max(wall - off_wall, 0.0001), max(cpu - off_cpu, 0.0001), memory, len(runs), off_wall)


def _median_times(runs: Sequence[Run]) -> tuple[float, float]:
    if not runs:
        return 0.0, 0.0
    return statistics.median(one.wall for one in runs), statistics.median(one.cpu for one in runs)
