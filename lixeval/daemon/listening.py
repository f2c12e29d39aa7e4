"""A daemon's socket: who connects, what he may do, and a process for each.

    listen (or a socket that systemd hands over: LISTEN_FDS) -> accept -> who is it (SO_PEERCRED)? -> fork -> serve

A client is who its socket says it is, by the kernel.  What it may do is Nix's: `allowed-users` may connect,
`trusted-users` are trusted, names, @GROUPs or *; and so is whoever runs the daemon, since the store is his.  The
daemon's end ends all that it does for clients, and a client's end what is done for it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import socket
import stat
import struct
import threading

from lixeval.daemon.channel import Channel
from lixeval.daemon.store_urls import short_name
from lixeval.errors import SystemFailure
from lixeval.system import syscalls
from lixeval.system.forks import fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn

_MOST_CLIENTS = 256
_FIRST_PASSED = 3


class Peer:
    """Who is at the other end of a socket."""

    def __init__(self, pid: int, uid: int, gid: int) -> None:
        self.pid = pid
        self.uid = uid
        self.gid = gid

    def is_among(self, users: Iterable[str]) -> bool:
        """Whether a list of names, @GROUPs and * has him."""
        name, groups = _name(self.uid), _groups(self.uid, self.gid)
        return any(
            one == "*" or one == name or (one.startswith("@") and one[1:] in groups) or one == str(self.uid)
            for one in users
        )


def peer_of(connection: socket.socket) -> Peer:
    """Who it is, by the kernel."""
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return Peer(*struct.unpack("3i", found))


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _groups(uid: int, gid: int) -> set[str]:
    import grp
    import pwd

    found = set()
    try:
        numbers = os.getgrouplist(pwd.getpwuid(uid).pw_name, gid)
    except KeyError:
        numbers = [gid]
    for number in numbers:
        with contextlib.suppress(KeyError):
            found.add(grp.getgrgid(number).gr_name)
    return found


def listen(path: str) -> socket.socket:
    """A socket at `path`, where anybody may connect; SystemFailure where that cannot be, or another one listens."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with short_name(path) as name:
            _remove_dead(name)
            mask = os.umask(0o111)
            try:
                listening.bind(name)
            finally:
                os.umask(mask)
            listening.listen(128)
    except OSError as error:
        listening.close()
        raise SystemFailure(f"cannot listen at '{path}': {error.strerror}") from None
    return listening


def _remove_dead(name: str) -> None:
    """The socket of a daemon that is gone; OSError where one listens, or where something else is that may be dear."""
    if not os.path.lexists(name):
        return
    if not stat.S_ISSOCK(os.lstat(name).st_mode):
        raise FileExistsError(errno.EEXIST, "something is there that is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        try:
            asked.connect(name)
        except ConnectionRefusedError:
            os.unlink(name)
            return
    raise OSError(errno.EADDRINUSE, "another daemon listens there")


def passed_socket() -> socket.socket | None:
    """The socket that whoever started us listens at, if there is one (sd_listen_fds(3))."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    os.set_inheritable(_FIRST_PASSED, False)
    return socket.socket(fileno=_FIRST_PASSED)


def accept_for_ever(
    listening: socket.socket,
    serve: Callable[[Channel, Peer], None],
    may_connect: Callable[[Peer], bool],
    tell: Callable[[str], None],
) -> NoReturn:
    """Forks for each client, which `serve` then serves; ends by a signal alone, and with all of them."""
    children: set[int] = set()
    try:
        while True:
            _reap(children, wait=len(children) >= _MOST_CLIENTS)
            if not select.select([listening], [], [], 1.0)[0]:
                continue
            try:
                connection, _ = listening.accept()
            except OSError as error:
                tell(f"cannot accept a client: {error.strerror}")
                continue
            with connection:
                peer = peer_of(connection)
                if not may_connect(peer):
                    tell(f"user {peer.uid} is not allowed to connect")
                    continue
                children.add(_fork(listening, connection, serve, peer))
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        for child in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def _reap(children: set[int], *, wait: bool) -> None:
    for child in list(children):
        try:
            ended = os.waitpid(child, os.WNOHANG)[0]
        except ChildProcessError:
            ended = child
        if ended:
            children.discard(child)
    if wait and len(children) >= _MOST_CLIENTS:
        children.discard(os.wait()[0])


def _fork(
    listening: socket.socket, connection: socket.socket, serve: Callable[[Channel, Peer], None], peer: Peer
) -> int:
    parent = os.getpid()
    pid = fork()
    if pid:
        return pid
    status = 1
    try:
        listening.close()
        syscalls.die_with_parent(signal.SIGTERM, parent)
        descriptor = connection.detach()
        end_with_client(descriptor)
        serve(Channel(descriptor, descriptor, f"user {peer.uid}"), peer)
        status = 0
    except SystemExit:
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def end_with_client(descriptor: int) -> None:
    """Ends this process by SIGTERM when the other end of a socket or pipe is closed: nobody waits for its work."""

    def end(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    poll = select.poll()
    poll.register(descriptor, select.POLLRDHUP | select.POLLHUP | select.POLLERR)

    def watch() -> None:
        poll.poll()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
