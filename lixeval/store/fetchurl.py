"""`builtin:fetchurl`: a file from a URL, its hash known beforehand.

Environment: url (http, https, ftp or file), executable ("1": the file's bit is set), unpack ("1": at the URL is a NAR,
compressed by xz if the name ends in .xz, and the output is what is in it).

The hash is not looked at here: what the output must be is the derivation's fixed output, checked like any other.  What
is done here is to get the bytes whole: a transfer that breaks off, or a server that has a bad day, is tried again.

Proxies are taken from the usual variables, certificates from NIX_SSL_CERT_FILE where it is set.
Source: Nix manual, `<nix/fetchurl.nix>`; builtins/fetchurl.cc, filetransfer.cc.
"""

from __future__ import annotations

import lzma
import os
import shutil
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from lixeval.errors import BuildError
from lixeval.formats import nar
from lixeval.store.builders import BuildContext

if TYPE_CHECKING:
    import ssl
    from email.message import Message

ATTEMPTS = 5
_FIRST_WAIT_SECONDS = 0.25
_TIMEOUT_SECONDS = 60
_BLOCK = 1 << 20
# Not worth another try: what is asked for is not there, or not for us (filetransfer.cc).
_FINAL = {400, 401, 403, 404, 405, 407, 410, 411, 413, 414, 451, 501, 505, 511}


def fetchurl(context: BuildContext) -> None:
    """The builtin builder of `<nix/fetchurl.nix>`."""
    environment, out = context.environment, context.outputs["out"]
    url = environment["url"]
    if environment.get("unpack") == "1":
        archive = f"{context.temporary_directory}/archive"
        download(url, archive, context.log)
        with lzma.open(archive) if url.endswith(".xz") else open(archive, "rb") as source:
            nar.restore(source.read, out)
    else:
        download(url, out, context.log)
    if environment.get("executable") == "1":
        os.chmod(out, 0o755)


def download(url: str, destination: str, log: Callable[[str], None]) -> None:
    """Write what is at `url` to a new file; raises BuildError after the last attempt."""
    log(f"downloading '{url}'")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _download_once(url, destination)
            return
        except (OSError, EOFError, ValueError) as error:
            reason, is_final = _explain(error)
            if is_final or attempt == ATTEMPTS:
                raise BuildError(f"unable to download '{url}': {reason}") from error
            wait = _FIRST_WAIT_SECONDS * 2 ** (attempt - 1)
            log(f"unable to download '{url}': {reason}; retrying in {wait:g} s")
            time.sleep(wait)


def _download_once(url: str, destination: str) -> None:
    # Imported here: only builds that download pay for the HTTP client.
    import urllib.request

    from lixeval import __version__

    request = urllib.request.Request(url, headers={"User-Agent": f"lixeval/{__version__}", "Accept": "*/*"})
    context = _certificates() if url.startswith("https:") else None
    with (
        urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=context) as response,
        open(destination, "wb") as file,
    ):
        shutil.copyfileobj(response, file, _BLOCK)
        _check_size(response.headers, file)


def _certificates() -> ssl.SSLContext:
    import ssl

    return ssl.create_default_context(cafile=os.environ.get("NIX_SSL_CERT_FILE"))


def _check_size(headers: Message, file: IO[bytes]) -> None:
    """Reading in blocks, Python's client takes a connection that breaks off for the end of the file."""
    promised = headers.get("Content-Length")
    if promised is not None and promised.isdigit() and int(promised) != file.tell():
        raise EOFError(f"the transfer broke off after {file.tell()} of {promised} bytes")


def _explain(error: Exception) -> tuple[str, bool]:
    """The reason in words, and whether another attempt would only fail again."""
    import urllib.error

    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP error {error.code} ({error.reason})", error.code in _FINAL
    if isinstance(error, urllib.error.URLError):
        missing = isinstance(error.reason, (FileNotFoundError, IsADirectoryError, PermissionError, str))
        return str(error.reason), missing
    # A URL of no known form; or our own disk is full, which another attempt does not help.
    return str(error), isinstance(error, ValueError) or (isinstance(error, OSError) and error.filename is not None)
