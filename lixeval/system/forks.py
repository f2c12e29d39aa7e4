"""Forking, and whether what was made before a fork is used after it.

A process id does not tell: builders inside lixeval are process 1 of a namespace, as lixeval itself is in a container.
"""

from __future__ import annotations

import os
import sys

_forks = 0


def fork() -> int:
    """`os.fork`, without what Python says from 3.12 on where there are threads (a progress display's, or one that has
    evaluated and is about to end): that their locks may be held for ever, of which our children use none."""
    if sys.version_info < (3, 12):
        return os.fork()
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def forks() -> int:
    """How many forks lie between this process and the one that began: another number in each child than before."""
    return _forks


def _count() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_count)
