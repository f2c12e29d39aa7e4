"""Downloads: the bytes behind a URL, whole, in a file.  Evaluation and the builder `builtin:fetchurl` both come here.

    http, https   urllib3, imported when the first download starts
    ftp           the standard library
    file          copied

A transfer that breaks off goes on where it ended (`Range`, if the server still has the same: `If-Range`), and a server
that has a bad day is asked again (`retrying`).  A download can be remembered by its ETag, so that asking again costs
one request (`etag` in, `NotModified` out).  A user and password may stand in the URL; proxies and certificates are
those of `connections`.

Source: RFC 9110; C++: filetransfer.cc.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from lixeval.errors import LixevalError
from lixeval.system.attentive import attentively
from lixeval.system.network import require_network, without_passwords
from lixeval.system.opening import open_soon
from lixeval.system.retrying import AsksTooMuch, Retrying, passes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any

    from urllib3 import BaseHTTPResponse, PoolManager

    from lixeval.system.pace import TooSlow

_FTP_SECONDS = 60.0
_FILE = "file:"
_BLOCK = 1 << 16
_MOST_REDIRECTS = 20
_LARGEST_NETRC = 1 << 20
_SLOWEST = 1 << 10
"""Bytes a second, which an answer must come at after a minute: a byte now and then would hold a run for days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience(Retrying):
    """How often servers are asked, and how long each is waited for, in seconds; `netrc` has passwords for them."""

    connect: float = 30.0
    read: float = 60.0
    netrc: str = "/etc/nix/netrc"


class DownloadFailed(LixevalError):
    """It cannot be had; the message names the URL and the reason, `status` is what the server answered, or 0."""

    code = "E0002"

    def __init__(self, url: str, reason: str, *, hint: str | None = None, status: int = 0) -> None:
        super().__init__(without_passwords(f"unable to download '{url}': {reason}"), hint=hint)
        self.status = status


class NotModified(Exception):
    """The server has what was downloaded before."""


def download(
    url: str,
    destination: str,
    *,
    etag: str = "",
    log: Callable[[str], None] = lambda line: None,
    patience: Patience | None = None,
) -> str:
    """Writes what is behind `url` to the file `destination`; gives its ETag, or "".

    Raises DownloadFailed where it cannot be had, `NotModified` where the server says that `etag` is still right.
    `log` is told of attempts that failed; without `patience` it is the usual.
    """
    if is_file_url(url):
        _copy_file(url, destination)
        return ""
    require_network(url)
    scheme = url.partition("://")[0].lower()
    if scheme == "ftp":
        attentively(lambda: _get_by_ftp(url, destination))
        return ""
    if scheme not in ("http", "https"):
        raise DownloadFailed(
            url,
            "lixeval fetches http, https, ftp and file URLs",
            hint="download it by hand and give a file:// URL or a path",
        )
    with open(destination, "wb") as target:
        transfer = _Transfer(url, target, etag, patience or Patience())
        return attentively(lambda: transfer.run(log))


def is_file_url(url: str) -> bool:
    return url[: len(_FILE)].lower() == _FILE


def local_path(url: str) -> str:
    """The path of a file URL: `file:/x`, `file:///x`, `file://localhost/x` (RFC 8089); relative where no path follows
    the host, or what should be one is none of this machine's names.
    """
    from urllib.parse import unquote

    path = url[len(_FILE) :].partition("#")[0].partition("?")[0]
    if path.startswith("//"):
        path = path[2:]
        host, slash, rest = path.partition("/")
        if slash and host.lower() in ("localhost", "127.0.0.1"):
            path = slash + rest
    return unquote(path, errors="surrogateescape")


