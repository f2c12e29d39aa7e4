"""Whether what was made before a fork is used after it.

A process id does not tell: builders inside lixeval are process 1 of a namespace, as lixeval itself is in a container.
"""

from __future__ import annotations

import os

_forks = 0


def forks() -> int:
    """How many forks lie between this process and the one that began: another number in each child than before."""
    return _forks


def _count() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_count)
