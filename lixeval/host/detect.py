"""Which package manager this host has, and the `Host` made of it."""

from __future__ import annotations

from lixeval.host.database import PackageDatabase
from lixeval.host.describe import Host
from lixeval.host.dpkg import Dpkg


def detect() -> PackageDatabase:
    """The records of this host's package manager."""
    return Dpkg()


def this_host(directory: str | None) -> Host:
    """This machine; answers are kept in `directory` (None: nowhere)."""
    return Host(detect(), directory)
