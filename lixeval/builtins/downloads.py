"""Downloads: the bytes behind an http, https or file URL, in a temporary file.

HTTP comes from the standard library, imported when the first download starts.  A download can be remembered by its
ETag, so that asking again costs one request (`etag` in, `None` out: nothing has changed).  Certificates are the
machine's, or those that NIX_SSL_CERT_FILE or SSL_CERT_FILE names; proxies are taken from the environment.
"""

from __future__ import annotations

import os

from lixeval.errors import EvalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from http.client import HTTPResponse

_CHUNK = 1 << 20
_ATTEMPTS = 3
_TIMEOUT = 60.0
_PASSING = frozenset((408, 429, 500, 502, 503, 504))
"""HTTP answers after which it makes sense to ask again."""


class NotModified(Exception):
    """The server has what was downloaded before."""


def download(url: str, destination: str, etag: str = "") -> str:
    """Writes what is behind `url` to the file `destination`; gives its ETag, or "".

    Raises EvalError where it cannot be had, `NotModified` where the server says that `etag` is still right.
    """
    scheme = url.partition("://")[0]
    if scheme == "file":
        _copy_file(url, destination)
        return ""
    if scheme not in ("http", "https"):
        raise EvalError(
            f"unable to download '{url}': lixeval fetches http, https and file URLs",
            hint="download it by hand and give a file:// URL or a path",
        )
    return _get(url, destination, etag)


def local_path(url: str) -> str:
    """The path of a file:// URL."""
    from urllib.parse import unquote

    path = url.removeprefix("file://").partition("#")[0].partition("?")[0]
    return unquote(path, errors="surrogateescape")


def _copy_file(url: str, destination: str) -> None:
    from shutil import copyfileobj

    path = local_path(url)
    try:
        with open(path, "rb") as source, open(destination, "wb") as target:
            copyfileobj(source, target, _CHUNK)
    except OSError:
        raise EvalError(
            f"unable to download '{url}': Could not read a file:// file (37) Couldn't open file {path}"
        ) from None


def _get(url: str, destination: str, etag: str) -> str:
    from time import sleep
    from urllib.error import HTTPError, URLError

    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _get_once(url, destination, etag)
        except HTTPError as error:
            if error.code == 304:
                raise NotModified from None
            if error.code not in _PASSING or attempt == _ATTEMPTS:
                raise EvalError(f"unable to download '{url}': HTTP error {error.code} ({error.reason})") from None
        except URLError as error:
            if not isinstance(error.reason, TimeoutError) or attempt == _ATTEMPTS:
                reason = getattr(error.reason, "strerror", None) or error.reason
                raise EvalError(f"unable to download '{url}': {reason}") from None
        except (OSError, ValueError) as error:
            if isinstance(error, ValueError) or attempt == _ATTEMPTS:
                raise EvalError(f"unable to download '{url}': {error}") from None
        sleep(0.25 * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def _get_once(url: str, destination: str, etag: str) -> str:
    import ssl
    from urllib.parse import quote
    from urllib.request import HTTPSHandler, Request, build_opener

    from lixeval import __version__

    headers = {"User-Agent": f"lixeval/{__version__}"}
    if etag:
        headers["If-None-Match"] = etag
    certificates = os.environ.get("NIX_SSL_CERT_FILE") or os.environ.get("SSL_CERT_FILE") or None
    opener = build_opener(HTTPSHandler(context=ssl.create_default_context(cafile=certificates)))
    # Characters that a URL cannot have are sent as what they stand for; those that are escaped already stay.
    request = Request(quote(url, safe="%/:=&?~#+!$,;'@()*[]", errors="surrogateescape"), headers=headers)
    response: HTTPResponse
    with opener.open(request, timeout=_TIMEOUT) as response, open(destination, "wb") as target:
        expected = response.headers.get("Content-Length")
        received = 0
        while chunk := response.read(_CHUNK):
            target.write(chunk)
            received += len(chunk)
        if expected is not None and expected.isdigit() and received != int(expected):
            raise OSError(f"the connection ended after {received} of {expected} bytes")
        return response.headers.get("ETag", "")
