"""Work that nobody waits for: done by a process of its own after this one has answered."""

from __future__ import annotations

import os

from lixeval.system.deep_stack import is_at_its_end
from lixeval.system.forks import fork
from lixeval.system.machines import memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MOST_SECONDS = 300
"""Of processor time; then the work is given up, as it is where it takes half of the machine's memory."""

_RESERVED = 2 << 30
"""So much of a process's addresses may be stacks that are hardly used."""


def in_background(work: Callable[[], object], *, is_worker: bool = False) -> bool:
    """Begins `work()` in a child that outlives this process and holds nothing of it open; whether that could be done.

    Only a command's own process is split in two, or a worker of it, and none that a program has called a command in.

    The child has no terminal, its input and output lead nowhere, it gives way to other processes and is the first to go
    where memory runs out, and whatever it fails with is nobody's concern.
    """
    if not (is_at_its_end() or is_worker) or not hasattr(os, "fork"):
        return False
    try:
        child = fork()
    except OSError:
        return False
    if child:
        os.waitpid(child, 0)
        return True
    try:
        # A child of a child: whoever waits for this process's children has nothing to do with it.
        if fork():
            os._exit(0)
        _let_go()
        work()
    finally:
        os._exit(0)


def _let_go() -> None:
    """Leaves terminal, files and locks to others."""
    import gc
    import resource
    from contextlib import suppress

    gc.disable()  # it ends soon, and would look through what it shares with its parent
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.nice(10)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")
    if memory():
        most = memory() // 2 + _RESERVED
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
