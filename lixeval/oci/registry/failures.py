"""What broke on the way to a registry and back, in words that name it: no class names, no numbers of errors.

Libraries wrap what the operating system said several times; the innermost of what is known here counts.
"""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Iterator

from lixeval.errors import ImageError
from lixeval.oci.registry import url as urls
from lixeval.oci.registry.pace import TooSlow


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
    reason, final, hint = _told(host, error)
    slow = isinstance(_cause(error, TooSlow), TooSlow)
    told = Dropped(reason if slow else f"the connection to {urls.shown(host)} failed: {reason}", hint=hint)
    told.reason, told.final = reason, final
    told.refused = _cause(error, ConnectionRefusedError) is not None
    return told


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it was made from, outermost first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = next((one for one in error.args if isinstance(one, BaseException)), None)
        error = inner or getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(error, BaseException):
            return


def _cause(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    return next((one for one in chain(error) if isinstance(one, kind)), None)


def _told(host: str, error: BaseException) -> tuple[str, bool, str | None]:
    """The reason, whether it is final, and a hint."""
    import urllib3.exceptions as lib

    if isinstance(slow := _cause(error, TooSlow), TooSlow):
        return slow.words, slow.drips, None
    if isinstance(untrusted := _cause(error, ssl.SSLCertVerificationError), ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted: {untrusted.verify_message}",
            True,
            "SSL_CERT_FILE, or a ca.crt in certs.d, may name whom to trust; --tls-verify=false trusts anybody",
        )
    if _cause(error, lib.NameResolutionError):
        return f"the name '{urls.shown(host)}' is not known", True, None
    if isinstance(broken := _cause(error, ssl.SSLError), ssl.SSLError) and not isinstance(broken, TimeoutError):
        return _of_tls(broken), False, None
    if isinstance(system := _cause(error, OSError), OSError) and system.strerror and system.errno:
        return re.sub(r"^\[[^]]*\] *", "", system.strerror), False, None
    if _cause(error, lib.ConnectTimeoutError):
        return "nobody answers there", False, None
    if _cause(error, lib.LocationValueError) or _cause(error, UnicodeError):
        return "its name is not one that a host can have", True, None
    if _cause(error, http.client.RemoteDisconnected):
        return "it was closed without an answer", False, None
    if isinstance(short := _cause(error, http.client.IncompleteRead), http.client.IncompleteRead):
        got = short.partial if isinstance(short.partial, int) else len(short.partial)
        missing = f", {short.expected} bytes were missing" if short.expected else ""
        return f"it broke off after {got} bytes{missing}", False, None
    if _cause(error, TimeoutError) or _cause(error, lib.TimeoutError):
        return "it stood still for too long", False, None
    if _cause(error, http.client.HTTPException) or _cause(error, ValueError) or _cause(error, lib.ProtocolError):
        return "what comes from there is not HTTP", False, None
    return "it broke", False, None


def _of_tls(error: ssl.SSLError) -> str:
    reason = (error.reason or "").replace("_", " ").lower()
    if reason in ("wrong version number", "http request", "record layer failure", "packet length too long"):
        return "it does not speak TLS there"
    return f"TLS fails: {reason}" if reason else "TLS fails"
