"""Downloads from a server of our own that breaks off, lies, redirects and asks for names."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from lixeval.system import transport
from lixeval.system.transport import DownloadFailed, NotModified, Patience, download

CONTENT = bytes(range(256)) * 4096


class Handler(BaseHTTPRequestHandler):
    """Does what the first word of the path says; `seen` has (path, Range, If-Range, Authorization) of each request."""

    seen: list[tuple[str, str | None, str | None, str | None]]
    other: str

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.seen.append((self.path, wanted, self.headers.get("If-Range"), self.headers.get("Authorization")))
        first = sum(path == self.path for path, *_ in self.seen) == 1
        kind = self.path.split("/")[1]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if kind == "moved":
            self.answer(302, b"", Location=self.other + "/whole")
        elif kind == "circle":
            self.answer(302, b"", Location="/circle")
        elif kind == "busy":
            self.answer(503 if first else 200, b"" if first else CONTENT)
        elif kind == "status":
            status, *after = unquote(self.path).split("/")[2:]
            headers: dict[str, Any] = {"Retry-After": after[0]} if after else {}
            self.answer(int(status) if first else 200, b"", **headers)
        elif kind == "breaks":
            self.answer(206 if start else 200, CONTENT[start:], cut=first, ETag='"1"', start=start)
        elif kind == "breaks-weak":
            self.answer(200, CONTENT, cut=first, ETag='W/"1"')
        elif kind == "breaks-and-changes":
            self.answer(200, CONTENT if first else b"new", cut=first, ETag='"1"' if first else '"2"')
        elif kind == "breaks-and-lies":
            lies = len(self.seen) == 2
            self.answer(206 if lies else 200, CONTENT, cut=first, ETag='"1"', start=1 if lies else 0)
        elif kind == "breaks-for-ever":
            self.answer(200, CONTENT, cut=True)
        elif kind == "known" and self.headers.get("If-None-Match") == '"1"':
            self.answer(304, b"")
        elif kind in ("whole", "known"):
            self.answer(200, CONTENT, ETag='"1"')
        else:
            self.answer(404, b"")

    def answer(self, status: int, body: bytes, *, cut: bool = False, start: int = 0, **headers: str) -> None:
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{start + len(body) - 1}/{start + len(body)}")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Silence."""


