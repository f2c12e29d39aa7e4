"""Whether this process may speak to others over a network: not with --offline, and its children neither; and never
in WebAssembly, where Python has no sockets.  And what is said of whom it speaks to.
"""

from __future__ import annotations

import sys

from lixeval.errors import LixevalError


class Offline(LixevalError):
    """Something was to be fetched, and --offline was said, or there is no network to be had."""

    def __init__(self, what: str) -> None:
        if NO_SOCKETS:
            super().__init__(f"'{what}' is not at hand, and a browser gives Nix no network")
            self.hint = "lixeval on a machine of your own fetches it"
        else:
            super().__init__(f"'{what}' is not at hand, and --offline allows no network")
            self.hint = "try again without --offline"


NO_SOCKETS = sys.platform == "emscripten"
_OFFLINE = [False]


def set_offline(offline: bool) -> None:
    """Say whether the network is to be left alone from here on."""
    _OFFLINE[0] = offline


def require_network(what: str) -> None:
    """Raise Offline where the network is to be left alone; `what` is a URL, or names what is wanted of it."""
    if _OFFLINE[0] or NO_SOCKETS:
        raise Offline(what)


def without_passwords(text: str) -> str:
    """A text that is to be shown, without the passwords of the URLs in it: `https://user:***@host/`.

    What is said on a terminal is copied into reports, what a builder says is in a log that everybody may read.
    """
    if "@" not in text or "://" not in text:
        return text
    import re  # few texts have such a URL

    return re.sub(r"(://[^\s/?#@:'\"]*:)[^\s/?#'\"]*@", r"\1***@", text)
