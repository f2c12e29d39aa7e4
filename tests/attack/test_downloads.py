"""Whatever fetches over TLS asks whom it talks to: CVE-2024-47174, where `<nix/fetchurl.nix>` took any certificate.

And a password is for the host that the user has named it for, wherever an answer leads.
"""

from __future__ import annotations

import bz2
import contextlib
import hashlib
import http.server
import io
import os
import select
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lixeval.build.realise import BuildSettings, Wanted, realise
from lixeval.diagnostics.presentation import as_json, report
from lixeval.environment.settings import Settings
from lixeval.errors import LixevalError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.workspace import builtin_builders
from lixeval.formats.derivation import UNKNOWN, Derivation, Output, complete
from lixeval.runtime.thunks import force
from lixeval.store.local import LocalStore
from lixeval.system.removing import remove_tree
from lixeval.system.transport import Connections, DownloadFailed, Patience, download
from tests.attack.download_attempts import ANSWERS, Attempt, Piece

REFUSED = "certificate"


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=elsewhere -addext subjectAltName=DNS:elsewhere"
    command = ["openssl", *words.split(), "-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def server(certified: Path) -> Iterator[str]:
    """A server that shows a certificate of its own making, for another host; the URL of a file."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"evil")

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as running:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certified / "certificate", certified / "key")
        running.socket = context.wrap_socket(running.socket, server_side=True)
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://127.0.0.1:{running.server_port}/file"
        running.shutdown()


@pytest.mark.parametrize("trusted", [False, True], ids=["a stranger's", "another host's"])
@pytest.mark.parametrize("builder", ["fetchurl", "fetch"])
def test_builders_ask_for_certificates(
    server: str, builder: str, trusted: bool, certified: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trusted:
        monkeypatch.setenv("NIX_SSL_CERT_FILE", str(certified / "certificate"))
    store = LocalStore(str(tmp_path / "store"))
    variables = {"out": "", "url": server, "urls": server}
    output = Output(UNKNOWN, "sha256", "00" * 32)
    drv = Derivation({"out": output}, {}, (), "builtin", f"builtin:{builder}", (), variables)
    drv_path = store.add_completed(complete("x", drv, store.modulo_hash))
    with pytest.raises(LixevalError, match=REFUSED):
        realise(store, [Wanted(drv_path)], BuildSettings(sandbox="off"), None, builtin_builders())
    store.close()
    remove_tree(store.root)


@pytest.mark.parametrize(
    "expression",
    [
        'builtins.fetchurl "%s"',
        'builtins.fetchTarball "%s"',
        'builtins.fetchTree { type = "tarball"; url = "%s"; }',
        'builtins.fetchTree { type = "file"; url = "%s"; }',
        'builtins.fetchGit "%s"',
    ],
)
def test_evaluation_asks_for_certificates(server: str, expression: str, tmp_path: Path) -> None:
    patience = Patience(attempts=1)
    experimental = frozenset(("flakes", "fetch-tree"))
    store = LocalStore(str(tmp_path / "store"))
    cache = str(tmp_path / "cache")
    settings = Settings("x86_64-linux", experimental=experimental, cache_directory=cache, patience=patience)
    with pytest.raises(LixevalError, match=f"(?i){REFUSED}"):
        force(Evaluator(settings, store).text(f"({expression % server}).outPath or (throw 1)", str(tmp_path)))
    store.close()


class Leading(http.server.BaseHTTPRequestHandler):
    """Asks for a password, by whoever is asked first; then leads to `target`.  `seen` are the paths and passwords."""

    target = ""
    status = 302
    seen: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("Authorization")))
        leads = self.path.startswith("/lead") and self.target
        self.send_response(self.status if leads else 200)
        if leads:
            self.send_header("Location", self.target)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"good")

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def leading() -> Iterator[type[Leading]]:
    handler = type("Handler", (Leading,), {"seen": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        handler.port = running.server_port  # type: ignore[attr-defined]
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield handler
        running.shutdown()


class Answering(socketserver.BaseRequestHandler):
    """Says what an attempt says, whatever it is asked."""

    answer: Callable[[str], Iterator[Piece]]

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            path = self.request.recv(1 << 16).split(b" ")[1].decode()
            for piece in type(self).answer(path):
                if isinstance(piece, float):
                    select.select([self.request], [], [], piece)  # until it is given up
                else:
                    self.request.sendall(piece)
            self.request.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("door", ["file", "cache"])
@pytest.mark.parametrize("attempt", ANSWERS, ids=lambda attempt: attempt.name)
def test_answers(attempt: Attempt, door: str, tmp_path: Path) -> None:
    """Whatever comes, a download ends, with words where it is not whole."""
    handler = type("Handler", (Answering,), {"answer": staticmethod(attempt.answer)})
    patience = Patience(attempts=2, first_wait=0, read=0.2)
    connections = Connections(patience)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/x"
        bounded = door == "cache" or attempt.must == "sends more than"  # other files have no bound
        with contextlib.ExitStack() as stack:
            if attempt.must is not None:
                stack.enter_context(pytest.raises(DownloadFailed, match=attempt.must))
            if bounded:
                connections.get(url, io.BytesIO(), most_bytes=1 << 20)
            else:
                download(url, str(tmp_path / "file"), patience=patience)
        server.shutdown()
    connections.close()


def _evaluated(store: LocalStore, expression: str, patience: Patience) -> None:
    experimental = frozenset(("flakes", "fetch-tree"))
    cache = f"{store.root}/cache"
    settings = Settings("x86_64-linux", experimental=experimental, cache_directory=cache, patience=patience)
    force(Evaluator(settings, store).text(expression, "/"))


def _built(store: LocalStore, url: str, patience: Patience) -> None:
    variables = {"out": "", "url": url}
    output = Output(UNKNOWN, "sha256", hashlib.sha256(b"good").hexdigest())
    drv = Derivation({"out": output}, {}, (), "builtin", "builtin:fetchurl", (), variables)
    drv_path = store.add_completed(complete("x", drv, store.modulo_hash))
    realise(store, [Wanted(drv_path)], BuildSettings(sandbox="off"), None, builtin_builders())


ELSEWHERE = ("http://localhost:PORT/x", "http://127.0.0.1:PORT/x", "//127.0.0.1:PORT/x")
"""Another name of the host, another port."""
NOWHERE = ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/", "http://", "http://[")
DOORS = {
    "fetchurl": lambda store, url, patience: _evaluated(store, f'builtins.fetchurl "{url}"', patience),
    "fetchTree": lambda store, url, patience: _evaluated(
        store, f'(builtins.fetchTree {{ type = "file"; url = "{url}"; }}).outPath', patience
    ),
    "builder": _built,
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("place", ELSEWHERE)
def test_passwords_go_to_their_host_alone(tmp_path: Path, door: str, status: int, place: str) -> None:
    """By netrc and by URL; another port is another server."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password secret\n")
    for number, user in enumerate(("", "user:secret@")):
        with leading() as first, leading() as second:
            first.target, first.status = place.replace("PORT", str(second.port)), status  # type: ignore[attr-defined]
            store = LocalStore(str(tmp_path / f"store{number}"))
            patience = Patience(attempts=1, netrc=str(netrc))
            url = f"http://{user}127.0.0.1:{first.port}/lead"  # type: ignore[attr-defined]
            DOORS[door](store, url, patience)
            store.close()
            remove_tree(store.root)
            # Builders are given no netrc.
            known = user or door != "builder"
            assert [password for _, password in first.seen] == ["Basic dXNlcjpzZWNyZXQ=" if known else None]
            assert second.seen == [("/x", None)]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("place", NOWHERE)
