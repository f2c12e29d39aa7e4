"""A store as a binary cache over http: what it has is described and packed when it is asked for.

    GET /nix-cache-info     GET /<digest>.narinfo     GET /nar/<digest>.nar     (HEAD likewise)

Narinfos carry the store's signatures, and with a key one more, made on the fly.  NARs are sent as they are, from the
byte that a Range asks for.  Nothing is written, and no file is reached but those of valid paths.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lixeval.formats import nar, narinfo, nix32
from lixeval.substituters.giving import described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.formats.keys import SecretKey
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore

_INFO = "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n"
_DIGEST = 32


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "lixeval"
    timeout = 60
    store: LocalStore
    key: SecretKey | None

    def do_GET(self) -> None:
        """Answers; what is no file of a cache is not found."""
        name = self.path.partition("?")[0]
        if name == "/nix-cache-info":
            self._send_text(_INFO, "text/x-nix-cache-info")
            return
        digest = name.removeprefix("/nar/").removeprefix("/").partition(".")[0]
        path = None
        if len(digest) == _DIGEST and not digest.strip(nix32.ALPHABET):
            path = self.store.path_from_hash_part(digest)
        if path is None or name not in (f"/{digest}.narinfo", f"/nar/{digest}.nar"):
            self._send_text("not found\n", "text/plain", 404)
        elif name.endswith(".narinfo"):
            info = described(self.store.info(path), f"nar/{digest}.nar")
            self._send_text(narinfo.unparse(info if self.key is None else info.sign(self.key)), "text/x-nix-narinfo")
        else:
            self._send_nar(path)

    do_HEAD = do_GET

    def _send_text(self, text: str, kind: str, status: int = 200) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_nar(self, path: StorePath) -> None:
        info = self.store.info(path)
        tag = f'"{info.nar_hash.nix32}"'
        start = self._start(info.nar_size, tag)
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/x-nix-nar")
        self.send_header("Content-Length", str(info.nar_size - start))
        self.send_header("ETag", tag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{info.nar_size - 1}/{info.nar_size}")
        self.end_headers()
        if self.command == "HEAD":
            return
        skipped = 0

        def write(data: bytes) -> None:
            nonlocal skipped
            rest = data[max(0, start - skipped) :]
            skipped += len(data)
            self.wfile.write(rest)

        nar.dump(self.store.real(path), write)

    def _start(self, size: int, tag: str) -> int:
        """The byte to begin with, of a Range that goes to the end; 0 for all others."""
        first = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        asked_of = self.headers.get("If-Range", tag)
        if not (first.isascii() and first.isdecimal()) or asked_of != tag or len(first) > 19:
            return 0
        return int(first) if int(first) < size else 0

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not told of."""


def server(store: LocalStore, host: str, port: int, key: SecretKey | None) -> ThreadingHTTPServer:
    """A server that listens, and answers when it is told to serve; OSError where it cannot listen."""
    handler = type("Handler", (_Handler,), {"store": store, "key": key})
    listening = ThreadingHTTPServer((host, port), handler)
    listening.daemon_threads = True
    return listening
