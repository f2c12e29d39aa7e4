"""Which package manager this host has, and the `Host` made of it."""

from __future__ import annotations

from lixeval.host.apk import Apk
from lixeval.host.combined import Combined
from lixeval.host.database import PackageDatabase, PackageRecords
from lixeval.host.describe import Host
from lixeval.host.dpkg import Dpkg
from lixeval.host.pacman import Pacman
from lixeval.host.rpm import Rpm
from lixeval.host.unpackaged import Unpackaged


def detect() -> PackageDatabase:
    """This host's packages.  dpkg first: a Debian may have rpm and pacman as mere tools."""
    records: PackageRecords | None = None
    if Dpkg.is_here():
        records = Dpkg()
    elif Apk.is_here():
        records = Apk()
    elif Pacman.is_here():
        records = Pacman()
    elif Rpm.is_here():
        records = Rpm()
    return Combined(records, Unpackaged())


def this_host(directory: str | None) -> Host:
    """This machine; answers are kept in `directory` (None: nowhere)."""
    return Host(detect(), directory)
