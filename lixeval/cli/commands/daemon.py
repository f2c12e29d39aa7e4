"""`lixeval daemon`: a Nix daemon for a store of ours, at a socket or at standard input and output.

Nix and lixeval use the store then by `--store unix://SOCKET`, or `ssh-ng://HOST?remote-program=…`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys

from lixeval.build.for_clients import BuildsForClients
from lixeval.build.sandbox.isolation import choose
from lixeval.cli.installables import open_store
from lixeval.cli.subcommand import no_words, read
from lixeval.cli.workspace import asking, build_settings
from lixeval.daemon.channel import Channel
from lixeval.daemon.client import Client
from lixeval.daemon.copying import Vouching
from lixeval.daemon.listening import accept_for_ever, end_with_client, listen, passed_socket
from lixeval.daemon.serving import serve
from lixeval.errors import FormatError, StoreError, UsageError
from lixeval.evaluation.workspace import builtin_builders
from lixeval.formats.keys import PublicKey
from lixeval.system.signals import ending, ending_politely
from lixeval.system.terminal_text import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from lixeval.build.settings import BuildSettings
    from lixeval.cli.options import Options
    from lixeval.cli.subcommand import CommandLine
    from lixeval.daemon.listening import Peer
    from lixeval.store.local import LocalStore

    class ServeClient(Protocol):
        def __call__(self, channel: Channel, *, trusted: bool) -> None: ...


def run(arguments: list[str]) -> int:
    """Serves until a signal ends it, or with --stdio until its client has gone."""
    line = read("daemon", arguments)
    no_words(line, "daemon")
    store = open_store(line.options)
    if store.is_daemons:
        raise UsageError("a daemon needs a store of its own", hint="--store DIR, or / for the machine's")
    vouching, building = _vouching(line.options), build_settings(line.options)

    def serve_client(channel: Channel, *, trusted: bool) -> None:
        _serve(line.options, store, building, vouching, channel, trusted=trusted and "untrusted" not in line.flags)

    if "stdio" in line.flags:
        return _serve_stdio(serve_client)
    return _serve_socket(line, store, lambda: _get_ready(store, building), serve_client)


def _vouching(options: Options) -> Vouching:
    if not options.settings["require-sigs"]:
        return Vouching(None)
    try:
        return Vouching([PublicKey.parse(text) for text in options.settings["trusted-public-keys"]])
    except FormatError as error:
        raise UsageError(f"trusted-public-keys: {error.message}") from None


def _get_ready(store: LocalStore, settings: BuildSettings) -> None:
    """What clients' processes need is there before they are forked, and this machine's sandbox has been tried."""
    builtin_builders()
    with contextlib.suppress(StoreError):  # a client that wants something built is told
        choose(settings.sandbox, diverted=store.root != "/")
    gc.freeze()  # what is there is not looked through, and so not copied, in every client's process


def _serve(
    options: Options, store: LocalStore, building: BuildSettings, vouching: Vouching, channel: Channel, *, trusted: bool
) -> None:
    def caches() -> object:
        from lixeval.substituters.fetching import Substituter

        asked = asking(options)
        return None if asked is None else Substituter(store, asked, lambda text: None)

    engine = BuildsForClients(store, building, builtin_builders(), caches)  # type: ignore[arg-type]
    try:
        serve(Client(channel, store, engine, vouching, trusted=trusted))
    finally:
        store.close()


def _serve_stdio(serve_client: ServeClient) -> int:
    # What anybody prints is for the log, and not for the client.
    sys.stdout.flush()
    received, sent = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    end_with_client(sent)
    try:
        serve_client(Channel(received, sent, "the client"), trusted=True)
    except SystemExit:
        return 0
    return 0


def _serve_socket(
    line: CommandLine, store: LocalStore, get_ready: Callable[[], None], serve_client: ServeClient
) -> int:
    place = os.path.abspath(line.texts.get("socket", f"{store.state_dir}/daemon-socket/socket"))
    passed = passed_socket()
    settings = line.options.settings
    own = os.geteuid()

    def may_connect(peer: Peer) -> bool:
        return peer.uid == own or peer.is_among([*settings["allowed-users"], *settings["trusted-users"]])

    def serve_peer(channel: Channel, peer: Peer) -> None:
        serve_client(channel, trusted=peer.uid == own or peer.is_among(settings["trusted-users"]))

    where = f"unix://{place}" if passed is None else "a socket that was passed"
    try:
        with ending_politely():  # whoever reads where it listens may end it, and the socket goes
            listening = listen(place) if passed is None else passed
            try:
                get_ready()
                if not line.options.quiet:
                    tell(f"serving {store.real_store_dir} at {where}")
                accept_for_ever(listening, serve_peer, may_connect, tell)
            finally:
                listening.close()
                if passed is None:
                    os.unlink(place)
    except BaseException as error:
        if ending(error) is None:
            raise
        return 0
