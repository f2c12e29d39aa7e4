"""What broke on the way to a registry and back."""

from __future__ import annotations

from lixeval.errors import ImageError
from lixeval.oci.registry import url as urls
from lixeval.system.broken_connections import cause, what_broke
from lixeval.system.pace import TooSlow

_TRUST = "SSL_CERT_FILE, or a ca.crt in certs.d, may name whom to trust; --tls-verify=false trusts anybody"


class Dropped(ImageError):
    """The connection could not be made, or broke before the answer was complete: another attempt may go well.

    `reason` says what happened without saying where.  `final` where another attempt would not: the name is unknown, the
    certificate is not trusted, bytes come too slowly.
    """

    final = False
    refused = False
    reason = ""


def dropped(host: str, error: BaseException) -> Dropped:
    """What broke, in words."""
    slow = cause(error, TooSlow)
    if isinstance(slow, TooSlow):
        told = Dropped(slow.words)
        told.reason, told.final = slow.words, slow.drips
        return told
    broken = what_broke(urls.shown(host), error)
    hint = _TRUST if broken.hint else None
    told = Dropped(f"the connection to {urls.shown(host)} failed: {broken.reason}", hint=hint)
    told.reason, told.final = broken.reason, broken.final
    told.refused = cause(error, ConnectionRefusedError) is not None
    return told
