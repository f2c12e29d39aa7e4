"""URLs that a registry names: taken apart by one rule, and refused where they are none or lead astray.

Locations, realms and redirects come from whoever answers.  A URL is taken only if it is http or https to a host that
can be one; who may be sent where is decided by its origin (scheme, host and port).

Source: RFC 3986, 3.2; RFC 9110, 4.2 and 15.4.
"""

from __future__ import annotations

import re
import urllib.parse

from lixeval.errors import ImageError
from lixeval.oci.registry.location import is_loopback

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_LONGEST = 1 << 14
_PORTS = {"https": 443, "http": 80}

Origin = tuple[str, str, int]


def origin_of(url: str, who: str = "the registry") -> Origin:
    """Scheme, host and port; raises ImageError, saying that `who` leads there, for what is no http or https URL."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        raise _astray(url, who) from None
    usual = _PORTS.get(parts.scheme)
    fits = _IPV6 if ":" in host else _HOST
    if usual is None or port == 0 or len(url) > _LONGEST or not fits.fullmatch(host) or len(host) > 253:
        raise _astray(url, who)
    return parts.scheme, host, usual if port is None else port


def followed(url: str, target: str, who: str) -> str:
    """Where a `target` that was named by the answer from `url` leads; raises ImageError where that is nowhere."""
    if not target.isascii() or not target.isprintable():
        raise _astray(target, who)
    try:
        return urllib.parse.urljoin(url, target)
    except ValueError:
        raise _astray(target, who) from None


def check_way(origin: Origin, base: Origin | None, url: str, who: str, *, tls_verify: bool) -> None:
    """Raise ImageError unless a request may go there: plain http is for this machine, and nobody else leads to it."""
    scheme, host, _ = origin
    if scheme != "https" and tls_verify and not is_loopback(host):
        raise ImageError(
            f"{who} leads to '{without_query(url)}', which is not https", hint="--tls-verify=false allows that"
        )
    if base is not None and is_loopback(host) and not is_loopback(base[1]):
        raise ImageError(f"{who} leads to '{without_query(url)}' on this machine, and is not followed")


def _astray(url: str, who: str) -> ImageError:
    return ImageError(f"{who} leads to {shown(without_query(url))!r}, which is no address of a registry")


def without_query(url: str) -> str:
    """A URL that can be shown: queries of upload locations and of redirects are secrets."""
    return re.split(r"[?#]", url, maxsplit=1)[0]


def shown(text: str, most: int = 200) -> str:
    """What somebody else said, as text that does nothing to a terminal and fits a line."""
    clean = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[: most + 1])
    return clean if len(clean) <= most else clean[: most - 1] + "…"
