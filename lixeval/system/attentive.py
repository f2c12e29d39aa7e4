"""Waiting for others without being deaf: for work that a thread does in C, for a minute if need be.

Ctrl-C and limits reach the thread that evaluates as exceptions, which Python raises between two of its own steps and
never while a socket waits for a server that keeps silent.
"""

from __future__ import annotations

import threading

from lixeval.system.deep_stack import is_told_by_exceptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

STEP = 0.25
"""Seconds after which a waiting thread looks whether it is told to end."""


def attentively(work: Callable[[], T]) -> T:
    """`work()`, during which the thread that evaluates can be told to end: the work is then left to itself."""
    if not is_told_by_exceptions():
        return work()
    results: list[T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(STEP)
    if errors:
        raise errors[0]
    return results[0]
