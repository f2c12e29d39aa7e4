"""Blobs in parallel: all of them, or the first failure, which ends the others.

Blobs that go over a network wait most of the time (`in_parallel`).  Those that are packed or copied here need
processors (`each_in_order`), and let go of the interpreter's lock for that: blocks are large.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from lixeval.errors import ImageError
from lixeval.system.machines import usable_cores

S = TypeVar("S")
T = TypeVar("T")


class Cancelled(ImageError):
    """Another blob's failure has ended this one's transfer."""


def in_parallel(count: int, tasks: Mapping[str, Callable[[threading.Event], T]]) -> dict[str, T]:
    """All results; the first failure stops the other tasks and is raised."""
    stop = threading.Event()

    def run(task: Callable[[threading.Event], T]) -> T:
        if stop.is_set():
            raise Cancelled("the transfer was cancelled")
        try:
            return task(stop)
        except BaseException:
            # Here, not where the failure is noticed: the next task must not begin in between.
            stop.set()
            raise

    pool = ThreadPoolExecutor(max(1, count), thread_name_prefix="transfer")
    futures: dict[str, Future[T]] = {name: pool.submit(run, task) for name, task in tasks.items()}
    try:
        finished, _ = wait(futures.values(), return_when=FIRST_EXCEPTION)
        failures = [error for future in finished if (error := future.exception()) is not None]
        for error in sorted(failures, key=lambda error: isinstance(error, Cancelled)):
            raise error
    except BaseException as error:
        stop.set()
        # A user who interrupts does not wait until a network that hangs has been given up.
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    pool.shutdown()
    return {name: future.result() for name, future in futures.items()}


def each_in_order(work: Callable[[S], T], items: Sequence[S]) -> Iterator[T]:
    """What `work` makes of each item, in their order, with as many at a time as there are processors.

    The failure that is raised is the first one's in that order; what has not begun by then does not begin.
    """
    count = min(usable_cores(), len(items))
    if count < 2:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(count, thread_name_prefix="blobs")
    try:
        yield from pool.map(work, items)
    except BaseException as error:
        # A user who interrupts does not wait until whole layers are packed.
        pool.shutdown(wait=isinstance(error, (Exception, GeneratorExit)), cancel_futures=True)
        raise
    pool.shutdown()
