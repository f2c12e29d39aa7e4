"""The workshops of the build tests, and what the kernel must know for some."""

import os

import pytest

from lixeval.system import syscalls
from tests.support.workshop import isolated_workshop, make_workshop, workshop

__all__ = ["isolated_workshop", "make_workshop", "workshop"]


@pytest.fixture
def scopes() -> None:
    """Landlock's scopes, asked for in a process that stays so."""
    pid = os.fork()
    if pid == 0:
        syscalls.no_new_privileges()
        os._exit(0 if syscalls.reach_no_process_outside() else 1)
    if os.waitpid(pid, 0)[1]:
        pytest.skip("the kernel does not know Landlock's scopes (Linux 6.12)")
