"""HTTP to one registry: one origin, redirects followed by hand, bodies bounded, broken connections told as such.

The authorisation given to `send` goes to the registry's own origin (scheme, host and port) and nowhere else: where a
redirect or an upload's location leads to another host, the request goes there without.  From https nothing leads to
http, unless TLS was declined.  Plain HTTP is for this machine itself, or when asked for (`tls_verify` off).

urllib3 is imported when the first connection is made.

Source: RFC 9110, "Redirection 3xx"; distribution specification, "Pulling blobs", "Pushing blobs".
"""

from __future__ import annotations

import os
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from lixeval.errors import ImageError
from lixeval.oci import go_json
from lixeval.oci.registry.location import is_loopback
from lixeval.oci.registry.retry import STATUSES, Patience

if TYPE_CHECKING:
    import ssl

    import urllib3
    from urllib3 import BaseHTTPResponse

_CONNECT_SECONDS = 30.0
_READ_SECONDS = 120.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 10
_LARGEST_ERROR = 64 << 10
BLOCK = 1 << 18
_CERTIFICATE_FOLDERS = ("/etc/containers/certs.d", "/etc/docker/certs.d")

Body = Callable[[], IO[bytes]]


class Dropped(ImageError):
    """The connection could not be made, or broke before the answer was complete: another attempt may go well.

    `final` where it would not: the name is unknown, or the certificate is not trusted.
    """

    final = False


@dataclass(frozen=True, slots=True)
class Request:
    """`body` opens what is sent, `size` bytes; it is opened again where a redirect asks for it again."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | bytes | None = None
    size: int = 0


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port, by which it is decided who may see credentials."""
    parts = urllib.parse.urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port


class Connection:
    """Connections to `host`, kept open and shared by threads."""

    def __init__(self, host: str, *, tls_verify: bool = True, plain_http: bool = False, parallel: int = 6) -> None:
        self._host = host
        self._tls_verify = tls_verify
        self._parallel = parallel
        self._pools: dict[tuple[str, bool], urllib3.PoolManager] = {}
        self._base: str | None = f"http://{host}" if plain_http else None
        self._answered = False

    @property
    def base(self) -> str:
        """The registry's URL: https, or http where that is all there is and it is allowed.

        On this machine http is tried first, as nobody else listens there and it is the quicker question.
        """
        if self._base is None:
            secure, plain = f"https://{self._host}", f"http://{self._host}"
            if is_loopback(self._host):
                self._base = plain if self._answers(plain) else secure
            else:
                self._base = secure if self._tls_verify or self._answers(secure) else plain
        return self._base

    def _answers(self, base: str) -> bool:
        """Whether there is a registry that speaks so; it is asked without credentials."""
        import urllib3

        try:
            response = self._open(Request("GET", f"{base}/v2/"), {})
        except urllib3.exceptions.SSLError as error:
            # A certificate that is not trusted is still TLS, and the request to come will say so.
            return "CERTIFICATE_VERIFY_FAILED" in str(error)
        except urllib3.exceptions.HTTPError:
            return False
        drain(response)
        # To a request without TLS a server that wants it says 400, if it says anything.
        return response.status != 400

    def send(self, request: Request, authorization: str | None = None) -> BaseHTTPResponse:
        """The answer to a request, its body not yet read; raises Dropped where there is none."""
        import urllib3

        url, method, body = request.url, request.method, request.body
        headers = dict(request.headers)
        for _ in range(_MOST_REDIRECTS):
            self._check_scheme(url)
            sent = dict(headers)
            if authorization is not None and origin_of(url) == origin_of(self.base):
                sent["Authorization"] = authorization
            try:
                response = self._open(Request(method, url, sent, body, request.size), sent)
            except urllib3.exceptions.HTTPError as error:
                told = dropped(url, error)
                if "Connection refused" in told.message and not self._answered:
                    told.final, told.hint = True, "nothing listens there; is the registry running?"
                raise told from error
            self._answered = True
            target = response.headers.get("Location")
            if response.status not in _REDIRECTS or target is None or method == "POST":
                return response
            drain(response)
            if response.status == 303 and method != "HEAD":
                method, body = "GET", None
            url = urllib.parse.urljoin(url, target)
        raise ImageError(f"{self._host} redirects more than {_MOST_REDIRECTS} times")

    def ask(
        self,
        request: Request,
        authorization: str | None,
        patience: Patience,
        say: Callable[[str], None] = lambda text: None,
    ) -> BaseHTTPResponse:
        """`send`, again and again while the registry is busy or the connection breaks."""
        for attempt in range(1, patience.attempts):
            retry_after = None
            try:
                response = self.send(request, authorization)
                if response.status not in STATUSES:
                    return response
                reason, _ = explained(response)
                retry_after = response.headers.get("Retry-After")
            except Dropped as error:
                if error.final:
                    raise
                reason = error.message
            say(f"{reason}; trying again")
            patience.wait(attempt, retry_after, reason)
        return self.send(request, authorization)

    def sibling(self, url: str) -> Connection:
        """A connection like this one to the origin of `url`."""
        parts = urllib.parse.urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" == self.base:
            return self
        other = Connection(parts.netloc, tls_verify=self._tls_verify, parallel=self._parallel)
        other._base = f"{parts.scheme}://{parts.netloc}"
        return other

    def _check_scheme(self, url: str) -> None:
        scheme, host, _ = origin_of(url)
        if scheme == "https" or (scheme == "http" and (is_loopback(host) or not self._tls_verify)):
            return
        raise ImageError(
            f"the registry {self._host} leads to '{without_query(url)}', which is not https",
            hint="--tls-verify=false allows that",
        )

    def _open(self, request: Request, headers: Mapping[str, str]) -> BaseHTTPResponse:
        from lixeval import __version__

        body = request.body() if callable(request.body) else request.body
        sent = {"User-Agent": f"lixeval/{__version__}", **headers}
        if body is not None:
            sent["Content-Length"] = str(len(body) if isinstance(body, bytes) else request.size)
        elif request.method in ("POST", "PUT", "PATCH"):
            sent["Content-Length"] = "0"
        return self._pool(request.url).urlopen(
            request.method,
            request.url,
            body=body,
            headers=sent,
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
        )

    def _pool(self, url: str) -> urllib3.PoolManager:
        # What TLS needs takes a while to load: not before it is spoken.
        key = _proxy_for(url) or "", url.startswith("https:")
        if key not in self._pools:
            self._pools[key] = self._make_pool(*key)
        return self._pools[key]

    def _make_pool(self, proxy: str, secure: bool) -> urllib3.PoolManager:
        import urllib3

        timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        context = _tls_context(self._host, self._tls_verify) if secure or proxy else None
        if not self._tls_verify:
            # It was asked for; urllib3 would say so with every request.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if proxy:
            return urllib3.ProxyManager(
                proxy, maxsize=self._parallel, timeout=timeout, ssl_context=context, blocksize=BLOCK
            )
        return urllib3.PoolManager(maxsize=self._parallel, timeout=timeout, ssl_context=context, blocksize=BLOCK)

    def close(self) -> None:
        """Let go of all connections."""
        for pool in self._pools.values():
            pool.clear()


