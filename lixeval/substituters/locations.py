"""Where a binary cache is: a folder (file://), or an http server; its files by their names below it.

    location = ("http" | "https" | "file") "://" … [ "?" option { "&" option } ]       option = NAME "=" VALUE

The options are Nix's store parameters: `priority`, `trusted` for caches that are asked, `compression`,
`compression-level`, `secret-key` for those that are written to.
"""

from __future__ import annotations

import io
import os
import stat

from lixeval.errors import SystemFailure, UsageError
from lixeval.system.opening import open_soon
from lixeval.system.transport import DownloadFailed, local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Protocol

    from lixeval.system.transport import Connections

    class Location(Protocol):
        """Files by name; `url` is without options."""

        url: str

        def read(self, name: str, most_bytes: int) -> bytes | None:
            """A small file; None where there is none, DownloadFailed where that cannot be told."""

        def fetch(self, name: str, target: IO[bytes], most_bytes: int, log: Callable[[str], None]) -> None:
            """Writes a file to `target`; DownloadFailed where it cannot be had or is more than `most_bytes`."""

        def exists(self, name: str) -> bool:
            """Whether it has a file."""

        def write(self, name: str, source: IO[bytes], size: int) -> None:
            """Puts a file there, which appears complete or not at all."""


ABSENT = (401, 403, 404, 407, 410)
"""What servers answer where there is nothing for us; storage that may not be listed says 403 of what it has not."""
_BLOCK = 1 << 18


def split_options(url: str) -> tuple[str, dict[str, str]]:
    """The URL without its options, without a slash at the end, and the options."""
    from urllib.parse import parse_qsl

    base, _, query = url.partition("?")
    return base.rstrip("/"), dict(parse_qsl(query, keep_blank_values=True))


def location_of(base: str, connections: Connections) -> Location:
    """The place that a URL without options names; UsageError where lixeval cannot go there."""
    scheme = base.partition("://")[0]
    if scheme == "file":
        return Folder(base)
    if scheme in ("http", "https"):
        return Server(base, connections)
    hint = "an S3 bucket is asked through its https:// address" if scheme == "s3" else "caches are https:// or file://"
    raise UsageError(f"'{base}' is no binary cache that lixeval can use", hint=hint)


class Folder:
    """A cache in a folder of this machine."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.path = local_path(url)

    def read(self, name: str, most_bytes: int) -> bytes | None:
        if not os.path.lexists(os.path.join(self.path, name)):
            return None
        target = io.BytesIO()
        self.fetch(name, target, most_bytes, lambda line: None)
        return target.getvalue()

    def fetch(self, name: str, target: IO[bytes], most_bytes: int, log: Callable[[str], None]) -> None:
        path = os.path.join(self.path, name)
        try:
            fd = open_soon(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise DownloadFailed(f"{self.url}/{name}", error.strerror or "", status=404) from None
        with open(fd, "rb") as source:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise DownloadFailed(f"{self.url}/{name}", "it is no file")
            rest = most_bytes
            while data := source.read(_BLOCK):
                rest -= len(data)
                if rest < 0:
                    raise DownloadFailed(f"{self.url}/{name}", f"it has more than {most_bytes} bytes")
                target.write(data)

    def exists(self, name: str) -> bool:
        return os.path.exists(os.path.join(self.path, name))

    def write(self, name: str, source: IO[bytes], size: int) -> None:
        from lixeval.system.atomic import complete_file, write_all

        path = os.path.join(self.path, name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with complete_file(path, 0o644) as fd:
                while data := source.read(_BLOCK):
                    write_all(fd, data)
        except OSError as error:
            raise SystemFailure(f"cannot write '{path}': {error.strerror}") from None


class Server:
    """A cache behind http or https."""

    def __init__(self, url: str, connections: Connections) -> None:
        self.url = url
        self._connections = connections

    def read(self, name: str, most_bytes: int) -> bytes | None:
        target = io.BytesIO()
        try:
            self.fetch(name, target, most_bytes, lambda line: None)
        except DownloadFailed as error:
            if error.status in ABSENT:
                return None
            raise
        return target.getvalue()

    def fetch(self, name: str, target: IO[bytes], most_bytes: int, log: Callable[[str], None]) -> None:
        self._connections.get(f"{self.url}/{name}", target, most_bytes=most_bytes, log=log)

    def exists(self, name: str) -> bool:
        return self.read(name, 1 << 20) is not None

    def write(self, name: str, source: IO[bytes], size: int) -> None:
        self._connections.put(f"{self.url}/{name}", source, size)
