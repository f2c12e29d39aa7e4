"""Downloads over HTTP from a server of our own, what is remembered of them, and archives that mean harm."""

from __future__ import annotations

import hashlib
import io
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lixeval.environment.settings import Settings
from lixeval.errors import EvalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.fetchers.tarballs import unpack
from lixeval.formats.hashes import Hash
from lixeval.store.local import LocalStore


class Server:
    """Serves `files` with their ETags; `requests` are (path, status) in order; `failing` answers 503 that often."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, int]] = []
        self.failing = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = server.files.get(self.path)
                etag = f'"{hashlib.md5(content or b"").hexdigest()}"'
                status = 404 if content is None else 200
                if server.failing:
                    server.failing -= 1
                    status = 503
                elif content is not None and self.headers.get("If-None-Match") == etag:
                    status = 304
                server.requests.append((self.path, status))
                self.send_response(status)
                self.send_header("ETag", etag)
                body = (content or b"") if status == 200 else b""
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    running = Server()
    yield running
    running.stop()


def _evaluator(root: Path, **settings: Any) -> Evaluator:
    return Evaluator(
        Settings(system="x86_64-linux", cache_directory=str(root / "cache"), **settings), LocalStore(str(root / "root"))
    )


def _tarball(members: dict[str, str | bytes | None]) -> bytes:
    """A tar file: bytes are files, a string is the target of a link, None a directory."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
            elif content is None:
                member.type = tarfile.DIRTYPE
            else:
                member.type, member.linkname = tarfile.SYMTYPE, content
            archive.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


def test_a_file_is_fetched_once_and_then_by_its_etag(server: Server, tmp_path: Path) -> None:
    server.files["/f"] = b"one"
    expression = f'builtins.readFile (builtins.fetchurl "{server.url}/f")'
    assert _evaluator(tmp_path).text(expression, "/") == "one"
    assert _evaluator(tmp_path).text(expression, "/") == "one"
    assert server.requests == [("/f", 200)]
    assert _evaluator(tmp_path, tarball_ttl=0).text(expression, "/") == "one"
    server.files["/f"] = b"two"
    assert _evaluator(tmp_path, tarball_ttl=0).text(expression, "/") == "two"
    assert server.requests == [("/f", 200), ("/f", 304), ("/f", 200)]


@pytest.mark.parametrize("form", ["file://{}", "file:{}", "FILE://{}", "file://localhost{}"])
def test_a_file_of_this_machine_is_read_each_time(form: str, tmp_path: Path) -> None:
    expression = f'builtins.readFile (builtins.fetchurl "{form.format(tmp_path)}/f")'
    for text in ("one", "two"):
        (tmp_path / "f").write_text(text)
        assert _evaluator(tmp_path).text(expression, "/") == text


def test_with_its_hash_known_nothing_is_fetched_twice(server: Server, tmp_path: Path) -> None:
    server.files["/f"] = b"one"
    wanted = Hash("sha256", hashlib.sha256(b"one").digest()).sri
    expression = f'builtins.readFile (builtins.fetchurl {{ url = "{server.url}/f"; sha256 = "{wanted}"; }})'
    assert _evaluator(tmp_path).text(expression, "/") == "one"
    del server.files["/f"]
    assert _evaluator(tmp_path, tarball_ttl=0).text(expression, "/") == "one"
    assert _evaluator(tmp_path, pure=True).text(expression, "/") == "one"
    assert server.requests == [("/f", 200)]


def test_a_wrong_hash_is_told_with_the_right_one(server: Server, tmp_path: Path) -> None:
    server.files["/f"] = b"one"
    wrong = Hash("sha256", bytes(32))
    with pytest.raises(EvalError, match=r"^hash mismatch in file downloaded from ") as caught:
        _evaluator(tmp_path).text(f'builtins.fetchurl {{ url = "{server.url}/f"; sha256 = "{wrong.sri}"; }}', "/")
    assert caught.value.exit_code == 102
    assert Hash("sha256", hashlib.sha256(b"one").digest()).prefixed_nix32 in caught.value.message


def test_a_server_that_is_busy_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.files["/f"] = b"one"
    server.failing = 2
    assert _evaluator(tmp_path).text(f'builtins.readFile (builtins.fetchurl "{server.url}/f")', "/") == "one"
    assert [status for _, status in server.requests] == [503, 503, 200]


def test_what_is_not_there_is_an_error(server: Server, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=f"^unable to download '{server.url}/f': HTTP error 404"):
        _evaluator(tmp_path).text(f'builtins.fetchurl "{server.url}/f"', "/")
    assert server.requests == [("/f", 404)]


def test_a_tarball_can_be_in_the_search_path(server: Server, tmp_path: Path) -> None:
    server.files["/lib.tar.gz"] = _tarball({"top/a.nix": b"{ x = 5; }"})
    evaluator = _evaluator(tmp_path, search_path=(("lib", f"{server.url}/lib.tar.gz"),))
    assert evaluator.text("(import <lib/a.nix>).x", "/") == 5


def test_a_search_path_entry_that_cannot_be_fetched_is_passed_over(server: Server, tmp_path: Path) -> None:
    evaluator = _evaluator(tmp_path, search_path=(("lib", f"{server.url}/nope.tar.gz"), ("lib", str(tmp_path))))
    assert evaluator.text("toString <lib>", "/") == str(tmp_path)


@pytest.mark.parametrize(
    "members",
    [
        {"a": "/etc", "a/x": b"1"},
        {"d/a": "../..", "d/a/x": b"1"},
        {"f": b"1", "f/x": b"2"},
        {"d": None, "d/x": b"1", "d/": b"2"},
        {"": b"1"},
    ],
)
def test_an_archive_cannot_write_elsewhere(members: dict[str, str | bytes | None], tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(_tarball(members))
    with pytest.raises(EvalError, match=r"^(the archive has|file '' has)"):
        unpack(str(archive), str(tmp_path / "out"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "out"]


def test_names_that_climb_stay_below(tmp_path: Path) -> None:
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../../climbed", "1")
        file.writestr("plain", "2")
    directory, _ = unpack(str(archive), str(tmp_path / "out"))
    assert directory == str(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["climbed", "plain"]


def test_a_device_or_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        member = tarfile.TarInfo("device")
        member.type = tarfile.CHRTYPE
        file.addfile(member)
    for number, content in enumerate((out.getvalue(), _tarball({"a": bytes(9999)})[:60], b"no archive")):
        archive = tmp_path / f"archive-{number}"
        archive.write_bytes(content)
        with pytest.raises(EvalError, match=r"unsupported type|^Failed to open archive"):
            unpack(str(archive), str(tmp_path / f"out-{number}"))


def test_who_waits_for_a_server_that_keeps_silent_hears_of_ctrl_c(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        words = ["--eval", "-E", f"builtins.fetchurl {url}", "--store", str(tmp_path / "store")]
        # The process would end all the same, some seconds later, when it no longer waits for the one that evaluates.
        program = """
import sys
from lixeval.cli import main
from lixeval.system import deep_stack
code = main(sys.argv[1:])
print(len(deep_stack._DEEP))
sys.exit(code)
"""
        process = subprocess.Popen(
            [sys.executable, "-c", program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        client, _ = silent.accept()
        client.settimeout(30)
        assert client.recv(4096)  # now it waits for an answer
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("0\n", "error: interrupted by the user\n")
        client.close()
