"""Folders behind http that can be told to misbehave: a cache that is slow, rude, damaged or not there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = Callable[["Handler", bytes | None], bool]
"""Called with the request and the file's bytes; whether it has answered."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path
    answer: Answer | None = None
    seen: list[str]
    connections: set[object]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.connections.add(self.client_address)
        file = self.folder / self.path.partition("?")[0].lstrip("/")
        content = file.read_bytes() if file.is_file() else None
        if self.answer is not None and type(self).answer(self, content):  # type: ignore[misc]
            return
        self.send(404 if content is None else 200, content or b"")

    def send(self, status: int, body: bytes, length: int | None = None, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)
        if length is not None and length != len(body):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    """One that does not tell the error output of whichever test runs by then that a client has gone."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing."""


class Files(SimpleHTTPRequestHandler):
    """The files of a folder, and lists of them."""

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def serving(folder: Path, answer: Answer | None = None) -> Iterator[tuple[str, type[Handler]]]:
    """The URL of a folder's server, and its handler, which keeps what it was asked."""
    told: dict[str, Any] = {"folder": folder, "answer": answer, "seen": [], "connections": set()}
    handler = type("ThisHandler", (Handler,), told)
    with running(handler) as url:
        yield url, handler


@contextmanager
def serving_files(folder: Path) -> Iterator[str]:
    """The URL of a folder's server, as Python's own library has it."""
    with running(partial(Files, directory=str(folder))) as url:
        yield url


@contextmanager
def running(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """The URL of a server whose requests a handler answers."""
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
