"""HTTP to one registry: one origin, redirects followed by hand, bodies bounded, broken connections told as such.

The authorisation given to `send` goes to the registry's own origin (scheme, host and port) and nowhere else: where a
redirect or an upload's location leads to another host, the request goes there without, and a request whose body is a
secret does not go there at all.  From https nothing leads to http, unless TLS was declined, and from elsewhere nothing
to this machine.  Plain HTTP is for this machine itself, or when asked for (`tls_verify` off).

urllib3 is imported when the first connection is made.

Source: RFC 9110, "Redirection 3xx"; distribution specification, "Pulling blobs", "Pushing blobs".
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, Any

from lixeval.errors import ImageError
from lixeval.oci import go_json
from lixeval.oci.registry import certificates, failures
from lixeval.oci.registry import url as urls
from lixeval.oci.registry.failures import Dropped
from lixeval.oci.registry.location import is_loopback
from lixeval.oci.registry.retry import Patience
from lixeval.system import connections, pace
from lixeval.system.broken_connections import cause
from lixeval.system.pace import TooSlow, Wait
from lixeval.system.retrying import passes

if TYPE_CHECKING:
    import urllib3
    from urllib3 import BaseHTTPResponse

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# A POST that is sent elsewhere in one of these ways would become a GET, which asks for something else.
_NOT_FOR_POST = frozenset({301, 302, 303})
_MOST_REDIRECTS = 10
_LARGEST_ERROR = 64 << 10
_FIRST_ATTEMPTS = 2
BLOCK = 1 << 18
_SENT_AT_ONCE = 1 << 16

Body = Callable[[], IO[bytes]]
Say = Callable[[str], None]


def silent(text: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Request:
    """`body` opens what is sent, `size` bytes; it is opened again where a redirect asks for it again.

    `what` it is about is said when it has to be repeated.  A `secret` body is for the host it is sent to and no other.
    The answer to one `for_a_blob` may come slowly.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | bytes | None = None
    size: int = 0
    what: str = ""
    secret: bool = False
    for_a_blob: bool = False


