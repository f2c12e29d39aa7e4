"""Forking where other threads are."""

from __future__ import annotations

import subprocess
import sys


def test_a_process_with_threads_forks_without_a_warning() -> None:
    """From Python 3.12 on one would come, which is an error for who has asked for errors."""
    program = """
import os, threading
from lixeval.system.forks import fork, forks
waits = threading.Event()
thread = threading.Thread(target=waits.wait)
thread.start()
before = forks()
child = fork()
if child == 0:
    os._exit(forks() - before)
waits.set()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
