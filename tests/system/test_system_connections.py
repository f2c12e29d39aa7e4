"""Proxies, with and without a password, for all who speak HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lixeval.errors import SystemFailure
from lixeval.oci.registry.connection import Connection, Request, read
from lixeval.system.connections import tls_context
from lixeval.system.transport import download


class _Proxy(ThreadingHTTPServer):
    """Answers every request itself, and remembers what was asked and by whom."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked: list[tuple[str, str | None]] = []


class _Answering(BaseHTTPRequestHandler):
    server: _Proxy

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Proxy-Authorization"]))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"proxy")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Proxy]:
    with _Proxy() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "REQUEST_METHOD"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", f"http://user:p%40ss@127.0.0.1:{server.server_port}")
        yield server
        server.shutdown()


BASIC = "Basic dXNlcjpwQHNz"
"""RFC 7617 of "user:p@ss"."""


def test_downloads_show_the_proxys_password(proxy: _Proxy, tmp_path: Path) -> None:
    download("http://files.example/a", str(tmp_path / "a"))
    assert (tmp_path / "a").read_bytes() == b"proxy"
    assert proxy.asked == [("http://files.example/a", BASIC)]


def test_registries_show_the_proxys_password(proxy: _Proxy) -> None:
    connection = Connection("registry.example", plain_http=True, tls_verify=False)
    assert read(connection.send(Request("GET", f"{connection.base}/v2/")), 10, "it") == b"proxy"
    connection.close()
    assert proxy.asked == [("http://registry.example/v2/", BASIC)]


@pytest.mark.parametrize("name", ["NIX_SSL_CERT_FILE", "SSL_CERT_FILE"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read(
    name: str, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NIX_SSL_CERT_FILE", raising=False)
    monkeypatch.setenv(name, str(tmp_path / "authorities"))
    if content is not None:
        (tmp_path / "authorities").write_text(content)
    with pytest.raises(SystemFailure, match=f"certificates in '{tmp_path}/authorities'") as failure:
        tls_context()
    assert failure.value.hint == f"{name} names it"


def test_some_hosts_are_reached_directly(proxy: _Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    download(f"http://127.0.0.1:{proxy.server_port}/b", str(tmp_path / "b"))
    assert proxy.asked == [("/b", None)]