def _tls_context(host: str, verify: bool) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    for folder in _CERTIFICATE_FOLDERS:
        path = f"{folder}/{host}"
        for name in sorted(os.listdir(path)) if os.path.isdir(path) else ():
            if name.endswith(".crt"):
                context.load_verify_locations(f"{path}/{name}")
    return context


def _proxy_for(url: str) -> str | None:
    scheme, host, _ = origin_of(url)
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(scheme)


def dropped(url: str, error: Exception) -> Dropped:
    """What broke, in words."""
    import urllib3

    host = urllib.parse.urlsplit(url).netloc
    reason = str(error)
    # urllib3 names the object first: "HTTPSConnection(…): Failed to establish …: [Errno 111] Connection refused".
    reason = re.sub(r"^(<[^>]*>|\w+\(host=[^)]*\)): ", "", reason)
    reason = re.sub(r"^Failed to establish a new connection: (?:\[Errno \d+\] )?", "", reason)
    hint = None
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        hint = "SSL_CERT_FILE may name the certificates to trust; --tls-verify=false trusts anybody"
    told = Dropped(f"the connection to {host} failed: {reason}", hint=hint)
    told.final = hint is not None or isinstance(error, urllib3.exceptions.NameResolutionError)
    return told


def without_query(url: str) -> str:
    """A URL that can be shown: queries of upload locations and of redirects are secrets."""
    return urllib.parse.urlsplit(url)._replace(query="", fragment="").geturl()


def read(response: BaseHTTPResponse, limit: int, what: str) -> bytes:
    """A whole body; raises ImageError if it is longer than `limit`, Dropped if it breaks off."""
    import urllib3

    data = bytearray()
    try:
        for block in response.stream(BLOCK):
            data += block
            if len(data) > limit:
                response.close()
                raise ImageError(f"{what} is larger than {limit} bytes")
    except urllib3.exceptions.HTTPError as error:
        raise dropped(response.url or "the registry", error) from error
    response.release_conn()
    return bytes(data)


def drain(response: BaseHTTPResponse) -> None:
    """Read the rest of a small body, so that the connection can be used again; a large one ends the connection."""
    import urllib3

    try:
        if len(response.read(_LARGEST_ERROR)) == _LARGEST_ERROR:
            response.close()
    except urllib3.exceptions.HTTPError:
        response.close()
    response.release_conn()


def explained(response: BaseHTTPResponse) -> tuple[str, tuple[str, ...]]:
    """What an answer that is an error says, in words; and the codes of the specification in it."""
    try:
        data = read(response, _LARGEST_ERROR, "the answer")
        errors = go_json.parse(data).get("errors")
        said = [(str(error.get("code")), str(error.get("message") or "")) for error in errors]
    except (ImageError, AttributeError, TypeError):
        return f"HTTP status {response.status}", ()
    words = "; ".join(f"{code}: {message}" if message else code for code, message in said)
    return f"HTTP status {response.status} ({words[:500]})", tuple(code for code, _ in said)
