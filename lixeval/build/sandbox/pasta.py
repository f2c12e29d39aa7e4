"""A network of a fixed output's own, which reaches what the machine's reaches, by the program pasta of passt.

Fixed outputs may fetch.  With the machine's own network they would see its abstract sockets too, and through one can
hand a descriptor of their output to a process outside (CVE-2024-27297).  pasta gives a network namespace a way out
without that: it makes an interface in there, and carries what goes through it to sockets of its own outside.

    build's process ── fork ── outer: unshare(user, net, …)
      │                           ↑ joins its user and network namespace
      └─────────────── fork ── pasta, until the build ends

What listens on the machine's loopback is still reached by its port, as in Nix with the machine's network: proxies are
found there.  A resolver is not, so where resolv.conf names one there, the file of systemd-resolved that names those
behind it is shown in its place; without that file the machine's network is kept.

Source: pasta(1); Lix's `pasta-path`.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time

from lixeval.system import syscalls
from lixeval.system.scratch import Scratch

RESOLV_CONF = "/etc/resolv.conf"
_BEHIND_RESOLVED = "/run/systemd/resolve/resolv.conf"
_SECONDS = 10.0
"""How long pasta may take to start; it takes some hundredths of one."""
_OPTIONS = (
    *("--quiet", "--foreground", "--config-net", "--no-map-gw"),
    *("--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "auto", "--udp-ns", "auto"),
)


class NoNetwork(Exception):
    """pasta has not made a network; the text says why."""


@functools.cache
def why_not() -> str | None:
    """None if fixed outputs can have a network of their own here, else the reason; asked without starting anything."""
    if shutil.which("pasta") is None:
        return "there is no pasta on PATH (package passt)"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "/dev/net/tun is not there for us"
    if resolver() is None:
        return "its name server listens on the loopback alone"
    return None


@functools.cache
def resolver() -> str | None:
    """The file to show as resolv.conf, whose name servers are not on the machine's loopback; None if there is none."""
    for path in (RESOLV_CONF, _BEHIND_RESOLVED):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                lines = [line.split() for line in file]
        except OSError:
            continue
        servers = [line[1] for line in lines if len(line) > 1 and line[0] == "nameserver"]
        if servers and not any(server.startswith("127.") or server == "::1" for server in servers):
            return path
    return None


def start(pid: int) -> None:
    """Give the network namespace of process `pid`, in a user namespace of its own, its way out; raises NoNetwork.

    pasta stays a child of this process, and dies with it.
    """
    command = ["pasta", *_OPTIONS, "--netns", f"/proc/{pid}/ns/net", "--userns", f"/proc/{pid}/ns/user"]
    if os.geteuid() == 0:  # who else may join the namespaces that root has made
        command += ["--runas", "0:0"]
    parent = os.getpid()
    with Scratch("lixeval-pasta-") as directory, tempfile.TemporaryFile() as said:
        ready = f"{directory}/pid"
        process = subprocess.Popen(
            [*command, "--pid", ready],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            preexec_fn=lambda: syscalls.die_with_parent(signal.SIGKILL, parent),  # noqa: PLW1509 (no threads here)
        )
        deadline = time.monotonic() + _SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if os.path.exists(ready) and os.path.getsize(ready):
                process.returncode = 0  # it is ended, and waited for, with the build's other children
                return
            time.sleep(0.005)
        process.kill()
        process.wait()
        said.seek(0)
        reason = said.read().decode(errors="replace").strip().rpartition("\n")[2]
    raise NoNetwork(reason or "pasta does not start")
