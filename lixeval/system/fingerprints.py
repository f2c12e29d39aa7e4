"""Stamps: metadata that proves a file's content to be what it was, without reading it.

A stamp is (device, inode, mode, size, mtime, ctime), times in nanoseconds.  Programs can set mtime as they like, and
put another file of equal size in place; they cannot set ctime, which the kernel takes from its clock at every change of
a file's content or metadata.  So equal stamps mean equal contents, with three exceptions, for which content is compared
instead:

- The clock ticks: two changes within one tick (some ms; 2 s on old file systems) leave the same ctime.  A file that was
  changed just before it was read proves nothing (git calls it "racily clean").
- A program that writes through a memory mapping changes ctime at its first write only, until the page has been written
  to the disk, half a minute later.  `SETTLING` is longer than that.
- Some file systems invent metadata (proc, sysfs), learn of changes late (NFS, FUSE) or never write mapped pages
  (tmpfs: `NEVER_WRITTEN`).  Only those in `HONEST` are trusted.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    Stamp = tuple[int, int, int, int, int, int]

SETTLING = 60_000_000_000
"""How old a file's last change must be, in ns, when it is read, for its stamp to stand for its content."""

TICK = 20_000_000
"""Two ticks of the slowest clock that kernels stamp files with (100 Hz), in ns."""

HONEST = (b"ext2", b"ext3", b"ext4", b"xfs", b"f2fs", b"overlay", b"btrfs", b"zfs", b"bcachefs")
NEVER_WRITTEN = (b"tmpfs",)


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def honest_devices(kinds: tuple[bytes, ...] = HONEST, table: str = "/proc/self/mountinfo") -> frozenset[int]:
    """The devices (st_dev) of file systems of these kinds; none where the system does not tell.

    A file system without a disk of its own (number 0:N), as each subvolume of btrfs is, may show files another number
    than the table has: so what is mounted there is asked, unless another kind of file system says that it is that.
    proc(5): `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`.
    """
    found: set[int] = set()
    others: set[int] = set()
    without_disk: list[bytes] = []
    try:
        with open(table, "rb", buffering=0) as file:
            lines = file.read().split(b"\n")
    except OSError:
        return frozenset()
    for line in lines:
        before, dash, after = line.partition(b" - ")
        if not dash:
            continue
        _, _, device, _, place, _ = before.split(b" ", 5)
        major, _, minor = device.partition(b":")
        if after.split(b" ", 1)[0] in kinds:
            found.add(os.makedev(int(major), int(minor)))
            if major == b"0":
                without_disk.append(place)
        else:
            others.add(os.makedev(int(major), int(minor)))
    return frozenset((found | _devices_at(without_disk)) - others)


def _devices_at(places: list[bytes]) -> set[int]:
    """The devices of what is mounted at places that stand in the table, where spaces and such are written as \\040."""
    found: set[int] = set()
    for place in places:
        name, *rest = place.split(b"\\")
        try:
            found.add(os.stat(name + b"".join([bytes((int(part[:3], 8),)) + part[3:] for part in rest])).st_dev)
        except OSError:
            continue  # another user's
    return found


class Clock:
    """Tells settled stamps from others, as of the moment that it is made."""

    __slots__ = ("_before", "_honest")

    def __init__(self, now: int, honest: frozenset[int]) -> None:
        self._before = now - SETTLING
        self._honest = honest

    def settled(self, status: os.stat_result) -> Stamp | None:
        """The stamp, if it will prove that nothing has changed; None if only the content can."""
        return stamp_of(status) if status.st_ctime_ns < self._before and status.st_dev in self._honest else None


def ticked(times: list[int]) -> bool:
    """Whether files that were changed at these times (ctimes, ns) will show it if they are changed from now on.

    For files that we have just written ourselves and nobody else has open; waits for a tick of the clock.  False where
    the file system's clock is so coarse that it would have to be waited for too long.
    """
    from time import sleep, time_ns

    if any(not moment % 1_000_000 for moment in times):
        return False
    rest = max(times, default=0) + TICK - time_ns()
    if rest > TICK:
        return False  # a clock that went back, or another machine's
    if rest > 0:
        sleep(rest / 1e9)
    return True
