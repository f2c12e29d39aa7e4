"""Running deep: a thread with a large stack and no small recursion limit.

Compiled Nix calls Python from Python, which needs no C stack at all, so the limit counts Nix's own depth (about three
Python calls a Nix call).  The large stack is insurance for the few ways through C (Python's own functions that call
back).
"""

from __future__ import annotations

import gc
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


STACK_SIZE = 512 * 1024 * 1024
DEPTH = 1_000_000


def run_deep(function: Callable[[], T], depth: int = DEPTH) -> T:
    """`function()`, evaluated deep; its result or exception becomes the caller's.

    The garbage collector rests meanwhile: evaluation makes millions of small objects and hardly any cycles, and looking
    for those takes up to a third of the time.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    limit, collected = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, depth))
    gc.disable()
    try:
        _wait(_start(body))
    finally:
        sys.setrecursionlimit(limit)
        if collected:
            gc.enable()
    if errors:
        raise errors[0]
    return results[0]


def _wait(thread: threading.Thread) -> None:
    """Waits for the evaluation; Ctrl-C, which only the main thread is told of, is passed on to it."""
    try:
        thread.join()
    except KeyboardInterrupt:
        import ctypes

        identifier = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(identifier, ctypes.py_object(KeyboardInterrupt))
        thread.join(5)
        raise


def _start(body: Callable[[], None]) -> threading.Thread:
    """Starts a thread with the largest stack that the machine grants."""
    before = threading.stack_size()
    size = STACK_SIZE
    try:
        while True:
            try:
                threading.stack_size(size)
                thread = threading.Thread(target=body, name="evaluation", daemon=True)
                thread.start()
                return thread
            except (RuntimeError, ValueError):
                if size <= 16 * 1024 * 1024:
                    raise
                size //= 2
    finally:
        threading.stack_size(before)
