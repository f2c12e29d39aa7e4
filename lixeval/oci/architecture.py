"""What image documents call processors: Go's names, and the variants that the specification adds to them.

Source: OCI image specification, image-index.md, "Platform Variants"; Go's GOARCH.
"""

from __future__ import annotations

import os

# The machine names of uname(2) -> GOARCH.
_OF_MACHINE = {
    "aarch64": "arm64",
    "amd64": "amd64",
    "arm64": "arm64",
    "armv5tel": "arm",
    "armv6l": "arm",
    "armv7l": "arm",
    "armv8l": "arm",
    "i386": "386",
    "i486": "386",
    "i586": "386",
    "i686": "386",
    "loongarch64": "loong64",
    "mips64": "mips64le",
    "ppc64": "ppc64",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
    "x86_64": "amd64",
}


def of_machine(machine: str | None = None) -> str:
    """Go's name of a machine (default: of this one); an unknown one keeps its own."""
    machine = os.uname().machine if machine is None else machine
    return _OF_MACHINE.get(machine, machine)
