"""This machine: its names (uname's, Nix's and Go's, in one table), its user, its memory.

Sources: uname(2); Nix, "system" (autoconf's names); Go's GOARCH, which image documents use; cgroups(7).
"""

from __future__ import annotations

import os

_NAMES = {
    "aarch64": ("aarch64", "arm64"),
    "amd64": ("x86_64", "amd64"),
    "arm64": ("aarch64", "arm64"),
    "armv5tel": ("armv5tel", "arm"),
    "armv6l": ("armv6l", "arm"),
    "armv7l": ("armv7l", "arm"),
    "armv8l": ("armv7l", "arm"),
    "i386": ("i686", "386"),
    "i486": ("i686", "386"),
    "i586": ("i686", "386"),
    "i686": ("i686", "386"),
    "loongarch64": ("loongarch64", "loong64"),
    "mips64": ("mips64el", "mips64le"),
    "ppc64": ("powerpc64", "ppc64"),
    "ppc64le": ("powerpc64le", "ppc64le"),
    "riscv64": ("riscv64", "riscv64"),
    "s390x": ("s390x", "s390x"),
    "x86_64": ("x86_64", "amd64"),
}
"""What the kernel calls a processor -> what Nix and what Go call it.  An unknown one has its own name everywhere."""


def machine() -> str:
    """This machine's processor, as the kernel calls it: "x86_64"."""
    return os.uname().machine.lower()


def has_users() -> bool:
    """Whether several can use this machine: not where Python runs in WebAssembly."""
    return hasattr(os, "geteuid")


def user() -> int:
    """The user that this process runs as; where there are none 0, whose all files are."""
    return os.geteuid() if has_users() else 0


def group() -> int:
    """The group that this process runs as; 0 where there are none."""
    return os.getegid() if has_users() else 0


def current_system() -> str:
    """This machine's system, which `builtins.currentSystem` is: "x86_64-linux"."""
    return f"{_NAMES.get(machine(), (machine(),))[0]}-{os.uname().sysname.lower()}"


def is_another_kind(system: str) -> bool:
    """Whether a system's programs are known not to run on this machine's processor, or with its kernel.

    A name that nobody knows is taken for one of this machine's.
    """
    own, found = current_system().split("-", 1), system.split("-", 1)
    if len(found) != 2 or found == own:
        return False
    processors = {names[0] for names in _NAMES.values()}
    if found[1] != own[1]:
        return found[1] in _KERNELS
    return found[0] in processors and (found[0], own[0]) != ("i686", "x86_64")


_KERNELS = ("linux", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "cygwin")
_EMULATED = {"arm": ("armv7l", "armv6l", "armv5tel"), "i386": ("i686",), "ppc64le": ("powerpc64le",)}


def emulated_systems(folder: str = "/proc/sys/fs/binfmt_misc") -> frozenset[str]:
    """The systems whose programs the kernel starts by qemu, wherever they are: registered with the flag F, which opens
    the interpreter once and for all, so that no sandbox has to show it.

    Source: the kernel's binfmt-misc.rst.
    """
    found: set[str] = set()
    try:
        names = [name for name in os.listdir(folder) if name.startswith("qemu-")]
        for name in names:
            with open(f"{folder}/{name}", "rb", buffering=0) as file:
                told = os.fsdecode(file.read()).splitlines()
            flags = [line.removeprefix("flags:") for line in told if line.startswith("flags:")]
            if told[:1] == ["enabled"] and "F" in "".join(flags):
                processor = name.removeprefix("qemu-")
                found.update(f"{one}-linux" for one in _EMULATED.get(processor, (processor,)))
    except OSError:
        return frozenset()
    return frozenset(found)


def go_architecture() -> str:
    """Go's name of this machine's processor: "amd64"."""
    return _NAMES.get(machine(), (machine(),))[-1]


def usable_cores() -> int:
    """How many threads of this process can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory(table: str = "/proc/meminfo") -> int:
    """Bytes of memory that programs may take without others' being put away, as Linux estimates it; 0 if nobody tells.

    proc_meminfo(5): `MemAvailable:   1234 kB`.
    """
    try:
        with open(table, "rb", buffering=0) as file:
            lines = file.read().split(b"\n")
        available = next((int(line.split()[1]) << 10 for line in lines if line.startswith(b"MemAvailable:")), 0)
    except (OSError, ValueError, IndexError):
        return 0
    return min(available, memory())


def memory(table: str = "/proc/self/cgroup", groups: str = "/sys/fs/cgroup") -> int:
    """Bytes of memory that this process may have: the machine's, or less where a control group says so; 0 if nobody
    tells.
    """
    try:
        least = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0
    for file in _limits(table, groups):
        try:
            with open(file, "rb", buffering=0) as limit:
                least = min(least, int(limit.read()))
        except (OSError, ValueError):
            continue  # no such group, or "max"
    return max(least, 0)


def _limits(table: str, groups: str) -> list[str]:
    """The files with the limits of this process' control group and of those that it lies in, of both versions.

    cgroups(7): `4:memory:/a/b`, and `0::/a/b` in version 2.
    """
    try:
        with open(table, "rb", buffering=0) as file:
            lines = os.fsdecode(file.read()).splitlines()
    except OSError:
        return []
    found: list[str] = []
    for line in lines:
        _, _, group = line.partition(":")
        controllers, colon, path = group.partition(":")
        if not colon:
            continue
        if not controllers:
            folder, name = groups, "memory.max"
        elif "memory" in controllers.split(","):
            folder, name = f"{groups}/memory", "memory.limit_in_bytes"
        else:
            continue
        path = path.rstrip("/")
        found.append(f"{folder}/{name}")  # a container may see its own group there, under the path of the host
        while path:
            found.append(f"{folder}{path}/{name}")
            path = path.rpartition("/")[0]
    return found
