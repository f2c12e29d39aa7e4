"""The users that builders run as when root builds, so that no builder is ever root.

They need no entry in /etc/passwd: the numbers are those that Nix's installer gives to nixbld1, nixbld2, … and to the
group nixbld.  A build takes one for itself by locking `UID` in the machine's folder of users, in that of Nix's own
store and in that of the store it builds for, so two lixevals, or lixeval and Nix, never share one, whatever their
stores; and at the end of the build everything that still runs as that user is killed, which finds daemons that neither
a process group nor a namespace confines.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator

from lixeval.errors import StoreError
from lixeval.system.forks import fork

FIRST_UID = 30001
COUNT = 32
GID = 30000

MACHINE_POOL = "/run/lixeval/userpool"
NIX_POOL = "/nix/var/nix/userpool"

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
def build_user(store_pool: str, *, kill: bool) -> Iterator[int]:
    """A user that no other build is using, for as long as the context lasts.

    With `kill`, whatever runs as that user is killed before and after: needless where a namespace sees to it.
    """
    pools = list(dict.fromkeys(_pools(store_pool)))  # the store may be Nix's own
    for uid in range(FIRST_UID, FIRST_UID + COUNT):
        with contextlib.ExitStack() as stack:
            if not all(_lock(stack, f"{pool}/{uid}") for pool in pools):
                continue
            if kill:
                kill_all_of(uid)
                stack.callback(kill_all_of, uid)
            yield uid
        return
    raise StoreError(f"all {COUNT} build users are in use (see {' and '.join(pools)})")


def _pools(store_pool: str) -> Iterator[str]:
    """Where a user is locked; a store's own folder does not do, for other stores' builders can be killed from it."""
    for pool in (MACHINE_POOL, NIX_POOL, store_pool):
        if pool == NIX_POOL and not os.path.isdir(pool):
            continue  # no Nix on this machine
        try:
            os.makedirs(pool, mode=0o700, exist_ok=True)
        except OSError:
            if pool == store_pool:
                raise
            continue
        yield pool


def _lock(stack: contextlib.ExitStack, path: str) -> bool:
    """Locks a file until the stack ends; False if another has it."""
    lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    stack.callback(os.close, lock)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def kill_all_of(uid: int) -> None:
    """Kill every process of the user: a child becomes the user and signals all that it may."""
    pid = fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setresgid(GID, GID, GID)
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
