"""A lease that another process holds on a file: fcntl(2), F_SETLEASE."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOLDER = """
import fcntl, os, signal, sys
gives_back = sys.argv[2] == "gives back"
descriptor = os.open(sys.argv[1], os.O_RDONLY)
signal.signal(signal.SIGIO, lambda *_: os._exit(0) if gives_back else None)
fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def lease(file: Path, kind: str) -> Iterator[None]:
    """Another process holds a lease on a file; what `kind` says happens when it is asked for it."""
    command = [sys.executable, "-c", HOLDER, str(file), kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        yield
        holder.kill()


def leasable(folder: Path) -> Path:
    """The only file of a new folder, of which leases can be had."""
    folder.mkdir()
    found = folder / "file"
    found.write_text("text")
    try:
        descriptor = os.open(found, os.O_RDONLY)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        os.close(descriptor)
    except OSError as error:
        pytest.skip(f"this file system has no leases: {error.strerror}")
    return found
