"""Where a store is: its URL, and how it is reached.

    daemon                        the machine's daemon: $NIX_DAEMON_SOCKET_PATH, /nix/var/nix/daemon-socket/socket
    unix://PATH[?root=DIR]        a daemon's socket; `root` is where its files are, if not at /nix/store
    ssh-ng://[USER@]HOST[:PORT]   `nix-daemon --stdio` on another machine, by the user's ssh; ?remote-program=…,
                                  ?remote-store=…, ?ssh-key=FILE, ?compress=true, ?base64-ssh-public-host-key=…
    ssh://[USER@]HOST[:PORT]      the same: every Nix since 2.0 that answers `nix-store --serve` has a daemon, too
    exec:PROGRAM ARGUMENT…        a program that speaks the protocol by its standard input and output
    local[?root=DIR]              the folder DIR, or the machine's own /nix/store, without a daemon
    auto                          the machine's /nix/store if it may be written, else its daemon, else the user's own
    DIR                           a folder

Nix manual, "Store types"; C++: uds-remote-store.cc, ssh-store.cc, ssh.cc.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager

from lixeval.daemon.channel import Channel
from lixeval.environment.variables import daemon_socket
from lixeval.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST_NAME = 108
_HOST_NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.%:-]*")
_USER_NAME = re.compile(r"[A-Za-z0-9_.+][A-Za-z0-9_.+@=%-]*")
"""What the user's ssh may be told: its configuration may put both into commands, where the newest of them refuse the
same and older ones do not (CVE-2023-51385), and a file of known hosts reads marks such as `*` as patterns."""
_HOST_KEY = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [ -~]*)?")
_PORTS = range(1, 1 << 16)


class Place:
    """A store that a daemon has: its `url`, how it is reached (`kind` and `address`), and options behind the `?`."""

    def __init__(self, url: str, kind: str, address: str, options: Mapping[str, str]) -> None:
        self.url = url
        self.kind = kind
        self.address = address
        self.options = options

    @property
    def files(self) -> str | None:
        """The prefix of /nix/store where its files can be read without asking: "" for none; None where they cannot."""
        if self.kind != "unix":
            return None
        return self.options.get("root", "").rstrip("/")

    def connect(self, patience: float = 0) -> Channel:
        """A channel to the daemon; StoreError where there is none."""
        if self.kind == "unix":
            return _connect_socket(self, patience)
        return _start(self, _command(self), patience)


def parse(word: str) -> Place:
    """The place that a URL names; UsageError for one that is none."""
    from urllib.parse import parse_qsl, unquote

    if any(character < " " or character == "\x7f" for character in unquote(word)):
        raise UsageError(f"'{word}' is no store: it has control characters", hint=KINDS)
    base, _, query = word.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if base == "daemon":
        return Place(word, "unix", daemon_socket(), options)
    if base.startswith("unix:"):
        path = unquote(base.removeprefix("unix:").removeprefix("//"))
        if path and not path.startswith("/"):
            raise UsageError(f"'{word}' names no socket: its path begins with a slash", hint="unix:///PATH")
        return Place(word, "unix", path or daemon_socket(), options)
    if base.startswith(("ssh-ng://", "ssh://")):
        place = Place(word, "ssh", unquote(base.partition("://")[2]).rstrip("/"), options)
        _machine(place)
        _remote_program(place)
        if base.startswith("ssh://") and "remote-program" in options:
            raise UsageError(
                f"'{word}': what is spoken to is a daemon, not `nix-store --serve`",
                hint="ssh-ng://HOST?remote-program=PATH/nix-daemon",
            )
        return place
    if base.startswith("exec:"):
        place = Place(word, "exec", word.removeprefix("exec:"), {})
        if not _program(place):
            raise UsageError(f"'{word}' names no program", hint="exec:PROGRAM ARGUMENT…")
        return place
    raise UsageError(f"'{word}' is no store that lixeval can use", hint=KINDS)


KINDS = "a folder, daemon, unix:///SOCKET, ssh-ng://HOST, local?root=DIR or auto"


def _connect_socket(place: Place, patience: float) -> Channel:
    import socket

    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        with short_name(place.address) as name:
            connection.connect(name)
    except OSError as error:
        connection.close()
        raise StoreError(
            f"cannot connect to the daemon at '{place.address}': {error.strerror or error}",
            hint="is nix-daemon running? lixeval daemon is one too",
        ) from None
    descriptor = connection.detach()
    return Channel(descriptor, descriptor, place.url, patience=patience)


@contextmanager
def short_name(socket_path: str) -> Iterator[str]:
    """A name of a socket that the kernel takes, which are 107 bytes: through its folder where the path is longer."""
    if len(os.fsencode(socket_path)) < _LONGEST_NAME:
        yield socket_path
        return
    directory, name = os.path.split(socket_path)
    folder = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{name}"
    finally:
        os.close(folder)


def _words(text: str, what: str) -> list[str]:
    """A program and its arguments."""
    import shlex

    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{what}: {error}") from None


def _program(place: Place) -> list[str]:
    return _words(place.address, f"'{place.url}' names no program")


def _remote_program(place: Place) -> list[str]:
    what = f"'{place.url}' names no program there"
    words = _words(place.options.get("remote-program") or "nix-daemon", what)
    if not words:
        raise UsageError(what, hint="?remote-program=PATH/nix-daemon")
    return words


def _machine(place: Place) -> tuple[str, str, str]:
    """(user, host, port) of a place that ssh leads to, each "" where it is not said; an address of IPv6 without its
    brackets.  UsageError for what ssh could take for something else than a name.
    """
    user, at, rest = place.address.rpartition("@")
    if rest.startswith("["):
        host, _, rest = rest[1:].partition("]")
        colon, port = rest[:1], rest[1:]
    elif rest.count(":") > 1:
        host, colon, port = rest, "", ""
    else:
        host, colon, port = rest.partition(":")
    if not _HOST_NAME.fullmatch(host) and not (":" in host and _HOST_NAME.fullmatch(f"0{host}")):
        raise UsageError(f"'{place.url}' names no machine", hint="ssh-ng://USER@HOST")
    if at and not _USER_NAME.fullmatch(user):
        raise UsageError(f"'{place.url}' names no user of a machine", hint="ssh-ng://USER@HOST")
    if colon not in ("", ":") or (colon and not (port.isascii() and port.isdecimal() and int(port[:6]) in _PORTS)):
        raise UsageError(f"'{place.url}' names no port", hint="ssh-ng://USER@HOST:22")
    return user, host, port


def _command(place: Place) -> list[str]:
    import shlex

    if place.kind == "exec":
        return _program(place)
    options = place.options
    own_words = os.environ.get("NIX_SSHOPTS", "")
    command = ["ssh", *_words(own_words, "the variable NIX_SSHOPTS holds no words")]
    if options.get("ssh-key"):
        command += ["-i", options["ssh-key"]]
    if options.get("compress") in ("1", "true"):
        command.append("-C")
    user, host, port = _machine(place)
    if port:
        command += ["-p", port]
    remote = [*_remote_program(place), "--stdio"]
    if options.get("remote-store"):
        remote += ["--store", options["remote-store"]]
    # No terminal and no X, and no question that nobody sees; keys of hosts are those that the user's ssh knows.
    if "ServerAlive" not in own_words:
        command += ["-o", "ServerAliveInterval=30"]  # a link that is gone is noticed
    return [*command, "-x", "-a", "-T", f"{user}@{host}" if user else host, "--", shlex.join(remote)]


def _start(place: Place, command: list[str], patience: float) -> Channel:
    """A program whose standard input and output are the channel; what it says on stderr explains its end."""
    import subprocess
    import tempfile

    said = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the channel)
    host_keys = _known_host(place)
    try:
        process = subprocess.Popen(
            [command[0], *(host_keys.options if host_keys else ()), *command[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
    except OSError as error:
        if host_keys is not None:
            host_keys.remove()
        raise StoreError(f"cannot run '{command[0]}' to reach '{place.url}': {error.strerror}") from None
    assert process.stdin is not None and process.stdout is not None
    output, input = os.dup(process.stdin.fileno()), os.dup(process.stdout.fileno())
    process.stdin.close()
    process.stdout.close()

    def end() -> None:
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if host_keys is not None:
            host_keys.remove()

    def farewell() -> str:
        said.seek(0)
        lines = said.read(1 << 16).decode("utf-8", "replace").strip().split("\n")
        return "; ".join(line.strip() for line in lines[-4:])

    return Channel(input, output, place.url, patience=patience, closing=end, farewell=farewell)


class _KnownHost:
    """A file with the one key that a host may have, for the time of a connection."""

    def __init__(self, host: str, key: str) -> None:
        from lixeval.system.scratch import Scratch

        self._folder = Scratch("lixeval-host-key-")
        self.file = f"{self._folder.path}/known_hosts"
        with open(self.file, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(f"{host} {key}\n")
        self.options = ("-o", f"UserKnownHostsFile={self.file}", "-o", "StrictHostKeyChecking=yes")

    def remove(self) -> None:
        self._folder.close()


def _known_host(place: Place) -> _KnownHost | None:
    key = place.options.get("base64-ssh-public-host-key")
    if not key:
        return None
    import base64
    import binascii

    try:
        text = base64.b64decode(key, validate=True).decode("ascii").strip()
    except (binascii.Error, UnicodeDecodeError):
        raise UsageError(f"'{place.url}': the host's key is not base 64") from None
    if not _HOST_KEY.fullmatch(text):
        raise UsageError(f"'{place.url}': the host's key is none", hint="base 64 of 'ssh-ed25519 AAAA…'")
    _, host, port = _machine(place)
    return _KnownHost(f"[{host}]:{port}" if port not in ("", "22") else host, text)
