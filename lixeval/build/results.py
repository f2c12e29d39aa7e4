"""What came of making outputs: where they are, or what failed, as nix-build's exit codes have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lixeval.build.plan import Plan, Wanted
from lixeval.daemon import messages as m
from lixeval.daemon import values as v
from lixeval.errors import BuildError, BuildRejected, BuildTimeout, HashMismatch, NotDeterministic
from lixeval.formats.store_path import StorePath


@dataclass(frozen=True, slots=True)
class Results:
    """`outputs`: drv path → output name → store path, for all that was wanted; `built`: what had to be built."""

    outputs: Mapping[StorePath, Mapping[str, StorePath]]
    built: tuple[StorePath, ...]
    plan: Plan

    def paths(self, wanted: Wanted) -> tuple[StorePath, ...]:
        """The paths of what was wanted, in its order."""
        outputs = self.outputs[wanted.drv_path]
        return tuple(outputs[name] for name in (wanted.outputs or outputs))


class BuildsFailed(BuildError):
    """Several builds failed under `keep_going`; `failures` are their errors."""

    def __init__(self, failures: Sequence[BuildError]) -> None:
        names = "".join(f"\n- {failure.message}" for failure in failures)
        super().__init__(f"{len(failures)} builds failed:{names}")
        self.failures = tuple(failures)
        self.exit_code = failing_exit_code(failures)


def failing_exit_code(failures: Sequence[BuildError]) -> int:
    """nix-build's exit code for failures: 96 and a bit for each kind that occurred.

    4 for a failed build, with 1 for one that timed out and with 2 for a hash mismatch; 8 for non-determinism; where
    nothing but rejections and failures of fixed-output derivations occurred, just 1 (manual, nix-build, "Special exit
    codes for build failure"; C++: `Worker::failingExitStatus`).
    """
    bits = 0
    for failure in failures:
        if failure.exit_code != 1:
            bits |= {BuildTimeout: 5, HashMismatch: 6, NotDeterministic: 8}.get(type(failure), 4)
    return bits | 0x60 if bits else 1


def failed(failures: Iterable[BuildError]) -> None:
    """Raises what failed, if anything did."""
    every = list(failures)
    if len(every) == 1:
        raise every[0]
    if every:
        raise BuildsFailed(every)


_KINDS: dict[int, type[BuildError]] = {
    v.TIMED_OUT: BuildTimeout,
    v.OUTPUT_REJECTED: BuildRejected,
    v.INPUT_REJECTED: BuildRejected,
    v.NOT_DETERMINISTIC: NotDeterministic,
}


def failure_of(drv_path: StorePath, result: v.BuildResult) -> BuildError:
    """The error that a build result stands for, with the daemon's text."""
    message = m.plain(result.message).strip() or f"building '{drv_path}' failed"
    if "log lines:" in message:
        message = message.partition("\n")[0].rstrip(";")  # the last lines are shown below it, as for builds here
    kind = _KINDS.get(result.status, BuildError)
    if "hash mismatch in fixed-output derivation" in message:
        kind = HashMismatch
    return kind(message.removeprefix("error: "), drv_path=drv_path)