class Connection:
    """Connections to `host`, kept open and shared by threads.

    `name` is what images call the host; `say` is told of attempts that are repeated and of long waiting.
    """

    def __init__(
        self,
        host: str,
        *,
        name: str = "",
        tls_verify: bool = True,
        plain_http: bool = False,
        parallel: int = 6,
        patience: Patience | None = None,
        say: Say = silent,
    ) -> None:
        self._host = host
        self._name = name or host
        self._tls_verify = tls_verify
        self._parallel = parallel
        self._pace = (patience or Patience()).pace
        self._say = say
        self._pools: dict[tuple[str, urls.Origin], urllib3.PoolManager] = {}
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
        """Whether there is a registry that speaks so; it is asked without credentials.

        Raises Dropped where somebody takes the connection and says nothing: in another language he would not either.
        """
        try:
            response = self._open(Request("GET", f"{base}/v2/"))
        except Dropped as error:
            if isinstance(error.__cause__, BaseException) and _is_slow(error):
                error.final = True
                raise
            # A certificate that is not trusted is still TLS, and the request to come will say so.
            return error.final and base.startswith("https:")
        drain(response)
        # To a request without TLS a server that wants it says 400, if it says anything.
        return response.status != 400

    def send(self, request: Request, authorization: str | None = None) -> BaseHTTPResponse:
        """The answer to a request, its body not yet read; raises Dropped where there is none."""
        who, url, method, body = f"the registry {self._host}", request.url, request.method, request.body
        own = urls.origin_of(self.base, who)
        for _ in range(_MOST_REDIRECTS):
            origin = urls.origin_of(url, who)
            urls.check_way(origin, own, url, who, tls_verify=self._tls_verify)
            sent = dict(request.headers)
            if authorization is not None and origin == own:
                sent["Authorization"] = authorization
            elif request.secret and origin != own:
                raise ImageError(f"{who} wants a token sent on to '{urls.without_query(url)}', another host")
            try:
                response = self._open(replace(request, method=method, url=url, headers=sent, body=body))
            except Dropped as error:
                if error.refused and not self._answered:
                    error.final, error.hint = True, "nothing listens there; is the registry running?"
                raise
            self._answered = True
            target = response.headers.get("Location")
            if response.status not in _REDIRECTS or target is None or _stays(method, response.status):
                return response
            drain(response)
            if response.status == 303 and method != "HEAD":
                method, body = "GET", None
            url = urls.followed(url, target, who)
        raise ImageError(f"{self._host} redirects more than {_MOST_REDIRECTS} times")

    def ask(self, request: Request, authorization: str | None, patience: Patience) -> BaseHTTPResponse:
        """`send`, again and again while the registry is busy or the connection breaks; less often before it has ever
        answered.
        """
        attempt = 0
        while True:
            attempt += 1
            retry_after = None
            try:
                response = self.send(request, authorization)
                if not passes(response.status) or attempt >= patience.attempts:
                    return response
                reason, _ = explained(response)
                retry_after = response.headers.get("Retry-After")
            except Dropped as error:
                most = patience.attempts if self._answered else min(_FIRST_ATTEMPTS, patience.attempts)
                if error.final or attempt >= most:
                    raise
                reason = error.reason
            about = f"{request.what} at {self._host}" if request.what else self._host
            self._say(f"{about}: {reason}; trying again ({attempt + 1} of {patience.attempts})")
            patience.wait(attempt, retry_after, f"{about}: {reason}")

    def sibling(self, url: str) -> Connection:
        """A connection like this one to the origin of `url`, which this one's host has named."""
        who = f"the registry {self._host}"
        own, there = urls.origin_of(self.base, who), urls.origin_of(url, who)
        if own == there:
            return self
        urls.check_way(there, own, url, who, tls_verify=self._tls_verify)
        host = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
        other = Connection(host, name=self._name, tls_verify=self._tls_verify, parallel=self._parallel, say=self._say)
        other._pace = self._pace
        other._base = f"{there[0]}://{host}"
        return other

    def _open(self, request: Request) -> BaseHTTPResponse:
        import http.client

        import urllib3

        from lixeval import __version__
        from lixeval.system.network import require_network

        require_network(request.url)
        body = request.body() if callable(request.body) else request.body
        sent = {"User-Agent": f"lixeval/{__version__}", **request.headers}
        if body is not None:
            sent["Content-Length"] = str(len(body) if isinstance(body, bytes) else request.size)
        elif request.method in ("POST", "PUT", "PATCH"):
            sent["Content-Length"] = "0"
        host = urllib.parse.urlsplit(request.url).netloc.rpartition("@")[2]
        pace.WAITING.wait = self._wait(request, host)
        try:
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
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, UnicodeError) as error:
            raise failures.dropped(host, error) from error

    def _wait(self, request: Request, host: str) -> Wait:
        """How long the answer to a request is waited for: what has been stored takes a registry a while."""
        silence = self._pace.silence if self._answered else self._pace.first_silence
        if request.method in ("PUT", "PATCH"):
            silence = self._pace.storing
        rate = self._pace.blob_rate if request.for_a_blob else self._pace.rate
        return Wait(host, self._pace, silence, rate, self._say)

    def _pool(self, url: str) -> urllib3.PoolManager:
        # What TLS needs takes a while to load: not before it is spoken.
        key = _proxy_for(url) or "", urls.origin_of(url)
        if key not in self._pools:
            self._pools[key] = self._make_pool(*key)
        return self._pools[key]

    def _make_pool(self, proxy: str, origin: urls.Origin) -> urllib3.PoolManager:
        import urllib3

        timeout = urllib3.Timeout(connect=self._pace.connect, read=pace.SENDING_SECONDS)
        context = None
        if proxy or origin[0] == "https":
            there = f"{origin[1]}:{origin[2]}"
            # Who we are is for the registry's own host, and for hosts that have a folder themselves.
            ours = [self._host, self._name] if urls.origin_of(f"https://{self._host}")[1] == origin[1] else []
            hosts = [there, *([origin[1]] if origin[2] == 443 else []), *ours]
            context = certificates.context([self._host, self._name, *hosts], hosts, verify=self._tls_verify)
        if not self._tls_verify:
            # It was asked for; urllib3 would say so with every request.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        named: dict[str, Any] = {
            "maxsize": self._parallel,
            "timeout": timeout,
            "ssl_context": context,
            "blocksize": _SENT_AT_ONCE,
        }
        pool = connections.pool_manager(proxy, **named)
        pool.pool_classes_by_scheme = pace.pool_classes()
        return pool

    def close(self) -> None:
        """Let go of all connections."""
        for pool in self._pools.values():
            pool.clear()


def _stays(method: str, status: int) -> bool:
    return method == "POST" and status in _NOT_FOR_POST


def _is_slow(error: Dropped) -> bool:
    return error.__cause__ is not None and cause(error.__cause__, TooSlow) is not None


def _proxy_for(url: str) -> str | None:
    scheme, host, _ = urls.origin_of(url)
    return None if is_loopback(host) else connections.proxy_for(scheme, host)


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
        raise failures.dropped(host_of(response), error) from error
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
        said = [(str(error.get("code")), str(error.get("message") or "")) for error in errors[:20]]
    except (ImageError, AttributeError, TypeError):
        return f"HTTP status {response.status}", ()
    words = "; ".join(f"{code}: {message}" if message else code for code, message in said)
    return f"HTTP status {response.status} ({urls.shown(words, 500)})", tuple(code for code, _ in said)


def stated_length(response: BaseHTTPResponse) -> int | None:
    """The Content-Length that an answer states, if that can be one."""
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def host_of(response: BaseHTTPResponse) -> str:
    """Who gave an answer."""
    return urllib.parse.urlsplit(response.url or "").netloc.rpartition("@")[2] or "the registry"
