"""The users that builders run as when root builds, so that no builder is ever root.

They need no entry in /etc/passwd: the numbers are those that Nix's installer gives to nixbld1, nixbld2, … and to the
group nixbld.  A build takes one for itself by locking `ROOT/nix/var/nix/userpool/UID`, as real Nix does, so two
lixevals, or lixeval and Nix, never share one; and at the end of the build everything that still runs as that user is
killed, which finds daemons that neither a process group nor a namespace confines.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator

from lixeval.errors import StoreError

FIRST_UID = 30001
COUNT = 32
GID = 30000


# Capabilities (capability.h) without which root cannot give files and processes to another user.
_NEEDED = {"CAP_CHOWN": 0, "CAP_KILL": 5, "CAP_SETGID": 6, "CAP_SETUID": 7}


def may_become(uid: int, gid: int) -> bool:
    """True if this process (root) could change to `uid` and `gid`.

    A user namespace may not contain them, and a container may have taken the right to change away.
    """
    is_there = _is_mapped("/proc/self/uid_map", uid) and _is_mapped("/proc/self/gid_map", gid)
    return is_there and all(_effective_capabilities() >> bit & 1 for bit in _NEEDED.values())


def _effective_capabilities() -> int:
    try:
        with open("/proc/self/status") as file:
            return next((int(line.split()[1], 16) for line in file if line.startswith("CapEff:")), -1)
    except FileNotFoundError:
        return -1  # all bits: without /proc there is nobody to ask


def _is_mapped(table: str, number: int) -> bool:
    try:
        with open(table) as file:
            ranges = [tuple(map(int, line.split())) for line in file]
    except FileNotFoundError:
        return True
    return any(first <= number < first + length for first, _, length in ranges)


@contextlib.contextmanager
def build_user(pool_directory: str, *, kill: bool) -> Iterator[int]:
    """A user that no other build is using, for as long as the context lasts.

    With `kill`, whatever runs as that user is killed before and after: needless where a namespace sees to it.
    """
    os.makedirs(pool_directory, exist_ok=True)
    for uid in range(FIRST_UID, FIRST_UID + COUNT):
        lock = os.open(f"{pool_directory}/{uid}", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        try:
            if kill:
                kill_all_of(uid)
            yield uid
        finally:
            if kill:
                kill_all_of(uid)
            os.close(lock)
        return
    raise StoreError(f"all {COUNT} build users are in use (see {pool_directory})")


def kill_all_of(uid: int) -> None:
    """Kill every process of the user: a child becomes the user and signals all that it may."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setresgid(GID, GID, GID)
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
