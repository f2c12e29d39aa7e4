"""Whether the default cache is worth asking on this machine: nobody has named it, so it must cost nothing in vain.

No route out and no proxy: no.  Otherwise one connection is tried, for a second and a half; a failure is remembered for
some minutes, so that it is not tried by each run.
"""

from __future__ import annotations

import os
from time import time

from lixeval.system.cache import Cache

_SECONDS = 1.5
_REMEMBERED = 600
_KEY = "default-cache-unreachable"


def is_reachable(url: str, directory: str | None) -> bool:
    """Whether the server of a URL answers the telephone; `directory` is where failures are remembered."""
    from urllib3.util import parse_url

    from lixeval.system.connections import proxy_for

    parts = parse_url(url)
    if parts.scheme == "file":
        return True
    proxy = proxy_for(parts.scheme or "", parts.host or "")
    if not proxy and not _has_route():
        return False
    memory = Cache(directory, 16, 1 << 16)
    failed = memory.load(_KEY)
    if failed.__class__ is float and 0 <= time() - failed < _REMEMBERED:
        return False
    asked = parse_url(proxy) if proxy else parts
    if _connects(asked.host or "", asked.port or (443 if asked.scheme == "https" else 80)):
        return True
    memory.save(_KEY, time())
    return False


def _has_route() -> bool:
    """Whether there is a default route, where the system tells."""
    if not os.path.exists("/proc/net/route"):
        return True
    for file, column, anywhere in (("/proc/net/route", 1, "00000000"), ("/proc/net/ipv6_route", 0, "0" * 32)):
        try:
            with open(file, encoding="ascii", errors="replace") as lines:
                for line in lines:
                    words = line.split()
                    if len(words) > column and words[column] == anywhere and words[-1] != "lo":
                        return True
        except OSError:
            continue
    return False


def _connects(host: str, port: int) -> bool:
    """Whether a connection can be made in time; looking up a name has no time limit of its own, hence the thread."""
    import socket
    from threading import Thread

    found: list[bool] = []

    def connect() -> None:
        try:
            socket.create_connection((host.strip("[]"), port), timeout=_SECONDS).close()
        except OSError:
            return
        found.append(True)

    thread = Thread(target=connect, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    return bool(found)