class Server(ThreadingHTTPServer):
    """A server on a port of its own, with what it has seen."""

    def __init__(self, other: str = "") -> None:
        self.seen: list[tuple[str, str | None, str | None, str | None]] = []
        super().__init__(("127.0.0.1", 0), type("Own", (Handler,), {"seen": self.seen, "other": other}))
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self.thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, Server]]:
    """A server, and another one to which it redirects."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(transport, "Patience", partial(Patience, sleep=lambda seconds: None))
    other = Server()
    server = Server(other.url)
    yield server, other
    server.stop()
    other.stop()


@pytest.fixture
def server(servers: tuple[Server, Server]) -> Server:
    return servers[0]


def test_a_transfer_that_breaks_off_goes_on_where_it_ended(server: Server, tmp_path: Path) -> None:
    said: list[str] = []
    assert download(f"{server.url}/breaks", str(tmp_path / "f"), log=said.append) == '"1"'
    assert (tmp_path / "f").read_bytes() == CONTENT
    half = len(CONTENT) // 2
    assert [request[1:3] for request in server.seen] == [(None, None), (f"bytes={half}-", '"1"')]
    assert len(said) == 1
    assert f"the transfer broke off after {half} of {len(CONTENT)} bytes; retrying" in said[0]


@pytest.mark.parametrize("kind", ["breaks-weak", "breaks-and-changes", "breaks-and-lies"])
def test_what_may_have_changed_is_fetched_from_the_beginning(server: Server, tmp_path: Path, kind: str) -> None:
    download(f"{server.url}/{kind}", str(tmp_path / "f"))
    assert (tmp_path / "f").read_bytes() == (b"new" if kind == "breaks-and-changes" else CONTENT)


def waits(url: str, file: Path) -> list[float]:
    """How long a download waited before it had what is behind a URL."""
    slept: list[float] = []
    download(url, str(file), patience=Patience(sleep=slept.append, clock=lambda: 1_000_000_000.0))
    return slept


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 520])
def test_a_bad_day_passes(server: Server, tmp_path: Path, status: int) -> None:
    (slept,) = waits(f"{server.url}/status/{status}", tmp_path / "f")
    assert 0.125 <= slept <= 0.25


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 418, 451, 501, 505, 511])
def test_an_answer_that_stays_is_not_asked_for_again(server: Server, tmp_path: Path, status: int) -> None:
    with pytest.raises(DownloadFailed, match=f"HTTP error {status}") as caught:
        waits(f"{server.url}/status/{status}", tmp_path / "f")
    assert (caught.value.status, len(server.seen)) == (status, 1)


def test_a_server_says_when_to_come_back(server: Server, tmp_path: Path) -> None:
    assert waits(f"{server.url}/status/503/7", tmp_path / "f") == [7.0]
    assert waits(f"{server.url}/status/429/Sun, 09 Sep 2001 01:46:50 GMT", tmp_path / "f") == [10.0]
    assert waits(f"{server.url}/status/503/soon", tmp_path / "f")[0] <= 0.25
    with pytest.raises(DownloadFailed, match=r"HTTP error 503 .*: it asks to come back in 86400 s"):
        waits(f"{server.url}/status/503/86400", tmp_path / "f")


def test_at_some_point_it_is_given_up(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"unable to download '.*': the transfer broke off after \d+ of \d+ bytes"):
        download(f"{server.url}/breaks-for-ever", str(tmp_path / "f"))
    assert len(server.seen) == Patience().attempts


def test_only_what_may_go_better_is_tried_again(server: Server, tmp_path: Path) -> None:
    download(f"{server.url}/busy", str(tmp_path / "f"))
    assert (tmp_path / "f").read_bytes() == CONTENT
    for kind, reason in (("missing", r"HTTP error 404 \(Not Found\)"), ("circle", "more than 20 redirects")):
        server.seen.clear()
        with pytest.raises(DownloadFailed, match=reason):
            download(f"{server.url}/{kind}", str(tmp_path / "f"))
        assert len(server.seen) == (1 if kind == "missing" else 21)


def test_what_is_known_is_not_sent_again(server: Server, tmp_path: Path) -> None:
    etag = download(f"{server.url}/known", str(tmp_path / "f"))
    with pytest.raises(NotModified):
        download(f"{server.url}/known", str(tmp_path / "f"), etag=etag)


def test_a_password_goes_to_its_own_host_only(servers: tuple[Server, Server], tmp_path: Path) -> None:
    server, other = servers
    download(f"{server.url.replace('://', '://me:pass%20word@')}/moved", str(tmp_path / "f"))
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert [request[3] for request in server.seen] == ["Basic " + base64.b64encode(b"me:pass word").decode()]
    assert [request[3] for request in other.seen] == [None]


def test_characters_that_no_url_has_are_escaped(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="HTTP error 404"):
        download(f"{server.url}/a b/é%20#part", str(tmp_path / "f"))
    assert server.seen[0][0] == "/a%20b/%C3%A9%20"


@pytest.mark.parametrize(
    "form",
    [
        "file://{}",
        "file:{}",
        "FILE:{}",
        "File://{}",
        "file://localhost{}",
        "file://127.0.0.1{}",
        "file:///{}",
        "file:{}?a#b",
    ],
)
def test_a_file_url_is_written_in_many_ways(tmp_path: Path, form: str) -> None:
    """RFC 8089, and what curl reads."""
    (tmp_path / "a b").write_text("text")
    download(form.format(f"{tmp_path}/a%20b"), str(tmp_path / "f"))
    assert (tmp_path / "f").read_text() == "text"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1/", "refused"),
        ("http://name.invalid/", "the name .name.invalid. is not known"),
        ("http://[/", "unable to download"),
        ("ftp://[x", "unable to download"),
        ("ftp:///x", "unable to download"),
        ("ftp://127.0.0.1:1/x", "refused"),
        ("s3://bucket/x", "lixeval fetches http, https, ftp and file URLs"),
        ("file:///nonexistent/a%20b", "Couldn't open file /nonexistent/a b"),
        ("file:README.md", "bad/illegal format"),
        ("file:./README.md", "bad/illegal format"),
        ("file://README.md", "bad/illegal format"),
        ("file://elsewhere/etc/passwd", "bad/illegal format"),
    ],
)
def test_failures_are_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, reason: str) -> None:
    monkeypatch.setattr(transport, "Patience", partial(Patience, sleep=lambda seconds: None))
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(DownloadFailed, match=reason) as caught:
        download(url, str(tmp_path / "f"))
    assert "object at 0x" not in caught.value.message