def _copy_file(url: str, destination: str) -> None:
    from shutil import copyfileobj

    path = local_path(url)
    if not path.startswith("/"):
        raise DownloadFailed(url, "URL using bad/illegal format or missing URL (3) URL rejected: Bad file:// URL")
    try:
        # A pipe is not waited for, a device would never end.
        with (
            open(path, "rb", opener=open_soon) as source,
            open(destination, "wb") as target,
        ):
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise DownloadFailed(url, f"{path} is no regular file")
            copyfileobj(source, target, _BLOCK)
    except OSError:
        raise DownloadFailed(url, f"Could not read a file:// file (37) Couldn't open file {path}") from None


def _get_by_ftp(url: str, destination: str) -> None:
    from shutil import copyfileobj
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=_FTP_SECONDS) as response, open(destination, "wb") as target:
            copyfileobj(response, target, _BLOCK)
    except URLError as error:
        raise DownloadFailed(url, str(error.reason)) from None
    except (OSError, ValueError, EOFError) as error:
        raise DownloadFailed(url, str(error)) from None


class _Failure(Exception):
    """One attempt failed; `final` says that another would too."""

    def __init__(self, reason: str, final: bool, retry_after: str = "", status: int = 0) -> None:
        super().__init__(reason)
        self.final = final
        self.retry_after = retry_after
        self.status = status


