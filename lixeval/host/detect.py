"""Which package manager this host has.

Telling the package manager costs a few `stat`s; its records are opened only for what has not been answered before.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.host.database import PackageDatabase, PackageRecords

_RECORDS = {
    "dpkg": ("/var/lib/dpkg/status",),
    "apk": ("/lib/apk/db/installed", "/usr/lib/apk/db/installed"),
    "pacman": ("/var/lib/pacman/local",),
    "rpm": (
        "/usr/lib/sysimage/rpm/rpmdb.sqlite",
        "/usr/lib/sysimage/rpm/Packages.db",
        "/var/lib/rpm/rpmdb.sqlite",
        "/var/lib/rpm/Packages.db",
        "/var/lib/rpm/Packages",
    ),
}
"""Manager -> where its records may be.  dpkg first: a Debian may have rpm and pacman as mere tools."""


def records_of_this_host() -> tuple[str, str]:
    """The package manager and the file or directory of its records; ("none", "") for a host without one."""
    for manager, places in _RECORDS.items():
        for place in places:
            if os.path.exists(place):
                return manager, place
    return "none", ""


def looked_at(found: str) -> list[str]:
    """The places whose presence or absence has decided for the records at `found`."""
    places = [place for places in _RECORDS.values() for place in places]
    return places[: places.index(found) + 1] if found else places


def detect() -> PackageDatabase:
    """This host's packages: the recorded ones, and behind them what is in no records."""
    from lixeval.host.combined import Combined
    from lixeval.host.unpackaged import Unpackaged

    return Combined(_open(*records_of_this_host()), Unpackaged())


def _open(manager: str, place: str) -> PackageRecords | None:
    if manager == "dpkg":
        from lixeval.host.dpkg import Dpkg

        return Dpkg(os.path.dirname(place))
    if manager == "apk":
        from lixeval.host.apk import Apk

        return Apk(place)
    if manager == "pacman":
        from lixeval.host.pacman import Pacman

        return Pacman(place)
    if manager == "rpm":
        from lixeval.host.rpm import Rpm

        return Rpm()
    return None
