"""One daemon for as long as a store is open: connected when it is first asked, and again when it was restarted.

What was only a question is asked again after a connection was lost; what changes something is not, unless it can be
done twice.  A forked child makes a connection of its own, threads take turns.  Paths that are in use are announced to
each new connection, since a daemon forgets them with the old one.
"""

from __future__ import annotations

import threading

from lixeval.daemon.channel import ConnectionLost
from lixeval.daemon.connection import Connection
from lixeval.daemon.messages import Hearer
from lixeval.system.forks import forks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from lixeval.daemon.store_urls import Place
    from lixeval.formats.store_path import StorePath

    T = TypeVar("T")


class Link:
    """The way to the daemon at `place`; `options` are for SetOptions, `patience` in seconds (0: no limit)."""

    def __init__(
        self,
        place: Place,
        hearer: Hearer | None = None,
        *,
        options: Mapping[str, object] | None = None,
        patience: float = 0,
    ) -> None:
        self.place = place
        self.hearer = hearer or Hearer()
        self.options = dict(options or {})
        self.patience = patience
        self.held: dict[StorePath, None] = {}
        self.lock = threading.RLock()
        self.earlier_round_trips = 0
        self._connection: Connection | None = None
        self._forks = 0

    def call(self, function: Callable[[Connection], T], *, again: bool = True) -> T:
        """What `function` finds out over the connection; once more after it was lost, if it may be done `again`."""
        with self.lock:
            try:
                return self._asked(function, again)
            except Exception:
                raise
            except BaseException:  # Ctrl-C in the middle of a message: its rest would be taken for the next answer
                self.close()
                raise

    def _asked(self, function: Callable[[Connection], T], again: bool) -> T:
        fresh = self._connection is None or self._forks != forks()
        try:
            return function(self._connected())
        except ConnectionLost:
            self.close()
            if fresh or not again:
                raise
        return function(self._connected())

    @property
    def trust(self) -> int:
        """Whether the daemon trusts us, as it says: see `protocol`."""
        return self.call(lambda connection: connection.trust)

    def _connected(self) -> Connection:
        if self._connection is not None and self._forks != forks():
            self._connection.channel.abandon()
            self._connection = None
        if self._connection is None or not self._connection.channel.is_open:
            self._connection = Connection(self.place.connect(self.patience), self.hearer)
            self._forks = forks()
            if self.options:
                self._connection.set_options(**self.options)  # type: ignore[arg-type]
            if self.held:
                self._connection.hold(list(self.held))
        self._connection.hearer = self.hearer
        return self._connection

    @property
    def round_trips(self) -> int:
        """How often an answer was waited for."""
        return self.earlier_round_trips + (self._connection.round_trips if self._connection is not None else 0)

    def close(self) -> None:
        """The next question connects again."""
        with self.lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                self.earlier_round_trips += connection.round_trips
                if self._forks == forks():
                    connection.close()
                else:
                    connection.channel.abandon()