class Connections:
    """Connections to servers that stay open from one request to the next; may be shared by threads.

    At most `most` to one server at once.
    """

    def __init__(self, patience: Patience | None = None, most: int = 25) -> None:
        self.patience = patience or Patience()
        self._most = most
        self._pools: dict[tuple[str, str], PoolManager] = {}

    def get(
        self, url: str, target: IO[bytes], *, most_bytes: int | None = None, log: Callable[[str], None] | None = None
    ) -> None:
        """Writes what is behind an http or https URL; DownloadFailed where it cannot be had, or is more than
        `most_bytes`.
        """
        transfer = _Transfer(url, target, "", self.patience)
        transfer.pool, transfer.most_bytes = self._pool(url), most_bytes
        transfer.run(log or (lambda line: None))

    def put(self, url: str, body: IO[bytes], size: int) -> None:
        """Sends a file of `size` bytes to an http or https URL; DownloadFailed where the server does not take it."""
        from urllib3.exceptions import HTTPError

        transfer = _Transfer(url, body, "", self.patience)
        transfer.wait()
        headers = transfer.headers() | {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        try:
            response = self._pool(url).request("PUT", url, body=body, headers=headers, retries=False)
        except (HTTPError, ValueError) as error:
            raise DownloadFailed(url, f"it cannot be uploaded: {error}") from None
        if not 200 <= response.status < 300:
            raise DownloadFailed(
                url, f"it cannot be uploaded: HTTP error {response.status} ({response.reason})", status=response.status
            )

    def _pool(self, url: str) -> PoolManager:
        from urllib3.exceptions import LocationParseError
        from urllib3.util import parse_url

        try:
            parts = parse_url(url)
        except LocationParseError as error:
            raise DownloadFailed(url, str(error)) from None
        key = (parts.scheme or "", parts.netloc or "")
        if key not in self._pools:
            self._pools[key] = _pool(url, self.patience, maxsize=self._most, block=True)
        return self._pools[key]

    def close(self) -> None:
        """Lets all connections go."""
        for pool in self._pools.values():
            pool.clear()
        self._pools.clear()


def password_for(host: str, file: str) -> str | None:
    """`USER:PASSWORD` of a netrc file for a host; None where it has none, or there is no such file."""
    from netrc import NetrcParseError, netrc

    try:
        with open(file, "rb", opener=open_soon) as opened:
            status = os.fstat(opened.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_NETRC:
            return None
        found = netrc(file).authenticators(host)
    except (OSError, NetrcParseError, UnicodeDecodeError):
        return None
    return None if found is None else f"{found[0]}:{found[2]}"


class _Transfer:
    """One file by HTTP, in as many attempts as it needs."""

    def __init__(self, url: str, target: IO[bytes], etag: str, patience: Patience) -> None:
        from urllib.parse import quote

        self.url = url
        self.target = target
        self.etag = etag
        self.patience = patience
        # Characters that a URL cannot have are sent as what they stand for; those that are escaped already stay.
        self._sent_url = quote(url, safe="%/:=&?~#+!$,;'@()*[]", errors="surrogateescape").partition("#")[0]
        self._host = self._sent_url.partition("//")[2].partition("/")[0].rpartition("@")[2]
        self.pool: PoolManager | None = None
        self.most_bytes: int | None = None
        self._received = 0
        self._silences = 0
        self._version = ""

    def run(self, log: Callable[[str], None]) -> str:
        patience = self.patience
        for attempt in range(1, patience.attempts + 1):
            try:
                return self._attempt()
            except _Failure as failure:
                if failure.final or attempt == patience.attempts:
                    raise DownloadFailed(self.url, str(failure), status=failure.status) from None
                try:
                    wait = patience.pause(attempt, failure.retry_after)
                except AsksTooMuch as error:
                    raise DownloadFailed(self.url, f"{failure}: {error}", status=failure.status) from None
                log(without_passwords(f"unable to download '{self.url}': {failure}; retrying in {wait:.2g} s"))
                patience.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(self) -> str:
        from urllib3.exceptions import HTTPError

        from lixeval.system.pace import TooSlow

        try:
            if self.pool is not None:
                return self._received_by(self._ask(self.pool))
            pool = _pool(self._sent_url, self.patience)
            try:
                return self._receive(self._ask(pool))
            finally:
                pool.clear()
        except HTTPError as error:
            raise self._explained(error) from None
        except TooSlow as slow:
            raise self._too_slow(slow) from None
        except ValueError as error:
            raise _Failure(str(error), final=True) from None

    def _received_by(self, response: BaseHTTPResponse) -> str:
        """As `_receive`, and the connection can be used again; one with an answer that nobody read cannot."""
        try:
            found = self._receive(response)
        except BaseException:
            if response.status not in (404, 410) or not _is_read_out(response):
                response.close()
            response.release_conn()
            raise
        response.release_conn()
        return found

    def _ask(self, pool: PoolManager) -> BaseHTTPResponse:
        """The answer, wherever it leads.  What a redirect holds besides is not read: it may be without end."""
        from urllib.parse import urljoin

        url, headers = self._sent_url, self.headers()
        for _ in range(_MOST_REDIRECTS + 1):
            self.wait()
            # Whatever fails is for `run` to try again.
            response = pool.urlopen(
                "GET", url, headers=headers, retries=False, redirect=False, preload_content=False, decode_content=False
            )
            target = response.get_redirect_location()
            if not target:
                return response
            response.close()
            following = urljoin(url, target)
            if not following.lower().startswith(("http://", "https://")):
                raise _Failure("it leads to what is no http or https URL", final=True)
            if _origin(following) != _origin(url):
                headers.pop("authorization", None)
            url = following
        raise _Failure(f"more than {_MOST_REDIRECTS} redirects", final=True)

    def wait(self) -> None:
        """From here on the next answer is waited for by this thread."""
        from lixeval.system.pace import WAITING, Pace, Wait

        seconds = self.patience.read
        pace = Pace(silence=seconds, headers=seconds, grace=seconds, first_word=seconds)
        WAITING.wait = Wait(self._host, pace, seconds, _SLOWEST, lambda words: None)

    def headers(self) -> dict[str, str]:
        from urllib.parse import unquote

        from urllib3.util import make_headers, parse_url

        from lixeval import __version__

        headers = {"User-Agent": f"lixeval/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
        parts = parse_url(self._sent_url)
        user = unquote(parts.auth) if parts.auth else password_for(parts.host or "", self.patience.netrc)
        if user:
            headers |= make_headers(basic_auth=user)
        if self._received:
            headers |= {"Range": f"bytes={self._received}-", "If-Range": self._version}
        elif self.etag:
            headers["If-None-Match"] = self.etag
        return headers

    def _receive(self, response: BaseHTTPResponse) -> str:
        if response.status == 304 and self.etag:
            raise NotModified
        if response.status not in (200, 206):
            retry_after = response.headers.get("Retry-After", "")
            reason = f"HTTP error {response.status} ({response.reason})"
            self._received = 0
            raise _Failure(reason, not passes(response.status), retry_after, response.status)
        if "," in response.headers.get("Content-Encoding", ""):
            raise _Failure("the answer is packed several times over", final=True)
        if response.status == 206 and not response.headers.get("Content-Range", "").startswith(
            f"bytes {self._received}-"
        ):
            self._received = 0
            raise _Failure("the server sent another part than it was asked for", final=False)
        size = response.headers.get("Content-Length", "0")
        if not (size.isascii() and size.isdecimal() and len(size) < 19):
            raise _Failure("the server says a length that is none", final=True)
        if response.status == 200:
            self._received = 0
            self.target.seek(0)
            self.target.truncate()
        found = response.headers.get("ETag", "")
        # A weak ETag says that the meaning is the same, not the bytes.
        self._version = "" if found.startswith("W/") else found
        try:
            for block in response.stream(_BLOCK, decode_content=True):
                self._received += len(block)
                if self.most_bytes is not None and self._received > self.most_bytes:
                    raise _Failure(f"the server sends more than {self.most_bytes} bytes", final=True)
                self.target.write(block)
        finally:
            if not self._version or "Content-Encoding" in response.headers:
                self._received = 0
        return found

    def _too_slow(self, slow: TooSlow) -> _Failure:
        """A server that keeps silent is asked once more."""
        self._silences += 1
        return _Failure(slow.words, slow.drips or self._silences > 1)

    def _explained(self, error: Exception) -> _Failure:
        """What broke, in words, and whether it would break again."""
        from urllib3 import exceptions

        from lixeval.system.broken_connections import cause, what_broke
        from lixeval.system.pace import TooSlow

        if isinstance(error, exceptions.MaxRetryError) and error.reason is not None:
            error = error.reason
        inner = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], Exception) else error
        if isinstance(inner, exceptions.IncompleteRead):
            whole = inner.partial + (inner.expected or 0)
            return _Failure(f"the transfer broke off after {inner.partial} of {whole} bytes", final=False)
        if isinstance(error, exceptions.LocationParseError):
            return _Failure(str(error), final=True)
        slow = cause(error, TooSlow)
        if isinstance(slow, TooSlow):
            return self._too_slow(slow)
        broken = what_broke(self._host, error)
        return _Failure(f"the connection to {self._host} failed: {broken.reason}", broken.final)


def _origin(url: str) -> tuple[str | None, str | None, int | None]:
    """Scheme, host and port: whom a password is for."""
    from urllib3.util import parse_url

    parts = parse_url(url)
    return parts.scheme, parts.host, parts.port or {"http": 80, "https": 443}.get(parts.scheme or "")


def _is_read_out(response: BaseHTTPResponse) -> bool:
    """Whether what nobody wants of an answer was little; as it was sent, since unpacked it may be any amount."""
    return len(response.read(_BLOCK, decode_content=False)) < _BLOCK


def _pool(url: str, patience: Patience, **named: Any) -> PoolManager:
    from urllib3 import Timeout
    from urllib3.util import parse_url

    from lixeval.system.connections import pool_manager, proxy_for, tls_context
    from lixeval.system.pace import SENDING_SECONDS, pool_classes

    parts = parse_url(url)
    manager = pool_manager(
        proxy_for(parts.scheme or "", parts.host or ""),
        timeout=Timeout(connect=patience.connect, read=SENDING_SECONDS),
        ssl_context=tls_context() if parts.scheme == "https" else None,
        **named,
    )
    manager.pool_classes_by_scheme = pool_classes()
    return manager
