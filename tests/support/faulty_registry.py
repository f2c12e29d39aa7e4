"""A registry inside the test's own process, that does what a distribution registry does, and fails when told to.

`Fault`s are used up one by one, each by the first request that it fits.  Every request is recorded.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fault:
    """What happens to the next request of `method` whose path `path` is found in.

    status       this answer, with `headers`, nothing done
    body         that much of the request's body is read and kept, then the connection breaks
    lost         everything is done, but the connection breaks before the answer
    sent         of the answer's body only so many bytes are sent
    flip         one byte of the answer's body is another
    """

    method: str
    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: bytes = b""
    body: int | None = None
    lost: bool = False
    sent: int | None = None
    flip: bool = False


@dataclass
class Seen:
    method: str
    path: str
    authorization: str | None
    headers: dict[str, str]


class FaultyRegistry:
    """Starts at once; `host` is where it answers.  Use as a context manager."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.blobs: dict[str, dict[str, bytes]] = {}
        self.manifests: dict[str, dict[str, tuple[bytes, str]]] = {}
        self.uploads: dict[str, bytearray] = {}
        # Never one that was used before: two clients would write into one upload.
        self.numbers = itertools.count()
        self.received = 0
        self.mounting = True
        self.range_requests = True
        self.upload_host = ""
        # Tokens: None asks for no authorisation; else how many requests a token is good for.
        self.token_uses: int | None = None
        self.realm = ""
        self.password: str | None = None
        self.tokens: dict[str, int] = {}
        self.token_requests: list[Seen] = []
        self._lock = threading.Lock()
        registry = self

        class Handler(_Handler):
            here = registry

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FaultyRegistry:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fault_for(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.method == method and re.search(fault.path, path):
                    self.faults.remove(fault)
                    return fault
        return None

    def count(self, method: str, path: str) -> int:
        return sum(one.method == method and re.search(path, one.path) is not None for one in self.seen)

    def give_token(self) -> str:
        with self._lock:
            token = f"token-{len(self.tokens)}"
            self.tokens[token] = self.token_uses or 0
            return token

    def use_token(self, header: str | None) -> bool:
        if self.token_uses is None:
            return True
        with self._lock:
            token = (header or "").removeprefix("Bearer ")
            if self.tokens.get(token, 0) < 1:
                return False
            self.tokens[token] -= 1
            return True


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


class _Broken(Exception):
    """The connection is cut without a word."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that ask in TLS first, or leave, are no news."""


class _Handler(BaseHTTPRequestHandler):
    here: FaultyRegistry
    protocol_version = "HTTP/1.1"
    fault: Fault | None = None
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        return None

    def _run(self) -> None:
        self.fault = None
        seen = Seen(self.command, self.path, self.headers.get("Authorization"), dict(self.headers))
        if self.path.startswith("/token"):
            self.here.token_requests.append(seen)
        else:
            self.here.seen.append(seen)
        self.fault = self.here.fault_for(self.command, self.path)
        try:
            if self.fault is not None and self.fault.status:
                self._body()
                self.answer(self.fault.status, self.fault.text, self.fault.headers)
            elif self.path.startswith("/token"):
                self._token()
            elif not self.here.use_token(self.headers.get("Authorization")):
                self._body()
                realm = self.here.realm or f"http://{self.here.host}/token"
                challenge = f'Bearer realm="{realm}",service="test registry",scope="repository:x:pull"'
                self.answer(401, _errors("UNAUTHORIZED"), {"WWW-Authenticate": challenge})
            else:
                self._dispatch()
        except (_Broken, ConnectionError):
            self.close_connection = True
            self.connection.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = _run

    def _body(self) -> bytes:
        size = int(self.headers.get("Content-Length") or 0)
        limit = self.fault.body if self.fault is not None and self.fault.body is not None else size
        data = self.rfile.read(min(size, limit))
        self.here.received += len(data)
        return data

    def answer(self, status: int, data: bytes = b"", headers: dict[str, str] | None = None) -> None:
        if self.fault is not None and self.fault.lost:
            raise _Broken
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.fault is not None and self.fault.flip:
            data = bytes([data[0] ^ 1]) + data[1:]
        if self.fault is not None and self.fault.sent is not None:
            self.wfile.write(data[: self.fault.sent])
            self.wfile.flush()
            raise _Broken
        self.wfile.write(data)

    def _token(self) -> None:
        self._body()
        password = self.here.password
        if password is not None and self.headers.get("Authorization") != password and self.command == "GET":
            self.answer(401, _errors("UNAUTHORIZED"))
            return
        self.answer(200, json.dumps({"token": self.here.give_token(), "expires_in": 60}).encode())

    def _dispatch(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        if parts.path == "/v2/":
            self.answer(200, b"{}")
            return
        match = re.fullmatch(r"/v2/(.+)/(blobs/uploads|blobs|manifests)/(.*)", parts.path)
        if match is None:
            self.answer(404, _errors("NAME_UNKNOWN"))
            return
        repository, kind, name = match.groups()
        query = dict(urllib.parse.parse_qsl(parts.query))
        {"blobs/uploads": self._upload, "blobs": self._blob, "manifests": self._manifest}[kind](repository, name, query)

    def _blob(self, repository: str, digest: str, query: dict[str, str]) -> None:
        data = self.here.blobs.get(repository, {}).get(digest)
        if data is None:
            self.answer(404, _errors("BLOB_UNKNOWN"))
            return
        headers = {"Docker-Content-Digest": digest}
        match = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match and self.here.range_requests:
            start = int(match.group(1))
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self.answer(206, data[start:], headers)
        else:
            self.answer(200, data, {**headers, "Content-Length": str(len(data))})

    def _manifest(self, repository: str, name: str, query: dict[str, str]) -> None:
        known = self.here.manifests.setdefault(repository, {})
        if self.command == "PUT":
            data = self._body()
            known[name] = known[digest_of(data)] = (data, self.headers["Content-Type"])
            self.answer(201, b"", {"Docker-Content-Digest": digest_of(data)})
        elif name in known:
            data, media_type = known[name]
            self.answer(200, data, {"Content-Type": media_type, "Docker-Content-Digest": digest_of(data)})
        else:
            self.answer(404, _errors("MANIFEST_UNKNOWN"))

    def _upload(self, repository: str, name: str, query: dict[str, str]) -> None:
        if self.command == "POST":
            self._body()
            source = self.here.blobs.get(query.get("from", ""), {})
            if query.get("mount") in source and self.here.mounting:
                self.here.blobs.setdefault(repository, {})[query["mount"]] = source[query["mount"]]
                self.answer(201, b"", {"Location": f"/v2/{repository}/blobs/{query['mount']}"})
                return
            number = f"{next(self.here.numbers)}"
            self.here.uploads[number] = bytearray()
            self.answer(202, b"", self._place(repository, number))
            return
        upload = self.here.uploads.get(name)
        if upload is None:
            self._body()
            self.answer(404, _errors("BLOB_UPLOAD_UNKNOWN"))
        elif self.command == "GET":
            self.answer(204, b"", self._place(repository, name))
        elif self.command == "PATCH":
            start = self.headers.get("Content-Range", "0-").split("-")[0]
            if int(start) != len(upload):
                self._body()
                self.answer(416, _errors("RANGE_INVALID"), self._place(repository, name))
                return
            upload += self._body()
            if self.fault is not None and self.fault.body is not None:
                raise _Broken
            self.answer(202, b"", self._place(repository, name))
        else:
            self._finish(repository, name, upload, query["digest"])

    def _finish(self, repository: str, name: str, upload: bytearray, digest: str) -> None:
        upload += self._body()
        if self.fault is not None and self.fault.body is not None:
            raise _Broken
        data = bytes(upload)
        if digest_of(data) != digest:
            self.answer(400, _errors("DIGEST_INVALID"))
            return
        del self.here.uploads[name]
        self.here.blobs.setdefault(repository, {})[digest] = data
        self.answer(201, b"", {"Docker-Content-Digest": digest})

    def _place(self, repository: str, number: str) -> dict[str, str]:
        size = len(self.here.uploads[number])
        base = f"http://{self.here.upload_host}" if self.here.upload_host else ""
        return {
            "Location": f"{base}/v2/{repository}/blobs/uploads/{number}?state=secret",
            "Range": f"0-{max(0, size - 1)}",
        }


def _errors(code: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": f"it is {code.lower()}"}]}).encode()


class Sleeps:
    """A patience that does not wait: what it was asked to wait is kept."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        time.sleep(0)
