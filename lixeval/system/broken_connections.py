"""What broke on the way to a host and back, in words that name it: no class names, no numbers of errors.

Libraries wrap what the operating system said several times; the innermost of what is known here counts.
"""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Broken:
    """`reason` says what happened without saying where.  `final` where another attempt would not go better: the name is
    unknown, the certificate is not trusted.
    """

    reason: str
    final: bool = False
    hint: str | None = None


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


def cause(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """The outermost of a kind among an error and what it was made from."""
    return next((one for one in chain(error) if isinstance(one, kind)), None)


_TRUST = "SSL_CERT_FILE names a file with the certificates to trust"


def what_broke(host: str, error: BaseException) -> Broken:
    """What an error of urllib3, http.client, ssl or the operating system says of a connection to `host`."""
    import urllib3.exceptions as lib

    if isinstance(untrusted := cause(error, ssl.SSLCertVerificationError), ssl.SSLCertVerificationError):
        return Broken(f"its certificate is not trusted: {untrusted.verify_message}", final=True, hint=_TRUST)
    if cause(error, lib.NameResolutionError):
        return Broken(f"the name '{host}' is not known", final=True)
    if isinstance(broken := cause(error, ssl.SSLError), ssl.SSLError) and not isinstance(broken, TimeoutError):
        return Broken(_of_tls(broken))
    if isinstance(system := cause(error, OSError), OSError) and system.strerror and system.errno:
        return Broken(re.sub(r"^\[[^]]*\] *", "", system.strerror))
    if cause(error, lib.ConnectTimeoutError):
        return Broken("nobody answers there")
    if cause(error, lib.LocationValueError) or cause(error, UnicodeError):
        return Broken("its name is not one that a host can have", final=True)
    if cause(error, http.client.RemoteDisconnected):
        return Broken("it was closed without an answer")
    if isinstance(short := cause(error, http.client.IncompleteRead), http.client.IncompleteRead):
        got = short.partial if isinstance(short.partial, int) else len(short.partial)
        missing = f", {short.expected} bytes were missing" if short.expected else ""
        return Broken(f"it broke off after {got} bytes{missing}")
    if cause(error, TimeoutError) or cause(error, lib.TimeoutError):
        return Broken("it stood still for too long")
    if cause(error, http.client.HTTPException) or cause(error, ValueError) or cause(error, lib.ProtocolError):
        return Broken("what comes from there is not HTTP")
    return Broken("it broke")


def _of_tls(error: ssl.SSLError) -> str:
    reason = (error.reason or "").replace("_", " ").lower()
    if reason in ("wrong version number", "http request", "record layer failure", "packet length too long"):
        return "it does not speak TLS there"
    return f"TLS fails: {reason}" if reason else "TLS fails"
