"""Whether this process may speak to others over a network: not with --offline, and its children neither."""

from __future__ import annotations

from lixeval.errors import LixevalError


class Offline(LixevalError):
    """Something was to be fetched, and --offline was said."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"'{what}' is not at hand, and --offline allows no network", hint="try again without --offline"
        )


_OFFLINE = [False]


def set_offline(offline: bool) -> None:
    """Say whether the network is to be left alone from here on."""
    _OFFLINE[0] = offline


def require_network(what: str) -> None:
    """Raise Offline where the network is to be left alone; `what` is a URL, or names what is wanted of it."""
    if _OFFLINE[0]:
        raise Offline(what)