def test_a_location_that_is_none(tmp_path: Path, door: str, place: str) -> None:
    with leading() as first:
        first.target = place
        store = LocalStore(str(tmp_path / "store"))
        with pytest.raises(LixevalError):
            DOORS[door](store, f"http://127.0.0.1:{first.port}/lead", Patience(attempts=1))  # type: ignore[attr-defined]
        store.close()
        remove_tree(store.root)


@pytest.mark.parametrize(
    ("expression", "must"),
    [
        ('builtins.readFile PLACE == ""', None),
        ('builtins.hashFile "sha256" PLACE == builtins.hashString "sha256" ""', None),
        ("import PLACE", "unexpected end of file"),
        ("builtins.fromJSON (builtins.readFile PLACE)", "parse error"),
        ("builtins.path { path = PLACE; }", "unsupported type"),
        ('builtins.fetchurl "file://${toString PLACE}"', "no regular file"),
        ('builtins.fetchTarball "file://${toString PLACE}"', "no regular file"),
    ],
)
@pytest.mark.parametrize("kind", ["a device without end", "a pipe"])
def test_no_file_is_without_end(tmp_path: Path, kind: str, expression: str, must: str | None) -> None:
    """Nor waited for; what a device or a pipe is read as, Nix says."""
    place = "/dev/zero" if kind != "a pipe" else str(tmp_path / "pipe")
    if kind == "a pipe":
        os.mkfifo(place)
    store = LocalStore(str(tmp_path / "store"))
    text = expression.replace("PLACE", place)
    with contextlib.nullcontext() if must is None else pytest.raises(LixevalError, match=must):
        _evaluated(store, f"if {text} then 1 else throw 1", Patience(attempts=1))
    store.close()
    remove_tree(store.root)


@pytest.mark.parametrize(
    "expression",
    ['builtins.fetchurl "%s"', 'builtins.fetchTarball "%s"', 'builtins.fetchGit "%s"', 'builtins.fetchTree "%s"'],
)
def test_no_password_is_told(expression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Errors and logs are copied into reports, and logs of builders lie where everybody may read them."""
    settings = Settings(
        "x86_64-linux",
        experimental=frozenset(("flakes", "fetch-tree")),
        cache_directory=str(tmp_path / "cache"),
        patience=Patience(attempts=2, first_wait=0),
    )
    store = LocalStore(str(tmp_path / "store"))
    with pytest.raises(LixevalError) as refused:
        place = expression % "http://user:hunter2@127.0.0.1:1/x.tar.gz"
        force(Evaluator(settings, store).text(f"({place}).outPath or (throw 1)", str(tmp_path)))
    told = "\n".join((report(refused.value), as_json(refused.value), capsys.readouterr().err))
    assert "127.0.0.1" in told and "hunter2" not in told
    store.close()


@pytest.mark.parametrize("builder", ["fetchurl", "fetch"])
def test_no_password_is_in_a_log(builder: str, tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "store"))
    url = "http://user:hunter2@127.0.0.1:1/x"
    output = Output(UNKNOWN, "sha256", "00" * 32)
    drv = Derivation({"out": output}, {}, (), "builtin", f"builtin:{builder}", (), {"out": "", "url": url, "urls": url})
    drv_path = store.add_completed(complete("x", drv, store.modulo_hash))
    with pytest.raises(LixevalError) as refused:
        realise(store, [Wanted(drv_path)], BuildSettings(sandbox="off"), None, builtin_builders())
    kept = b"".join(path.read_bytes() for path in Path(store.root).rglob("*.bz2"))
    logged = bz2.decompress(kept).decode() if kept else ""
    assert "127.0.0.1" in logged and "hunter2" not in logged + str(refused.value)
    store.close()
    remove_tree(store.root)
