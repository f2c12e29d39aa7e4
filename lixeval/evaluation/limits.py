"""Bounds of one run, for expressions that are not trusted: calls within calls, steps, time, memory.

    --max-call-depth N    calls within calls, counted as C++ Nix does (see `observers.meter`)
    --max-steps N         calls and evaluated thunks
    --max-time SECONDS    of the clock, with what evaluation waits for
    --max-memory SIZE     what evaluation takes beyond what lixeval itself has

None of them costs anything where it is not asked for.  The first two are counted by the evaluated code itself, which is
compiled for that; time and memory are looked at from the thread beside, and the operating system refuses what would
take much more memory at once.
"""

from __future__ import annotations

import os
import sys

from lixeval.errors import EvalError, SystemFailure, UsageError
from lixeval.system.deep_stack import DEPTH, is_out_of_memory, run_deep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from lixeval.evaluation.observers.meter import Meter

    T = TypeVar("T")

FRAMES_A_CALL = 8
"""Python's calls for one of Nix, at most, where calls are counted."""
LOOK = 0.01
"""Seconds between two looks at clock and memory."""
SPARE = 64 * 1024 * 1024
"""Bytes beyond the bound that can be had until a look has seen that it is reached; more at once is refused."""

_UNITS = "KMGTP"


class Ended(BaseException):
    """Put into the evaluating thread from beside; no Exception, so that nothing on the way takes it for its own."""


class Limits:
    """What one run may take; None: as much as it likes.  `memory` is in bytes, `time` in seconds: of the clock, or with
    `busy` those in which this process works, however much else the machine has to do.
    """

    def __init__(
        self,
        *,
        call_depth: int | None = None,
        steps: int | None = None,
        time: float | None = None,
        memory: int | None = None,
        busy: bool = False,
    ) -> None:
        self.call_depth = call_depth
        self.steps = steps
        self.time = time
        self.memory = memory
        self._busy = busy
        self._reached: EvalError | None = None
        self._usual: tuple[int, int] | None = None
        self._most = 0

    def meter(self) -> Meter | None:
        """What counts calls and steps, if they are bounded."""
        if self.call_depth is None and self.steps is None:
            return None
        from lixeval.evaluation.observers.meter import Meter

        return Meter(self.call_depth, self.steps)

    def run(self, function: Callable[[], T], look: Callable[[int], None] | None = None) -> T:
        """`function()`, run deep within the limits; `look` as for `run_deep`."""
        depth = DEPTH if self.call_depth is None else max(DEPTH, self.call_depth * FRAMES_A_CALL)
        if self.time is None and self.memory is None:
            return run_deep(function, depth, look)

        def body() -> T:
            self._bound_memory()
            return function()

        self._reached = None
        try:
            return run_deep(body, depth, self._watched(look), LOOK if look is None else 0.001)
        except BaseException as error:
            reached = self._reached
            if reached is None and self.memory is not None and is_out_of_memory(error):
                reached = self._no_memory()
            if reached is None:
                raise
            raise reached.with_traceback(error.__traceback__) from None
        finally:
            self.lift()

    def _watched(self, look: Callable[[int], None] | None) -> Callable[[int], None]:
        """A look at clock and memory, which ends the evaluating thread once."""
        import ctypes
        import time

        now = time.process_time if self._busy else time.monotonic
        end = now() + (sys.maxsize if self.time is None else self.time)

        def see(identifier: int) -> None:
            if look is not None:
                look(identifier)
            if self._reached is not None:
                return
            if now() > end:
                self._reached = EvalError(f"evaluation takes longer than {self.time:g} s (--max-time)", code="E0407")
            elif self._usual is not None and _taken() > self._most:
                # The way back to where the error is told takes some memory, too.
                self.lift()
                self._reached = self._no_memory()
            if self._reached is not None:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(identifier), ctypes.py_object(Ended))

        return see

    def _no_memory(self) -> EvalError:
        size = size_text(self.memory or 0)
        return EvalError(f"out of memory: evaluation may take {size} (--max-memory)", code="E0406")

    # Memory

    def _bound_memory(self) -> None:
        """From here on so many bytes more may be had; a little later Python would raise MemoryError."""
        if self.memory is None:
            return
        try:
            import resource

            self._most = _taken() + self.memory
        except (ImportError, OSError) as error:
            raise SystemFailure("--max-memory: this system does not tell what a process takes") from error
        usual = resource.getrlimit(resource.RLIMIT_DATA)
        wanted, hard = self._most + SPARE, usual[1]
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))
        self._usual = usual

    def lift(self) -> bool:
        """Takes the bound of memory away, for what is no evaluation (builds inherit it); whether there was one."""
        usual, self._usual = self._usual, None
        if usual is None:
            return False
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, usual)
        return True

    def unbounded(self, function: Callable[[], T]) -> T:
        """`function()`, without the bound of memory."""
        lifted = self.lift()
        try:
            return function()
        finally:
            if lifted:
                self._bound_memory()


def _taken() -> int:
    """The bytes of data that this process has."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")


def parse_size(text: str) -> int:
    """Bytes: a number, perhaps with K, M, G, T (each 1024 of the one before) and "iB" or "B" behind it."""
    number = text.upper().removesuffix("B").removesuffix("I")
    factor = 1
    if number[-1:] and number[-1:] in _UNITS:
        factor = 1024 ** (_UNITS.index(number[-1]) + 1)
        number = number[:-1]
    try:
        size = float(number) * factor
    except ValueError:
        size = 0.0
    if not 0 < size < sys.maxsize:
        raise UsageError(f"'{text}' is no size: a number of bytes, or such as 512M and 2G, is")
    return int(size)


def parse_seconds(text: str) -> float:
    """Seconds, perhaps with a fraction."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise UsageError(f"'{text}' is no time: seconds, such as 10 or 0.5, are")
    return seconds


def size_text(size: int) -> str:
    """A size as it is typed."""
    for power in range(len(_UNITS), 0, -1):
        if size % 1024**power == 0:
            return f"{size // 1024**power}{_UNITS[power - 1]}"
    return f"{size} bytes"
