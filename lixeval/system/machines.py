"""This machine: its names (uname's, Nix's and Go's, in one table), its user.

Sources: uname(2); Nix, "system" (autoconf's names); Go's GOARCH, which image documents use.
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


def user() -> int:
    """The user that this process runs as; -1 where there are none (Python in WebAssembly)."""
    return os.geteuid() if hasattr(os, "geteuid") else -1


def current_system() -> str:
    """This machine's system, which `builtins.currentSystem` is: "x86_64-linux"."""
    return f"{_NAMES.get(machine(), (machine(),))[0]}-{os.uname().sysname.lower()}"


def go_architecture() -> str:
    """Go's name of this machine's processor: "amd64"."""
    return _NAMES.get(machine(), (machine(),))[-1]
